"""Colours, fonts and sizes of the window: everything that says how it looks, nothing that says what."""

import math
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache

from PySide6.QtGui import QColor, QFont, QFontDatabase

from explorer.core.resources import resource

SANS = "Inter"
MATH = "STIXGeneral"
MONO = "DejaVu Sans Mono"


RUN_COLOURS = ("#cc79a7", "#009e73", "#d8b400", "#d55e00")
"""Earlier runs, in colours that colour-blind eyes tell apart and that mean nothing else."""


@dataclass(frozen=True)
class Theme:
    """One look. Two colours carry the meaning everywhere: ``value`` forward, ``gradient`` backward.

    window: behind everything. panel: cards. raised: fields, nodes, buttons. border, grid: thin lines.
    text, muted, faint: three strengths of text; ``faint`` is "not yet". value_soft, gradient_soft: the same
    colours as a background. on_gradient, on_value: text on a filled button of that colour. error: text.
    positive, zero, negative: numbers as colours, above 0, at it and below.
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


@cache
def load_theme(name: str) -> Theme:
    """Return the theme ``"dark"`` or ``"light"`` from resources/theme.toml. Raises KeyError for another name."""
    table = tomllib.loads(resource("theme.toml").read_text(encoding="utf-8"))[name]
    return Theme(name=name, **{key: QColor(value) for key, value in table.items()})


@cache
def load_fonts() -> tuple[str, ...]:
    """Load the fonts that are shipped, once, and return their families; needs a QGuiApplication."""
    families: list[str] = []
    for path in sorted(resource("fonts").glob("*.[ot]tf")):
        number = QFontDatabase.addApplicationFont(str(path))
        families.extend(QFontDatabase.applicationFontFamilies(number))
    return tuple(dict.fromkeys(families))


@lru_cache(maxsize=256)
def font(family: str, pixels: float, *, bold: bool = False, italic: bool = False) -> QFont:
    """Return a font of ``pixels`` height, not to be changed; the caller has multiplied by the scale of the window."""
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


def contrast(one: QColor, other: QColor) -> float:
    """Return how much two colours stand out from each other, from 1 to 21 (WCAG 2.1)."""
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def text_colour_on(ground: QColor) -> QColor:
    """Return black or white, whichever can be read on a ground: one of them has a contrast of 4.58 on any."""
    return max((QColor("black"), QColor("white")), key=lambda ink: contrast(ink, ground))


def blend(low: QColor, high: QColor, share: float) -> QColor:
    """Return the opaque colour between two, for a share from 0 to 1; one that is no number counts as 0."""
    ends = zip(low.getRgb()[:3], high.getRgb()[:3], strict=True)
    share = 0.0 if math.isnan(share) else min(max(share, 0.0), 1.0)
    return QColor(*(round(a + (b - a) * share) for a, b in ends))


def run_colour(look: Theme, number: int, is_latest: bool) -> QColor:
    """Return the colour of a run's curves: the latest has that of values going forward."""
    return look.value if is_latest else QColor(RUN_COLOURS[number % len(RUN_COLOURS)])
