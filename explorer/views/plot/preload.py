"""Imports what draws curves after the first paint, in slices, so that the window never stands still.

Not in a thread: PySide makes its types when they are first touched, and two threads that touch the same one end the
program. So the import runs in the window's own thread, and between any two modules the window handles its events.
"""

import importlib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from time import monotonic
from types import ModuleType

from PySide6 import QtCore, QtGui, QtWidgets

TIME_SLICE_S = 0.006
"""Seconds of importing after which the window gets its turn."""


class _EventPump:
    """A finder of modules that finds none: it lets the window handle its events between two imports."""

    def __init__(self) -> None:
        self._since = monotonic()

    def find_spec(
        self, _name: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        self.take()
        return None

    def take(self) -> None:
        """Handle events, if that is due."""
        if monotonic() - self._since > TIME_SLICE_S:
            QtCore.QCoreApplication.processEvents()
            self._since = monotonic()


def preload_pyqtgraph() -> None:
    """Import pyqtgraph and what we make of it; returns when it is there."""
    if "explorer.views.plot.curve_canvas" in sys.modules:
        return
    breath = _EventPump()
    for module in (QtCore, QtGui, QtWidgets):
        # pyqtgraph touches every name of these at once, which takes 50 ms where it is the first to do so.
        for name in dir(module):
            getattr(module, name)
            breath.take()
    sys.meta_path.insert(0, breath)
    try:
        importlib.import_module("explorer.views.plot.curve_canvas")
    finally:
        sys.meta_path.remove(breath)
