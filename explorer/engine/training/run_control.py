"""Commands to a run that is in progress: continue, pause, one step, one epoch, slow motion, stop."""

import threading
from collections.abc import Callable
from time import monotonic

from explorer.core.protocol.training import RunCommand

DRAWING_PAUSE_S = 0.12
"""How long a run pauses after each stroke of the pen."""

MAX_DRAWING_PAUSE_S = 3.0
"""How long a run pauses between two chunks at most while somebody draws, so that drawing on and on does not stop it."""

PauseCallback = Callable[[bool], None]
"""Called with True when the run begins to wait, and with False when it continues."""


class RunControl:
    """Takes commands from one thread, which the training thread obeys between chunks."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._paused = False
        self._stopped = False
        self._steps_left: int | None = None
        self._pauses_after_epoch = False
        self._steps_per_second = 0.0
        self._next_step_time = 0.0
        self._drawing_until = 0.0

    @property
    def is_slow(self) -> bool:
        """Whether the user follows every single step."""
        return self._steps_per_second > 0 or self._steps_left is not None

    @property
    def is_stopped(self) -> bool:
        """Whether the run was told to stop."""
        return self._stopped

    def command(self, command: RunCommand, speed: float = 0.0) -> None:
        """Obey a command. speed: steps a second for ``slow``, 0 for as many as possible."""
        with self._changed:
            match command:
                case "slow":
                    self._steps_per_second, self._next_step_time = speed, monotonic()
                case "stop":
                    self._stopped = True
                case _:
                    self._paused = command == "pause"
                    self._steps_left = 1 if command == "step" else None
                    self._pauses_after_epoch = command == "epoch"
            self._changed.notify_all()

    def restart(self, command: RunCommand) -> None:
        """Obey a command after a stop."""
        self._stopped = False
        self.command(command)

    def yield_to_drawing(self) -> None:
        """Pause briefly: while somebody draws, each prediction would wait behind chunks in TensorFlow's thread pool."""
        with self._changed:
            self._drawing_until = monotonic() + DRAWING_PAUSE_S

    def pace(self, count: int, on_pause: PauseCallback) -> int:
        """Return how many of ``count`` steps may run next, 0 to stop; waits while paused and in slow motion."""
        with self._changed:
            self._wait_for_drawing()
            if self._steps_left == 0:
                self._paused, self._steps_left = True, None
            self._wait(on_pause)
            while self._steps_per_second and not self._stopped and self._next_step_time > monotonic():
                self._changed.wait(self._next_step_time - monotonic())
                self._wait(on_pause)
            if self._stopped:
                return 0
            if self._steps_per_second:
                interval = 1 / self._steps_per_second
                self._next_step_time = max(self._next_step_time, monotonic() - interval) + interval
                count = 1
            if self._steps_left is not None:
                count = min(count, self._steps_left)
                self._steps_left -= count
            return count

    def wait_while_paused(self, on_pause: PauseCallback) -> bool:
        """Wait while paused; return whether the run may continue."""
        with self._changed:
            self._wait_for_drawing()
            self._wait(on_pause)
            return not self._stopped

    def finish_epoch(self) -> None:
        """Pause if the command was to run one epoch."""
        with self._changed:
            if self._pauses_after_epoch:
                self._paused, self._pauses_after_epoch = True, False

    def _wait_for_drawing(self) -> None:
        end = monotonic() + MAX_DRAWING_PAUSE_S
        while not self._paused and not self._stopped and (left := min(self._drawing_until, end) - monotonic()) > 0:
            self._changed.wait(left)

    def _wait(self, on_pause: PauseCallback) -> None:
        while self._paused and not self._stopped:
            on_pause(True)
            self._changed.wait()
        if not self._stopped:
            on_pause(False)
