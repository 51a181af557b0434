"""Menus, buttons, hints and shortcuts of the main window, listed from its features."""

from collections.abc import Sequence

from PySide6.QtWidgets import QMainWindow, QTabWidget

from explorer.session.sessions import Sessions
from explorer.views.feature import Feature
from explorer.views.shell.corner_buttons import CornerButtons
from explorer.views.shell.front import Front
from explorer.views.shell.menus import ShareMenu, ViewMenu
from explorer.views.shell.status_bar import StatusBar
from explorer.views.shell.window_shortcuts import card_shortcuts, window_shortcuts
from explorer.views.widgets.shortcuts import bind_shortcuts


class WindowControls:
    """Everything around the tabs.

    front: shows a card over its tab. shortcuts: those of the features and of the window.
    """

    def __init__(self, window: QMainWindow, tabs: QTabWidget, features: Sequence[Feature], sessions: Sessions) -> None:
        self._window, self._tabs, self._features = window, tabs, features
        self.view_menu = ViewMenu(sessions.store, [feature.view_actions for feature in features], window)
        self._share_menu = ShareMenu([entry for feature in features for entry in feature.share_entries], window)
        buttons = [button for feature in features for button in feature.buttons]
        self._corner = CornerButtons(buttons, self._share_menu, self.view_menu)
        tabs.setCornerWidget(self._corner)
        self._bar = window.statusBar()
        self.front = Front(window, tabs)
        self._status = StatusBar(self._bar, sessions.client)
        self.shortcuts = [
            *(shortcut for feature in features if feature.tab is not None for shortcut in feature.shortcuts),
            *card_shortcuts(self.front, features),
            *window_shortcuts(tabs, self.view_menu, features, self.front),
            *(shortcut for feature in features if feature.tab is None for shortcut in feature.shortcuts),
        ]
        bind_shortcuts(window, tabs, self.shortcuts)
        self.front.changed.connect(self._show_hints)

    def update(self) -> None:
        """Enable what has an effect in the current tab, and name its most important keys."""
        tab = self._tabs.currentWidget()
        self._corner.setTab(tab)
        self._share_menu.setTab(tab)
        self._show_hints()
        self.fit()

    def _show_hints(self) -> None:
        is_covered = self.front.card is not None
        self._status.show_hints(self.shortcuts, self._tabs.currentWidget(), is_covered=is_covered)

    def fit(self) -> None:
        """Fit the buttons into the width beside the tabs."""
        panels = sum(feature.panel_width() for feature in self._features)
        self._corner.fitInto(self._window.width() - panels - self._tabs.tabBar().sizeHint().width())

    def setVisible(self, visible: bool) -> None:
        """Show or hide the names of the tabs, the buttons and the status bar; a card in front is put back."""
        self.front.put_back()
        for bar in (self._tabs.tabBar(), self._corner, self._bar):
            bar.setVisible(visible)
