"""Applies theme, scale and digits of the settings to the main window and its features."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow

from explorer.session.settings_store import SettingsStore
from explorer.views.feature import Feature
from explorer.views.theme.stylesheet import palette, stylesheet
from explorer.views.theme.theme import Theme, load_theme


class Appearance(QObject):
    """scaled: called after theme or scale have changed."""

    def __init__(
        self, window: QMainWindow, store: SettingsStore, features: Sequence[Feature], scaled: Callable[[], None]
    ) -> None:
        super().__init__(window)
        self._window, self._store, self._features, self._scaled = window, store, features, scaled
        store.changed.connect(self._apply_setting)
        self._apply()

    def _apply_setting(self, key: str, _value: object) -> None:
        if key in ("theme", "scale", "digits"):
            self._apply()

    def _apply(self) -> None:
        colours, scale = current_theme(self._store), self._store.get("scale")
        QGuiApplication.setPalette(palette(colours))
        sheet = stylesheet(colours, scale)
        if self._window.styleSheet() != sheet:
            self._window.setStyleSheet(sheet)
            for feature in self._features:
                feature.set_scale(scale)
                feature.set_theme(colours)
            self._scaled()
        for feature in self._features:
            feature.set_digits(self._store.get("digits"))


def current_theme(store: SettingsStore) -> Theme:
    """Return the theme that the settings name."""
    return load_theme(store.get("theme"))
