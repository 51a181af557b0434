"""Colours and fonts of the window."""

import math
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from PySide6.QtGui import QColor, QFont, QFontDatabase

from explorer.core.resources import resource_path

SANS = "Inter"
MATH = "STIXGeneral"
MONO = "DejaVu Sans Mono"


DISABLED_SHARE = 0.42
"""Share of the text's colour, beside that of the background, in the text of a disabled control."""


@dataclass(frozen=True)
class Theme:
    """A set of colours. Two of them carry meaning everywhere: ``value`` is forward, ``gradient`` is backward.

    window: background of the window. panel: cards. raised: fields, nodes, buttons. border, grid: thin lines.
    text, muted, faint: three strengths of text; ``faint`` means "not yet". value_soft, gradient_soft: backgrounds in
    the two colours. on_value, on_gradient: text on a button filled with the colour. error: text of errors.
    positive, zero, negative: ends and middle of the diverging colours for numbers.
    """

    name: str
    window: QColor
    panel: QColor
    raised: QColor
    border: QColor
    grid: QColor
    text: QColor
    muted: QColor
    faint: QColor
    value: QColor
    value_soft: QColor
    on_value: QColor
    gradient: QColor
    gradient_soft: QColor
    on_gradient: QColor
    error: QColor
    error_soft: QColor
    positive: QColor
    negative: QColor
    zero: QColor

    @property
    def disabled(self) -> QColor:
        """Text of a control that is disabled: hardly stronger than the line around it."""
        return blend(self.panel, self.text, DISABLED_SHARE)


@cache
def load_theme(name: str) -> Theme:
    """Return a theme of resources/theme.toml, such as ``"dark"``; raises KeyError for another name."""
    return Theme(name=name, **{key: QColor(value) for key, value in _tables()[name].items()})


@cache
def load_run_colours(name: str) -> tuple[QColor, ...]:
    """Return the colours of the curves of runs in a theme of this name; raises KeyError for another name."""
    return tuple(QColor(value) for value in _tables()["runs"][name])


def _tables() -> dict[str, Any]:
    return tomllib.loads(resource_path("theme.toml").read_text(encoding="utf-8"))


@cache
def load_fonts() -> tuple[str, ...]:
    """Load the bundled fonts once and return their families; requires a QGuiApplication."""
    families: list[str] = []
    for path in sorted(resource_path("fonts").glob("*.[ot]tf")):
        font_id = QFontDatabase.addApplicationFont(str(path))
        families.extend(QFontDatabase.applicationFontFamilies(font_id))
    return tuple(dict.fromkeys(families))


@lru_cache(maxsize=256)
def font(family: str, pixels: float, *, bold: bool = False, italic: bool = False) -> QFont:
    """Return a shared font, not to be modified, of ``pixels`` height; the caller applies the scale of the window."""
    result = QFont(family)
    result.setPixelSize(max(1, round(pixels)))
    result.setBold(bold)
    result.setItalic(italic)
    return result


def luminance(colour: QColor) -> float:
    """Return the relative luminance of a colour as WCAG 2.1 defines it, from 0 to 1."""
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: QColor, second: QColor) -> float:
    """Return the contrast ratio of two colours as WCAG 2.1 defines it, from 1 to 21."""
    dark, bright = sorted((luminance(first), luminance(second)))
    return (bright + 0.05) / (dark + 0.05)


def text_colour_on(background: QColor) -> QColor:
    """Return black or white, whichever has more contrast; on any background it is at least 4.58."""
    return max((QColor("black"), QColor("white")), key=lambda colour: contrast(colour, background))


def blend(low: QColor, high: QColor, share: float) -> QColor:
    """Interpolate between two opaque colours, for a share from 0 to 1; NaN counts as 0."""
    share = 0.0 if math.isnan(share) else min(max(share, 0.0), 1.0)
    ends = ((low.red(), high.red()), (low.green(), high.green()), (low.blue(), high.blue()))
    return QColor(*(round(a + (b - a) * share) for a, b in ends))
