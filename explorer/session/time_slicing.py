"""Work that takes long, done for a moment at a time, so that the window stays alive meanwhile."""

from collections import deque
from collections.abc import Callable, Generator
from time import monotonic
from typing import Any, Optional

from PySide6.QtCore import QObject, QTimer
from shiboken6 import isValid

SLICE = 0.006
"""Seconds at a time."""


class TimeSlicedTask(QObject):
    """Does one work, and begins another instead when it is asked to."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work: Generator[None, None, Any] | None = None
        self._done: Callable[[Any], object] = lambda _result: None

    @property
    def is_busy(self) -> bool:
        """Whether there is something left to do."""
        return self._work is not None

    def start(self, work: Generator[None, None, Any], done: Callable[[Any], object]) -> None:
        """Do a work from now on; ``done`` gets what it returns. What fits into one slice is done at once."""
        self._work, self._done = work, done
        self.go_on()
        if self._work is not None:
            _TaskScheduler.of_all().add(self)

    def stop(self) -> None:
        """Give up what is not done."""
        self._work = None

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


class _TaskScheduler(QObject):
    """All works of the program take turns: a slice of one at a time, and then the window has its own."""

    _only: Optional["_TaskScheduler"] = None

    def __init__(self) -> None:
        super().__init__()
        self._waiting: deque[TimeSlicedTask] = deque()
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._next)

    @classmethod
    def of_all(cls) -> "_TaskScheduler":
        """Return the one that there is."""
        if cls._only is None or not isValid(cls._only):
            cls._only = cls()
        return cls._only

    def add(self, one: TimeSlicedTask) -> None:
        """Let one have its turns, until it has nothing left to do."""
        if one not in self._waiting:
            self._waiting.append(one)
        self._timer.start()

    def _next(self) -> None:
        while self._waiting:
            one = self._waiting.popleft()
            if isValid(one) and one.is_busy:  # its window may be gone
                self._waiting.append(one)
                one.go_on()
                return
        self._timer.stop()
