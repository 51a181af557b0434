"""The control bar of the Training tab: start, pause, step, stop, and the progress of the run."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from explorer.core.protocol.training import RunCommand
from explorer.session.training.session import TrainingSession
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.fields.wheel import leave_wheel_to_page
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
    """Return a remaining time as text."""
    if seconds < 1:
        return "under 1 s left"
    if seconds < 90:
        return f"{seconds:.0f} s left"
    return f"{seconds / 60:.0f} min left"


class _StatusLine(QWidget):
    """The position of the run and its speed, side by side.

    Both change ten times a second. In a layout, each change would lay out and repaint the whole window.
    """

    def __init__(self) -> None:
        super().__init__()
        self.left = make_label("heading", "trainingWhere", wraps=True)
        self.left.setParent(self)
        self._needed_height = 0
        self.right = make_label("muted", "trainingRate")
        self.right.setParent(self)

    def minimumSizeHint(self) -> QSize:
        """Return the width of the longest word and the height of a line."""
        return QSize(self.left.minimumSizeHint().width(), self.left.fontMetrics().height())

    sizeHint = minimumSizeHint

    def hasHeightForWidth(self) -> bool:
        """Return True: large text takes several lines."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of the text on the left."""
        return self.left.heightForWidth(width)

    def fit(self) -> None:
        """Place both labels; the speed is visible only if it fits beside the position."""
        needed = self.left.fontMetrics().horizontalAdvance(self.left.text()) + 12
        right = self.right.sizeHint().width()
        is_wide = needed + right <= self.width()
        self.right.setVisible(is_wide)
        self.left.setGeometry(0, 0, self.width() - right if is_wide else self.width(), self.height())
        self.right.setGeometry(self.width() - right, 0, right, self.height())
        if self._needed_height != (height := self.heightForWidth(self.width())):
            self._needed_height = height
            self.updateGeometry()


class ControlBar(QWidget):
    """Controls the session. startRequested: first command of a new run, ``continue``, ``step`` or ``epoch``."""

    startRequested = Signal(str)

    def __init__(self, session: TrainingSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingBar")
        self._session = session
        row = FlowRow(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self._train = push_button(
            "trainButton", "Train", "Start a new run", lambda: self.startRequested.emit("continue"), row
        )
        self._train.setProperty("role", "go")
        self._pause = push_button("pauseButton", "Pause", "Pause, or go on", self._pause_or_continue, row)
        self._single_step = push_button(
            "singleStepButton", "One step", "Do one step and pause", lambda: self._run_command("step"), row
        )
        self._epoch = push_button(
            "epochButton",
            "One epoch",
            "Train to the end of the epoch and pause",
            lambda: self._run_command("epoch"),
            row,
        )
        self._stop = push_button("stopButton", "Stop", "End the run", session.stop, row)
        self._reset = push_button("resetButton", "Reset", "Delete the run, its curves and its file", session.reset, row)
        self._speed = QComboBox()
        leave_wheel_to_page(self._speed)
        self._speed.setObjectName("trainingSpeedCombo")
        self._speed.setToolTip("Slow motion, in which every step can be seen")
        self._speed.setAccessibleName("Speed of training")
        for speed, text in SPEEDS.items():
            self._speed.addItem(text, speed)
        self._speed.currentIndexChanged.connect(lambda index: session.set_speed(self._speed.itemData(index)))
        row.addWidget(self._speed)
        row.addLayout(self._make_progress(), 1)
        session.stateChanged.connect(lambda _: self._show())
        session.progressChanged.connect(self._show)
        self._show()

    def _make_progress(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(4)
        self._line = _StatusLine()
        self._position_label, self._rate_label = self._line.left, self._line.right
        column.addWidget(self._line)
        self._progress = QProgressBar()
        self._progress.setObjectName("trainingProgress")
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName("Progress of the run")
        column.addWidget(self._progress)
        return column

    def toggle(self) -> None:
        """Start, pause or continue, depending on the state."""
        (self._pause if self._pause.isEnabled() else self._train).click()

    def one_step(self) -> None:
        """Do one step and pause."""
        self._single_step.click()

    def _pause_or_continue(self) -> None:
        if self._session.can_resume:
            self._session.resume()
        else:
            self._session.pause()

    def _run_command(self, command: RunCommand) -> None:
        """Do one step or epoch of the run, or start a run with it."""
        session = self._session
        if session.state == "idle":
            self.startRequested.emit(command)
        elif command == "step":
            session.run_one_step()
        else:
            session.run_one_epoch()

    def _show(self) -> None:
        session = self._session
        state, in_progress = session.state, session.is_active
        has_focus = self._train.hasFocus() or self._pause.hasFocus() or self.hasFocus()
        self._train.setEnabled(not in_progress)
        self._pause.setText("Go on" if session.can_resume else "Pause")
        self._pause.setEnabled(state == "running" or session.can_resume)
        if has_focus:  # a button that gets disabled would pass the focus on to the list of speeds
            (self._pause if self._pause.isEnabled() else self if in_progress else self._train).setFocus()
        for button in (self._single_step, self._epoch):
            button.setEnabled(state in ("idle", "running", "paused") or session.can_resume)
        self._stop.setEnabled(in_progress)
        self._reset.setEnabled(state != "idle")
        total = max(session.steps * session.total_epochs, 1)
        done = session.epoch * session.steps + session.step
        # With the range 0 to 0 the bar is indeterminate, because the time of compiling is unknown.
        self._progress.setRange(0, 0 if state == "compiling" else total)
        if state != "compiling":
            self._progress.setValue(done)
        self._position_label.setText(self._position_text())
        is_slow = session.speed > 0 and state == "running"  # then the rate is that of the computer, not of the run
        rate = (
            f"{session.images_per_second:,.0f} images a second"
            if session.images_per_second and state != "compiling" and not is_slow
            else ""
        )
        left = f" · {remaining_time_text(session.seconds_left)}" if rate and state == "running" else ""
        self._rate_label.setText(rate + left)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the labels to the new width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Place the labels; the tooltip contains both texts."""
        self._line.fit()
        self._position_label.setToolTip(f"{self._position_label.text()}   {self._rate_label.text()}".strip())

    def _position_text(self) -> str:
        session = self._session
        text = STATE_TEXTS[session.state]
        if session.steps and session.state != "compiling":
            text += f" · epoch {session.epoch + 1} of {session.total_epochs}"
            text += f" · step {session.step:,} of {session.steps:,}"
        return text
