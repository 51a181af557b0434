"""The buttons beside the tabs at any font size; those that do not fit move into a menu."""

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QToolButton

NAMES = ("lessons", "check", "surface", "code", "share", "view", "present", "keys")
BUTTONS = tuple(f"{name}Button" for name in NAMES)


def reachable_commands(ui):
    """Return the texts of the visible buttons and of the menu's entries."""
    buttons = [ui.find(name) for name in BUTTONS]
    more_button = ui.find("moreButton")
    menu = [action.text() for action in more_button.menu().actions()] if more_button.isVisible() else []
    return sorted([button.text() for button in buttons if button.isVisible()] + menu)


@pytest.mark.parametrize("scale", [1.0, 1.2, 1.5, 2.0, 2.5])
def test_every_tab_and_every_button_can_be_reached_at_any_font_size(ui, scale):
    ui.window.resize(1280, 720)
    ui.sessions.store.set("scale", scale)
    tabs, corner = ui.window.tabs.tabBar(), ui.window.tabs.cornerWidget()
    ui.until(lambda: tabs.width() >= tabs.sizeHint().width() and corner.width() >= corner.sizeHint().width())
    assert reachable_commands(ui) == sorted(ui.find(name).text() for name in BUTTONS)
    assert ui.find("moreButton").isVisible() == (scale > 1.0)
    ui.sessions.store.set("scale", 1.0)
    ui.until(lambda: not ui.find("moreButton").isVisible())
    assert all(ui.window.findChild(QToolButton, name).isVisible() for name in BUTTONS)


def test_menu_entries_of_hidden_buttons_work(ui):
    ui.sessions.store.set("scale", 2.0)
    ui.until(lambda: ui.find("moreButton").isVisible())
    keys = next(action for action in ui.find("moreButton").menu().actions() if action.text() == "Keys")
    keys.trigger()
    dialog = ui.window.findChild(QObject, "keysDialog")
    assert dialog.isVisible()
    dialog.close()
    ui.sessions.store.set("scale", 1.0)
    QApplication.processEvents()
