"""The key of a picture's colours, in a strip beside the picture."""

from collections.abc import Sequence
from math import ceil, inf

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from explorer.views.painting.colour_key import ROW_PX, KeyEntry, arrange_key, key_text, paint_key
from explorer.views.theme.theme import Theme

MARGIN_X_PX, MARGIN_Y_PX = 12.0, 2.0
"""Free space around the entries, at scale 1."""


class ColourKeyStrip(QWidget):
    """Shows the entries of a key in as many rows as its width takes. Whoever owns it sets its geometry."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("clear", True)
        self.setToolTip("What the colours stand for")
        self._entries: list[KeyEntry] = []
        self._theme: Theme | None = None
        self._scale = 1.0

    @property
    def entries(self) -> list[KeyEntry]:
        """The entries of the key."""
        return list(self._entries)

    def show_entries(self, entries: Sequence[KeyEntry], theme: Theme, scale: float) -> bool:
        """Show these entries; return whether anything has changed."""
        is_same = list(entries) == self._entries and theme is self._theme and scale == self._scale
        if not is_same:
            self._entries, self._theme, self._scale = list(entries), theme, scale
            self.setAccessibleName(f"Colours: {key_text(self._entries)}")
            self.update()
        return not is_same

    def height_for(self, width: int) -> int:
        """Return the height in pixels that the entries take in a width; 0 without entries."""
        _placed, height = arrange_key(self._entries, width - 2 * MARGIN_X_PX * self._scale, self._scale)
        return round(height + 2 * MARGIN_Y_PX * self._scale) if self._entries else 0

    @property
    def row_width(self) -> int:
        """The width in pixels that all entries take in one row."""
        placed, _height = arrange_key(self._entries, inf, self._scale)
        return ceil(placed[-1].rect.right() + 2 * MARGIN_X_PX * self._scale) if placed else 0

    @property
    def row_height(self) -> int:
        """The height in pixels of one row."""
        return round((ROW_PX + 2 * MARGIN_Y_PX) * self._scale)

    def sizeHint(self) -> QSize:
        """Return the size of the entries in the present width."""
        return QSize(self.width(), self.height_for(self.width()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the entries."""
        if self._theme is None:
            return
        margin = MARGIN_X_PX * self._scale
        placed, _height = arrange_key(self._entries, self.width() - 2 * margin, self._scale)
        with QPainter(self) as painter:
            paint_key(painter, QPointF(margin, MARGIN_Y_PX * self._scale), placed, self._theme, self._scale)
