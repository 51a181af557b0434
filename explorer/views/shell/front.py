"""A card of a tab in front of everything else, in full size."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QLayout, QSplitter, QTabWidget, QVBoxLayout, QWidget

from explorer.views.feature import Card

MARGIN_PX = 12
"""Distance of a card from the edges of its tab."""


class Front(QWidget):
    """Takes a card out of its tab, shows it over all of the tab, and puts it back into its place.

    changed: a card was brought to the front or put back.
    """

    changed = Signal()

    def __init__(self, window: QWidget, tabs: QTabWidget) -> None:
        super().__init__(window)
        self.setObjectName("frontCard")
        self.setAccessibleName("A card in front of its tab: the same key or Esc puts it back")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)  # it covers the tab
        self._window, self._tabs = window, tabs
        self._card: Card | None = None
        self._widget: QWidget | None = None
        self._place: QWidget | None = None
        self._was_hidden = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(MARGIN_PX, MARGIN_PX, MARGIN_PX, MARGIN_PX)
        self.hide()
        tabs.currentChanged.connect(lambda _index: self.put_back())
        for watched in (tabs, window):
            watched.installEventFilter(self)

    @property
    def card(self) -> Card | None:
        """The card in front, None for none."""
        return self._card

    def toggle(self, card: Card) -> None:
        """Bring a card to the front, or put it back if it is there."""
        is_back = card is self._card
        self.put_back()
        if not is_back:
            self._bring(card)

    def _bring(self, card: Card) -> None:
        widget, focus = card.find(), self._window.focusWidget()
        self._card, self._widget = card, widget
        self._was_hidden = widget.isHidden()
        self._place = place = QWidget(self)  # never a window of its own, which would become the active one
        place.setVisible(not self._was_hidden)
        _replace(widget, place)
        self._column.addWidget(widget)
        card.set_in_front(True)
        self._fit()
        widget.show()
        self.show()
        self.raise_()
        (focus if focus is not None and focus.isVisible() else widget).setFocus()
        self.changed.emit()

    def put_back(self) -> bool:
        """Put the card back; return whether there was one."""
        if self._card is None or self._widget is None or self._place is None:
            return False
        card, widget, place = self._card, self._widget, self._place
        self._card = self._widget = self._place = None
        self._column.removeWidget(widget)
        focus = self._window.focusWidget()
        card.set_in_front(False)
        if _replace(place, widget):
            widget.setVisible(not self._was_hidden)
        else:
            widget.setParent(None)
            widget.close()
        place.deleteLater()
        self.hide()
        if focus is not None and focus.isVisible():
            focus.setFocus()
        self.changed.emit()
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the tab."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and self._card is not None:
            self._fit()
        return False

    def _fit(self) -> None:
        page = self._tabs.currentWidget()
        self.setGeometry(QRect(page.mapTo(self._window, QPoint()), page.size()))


def _replace(widget: QWidget, other: QWidget) -> bool:
    """Put another widget into the place of one; return whether there is such a place."""
    parent = widget.parentWidget()
    if isinstance(parent, QSplitter):
        parent.replaceWidget(parent.indexOf(widget), other)
        return True
    layout = _layout_of(widget, parent.layout()) if parent is not None else None
    if not isinstance(layout, QBoxLayout):
        return False
    # QLayout.replaceWidget returns an item that goes on to take the widget's changes of size, in place of its next one.
    index = layout.indexOf(widget)
    stretch = layout.stretch(index)
    layout.removeWidget(widget)
    layout.insertWidget(index, other, stretch)
    return True


def _layout_of(widget: QWidget, layout: QLayout | None) -> QLayout | None:
    """Return the layout that arranges a widget: a layout, or one of those inside it; None if none does."""
    if layout is None or layout.indexOf(widget) >= 0:
        return layout
    for index in range(layout.count()):
        item = layout.itemAt(index)
        found = _layout_of(widget, item.layout()) if item is not None and item.layout() is not None else None
        if found is not None:
            return found
    return None
