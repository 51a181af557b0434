"""The bar above what a network has or computes: its title, and a slider through the history of its training."""

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QSlider, QVBoxLayout, QWidget

from explorer.session.models.current_network import CurrentNetworkSession
from explorer.views.models.network_path_dialog import ask_network_path
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.fields.wheel import leave_wheel_to_page
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label

TOOLTIP = (
    "Go back through training: arrow keys, Home and End. At the right end it follows. "
    "Weights and Activations show the same moment"
)


class HistorySlider(QWidget):
    """Selects the training step that all tabs show; at the right end, the slider follows the latest weights.

    Parameters
    ----------
    name : prefix of the object names, such as ``weightsTitle``.
    shown_step : returns the step of the weights on display, None while there are none.

    Attributes
    ----------
    row : layout to which buttons can be added.
    """

    def __init__(
        self,
        network: CurrentNetworkSession,
        name: str,
        shown_step: Callable[[], int | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._network, self._shown_step = network, shown_step
        self._is_covered = False
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        self.row = row = FlowRow()
        row.setSpacing(14)
        whole.addLayout(row)
        self._refusal = make_label("error", f"{name}Refusal", wraps=True)
        self._refusal.hide()
        whole.addWidget(self._refusal)
        self._title = make_label("large", f"{name}Title")
        row.addWidget(self._title)
        column = QVBoxLayout()
        column.setSpacing(0)
        self._step_label = make_label("heading", f"{name}MomentLabel")
        column.addWidget(self._step_label)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        leave_wheel_to_page(self._slider)
        self._slider.setObjectName(f"{name}SnapshotSlider")
        self._slider.setAccessibleName("Moment of training")
        self._slider.setToolTip(TOOLTIP)
        self._slider.setPageStep(10)
        self._slider.valueChanged.connect(self._moved)
        column.addWidget(self._slider)
        row.addLayout(column, 1)
        self._newest = push_button(
            f"{name}NewestButton", "Newest", "Follow the newest weights", lambda: network.set_step(None), row
        )
        push_button(f"{name}OpenButton", "Open …", "Open a network from a .keras file", self._ask_path, row)
        network.messageChanged.connect(self._show_refusal)
        network.stepChanged.connect(self.show_step)
        network.networkChanged.connect(self.show_step)

    def setCountsCovered(self, covered: bool) -> None:
        """Cover the number of weights, or show it."""
        self._is_covered = covered
        self.show_step()

    def show_step(self, _info: object = None) -> None:
        """Show the training step of the weights on display."""
        network = self._network
        info, steps = network.info, network.steps
        if info is None:
            return
        self._title.setText(f"{info['title']}")
        self._title.setToolTip(f"{'?' if self._is_covered else format(info['parameters'], ',')} weights")
        is_following = network.step is None
        newest = max(len(steps) - 1, 0)
        index = newest if network.step is None else _nearest(steps, network.step)
        with QSignalBlocker(self._slider):
            self._slider.setRange(0, newest)
            self._slider.setValue(index)
            self._slider.setEnabled(newest > 0)
        self._newest.setEnabled(not is_following)
        step = self._shown_step()
        newest_text = " · the newest" if is_following and newest else ""
        self._step_label.setText("" if step is None else f"{network.step_text(step)}{newest_text}")

    def _ask_path(self) -> None:
        ask_network_path(self, self._network.open)

    def _show_refusal(self, message: str) -> None:
        self._refusal.setText(message)
        self._refusal.setVisible(bool(message))

    def hideEvent(self, event: QHideEvent) -> None:
        """Forget why a file was refused: the tab was left."""
        super().hideEvent(event)
        if not event.spontaneous():
            self._show_refusal("")

    def _moved(self, index: int) -> None:
        steps = self._network.steps
        self._network.set_step(steps[index] if index < len(steps) - 1 else None)


def _nearest(steps: list[int], step: int) -> int:
    return min(range(len(steps)), key=lambda place: abs(steps[place] - step)) if steps else 0
