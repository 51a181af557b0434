"""The strip over the training tab: start, pause, step, stop, and how far it is."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from explorer.session.training import TrainingSession
from explorer.views.room import Row

SPEEDS = {0.0: "full speed", 20.0: "20 steps a second", 5.0: "5 steps a second", 1.0: "1 step a second"}

SAYS = {
    "idle": "Choose a network and train it.",
    "compiling": "compiling",
    "running": "training",
    "paused": "paused",
    "finished": "finished",
    "stopped": "stopped",
    "failed": "failed",
}


def duration(seconds: float) -> str:
    """Return a time that is left, in words."""
    if seconds < 1:
        return "under 1 s left"
    if seconds < 90:
        return f"{seconds:.0f} s left"
    return f"{seconds / 60:.0f} min left"


class TrainingBar(QWidget):
    """Asks the session; ``startAsked`` carries the wish (``continue``, ``step``, ``epoch``) for a run to begin."""

    startAsked = Signal(str)

    def __init__(self, session: TrainingSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingBar")
        self._session = session
        row = Row(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self._train = self._button(
            row, "trainButton", "Train", "Begin a new run", lambda: self.startAsked.emit("continue")
        )
        self._train.setProperty("role", "go")
        self._pause = self._button(row, "pauseButton", "Pause", "Pause, or go on", self._pause_or_go_on)
        self._one = self._button(
            row, "singleStepButton", "One step", "Do one step and pause", lambda: self._some("step")
        )
        self._whole = self._button(
            row, "epochButton", "One epoch", "To the end of the epoch, and pause", lambda: self._some("epoch")
        )
        self._stop = self._button(row, "stopButton", "Stop", "End the run", session.stop)
        self._reset = self._button(row, "resetButton", "Reset", "Forget the run and its curves", session.reset)
        self._speed = QComboBox(objectName="trainingSpeedCombo")
        self._speed.setToolTip("Slow motion: every step can be seen")
        self._speed.setAccessibleName("Speed of training")
        for speed, text in SPEEDS.items():
            self._speed.addItem(text, speed)
        self._speed.currentIndexChanged.connect(lambda at: session.set_speed(self._speed.itemData(at)))
        row.addWidget(self._speed)
        row.addLayout(self._make_progress(), 1)
        session.stateChanged.connect(lambda _: self._show())
        session.progressed.connect(self._show)
        self._show()

    def _make_progress(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(4)
        line = Row()
        self._where = QLabel(objectName="trainingWhere")
        self._where.setProperty("role", "heading")
        self._where.setWordWrap(True)
        self._rate = QLabel(objectName="trainingRate")
        self._rate.setProperty("role", "muted")
        self._rate.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self._where, 1)
        line.addWidget(self._rate)
        column.addLayout(line)
        self._progress = QProgressBar(objectName="trainingProgress")
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName("Progress of the run")
        column.addWidget(self._progress)
        return column

    def _button(self, row: Row, name: str, text: str, tip: str, do: Callable[[], Any]) -> QPushButton:
        button = QPushButton(text, objectName=name)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda _checked=False: do())
        row.addWidget(button)
        return button

    def toggle(self) -> None:
        """Begin, pause or go on, whichever makes sense now."""
        (self._pause if self._pause.isEnabled() else self._train).click()

    def one_step(self) -> None:
        """Do one step and pause."""
        self._one.click()

    def _pause_or_go_on(self) -> None:
        if self._session.can_go_on:
            self._session.go_on()
        else:
            self._session.pause()

    def _some(self, wish: str) -> None:
        """Do one step or epoch of the run, or begin one with it."""
        session = self._session
        if session.state == "idle":
            self.startAsked.emit(wish)
        elif wish == "step":
            session.one_step()
        else:
            session.one_epoch()

    def _show(self) -> None:
        session = self._session
        state, under_way = session.state, session.is_under_way
        self._train.setEnabled(not under_way)
        self._pause.setText("Go on" if session.can_go_on else "Pause")
        self._pause.setEnabled(state == "running" or session.can_go_on)
        for button in (self._one, self._whole):
            button.setEnabled(state in ("idle", "running", "paused") or session.can_go_on)
        self._stop.setEnabled(under_way)
        self._reset.setEnabled(state != "idle")
        total = max(session.steps * session.all_epochs, 1)
        done = session.epoch * session.steps + session.step
        # Between 0 and 0 a bar runs to and fro: nobody knows how long compiling takes.
        self._progress.setRange(0, 0 if state == "compiling" else total)
        if state != "compiling":
            self._progress.setValue(done)
        self._where.setText(self._place())
        rate = f"{session.rate:,.0f} images a second" if session.rate and state != "compiling" else ""
        left = f" · {duration(session.left)}" if rate and state == "running" else ""
        self._rate.setText(rate + left)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say less where there is no room for more."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Show the speed only beside the whole of where the run is, which large letters may leave no room for."""
        needed = self._where.fontMetrics().horizontalAdvance(self._where.text()) + self._rate.sizeHint().width() + 12
        self._rate.setVisible(needed <= self._progress.width())
        self._where.setToolTip(f"{self._where.text()}   {self._rate.text()}".strip())

    def _place(self) -> str:
        session = self._session
        place = SAYS[session.state]
        if session.steps and session.state != "compiling":
            place += f" · epoch {session.epoch + 1} of {session.all_epochs}"
            place += f" · step {session.step:,} of {session.steps:,}"
        return place
