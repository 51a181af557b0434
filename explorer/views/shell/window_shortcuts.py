"""The shortcuts of the window itself: size, scrolling, tabs, Esc."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtWidgets import QTabWidget

from explorer.views.feature import Escape, Feature
from explorer.views.shell.front import Front
from explorer.views.shell.menus import ViewMenu
from explorer.views.widgets.scroll_page import scroll_visible_page
from explorer.views.widgets.shortcuts import Shortcut


def card_shortcuts(front: Front, features: Sequence[Feature]) -> list[Shortcut]:
    """Return the shortcuts that bring the cards of the tabs to the front."""
    return [
        Shortcut(
            (f"Alt+{digit}",),
            f"{card.title} in front, full size, and back",
            partial(front.toggle, card),
            feature.tab,
            bare_keys=(str(digit),),
        )
        for feature in features
        for digit, card in enumerate(feature.cards, 1)
    ]


def window_shortcuts(
    tabs: QTabWidget, view_menu: ViewMenu, features: Sequence[Feature], front: Front
) -> list[Shortcut]:
    """Return the shortcuts that work in all tabs and belong to no feature."""

    def turn(by: int) -> None:
        tabs.setCurrentIndex((tabs.currentIndex() + by) % tabs.count())

    def escape() -> None:
        for kind in Escape:
            for feature in features:
                if kind in feature.escapes and feature.escapes[kind]():
                    return
            if kind is Escape.OVERLAY and front.put_back():
                return

    return [
        Shortcut(("Ctrl++", "Ctrl+="), "everything larger", lambda: view_menu.zoom(1.1)),
        Shortcut(("Ctrl+-",), "everything smaller", lambda: view_menu.zoom(1 / 1.1)),
        Shortcut(("Ctrl+0",), "normal size", lambda: view_menu.zoom(None)),
        Shortcut(("Alt+PgDown",), "scroll down, where letters are large", lambda: scroll_visible_page(tabs, 0.8)),
        Shortcut(("Alt+PgUp",), "scroll up", lambda: scroll_visible_page(tabs, -0.8)),
        Shortcut(("Ctrl+Tab",), "next tab", lambda: turn(1)),
        Shortcut(("Ctrl+Shift+Tab",), "previous tab", lambda: turn(-1)),
        Shortcut(("Esc",), "put a card back, close details, leave present mode, end the exercise", escape),
    ]
