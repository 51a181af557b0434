"""Collects garbage of the window's process while it is idle, because a full collection would block it noticeably."""

import gc
from time import thread_time

from PySide6.QtCore import QObject, QTimer

THRESHOLDS = 700, 10, 300
"""Thresholds of Python's collector. Only the oldest generation takes long, and with these it is rarely collected."""

CHECK_INTERVAL_MS = 4_000
"""Time between two checks whether the window is idle."""

MAX_IDLE_LOAD = 0.02
"""Share of that time for which the window's thread may run while it counts as idle."""

MIN_COLLECTIONS = 20
"""Collections of the middle generation after which a full collection is worth its time."""

UNFREEZE_EVERY = 8
"""Every eighth collection scans frozen objects as well, which may have become garbage."""


class IdleGarbageCollector(QObject):
    """Collects garbage while the window is idle, and freezes the objects that are left, because most live long."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.set_threshold(*THRESHOLDS)
        self._count = 0
        self._thread_seconds = thread_time()
        self._timer = QTimer(self, interval=CHECK_INTERVAL_MS)
        self._timer.timeout.connect(self.collect_if_idle)
        self._timer.start()

    def collect_if_idle(self) -> None:
        """Collect if the window was idle since the last check, and there may be enough garbage."""
        before, self._thread_seconds = self._thread_seconds, thread_time()
        is_idle = self._thread_seconds - before < MAX_IDLE_LOAD * CHECK_INTERVAL_MS / 1000
        if is_idle and gc.get_count()[2] >= MIN_COLLECTIONS:
            self._count += 1
            if self._count % UNFREEZE_EVERY == 0:
                gc.unfreeze()
            gc.collect()
            gc.freeze()
