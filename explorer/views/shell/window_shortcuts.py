"""The shortcuts of the window itself: size, scrolling, tabs, Esc."""

from collections.abc import Sequence

from PySide6.QtWidgets import QTabWidget

from explorer.views.feature import Escape, Feature
from explorer.views.shell.menus import ViewMenu
from explorer.views.widgets.scroll_page import scroll_visible_page
from explorer.views.widgets.shortcuts import Shortcut


def window_shortcuts(tabs: QTabWidget, view_menu: ViewMenu, features: Sequence[Feature]) -> list[Shortcut]:
    """Return the shortcuts that work in all tabs and belong to no feature."""

    def turn(by: int) -> None:
        tabs.setCurrentIndex((tabs.currentIndex() + by) % tabs.count())

    def escape() -> None:
        for kind in Escape:
            for feature in features:
                if kind in feature.escapes and feature.escapes[kind]():
                    return

    return [
        Shortcut(("Ctrl++", "Ctrl+="), "everything larger", lambda: view_menu.zoom(1.1)),
        Shortcut(("Ctrl+-",), "everything smaller", lambda: view_menu.zoom(1 / 1.1)),
        Shortcut(("Ctrl+0",), "normal size", lambda: view_menu.zoom(None)),
        Shortcut(("Alt+PgDown",), "scroll down, where letters are large", lambda: scroll_visible_page(tabs, 0.8)),
        Shortcut(("Alt+PgUp",), "scroll up", lambda: scroll_visible_page(tabs, -0.8)),
        Shortcut(("Ctrl+Tab",), "next tab", lambda: turn(1)),
        Shortcut(("Ctrl+Shift+Tab",), "previous tab", lambda: turn(-1)),
        Shortcut(("Esc",), "close details, leave present mode, end the exercise", escape),
    ]
