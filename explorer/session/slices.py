"""Work that takes long, done for a moment at a time, so that the window stays alive meanwhile."""

from collections.abc import Callable, Generator
from time import monotonic
from typing import Any

from PySide6.QtCore import QObject, QTimer

SLICE = 0.006
"""Seconds at a time."""


class Slices(QObject):
    """Does one work, and begins another instead when it is asked to."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work: Generator[None, None, Any] | None = None
        self._done: Callable[[Any], object] = lambda _result: None
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self.go_on)

    @property
    def is_busy(self) -> bool:
        """Whether there is something left to do."""
        return self._work is not None

    def start(self, work: Generator[None, None, Any], done: Callable[[Any], object]) -> None:
        """Do a work from now on; ``done`` gets what it returns. What fits into one slice is done at once."""
        self._work, self._done = work, done
        self.go_on()
        if self._work is not None:
            self._timer.start()

    def stop(self) -> None:
        """Give up what is not done."""
        self._work = None
        self._timer.stop()

    def finish(self) -> None:
        """Do all that is left now."""
        while self._work is not None:
            self.go_on()

    def go_on(self) -> None:
        """Work for one slice."""
        until = monotonic() + SLICE
        while self._work is not None:
            try:
                next(self._work)
            except StopIteration as end:
                self.stop()
                self._done(end.value)
                return
            if monotonic() > until:
                return
