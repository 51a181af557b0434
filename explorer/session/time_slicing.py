"""Long work in time slices, between which the window handles events."""

from collections import deque
from collections.abc import Callable, Generator
from time import monotonic
from typing import Any, Optional

from PySide6.QtCore import QObject, QTimer
from shiboken6 import isValid

TIME_SLICE_S = 0.006
"""Length of a time slice: short enough for a smooth animation."""


class TimeSlicedTask(QObject):
    """Runs a generator in time slices, one at a time: a new one replaces the one before."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work: Generator[None, None, Any] | None = None
        self._on_done: Callable[[Any], object] = lambda _result: None

    @property
    def is_busy(self) -> bool:
        """Whether the generator is not finished."""
        return self._work is not None

    def start(self, work: Generator[None, None, Any], on_done: Callable[[Any], object]) -> None:
        """Run a generator; ``on_done`` gets its return value. The first slice runs before this returns."""
        self._work, self._on_done = work, on_done
        self.run_slice()
        if self._work is not None:
            _TaskScheduler.instance().add(self)

    def stop(self) -> None:
        """Abandon the generator."""
        self._work = None

    def finish(self) -> None:
        """Run the rest of the generator now."""
        while self._work is not None:
            self.run_slice()

    def run_slice(self) -> None:
        """Run the generator for one time slice."""
        until = monotonic() + TIME_SLICE_S
        while self._work is not None:
            try:
                next(self._work)
            except StopIteration as end:
                self.stop()
                self._on_done(end.value)
                return
            if monotonic() > until:
                return


class _TaskScheduler(QObject):
    """Runs one slice of one task after another, with events of the window in between."""

    _instance: Optional["_TaskScheduler"] = None

    def __init__(self) -> None:
        super().__init__()
        self._tasks: deque[TimeSlicedTask] = deque()
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._run_next)

    @classmethod
    def instance(cls) -> "_TaskScheduler":
        """Return the only scheduler."""
        if cls._instance is None or not isValid(cls._instance):
            cls._instance = cls()
        return cls._instance

    def add(self, task: TimeSlicedTask) -> None:
        """Give a task slices until it is finished."""
        if task not in self._tasks:
            self._tasks.append(task)
        self._timer.start()

    def _run_next(self) -> None:
        while self._tasks:
            task = self._tasks.popleft()
            if isValid(task) and task.is_busy:  # its window may be gone
                self._tasks.append(task)
                task.run_slice()
                return
        self._timer.stop()
