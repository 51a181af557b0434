"""A strip above the step bar that shows what TensorFlow's process is doing while it cannot reply."""

from time import monotonic

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

TYPICAL_START_S = 4.0
"""Usual time of TensorFlow's start, at which the progress bar is almost full."""

UPDATE_INTERVAL_MS = 100


class EngineStatusStrip(QFrame):
    """Shows starting, working or failed with a message; hidden while the engine is ready."""

    retryRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stateStrip")
        self.setProperty("strip", True)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(16, 7, 12, 7)
        row.setSpacing(14)
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setObjectName("stateLabel")
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress of TensorFlow's start")
        self._retry = QPushButton("Try again")
        self._retry.setObjectName("retryButton")
        self._retry.setToolTip("Start TensorFlow's process again")
        self._retry.clicked.connect(self.retryRequested)
        row.addWidget(self._text)
        row.addWidget(self._bar, 1)
        row.addWidget(self._retry)
        self._state, self._busy = "starting", False
        self._start_time = monotonic()
        self._timer = QTimer(self)
        self._timer.setInterval(UPDATE_INTERVAL_MS)
        self._timer.timeout.connect(self._show)
        self._message = ""

    def setState(self, state: str, message: str) -> None:
        """Set the engine's state; ``message``: why it failed."""
        if state != self._state or state == "starting":
            self._start_time = monotonic()
        self._state, self._message = state, message
        self._show()

    def setBusy(self, busy: bool) -> None:
        """Set whether a reply takes long."""
        if busy != self._busy:
            self._busy = busy
            if self._state == "ready":
                self._start_time = monotonic()
            self._show()

    def _show(self) -> None:
        seconds = monotonic() - self._start_time
        is_working = self._state == "starting" or (self._state == "ready" and self._busy)
        self.setVisible(is_working or self._state == "failed")
        self._bar.setVisible(is_working)
        self._retry.setVisible(self._state == "failed")
        self._text.setWordWrap(self._state == "failed")
        self._row.setStretch(0, int(self._state == "failed"))
        if self._state == "failed":
            self._text.setText(self._message)
        elif self._state == "starting":
            self._text.setText(f"TensorFlow is starting · {seconds:.1f} s · its values follow")
        else:
            self._text.setText(f"TensorFlow is working · {seconds:.1f} s")
        # The bar approaches its end but never reaches it.
        self._bar.setValue(round(1000 * (1 - 2 ** (-2.2 * seconds / TYPICAL_START_S))))
        if is_working and not self._timer.isActive():
            self._timer.start()
        elif not is_working:
            self._timer.stop()
