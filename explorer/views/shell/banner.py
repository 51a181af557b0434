"""Messages that disappear by themselves: in the status bar if they fit there, else in a banner over it."""

import re
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QLabel, QMainWindow, QVBoxLayout

from explorer.views.theme.stylesheet import set_role

MIN_SHOWN_MS, MS_PER_CHARACTER = 8000, 70
"""How long a message is shown: the longer of the two, for the whole message."""

STATUS_BAR_MARGIN_PX = 6
"""What a status bar leaves free before its message."""


AREA_MARGIN_PX = 6
"""Distance of the banner from the edges of an area in which nothing is."""


class Banner(QFrame):
    """Follows the messages of a window's status bar, and shows those in full that do not fit there.

    The status bar has one line. In present mode, in which a class reads along, it is hidden; the banner then lies below
    the text of the lesson if that is short enough. Else everything makes room for it, so that it covers nothing.

    find_areas: returns parts of the window in which nothing is.
    """

    def __init__(self, window: QMainWindow) -> None:
        self._bar = window.statusBar()  # created before the banner, which covers it
        super().__init__(window)
        self._window = window
        self.find_areas: Callable[[], Sequence[QRect | None]] = lambda: ()
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
        else:
            self._make_room(0)
        self.setVisible(shown)

    def _fits_into_bar(self, text: str) -> bool:
        if self._bar.isHidden():
            return False
        others = [label.x() for label in self._bar.findChildren(QLabel) if label.isVisible() and label.text()]
        available_width = min(others, default=self._bar.width()) - 2 * STATUS_BAR_MARGIN_PX
        return self._bar.fontMetrics().horizontalAdvance(text) <= available_width

    def _place(self) -> None:
        """Lie where nothing is in present mode, else at the lower edge, where everything else makes room."""
        self._text.ensurePolished()
        place = self._free_place() if self._bar.isHidden() else None
        set_role(self, "floating" if place is not None else "")
        room = 0
        if place is None:
            width = self._window.width()
            height = min(self._column.totalHeightForWidth(width), self._window.height())
            place = QRect(0, self._window.height() - height, width, height)
            room = height - (0 if self._bar.isHidden() else self._bar.height())
        self._make_room(room)
        self.setGeometry(place)

    def _make_room(self, height: int) -> None:
        """Let everything above the status bar end higher by a number of pixels."""
        content = self._window.centralWidget()
        if content is not None and content.contentsMargins().bottom() != max(height, 0):
            content.setContentsMargins(0, 0, 0, max(height, 0))

    def _free_place(self) -> QRect | None:
        """Return the lower part of an area in which nothing is; None if the message fits into none."""
        margin = AREA_MARGIN_PX
        for found in self.find_areas():
            if found is not None:
                area = found.adjusted(margin, margin, -margin, -margin)
                height = self._column.totalHeightForWidth(area.width())
                if area.width() > 0 and height <= area.height():
                    return QRect(area.left(), area.bottom() - height + 1, area.width(), height)
        return None
