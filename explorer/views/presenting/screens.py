"""The screen for present mode: the menu to choose it, and the way there and back."""

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QMenu, QWidget

from explorer.session.settings_store import SettingsStore
from explorer.session.timers import single_shot_timer

RETURN_DELAY_MS = 200
"""Time after which the window returns to its screen: a window manager first ends the full screen by itself, and takes
a window that is moved meanwhile back to the screen of the class."""


class PresentationScreens(QObject):
    """Moves the window to the chosen screen and back. menu: chooses the screen."""

    def __init__(self, window: QWidget, store: SettingsStore) -> None:
        super().__init__(window)
        self._window, self._store = window, store
        # The screen by its name: PySide deletes a QScreen together with a window that was asked for it.
        self._origin: tuple[str, QPoint] | None = None
        self._return_timer = single_shot_timer(self, self._go_back, RETURN_DELAY_MS)
        self.menu = QMenu("Present on", window)
        self.menu.aboutToShow.connect(self._fill_menu)

    @property
    def is_returning(self) -> bool:
        """Whether the window is about to return to its screen."""
        return self._return_timer.isActive()

    def go(self) -> None:
        """Move to the chosen screen, if there is one and the window is not on it."""
        if self._return_timer.isActive():
            self._return_timer.stop()
            self._go_back()
        screen, handle = self._chosen_screen(), self._window.windowHandle()
        if screen is not None and handle is not None and screen is not self._window.screen():
            self._origin = self._window.screen().name(), self._window.pos()
            handle.setScreen(screen)
            self._window.move(screen.availableGeometry().topLeft())

    def return_later(self) -> None:
        """Return to the original screen, if it still exists, once the full screen has ended."""
        if self._origin is not None:
            self._return_timer.start()

    def _go_back(self) -> None:
        origin, self._origin = self._origin, None
        handle = self._window.windowHandle()
        if origin is None or handle is None:
            return
        name, position = origin
        screen = next((screen for screen in QGuiApplication.screens() if screen.name() == name), None)
        if screen is not None:
            handle.setScreen(screen)
            self._window.move(position)

    def _chosen_screen(self) -> QScreen | None:
        """Return the screen of the settings; else, of several screens, one that the window is not on."""
        screens, name = QGuiApplication.screens(), self._store.get("screen")
        chosen = next((screen for screen in screens if screen.name() == name), None)
        return chosen or next((screen for screen in screens if screen is not self._window.screen()), None)

    def _fill_menu(self) -> None:
        self.menu.clear()
        chosen = self._store.get("screen")
        names = {"": "The second screen, if there is one"}
        names |= {screen.name(): screen.name() for screen in QGuiApplication.screens()}
        for name, text in names.items():
            action = self.menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(name == chosen)
            action.triggered.connect(lambda _checked=False, name=name: self._store.set("screen", name))
