"""The tour: a card beside a widget says what to do there, while the program goes on working."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from explorer.session.timers import single_shot_timer
from explorer.views.theme.theme import Theme
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.labels import make_label
from explorer.views.widgets.painted_widget import PaintedWidget
from explorer.views.widgets.positioning import place_beside
from explorer.views.widgets.tour_stop import TourStop

CARD_WIDTH_PX, CARD_MARGIN_PX = 340, 14
"""Size of the card at scale 1."""

MAX_CARD_SHARE = 0.62
"""Largest share of the window's width that the card takes."""

WINDOW_MARGIN_PX = 8
"""Distance of the card from the edges of the window."""


class Ring(PaintedWidget):
    """A frame around the target, transparent for the mouse, in none of the colours that have a meaning."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("tourRing")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the frame."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.text, 3))
        painter.drawRoundedRect(self.rect().adjusted(2, 2, -3, -3), 9, 9)


class Tour(QObject):
    """Goes through stops. Property ``stop``: number of the stop, from 1, 0 while the tour is not active."""

    ended = Signal()

    def __init__(self, window: QWidget, stops: Sequence[TourStop]) -> None:
        super().__init__(window)
        self._window = window
        self._stops = tuple(stops)
        self._watched: list[QWidget] = []
        self._scale = 1.0
        self._is_hidden = False
        self._ring = Ring(window)
        self._card = QFrame(window)
        self._card.setObjectName("tourCard")
        self._card.setAccessibleName("Tour")
        self._title = make_label("muted", "tourWhere")
        self._text = make_label("notice", "tourText", wraps=True)
        self._keys = make_label("small", "tourKeys", "Alt+N: next  ·  Alt+B: back  ·  Esc: end", wraps=True)
        self._skip = push_button("tourSkipButton", "Skip", "End the tour; View brings it again (Esc)", self.end)
        self._back = push_button("tourBackButton", "&Back", "The previous stop (Alt+B)", lambda: self._go(-1))
        self._next = push_button("tourNextButton", "&Next", "The next stop (Alt+N)", lambda: self._go(1))
        self._next.setProperty("role", "go")
        row = QHBoxLayout()
        row.addWidget(self._skip)
        row.addStretch(1)
        row.addWidget(self._back)
        row.addWidget(self._next)
        self._column = QVBoxLayout(self._card)
        self._column.setContentsMargins(CARD_MARGIN_PX, CARD_MARGIN_PX, CARD_MARGIN_PX, CARD_MARGIN_PX)
        for part in (self._title, self._text, self._keys):
            self._column.addWidget(part)
        self._column.addLayout(row)
        for widget in (self._ring, self._card):
            widget.hide()
        self._place_timer = single_shot_timer(self, self._place)
        self.setProperty("stop", 0)

    @property
    def is_active(self) -> bool:
        """Whether there is a stop, which is shown unless the tour is hidden."""
        return bool(self.property("stop"))

    @property
    def is_hidden(self) -> bool:
        """Whether the card is hidden while something else is shown."""
        return self._is_hidden

    def setHidden(self, hidden: bool) -> None:
        """Hide the card, or show it again at the stop where it was."""
        self._is_hidden = hidden
        self._place()

    def begin(self) -> None:
        """Go to the first stop."""
        self._window.installEventFilter(self)
        self._show(1)

    def end(self) -> None:
        """End the tour at any stop."""
        if not self.is_active:
            return
        had_focus = self._card.isAncestorOf(self._window.focusWidget() or self._window)
        self.setProperty("stop", 0)
        self._watch(())
        self._window.removeEventFilter(self)
        self._card.hide()
        self._ring.hide()
        if had_focus:
            self._stops[0].target().setFocus()
        self.ended.emit()

    def setAppearance(self, theme: Theme, scale: float) -> None:
        """Use the theme's colours, and fonts of this scale."""
        self._ring.setTheme(theme)
        self._scale = scale
        self._place_timer.start()

    def _go(self, by: int) -> None:
        number = self.property("stop") + by
        if number > len(self._stops):
            self.end()
        else:
            self._show(max(number, 1))

    def _show(self, number: int) -> None:
        stop = self._stops[number - 1]
        self.setProperty("stop", number)
        stop.show_target()
        self._title.setText(f"Tour  ·  {number} of {len(self._stops)}")
        self._text.setText(stop.text)
        self._back.setEnabled(number > 1)
        self._next.setText("&Next" if number < len(self._stops) else "Do&ne")
        target = stop.target()
        ancestors: list[QWidget] = []
        widget: QWidget | None = target
        while widget is not None and widget is not self._window:
            ancestors.append(widget)
            if isinstance(widget, QScrollArea):
                widget.ensureWidgetVisible(target)
            widget = widget.parentWidget()
        self._watch(ancestors)
        self._place()

    def _watch(self, widgets: Sequence[QWidget]) -> None:
        """Follow the target and its ancestors wherever they move."""
        for widget in self._watched:
            widget.removeEventFilter(self)
        self._watched = list(widgets)
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the card beside the target; end the tour when the window is closed."""
        kinds = QEvent.Type
        if event.type() in (kinds.Resize, kinds.Move, kinds.Show, kinds.Hide, kinds.LayoutRequest):
            self._place_timer.start()
        elif event.type() == kinds.Close and watched is self._window:
            self.end()
        return False

    def _place(self) -> None:
        if not self.is_active:
            return
        if self._is_hidden:
            self._card.hide()
            self._ring.hide()
            return
        stop = self._stops[self.property("stop") - 1]
        target, keep_visible = stop.target(), QRect()
        if stop.keep_visible is not None:
            keep_visible = QRect(stop.keep_visible.mapTo(self._window, QPoint()), stop.keep_visible.size())
        margin = WINDOW_MARGIN_PX
        available = self._window.rect().adjusted(margin, margin, -margin, -margin)
        is_visible = target.isVisible() and not target.visibleRegion().isEmpty()
        if is_visible:
            area = QRect(target.mapTo(self._window, QPoint()), target.size())
            if stop.answer is not None:
                area.setBottom(area.bottom() + stop.answer.height())
        else:
            area = QRect(available.center(), QSize(1, 1))
        width = min(round(CARD_WIDTH_PX * self._scale), round(MAX_CARD_SHARE * self._window.width()))
        self._card.ensurePolished()
        self._card.setFixedWidth(width)
        self._column.activate()
        size = QSize(width, min(self._column.totalHeightForWidth(width), available.height()))
        self._card.setGeometry(place_beside(area, size, available, keep_visible=keep_visible))
        self._ring.setGeometry(area.adjusted(-6, -6, 6, 6).intersected(self._window.rect()))
        self._ring.setVisible(is_visible)
        self._card.show()
        for widget in (self._ring, self._card):
            widget.raise_()
