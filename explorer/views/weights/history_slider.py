"""The bar above the weights: their network, a slider through the training history, and what can be saved."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QSlider, QVBoxLayout, QWidget

from explorer.session.weights.session import WeightsSession
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.fields.wheel import leave_wheel_to_page
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label


class HistorySlider(QWidget):
    """Selects a training step of the session; at the right end, the slider follows the latest weights."""

    saveRequested = Signal(str)

    def __init__(self, session: WeightsSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        row = FlowRow(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        self._title = make_label("large", "weightsTitle")
        row.addWidget(self._title)
        column = QVBoxLayout()
        column.setSpacing(0)
        self._step_label = make_label("heading", "momentLabel")
        column.addWidget(self._step_label)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        leave_wheel_to_page(self._slider)
        self._slider.setObjectName("snapshotSlider")
        self._slider.setAccessibleName("Moment of training")
        self._slider.setToolTip("Go back through training: arrow keys, Home and End. At the right end it follows")
        self._slider.setPageStep(10)
        self._slider.valueChanged.connect(self._moved)
        column.addWidget(self._slider)
        row.addLayout(column, 1)
        self._newest = push_button("newestButton", "Newest", "Follow the newest weights", self._follow_latest, row)
        self._keep = push_button(
            "keepButton", "Keep beside", "Keep this picture to compare it with another moment or another run",
            lambda: session.set_pinned(self._keep.isChecked()), row,
        )  # fmt: skip
        self._keep.setCheckable(True)
        session.pinnedChanged.connect(lambda: self._keep.setChecked(session.pinned is not None))
        push_button(
            "savePictureButton", "PNG …", "Save what you see as a picture", lambda: self.saveRequested.emit("png"), row
        )
        push_button(
            "saveArraysButton", "NPZ …", "Save all arrays of this moment for NumPy",
            lambda: self.saveRequested.emit("npz"), row,
        )  # fmt: skip
        session.shownChanged.connect(self.show_step)
        session.changed.connect(self.show_step)

    def show_step(self) -> None:
        """Show the training step of the weights on display."""
        session = self._session
        info, steps = session.network.info, session.network.steps
        if info is None:
            return
        self._title.setText(f"{info['title']}")
        self._title.setToolTip(f"{info['parameters']:,} weights")
        is_following = session.step is None
        newest = max(len(steps) - 1, 0)
        index = newest if session.step is None else _nearest(steps, session.step)
        with QSignalBlocker(self._slider):
            self._slider.setRange(0, newest)
            self._slider.setValue(index)
            self._slider.setEnabled(newest > 0)
        self._newest.setEnabled(not is_following)
        self._keep.setEnabled(session.shown is not None)
        if session.shown is None:
            self._step_label.setText("")
            return
        self._step_label.setText(session.step_text() + (" · the newest" if is_following and newest else ""))

    def _moved(self, index: int) -> None:
        steps = self._session.network.steps
        self._session.set_step(steps[index] if index < len(steps) - 1 else None)

    def _follow_latest(self) -> None:
        self._session.set_step(None)


def _nearest(steps: list[int], step: int) -> int:
    return min(range(len(steps)), key=lambda place: abs(steps[place] - step)) if steps else 0
