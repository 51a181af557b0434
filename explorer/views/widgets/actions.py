"""Actions of menus."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu


def new_action(
    parent: QObject, name: str, text: str, triggered: Callable[[], object] | None = None, keys: str | None = None
) -> QAction:
    """Return an action. ``keys`` only stands beside its text; `shortcuts.bind_shortcuts` binds it."""
    action = QAction(f"{text}\t{keys}" if keys else text, parent)
    action.setObjectName(name)
    if triggered is not None:
        action.triggered.connect(lambda _checked=False: triggered())
    return action


def new_separator(parent: QObject) -> QAction:
    """Return a separator of a menu."""
    action = QAction(parent)
    action.setSeparator(True)
    return action


def add_action(
    menu: QMenu, name: str, text: str, triggered: Callable[[], object] | None = None, keys: str | None = None
) -> QAction:
    """Add a new action to a menu and return it."""
    action = new_action(menu, name, text, triggered, keys)
    menu.addAction(action)
    return action
