"""Timers that run once."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


def single_shot_timer(parent: QObject, on_timeout: Callable[[], object], interval_ms: int = 0) -> QTimer:
    """Return a timer, not started, that calls ``on_timeout`` once ``interval_ms`` after each start."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(interval_ms)
    timer.timeout.connect(on_timeout)
    return timer
