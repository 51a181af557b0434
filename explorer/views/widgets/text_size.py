"""Sizes of running text."""

from PySide6.QtWidgets import QWidget

TEXT_SIZE_PX = 15.5
"""Font size of running text at scale 1."""

PRESENTED_TEXT_PX = 25
"""Font size of the same text in present mode at scale 1."""

LARGE_SCALE = 1.6
"""From this scale on fonts are large already, and present mode enlarges them less: lines of three words are hard to
read."""


def presented_text_px(scale: float) -> float:
    """Return the font size of running text in present mode."""
    return max(PRESENTED_TEXT_PX * min(scale, LARGE_SCALE), TEXT_SIZE_PX * scale)


def presented_enlargement(scale: float) -> float:
    """Return how many times as large running text is in present mode."""
    return presented_text_px(scale) / (TEXT_SIZE_PX * scale)


def show_presented_size(widget: QWidget, scale: float, presenting: bool, share: float = 1.0) -> None:
    """Give a widget and its children the font size of running text in present mode, or that of the window's style.

    share: of the font size, for texts that are less important.
    """
    sheet = f"* {{ font-size: {round(share * presented_text_px(scale))}px; }}" if presenting else ""
    if widget.styleSheet() != sheet:
        widget.setStyleSheet(sheet)
