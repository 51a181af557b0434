"""The strip over the training tab: start, pause, step, stop, and how far it is."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from explorer.session.training.session import TrainingSession
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label

SPEEDS = {0.0: "full speed", 20.0: "20 steps a second", 5.0: "5 steps a second", 1.0: "1 step a second"}

STATE_TEXTS = {
    "idle": "Choose a network and train it.",
    "compiling": "compiling",
    "running": "training",
    "paused": "paused",
    "finished": "finished",
    "stopped": "stopped",
    "failed": "failed",
}


def remaining_time_text(seconds: float) -> str:
    """Return a time that is left, in words."""
    if seconds < 1:
        return "under 1 s left"
    if seconds < 90:
        return f"{seconds:.0f} s left"
    return f"{seconds / 60:.0f} min left"


class _StatusLine(QWidget):
    """Where the run is, and how fast, beside each other. They say something else ten times a second: in a layout, each
    time the whole window would be laid out and painted anew."""

    def __init__(self) -> None:
        super().__init__()
        self.left = make_label("heading", "trainingWhere", wraps=True)
        self.left.setParent(self)
        self._needs = 0
        self.right = make_label("muted", "trainingRate")
        self.right.setParent(self)

    def minimumSizeHint(self) -> QSize:
        """Wide enough for the longest word."""
        return QSize(self.left.minimumSizeHint().width(), self.left.fontMetrics().height())

    sizeHint = minimumSizeHint

    def hasHeightForWidth(self) -> bool:
        """Large letters need several lines."""
        return True

    def heightForWidth(self, width: int) -> int:
        """As high as the words on the left need."""
        return self.left.heightForWidth(width)

    def fit(self) -> None:
        """Place both; the speed only where there is room for the whole of it."""
        needed = self.left.fontMetrics().horizontalAdvance(self.left.text()) + 12
        right = self.right.sizeHint().width()
        self.right.setVisible(needed + right <= self.width())
        self.left.setGeometry(0, 0, self.width(), self.height())
        self.right.setGeometry(self.width() - right, 0, right, self.height())
        if self._needs != (height := self.heightForWidth(self.width())):
            self._needs = height
            self.updateGeometry()


class ControlBar(QWidget):
    """Asks the session; ``startRequested`` carries the wish (``continue``, ``step``, ``epoch``) for a run to begin."""

    startRequested = Signal(str)

    def __init__(self, session: TrainingSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingBar")
        self._session = session
        row = FlowRow(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self._train = push_button(
            "trainButton", "Train", "Begin a new run", lambda: self.startRequested.emit("continue"), row
        )
        self._train.setProperty("role", "go")
        self._pause = push_button("pauseButton", "Pause", "Pause, or go on", self._pause_or_go_on, row)
        self._one = push_button(
            "singleStepButton", "One step", "Do one step and pause", lambda: self._some("step"), row
        )
        self._whole = push_button(
            "epochButton", "One epoch", "To the end of the epoch, and pause", lambda: self._some("epoch"), row
        )
        self._stop = push_button("stopButton", "Stop", "End the run", session.stop, row)
        self._reset = push_button("resetButton", "Reset", "Forget the run and its curves", session.reset, row)
        self._speed = QComboBox()
        self._speed.setObjectName("trainingSpeedCombo")
        self._speed.setToolTip("Slow motion: every step can be seen")
        self._speed.setAccessibleName("Speed of training")
        for speed, text in SPEEDS.items():
            self._speed.addItem(text, speed)
        self._speed.currentIndexChanged.connect(lambda index: session.set_speed(self._speed.itemData(index)))
        row.addWidget(self._speed)
        row.addLayout(self._make_progress(), 1)
        session.stateChanged.connect(lambda _: self._show())
        session.progressed.connect(self._show)
        self._show()

    def _make_progress(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(4)
        self._line = _StatusLine()
        self._where, self._rate = self._line.left, self._line.right
        column.addWidget(self._line)
        self._progress = QProgressBar()
        self._progress.setObjectName("trainingProgress")
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName("Progress of the run")
        column.addWidget(self._progress)
        return column

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
            self.startRequested.emit(wish)
        elif wish == "step":
            session.one_step()
        else:
            session.one_epoch()

    def _show(self) -> None:
        session = self._session
        state, under_way = session.state, session.is_under_way
        keys_are_here = self._train.hasFocus() or self._pause.hasFocus() or self.hasFocus()
        self._train.setEnabled(not under_way)
        self._pause.setText("Go on" if session.can_go_on else "Pause")
        self._pause.setEnabled(state == "running" or session.can_go_on)
        if keys_are_here:  # a button that can no longer be pressed would hand them to the list of speeds
            (self._pause if self._pause.isEnabled() else self if under_way else self._train).setFocus()
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
        is_slow = session.speed > 0 and state == "running"  # then it says what the computer could do, not what is done
        rate = f"{session.rate:,.0f} images a second" if session.rate and state != "compiling" and not is_slow else ""
        left = f" · {remaining_time_text(session.left)}" if rate and state == "running" else ""
        self._rate.setText(rate + left)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say less where there is no room for more."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Show the speed only beside the whole of where the run is, which large letters may leave no room for."""
        self._line.fit()
        self._where.setToolTip(f"{self._where.text()}   {self._rate.text()}".strip())

    def _place(self) -> str:
        session = self._session
        place = STATE_TEXTS[session.state]
        if session.steps and session.state != "compiling":
            place += f" · epoch {session.epoch + 1} of {session.all_epochs}"
            place += f" · step {session.step:,} of {session.steps:,}"
        return place
