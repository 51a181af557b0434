"""How the curves of a run look: a run keeps its colour, dashes and marker for good."""

from dataclasses import dataclass

from PySide6.QtGui import QColor

from explorer.views.theme.theme import Theme, load_run_colours

DASHES: tuple[tuple[float, ...], ...] = ((), (3.0, 2.0), (1.2, 2.2), (5.0, 1.8, 1.2, 1.8))
"""Solid, dashed, dotted, dashes with dots; lengths in widths of the line."""

MARKERS = ("o", "s", "t1", "d")
"""Circle, square, triangle, diamond, by pyqtgraph's names."""


@dataclass(frozen=True)
class RunStyle:
    """colour: of line and markers. dashes: lengths of dashes and gaps, empty for a solid line. marker: its shape."""

    colour: QColor
    dashes: tuple[float, ...]
    marker: str


def run_style(theme: Theme, number: int) -> RunStyle:
    """Return the style of a run by its number, from 1: of twelve colours, each with other dashes the next time."""
    colours = load_run_colours(theme.name)
    rounds, index = divmod(number - 1, len(colours))
    dashes = DASHES[(index + rounds) % len(DASHES)]
    return RunStyle(colours[index], dashes, MARKERS[(index // len(DASHES) + rounds) % len(MARKERS)])
