"""The menus "View" and "Share"."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from explorer.core.settings import SETTINGS
from explorer.session.settings_store import SettingsStore
from explorer.views.feature import ShareEntry
from explorer.views.widgets.actions import add_action


class ViewMenu(QMenu):
    """Shows and changes theme, precision, digits and size; the features' groups of actions follow."""

    def __init__(self, store: SettingsStore, groups: Sequence[Sequence[QAction]], parent: QWidget) -> None:
        super().__init__(parent)
        self._store = store
        self._choices: dict[str, dict[Any, QAction]] = {}
        self._add_choice(self, "theme", {"dark": "Dark", "light": "Light", "contrast": "High contrast"})
        self.addSeparator()
        self._add_choice(
            self, "dtype", {"float32": "float32, TensorFlow's default", "float64": "float64, twice the digits"}
        )
        digits = self.addMenu("Digits of numbers")
        self._add_choice(digits, "digits", {n: f"{n} significant digits" for n in (2, 3, 4, 5, 6, 8)})
        self.addSeparator()
        add_action(self, "largerAction", "Larger", lambda: self.zoom(1.1), "Ctrl++")
        add_action(self, "smallerAction", "Smaller", lambda: self.zoom(1 / 1.1), "Ctrl+-")
        add_action(self, "normalSizeAction", "Normal size", lambda: self.zoom(None), "Ctrl+0")
        for actions in groups:
            if actions:
                self.addSeparator()
                self.addActions(list(actions))
        for key in self._choices:
            self._check(key, store.get(key))
        store.changed.connect(self._check)

    def zoom(self, factor: float | None) -> None:
        """Multiply the scale of everything by a factor; None restores the normal size."""
        setting = SETTINGS["scale"]
        if factor is None:
            scale = setting.default
        else:
            scale = min(max(self._store.get("scale") * factor, setting.low), setting.high)
        self._store.set("scale", round(scale, 3))

    def _add_choice(self, menu: QMenu, key: str, texts: Mapping[Any, str]) -> None:
        group = QActionGroup(self)
        self._choices[key] = {}
        for value, text in texts.items():
            action = add_action(menu, f"{key}Action_{value}", text, partial(self._store.set, key, value))
            action.setCheckable(True)
            group.addAction(action)
            self._choices[key][value] = action

    def _check(self, key: str, value: object) -> None:
        if key in self._choices and value in self._choices[key]:
            self._choices[key][value].setChecked(True)


class ShareMenu(QMenu):
    """Lists what can be copied or saved in the current tab."""

    def __init__(self, entries: Sequence[ShareEntry], parent: QWidget) -> None:
        super().__init__(parent)
        self._entries = tuple(entries)
        self.addActions([entry.action for entry in entries])

    def setTab(self, tab: QWidget) -> None:
        """Show the entries of a tab, and those of all tabs."""
        for entry in self._entries:
            entry.action.setVisible(entry.tab in (None, tab))
