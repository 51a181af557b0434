"""Builds the parts of the window and joins them."""

import contextlib
import gc
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from explorer.core.resources import resource_path

if TYPE_CHECKING:
    from explorer.session.settings_store import SettingsStore
    from explorer.views.shell.main_window import MainWindow


def application() -> QApplication:
    """Return the running QApplication, or make one with the program's names and fonts."""
    app = QApplication.instance()
    if app is None:
        QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
        qInstallMessageHandler(_tell)
        app = QApplication(sys.argv[:1])
        app.setApplicationName("autodiff-explorer")
        app.setApplicationDisplayName("Autodiff Explorer")
        app.setDesktopFileName("autodiff-explorer")
        app.setWindowIcon(QIcon(str(resource_path("icons/autodiff-explorer.svg"))))
    assert isinstance(app, QApplication)
    return app


def create_main_window(settings: "SettingsStore | None" = None, restore: bool = False) -> "MainWindow":
    """Make the main window, not yet shown, and start its engine.

    settings: where the user's settings are kept; None leaves the disk alone. restore: bring back the last
    session from them. Makes a QApplication if there is none; opens nothing modal.
    """
    app = application()
    # The engine needs seconds to import TensorFlow: it starts before anything else is even imported.
    from explorer.session.engine_client.client import EngineClient

    client = EngineClient()
    client.start()
    with _without_garbage_collection():
        from explorer.session.idle_gc import IdleGarbageCollector
        from explorer.session.settings_store import SettingsStore
        from explorer.views.shell.main_window import MainWindow

        store = settings if settings is not None else SettingsStore(None)
        window = MainWindow(client, store)
        IdleGarbageCollector(window)
    client.setParent(window)
    app.aboutToQuit.connect(client.stop)
    if restore:
        window.restore_session()
    return window


@contextlib.contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Modules and widgets that stay are no garbage: looking through them, now or later, takes a tenth of the start."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():  # a second window may come after one that is garbage now
            gc.freeze()
        if was:
            gc.enable()


def _tell(kind: QtMsgType, _context: object, message: str) -> None:
    """Pass Qt's warnings on, but for those that say nothing to anybody."""
    if kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) and "propagateSizeHints" not in message:
        print(message, file=sys.stderr)
