"""What the user wants of a run that is under way: go on, pause, one step, one epoch, slowly, stop."""

import threading
from collections.abc import Callable
from time import monotonic

PEN, LONGEST = 0.12, 3.0
"""Seconds that a run stands aside after a stroke of the pen, and at most between two chunks: who draws on and on does
not stop it."""

Waits = Callable[[bool], None]
"""Called with True when the run begins to wait, and with False when it goes on."""


class RunControl:
    """Wishes come from one thread, and are asked for by the thread that trains, between chunks."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._paused = False
        self._stopped = False
        self._steps_left: int | None = None
        self._to_epochs_end = False
        self._a_second = 0.0
        self._next_at = 0.0
        self._pen_until = 0.0

    @property
    def is_slow(self) -> bool:
        """Whether every single step is looked at."""
        return self._a_second > 0 or self._steps_left is not None

    @property
    def is_stopped(self) -> bool:
        """Whether the end was wished for."""
        return self._stopped

    def wish(self, wish: str) -> None:
        """Take ``pause``, ``continue``, ``step``, ``epoch``, ``stop``, or ``slow 5`` (steps a second, 0: all)."""
        with self._changed:
            match wish.split():
                case ["slow", speed]:
                    self._a_second, self._next_at = float(speed), monotonic()
                case ["stop"]:
                    self._stopped = True
                case [kind]:
                    self._paused = kind == "pause"
                    self._steps_left = 1 if kind == "step" else None
                    self._to_epochs_end = kind == "epoch"
            self._changed.notify_all()

    def again(self, wish: str) -> None:
        """Begin anew with a wish, after an end."""
        self._stopped = False
        self.wish(wish)

    def stand_aside(self) -> None:
        """Let somebody draw: what a network makes of each stroke would wait behind the chunks in TensorFlow's pool."""
        with self._changed:
            self._pen_until = monotonic() + PEN

    def pace(self, count: int, waits: Waits) -> int:
        """Return how many of ``count`` steps may come next, 0 to end; waits while paused, or for a slow step."""
        with self._changed:
            self._wait_for_pen()
            if self._steps_left == 0:
                self._paused, self._steps_left = True, None
            self._wait(waits)
            while self._a_second and not self._stopped and self._next_at > monotonic():
                self._changed.wait(self._next_at - monotonic())
                self._wait(waits)
            if self._stopped:
                return 0
            if self._a_second:
                self._next_at = max(self._next_at, monotonic() - 1 / self._a_second) + 1 / self._a_second
                count = 1
            if self._steps_left is not None:
                count = min(count, self._steps_left)
                self._steps_left -= count
            return count

    def breathe(self, waits: Waits) -> bool:
        """Wait while paused; returns False to end."""
        with self._changed:
            self._wait_for_pen()
            self._wait(waits)
            return not self._stopped

    def epoch_done(self) -> None:
        """Pause where one epoch was wished for."""
        with self._changed:
            if self._to_epochs_end:
                self._paused, self._to_epochs_end = True, False

    def _wait_for_pen(self) -> None:
        end = monotonic() + LONGEST
        while not self._paused and not self._stopped and (left := min(self._pen_until, end) - monotonic()) > 0:
            self._changed.wait(left)

    def _wait(self, waits: Waits) -> None:
        while self._paused and not self._stopped:
            waits(True)
            self._changed.wait()
        if not self._stopped:
            waits(False)
