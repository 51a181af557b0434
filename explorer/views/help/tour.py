"""A tour of four stops: a card beside the real control says what to do there, and the program goes on working."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from explorer.views.theme.theme import Theme
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.painted_widget import PaintedWidget
from explorer.views.widgets.positioning import place_beside

WIDTH, MARGIN = 340, 14
"""Of the card, in pixels at scale 1."""

WIDEST = 0.62
"""Share of the window's width that the card takes at most."""


@dataclass(frozen=True)
class Stop:
    """says: one sentence. target: what it stands beside. come: shows the target and gives it the keys.

    spare: what should stay in sight too.
    """

    says: str
    target: Callable[[], QWidget]
    come: Callable[[], None]
    spare: QWidget | None = None


class Ring(PaintedWidget):
    """A frame around the target; the mouse goes through it. Neither of the two colours that mean something."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("tourRing")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.text, 3))
        painter.drawRoundedRect(self.rect().adjusted(2, 2, -3, -3), 9, 9)


class Tour(QObject):
    """Property ``stop``: 1 for the first, 0 while there is no tour. ended: it was finished or closed."""

    ended = Signal()

    def __init__(self, window: QWidget, stops: Sequence[Stop]) -> None:
        super().__init__(window)
        self._window = window
        self._stops = tuple(stops)
        self._watched: list[QWidget] = []
        self._scale = 1.0
        self._ring = Ring(window)
        self._card = card = QFrame(window)
        card.setObjectName("tourCard")
        card.setAccessibleName("Tour")
        self._where = QLabel(objectName="tourWhere")
        self._where.setProperty("role", "muted")
        self._says = QLabel(objectName="tourText")
        self._says.setProperty("role", "notice")
        self._says.setWordWrap(True)
        self._keys = QLabel("Alt+N: next  ·  Alt+B: back  ·  Esc: end", objectName="tourKeys")
        self._keys.setProperty("role", "small")
        self._keys.setWordWrap(True)
        self._skip = push_button("tourSkipButton", "Skip", "End the tour; View brings it again (Esc)", self.end)
        self._back = push_button("tourBackButton", "&Back", "The stop before (Alt+B)", lambda: self._go(-1))
        self._next = push_button("tourNextButton", "&Next", "The next stop (Alt+N)", lambda: self._go(1))
        self._next.setProperty("role", "go")
        row = QHBoxLayout()
        row.addWidget(self._skip)
        row.addStretch(1)
        row.addWidget(self._back)
        row.addWidget(self._next)
        column = QVBoxLayout(card)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        for part in (self._where, self._says, self._keys):
            column.addWidget(part)
        column.addLayout(row)
        for part in (self._ring, card):
            part.hide()
        self._again = QTimer(self, singleShot=True, interval=0)
        self._again.timeout.connect(self._place)
        self.setProperty("stop", 0)

    @property
    def is_on(self) -> bool:
        """Whether it is being walked."""
        return bool(self.property("stop"))

    def begin(self) -> None:
        """Go to the first stop."""
        self._window.installEventFilter(self)
        self._show(1)

    def end(self) -> None:
        """End it, wherever it is."""
        if not self.is_on:
            return
        had_keys = self._card.isAncestorOf(self._window.focusWidget() or self._window)
        self.setProperty("stop", 0)
        self._watch(())
        self._window.removeEventFilter(self)
        self._card.hide()
        self._ring.hide()
        if had_keys:
            self._stops[0].target().setFocus()
        self.ended.emit()

    def setLook(self, theme: Theme, scale: float) -> None:
        """Use the theme's colours, and letters of this scale."""
        self._ring.setTheme(theme)
        self._scale = scale
        self._again.start()

    def _go(self, by: int) -> None:
        stop = self.property("stop") + by
        if stop > len(self._stops):
            self.end()
        else:
            self._show(max(stop, 1))

    def _show(self, number: int) -> None:
        stop = self._stops[number - 1]
        self.setProperty("stop", number)
        stop.come()
        self._where.setText(f"Tour  ·  {number} of {len(self._stops)}")
        self._says.setText(stop.says)
        self._back.setEnabled(number > 1)
        self._next.setText("&Next" if number < len(self._stops) else "Do&ne")
        target = stop.target()
        ways: list[QWidget] = []
        while target is not None and target is not self._window:
            ways.append(target)
            if isinstance(target, QScrollArea):
                target.ensureWidgetVisible(ways[0])
            target = target.parentWidget()
        self._watch(ways)
        self._place()

    def _watch(self, widgets: Sequence[QWidget]) -> None:
        """Follow the target, and all that it lies in, wherever they move."""
        for widget in self._watched:
            widget.removeEventFilter(self)
        self._watched = list(widgets)
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay beside the target; a window that is closed ends the tour too."""
        kinds = QEvent.Type
        if event.type() in (kinds.Resize, kinds.Move, kinds.Show, kinds.Hide, kinds.LayoutRequest):
            self._again.start()
        elif event.type() == kinds.Close and watched is self._window:
            self.end()
        return False

    def _place(self) -> None:
        if not self.is_on:
            return
        stop = self._stops[self.property("stop") - 1]
        target, spare = stop.target(), QRect()
        if stop.spare is not None:
            spare = QRect(stop.spare.mapTo(self._window, QPoint()), stop.spare.size())
        room = self._window.rect().adjusted(8, 8, -8, -8)
        seen = target.isVisible() and not target.visibleRegion().isEmpty()
        place = (
            QRect(target.mapTo(self._window, QPoint()), target.size()) if seen else QRect(room.center(), QSize(1, 1))
        )
        width = min(round(WIDTH * self._scale), round(WIDEST * self._window.width()))
        self._card.ensurePolished()
        self._card.setFixedWidth(width)
        self._card.layout().activate()
        size = QSize(width, min(self._card.layout().totalHeightForWidth(width), room.height()))
        self._card.setGeometry(place_beside(place, size, room, keep_visible=spare))
        self._ring.setGeometry(place.adjusted(-6, -6, 6, 6).intersected(self._window.rect()))
        self._ring.setVisible(seen)
        self._card.show()
        for part in (self._ring, self._card):
            part.raise_()
