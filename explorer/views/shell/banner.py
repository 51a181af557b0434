"""Messages that disappear by themselves: in the status bar if they fit there, else in a banner over it."""

import re
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QLabel, QMainWindow, QVBoxLayout

from explorer.views.feature import MessageArea
from explorer.views.theme.stylesheet import set_role
from explorer.views.widgets.free_places import free_place

MIN_SHOWN_MS, MS_PER_CHARACTER = 8000, 70
"""How long a message is shown: the longer of the two, for the whole message."""

STATUS_BAR_MARGIN_PX = 6
"""What a status bar leaves free before its message."""


WIDTH_SHARES = (1.0, 0.66, 0.5, 0.38, 0.28)
"""Widths of the banner in present mode, as shares of the area, that are tried until one covers nothing there."""

AREA_MARGIN_PX = 6
"""Distance of the banner from the edges of the area."""


class Banner(QFrame):
    """Follows the messages of a window's status bar, and shows those in full that do not fit there.

    The status bar has one line. In present mode, in which a class reads along, it is hidden; the banner then lies
    where it covers nothing of what the tab shows, if there is such a place.

    find_area: returns where it may lie, and what it should not cover there; None if that is not known.
    """

    def __init__(self, window: QMainWindow) -> None:
        self._bar = window.statusBar()  # created before the banner, which covers it
        super().__init__(window)
        self._window = window
        self.find_area: Callable[[], MessageArea | None] = lambda: None
        self.setObjectName("sentenceBanner")
        self.setAccessibleName("Message")
        self.setToolTip("Click to remove the message")
        self._text = QLabel()
        self._text.setObjectName("sentenceLabel")
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(14, 8, 14, 8)
        self._column.addWidget(self._text)
        self.hide()
        self._bar.messageChanged.connect(self._show_text)
        for watched in (self._bar, window, self):
            watched.installEventFilter(self)

    def show_message(self, text: str, min_ms: int = 0) -> None:
        """Show a message for as long as it takes to read it, and for ``min_ms`` milliseconds at least."""
        self._bar.showMessage(text, max(min_ms, MIN_SHOWN_MS, MS_PER_CHARACTER * len(text)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remove the message."""
        self._bar.clearMessage()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Choose status bar or banner anew when sizes, fonts or present mode change."""
        kinds = QEvent.Type
        of_bar = watched is self._bar and event.type() in (kinds.Show, kinds.Hide, kinds.Resize)
        of_self = watched is self and event.type() == kinds.LayoutRequest
        if of_bar or of_self or (event.type() == kinds.Resize and watched is self._window):
            self._show_text(self._bar.currentMessage())
        return False

    def _show_text(self, text: str) -> None:
        # Lets paths break, which have no spaces, but no numbers.
        self._text.setText(re.sub(r"([/\\_]|[.,](?!\d))", "\\1\u200b", text))
        self._text.setAccessibleName(text)
        shown = bool(text) and not self._fits_into_bar(text)
        if shown:
            self._place()
        self.setVisible(shown)

    def _fits_into_bar(self, text: str) -> bool:
        if self._bar.isHidden():
            return False
        others = [label.x() for label in self._bar.findChildren(QLabel) if label.isVisible() and label.text()]
        available_width = min(others, default=self._bar.width()) - 2 * STATUS_BAR_MARGIN_PX
        return self._bar.fontMetrics().horizontalAdvance(text) <= available_width

    def _place(self) -> None:
        self._text.ensurePolished()
        place = self._free_place() if self._bar.isHidden() else None
        set_role(self, "floating" if place is not None else "")
        if place is None:
            width = self._window.width()
            height = min(self._column.totalHeightForWidth(width), self._window.height())
            place = QRect(0, self._window.height() - height, width, height)
        self.setGeometry(place)

    def _free_place(self) -> QRect | None:
        """Return a place in the area of the tab where the banner covers nothing; None if there is none."""
        found = self.find_area()
        if found is None:
            return None
        margin = AREA_MARGIN_PX
        area = found.area.adjusted(margin, margin, -margin, -margin)
        widths = [round(share * area.width()) for share in WIDTH_SHARES]
        sizes = [QSize(width, self._column.totalHeightForWidth(width)) for width in widths]
        sizes = [size for size in sizes if size.height() <= area.height()]
        if not sizes:
            return None
        place = free_place(area, sizes, found.obstacles)
        return None if any(place.intersects(obstacle) for obstacle in found.obstacles) else place
