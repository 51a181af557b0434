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
        tabs.currentChanged.connect(lambda _index: self._visit())
        self._focus(tabs.currentWidget())

    def _visit(self) -> None:
        tab, focused = self._tabs.currentWidget(), QApplication.focusWidget()
        if focused is not None and tab.isAncestorOf(focused) and tab not in self.visited:
            self._focus(tab)

    def _focus(self, tab: QWidget) -> None:
        first = next((feature.first_focus for feature in self._features if feature.tab is tab), None)
        if first is not None and first.isVisibleTo(tab):
            self.visited.add(tab)
            first.setFocus()
