"""Where the focus goes when a tab is visited for the first time."""

from collections.abc import Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QTabWidget, QWidget

from explorer.views.feature import Feature


class FirstFocus(QObject):
    """Focuses the main widget of a tab on its first visit; later Qt restores the focus by itself.

    visited: tabs whose main widget has had its turn.
    """

    def __init__(self, tabs: QTabWidget, features: Sequence[Feature]) -> None:
        super().__init__(tabs)
        self.visited: set[QWidget] = set()
        self._tabs, self._features = tabs, features
        tabs.currentChanged.connect(self._focus)

    def _focus(self, _index: int) -> None:
        tab, focused = self._tabs.currentWidget(), QApplication.focusWidget()
        first = next((feature.first_focus for feature in self._features if feature.tab is tab), None)
        entered = focused is not None and tab.isAncestorOf(focused)
        if first is not None and entered and tab not in self.visited and first.isVisibleTo(tab):
            self.visited.add(tab)
            first.setFocus()
