"""The menus of the window's corner: how it looks, and what can be taken out of it."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from explorer.core.settings import SETTINGS
from explorer.session.settings_store import SettingsStore


def add_action(
    menu: QMenu, name: str, text: str, do: Callable[[], object] | None = None, keys: str | None = None
) -> QAction:
    """Add a line to a menu; ``keys``, which `shortcuts.bind` binds, are told beside it."""
    action = menu.addAction(f"{text}\t{keys}" if keys else text)
    action.setObjectName(name)
    if do is not None:
        action.triggered.connect(lambda _checked=False: do())
    return action


class ViewMenu(QMenu):
    """Theme, precision, digits, size; it shows what is set and sets what is chosen."""

    def __init__(self, store: SettingsStore, parent: QWidget) -> None:
        super().__init__(parent)
        self._store = store
        self._choices: dict[str, dict[Any, QAction]] = {}
        self._choice(self, "theme", {"dark": "Dark", "light": "Light", "contrast": "High contrast"})
        self.addSeparator()
        self._choice(
            self, "dtype", {"float32": "float32, TensorFlow's default", "float64": "float64, twice the digits"}
        )
        digits = self.addMenu("Digits of numbers")
        self._choice(digits, "digits", {n: f"{n} significant digits" for n in (2, 3, 4, 5, 6, 8)})
        self.addSeparator()
        add_action(self, "largerAction", "Larger", lambda: self.zoom(1.1), "Ctrl++")
        add_action(self, "smallerAction", "Smaller", lambda: self.zoom(1 / 1.1), "Ctrl+-")
        add_action(self, "normalSizeAction", "Normal size", lambda: self.zoom(None), "Ctrl+0")
        self.addSeparator()
        self.unneeded = add_action(self, "unneededAction", "Show backward ops for gradients nobody asked for")
        self.unneeded.setCheckable(True)

    def refresh(self) -> None:
        """Tick what is set."""
        for key, actions in self._choices.items():
            if (action := actions.get(self._store.get(key))) is not None:
                action.setChecked(True)

    def zoom(self, factor: float | None) -> None:
        """Make everything larger or smaller; None: as it was."""
        row = SETTINGS["scale"]
        scale = row.default if factor is None else min(max(self._store.get("scale") * factor, row.low), row.high)
        self._store.set("scale", round(scale, 3))

    def _choice(self, menu: QMenu, key: str, names: Mapping[Any, str]) -> None:
        group = QActionGroup(self)
        self._choices[key] = {}
        for value, text in names.items():
            action = add_action(menu, f"{key}Action_{value}", text, lambda value=value: self._store.set(key, value))
            action.setCheckable(True)
            group.addAction(action)
            self._choices[key][value] = action
