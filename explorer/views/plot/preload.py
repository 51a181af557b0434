"""Imports pyqtgraph after the first paint, in time slices, so that the window stays responsive.

Not in a thread, because PySide crashes if two threads use a type for the first time simultaneously. The import runs in
the main thread instead, and events are processed between the imports of modules.
"""

import importlib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from time import monotonic
from types import ModuleType

from PySide6 import QtCore, QtGui, QtWidgets

TIME_SLICE_S = 0.006
"""Time of importing after which events are processed."""


class _EventPump:
    """A meta path finder that finds nothing, but processes events between two imports."""

    def __init__(self) -> None:
        self._since = monotonic()

    def find_spec(
        self, _name: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        self.process_events()
        return None

    def process_events(self) -> None:
        """Process events if a time slice has passed."""
        if monotonic() - self._since > TIME_SLICE_S:
            QtCore.QCoreApplication.processEvents()
            self._since = monotonic()


def preload_pyqtgraph() -> None:
    """Import pyqtgraph and `curve_canvas`; returns when the import is complete."""
    if "explorer.views.plot.curve_canvas" in sys.modules:
        return
    pump = _EventPump()
    for module in (QtCore, QtGui, QtWidgets):
        # pyqtgraph accesses all names of these modules at once, which takes 50 ms the first time.
        for name in dir(module):
            getattr(module, name)
            pump.process_events()
    sys.meta_path.insert(0, pump)
    try:
        importlib.import_module("explorer.views.plot.curve_canvas")
    finally:
        sys.meta_path.remove(pump)
