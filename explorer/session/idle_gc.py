"""Garbage of the window's process is collected while nobody waits: looking at all objects would stop it for long."""

import gc
from time import thread_time

from PySide6.QtCore import QObject, QTimer

YOUNG, MIDDLE, OLD = 700, 10, 300
"""Thresholds of Python's collector: only its last generation holds things up, and is rarely due by itself."""

LOOK = 4_000
"""Milliseconds after which it is looked whether the window rests."""

REST = 0.02
"""Share of that time that the window's thread works at most while it rests."""

LITTER = 20
"""Collections of the middle generation after which there may be enough to collect all."""


ALL = 8
"""Every so often what is kept from being looked at is looked at, too: it may be garbage meanwhile."""


class IdleGarbageCollector(QObject):
    """Collects garbage in a rest; what is left then is not looked at again soon, for it stays for long."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.set_threshold(YOUNG, MIDDLE, OLD)
        self._count = 0
        self._used = thread_time()
        self._timer = QTimer(self, interval=LOOK)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect if the window has rested since the last look, and there is enough to collect."""
        used, self._used = self._used, thread_time()
        if self._used - used < REST * LOOK / 1000 and gc.get_count()[2] >= LITTER:
            self._count += 1
            if self._count % ALL == 0:
                gc.unfreeze()
            gc.collect()
            gc.freeze()
