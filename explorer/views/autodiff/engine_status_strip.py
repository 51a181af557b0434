"""A strip over the step bar that says what TensorFlow's process is doing while it cannot answer."""

from time import monotonic

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

TYPICAL = 4.0
"""Seconds that TensorFlow needs to start; the bar comes near its end then and waits there."""

TICK = 100


class EngineStatusStrip(QFrame):
    """Starting, working, failed: each with its sentence. Hidden while there is nothing to say."""

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
        self._since = monotonic()
        self._timer = QTimer(self, interval=TICK)
        self._timer.timeout.connect(self._show)
        self._sentence = ""

    def setState(self, state: str, sentence: str) -> None:
        """Show the engine's state; ``sentence`` says why it failed."""
        if state != self._state or state == "starting":
            self._since = monotonic()
        self._state, self._sentence = state, sentence
        self._show()

    def setBusy(self, busy: bool) -> None:
        """Show that an answer takes longer than a moment."""
        if busy != self._busy:
            self._busy = busy
            if self._state == "ready":
                self._since = monotonic()
            self._show()

    def _show(self) -> None:
        seconds = monotonic() - self._since
        working = self._state == "starting" or (self._state == "ready" and self._busy)
        self.setVisible(working or self._state == "failed")
        self._bar.setVisible(working)
        self._retry.setVisible(self._state == "failed")
        self._text.setWordWrap(self._state == "failed")
        self._row.setStretch(0, int(self._state == "failed"))
        if self._state == "failed":
            self._text.setText(self._sentence)
        elif self._state == "starting":
            self._text.setText(f"TensorFlow is starting · {seconds:.1f} s · its values follow")
        else:
            self._text.setText(f"TensorFlow is working · {seconds:.1f} s")
        # It approaches the end and never claims to have reached it.
        self._bar.setValue(round(1000 * (1 - 2 ** (-2.2 * seconds / TYPICAL))))
        if working and not self._timer.isActive():
            self._timer.start()
        elif not working:
            self._timer.stop()
