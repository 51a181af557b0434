"""Builds the engine client, the sessions, the features and the window, and joins them."""

import contextlib
import gc
import pkgutil
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from explorer.core.resources import resource_path

if TYPE_CHECKING:
    from explorer.session.settings_store import SettingsStore
    from explorer.views.shell.main_window import MainWindow

FEATURES = (
    "explorer.views.autodiff.feature:autodiff_feature",
    "explorer.views.data.feature:data_feature",
    "explorer.views.training.feature:training_feature",
    "explorer.views.weights.feature:weights_feature",
    "explorer.views.activations.feature:activations_feature",
    "explorer.views.network_graph.feature:network_graph_feature",
    "explorer.views.practice.feature:practice_feature",
    "explorer.views.practice.feature:find_mistake_feature",
    "explorer.views.lessons.feature:lessons_feature",
    "explorer.views.sharing.feature:sharing_feature",
    "explorer.views.presenting.feature:presentation_feature",
    "explorer.views.help.feature:help_feature",
)
"""The functions that build the features, in the order of their tabs and menu entries; a feature may use those before
it. They are named, not imported, because the engine starts before anything of the window is imported."""

PLOT_IMPORT_DELAY_MS = 60
"""Time after the window was shown at which pyqtgraph is imported, which takes 300 ms."""


def application() -> QApplication:
    """Return the running QApplication, or make one with the program's names and fonts."""
    app = QApplication.instance()
    if app is None:
        QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
        qInstallMessageHandler(_print_message)
        app = QApplication(sys.argv[:1])
        app.setApplicationName("autodiff-explorer")
        app.setApplicationDisplayName("Autodiff Explorer")
        app.setDesktopFileName("autodiff-explorer")
        app.setWindowIcon(QIcon(str(resource_path("icons/autodiff-explorer.svg"))))
    assert isinstance(app, QApplication)
    return app


def create_main_window(settings: "SettingsStore | None" = None, restore: bool = False) -> "MainWindow":
    """Make the main window, not yet shown, and start its engine.

    settings: the user's settings; None keeps them in memory. restore: whether to bring back the last session from
    them. Makes a QApplication if there is none; opens nothing modal.
    """
    app = application()
    # The engine needs seconds to import TensorFlow: it starts before anything else is even imported.
    from explorer.session.engine_client.client import EngineClient

    client = EngineClient()
    client.start()
    with _without_garbage_collection():
        from explorer.session.idle_gc import IdleGarbageCollector
        from explorer.session.sessions import create_sessions
        from explorer.session.settings_store import SettingsStore
        from explorer.session.timers import single_shot_timer
        from explorer.views.shell.main_window import MainWindow

        store = settings if settings is not None else SettingsStore(None)
        sessions = create_sessions(client, store, client)
        window = MainWindow(sessions, [pkgutil.resolve_name(name) for name in FEATURES])
        IdleGarbageCollector(window)
    attach_later = single_shot_timer(window, lambda: _attach_plots(window), PLOT_IMPORT_DELAY_MS)
    window.shown.connect(attach_later.start, Qt.ConnectionType.SingleShotConnection)
    client.setParent(window)
    app.aboutToQuit.connect(client.stop)
    if restore:
        window.restore_session()
    return window


def _attach_plots(window: "MainWindow") -> None:
    """Import pyqtgraph after the first paint, and give the features their plots."""
    from explorer.views.plot.preload import preload_pyqtgraph

    preload_pyqtgraph()
    if not isValid(window):
        return  # the window was closed meanwhile
    for feature in window.features:
        feature.attach_plots()
    # What exists now stays to the end: scanning it for garbage would stop the window for 60 ms a time.
    gc.freeze()


@contextlib.contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Exclude modules and widgets that stay from garbage collection: scanning them takes a tenth of the start."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():  # a second window may come after one that is garbage now
            gc.freeze()
        if was_enabled:
            gc.enable()


def _print_message(kind: QtMsgType, _context: object, message: str) -> None:
    """Print Qt's warnings, apart from one that window managers cause and that means nothing to the user."""
    if kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) and "propagateSizeHints" not in message:
        print(message, file=sys.stderr)
