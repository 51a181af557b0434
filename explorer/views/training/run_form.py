"""The form with the settings of the next run."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from explorer.core.training.settings import DEFAULT_HIDDEN_UNITS, DEFAULT_LEARNING_RATES, TRAINING_SETTINGS
from explorer.session.data.session import DataSession
from explorer.session.models.user_network import UserNetwork
from explorer.views.data.source_combo import SourceCombo, SourceState
from explorer.views.models.user_network_row import UserNetworkRow
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label
from explorer.views.widgets.scroll_page import VerticalScroll
from explorer.views.widgets.settings_form import SettingsForm

NETWORK_NAMES = {
    "perceptron": "Perceptron",
    "logistic": "Logistic regression",
    "mlp": "MLP",
    "cnn": "CNN",
    "own": "Your own",
}

XLA_NAMES = {"auto": "where it is faster", "yes": "always", "no": "never"}

LABELS = {
    "model": "Network", "hidden": "Hidden units", "filters": "Filters", "activation": "Activation",
    "dropout": "Dropout", "batch_norm": "Batch norm", "optimizer": "Optimizer", "learning_rate": "Learning rate",
    "batch_size": "Batch size", "epochs": "Epochs", "l2": "L2", "seed": "Seed", "xla": "XLA",
}  # fmt: skip


class RunForm(QFrame):
    """Fields for all of `core.training.settings.TRAINING_SETTINGS`; those without effect on a network are hidden."""

    codeRequested = Signal()
    openRequested = Signal()
    saveRequested = Signal()
    backRequested = Signal()

    def __init__(self, data: DataSession, own: UserNetwork, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._own = own
        self.setProperty("card", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 8, 12)
        column.setSpacing(8)
        head = make_label("heading", text="Network and training", wraps=True)
        column.addWidget(head)
        self._fields = SettingsForm(
            TRAINING_SETTINGS,
            LABELS,
            {"model": NETWORK_NAMES, "xla": XLA_NAMES},
        )
        self._fields.setProperty("clear", True)
        self._layers = UserNetworkRow(own)
        self._fields.insertSpanningWidget(self._layers, 1)
        self._fields.insertField("Images", SourceCombo(data, "dataCombo"), 2)
        self._fields.insertSpanningWidget(SourceState(data, "trainingData", named=True), 3)
        column.addWidget(VerticalScroll("formScroll", self._fields), 1)
        row = FlowRow()
        row.setSpacing(6)
        push_button(
            "kerasCodeButton",
            "Code",
            "This network and its training as Keras code, to copy",
            self.codeRequested.emit,
            row,
        )
        self.open = push_button(
            "openNetworkButton", "Open …", "Inspect a network from a .keras file", self.openRequested.emit, row
        )
        self.save = push_button(
            "saveNetworkButton", "Save …", "Save the network in view as a .keras file", self.saveRequested.emit, row
        )
        self.back = push_button(
            "backToRunButton", "Back to the run", "Inspect the network of the latest run again",
            self.backRequested.emit, row,
        )  # fmt: skip
        self.back.hide()
        column.addLayout(row)
        self._fields.changed.connect(self._update_fields)
        self._fields.settled.connect(self._fill_learning_rate)
        self._network = str(self._fields.value("model"))
        self._update_fields("model")
        self._update_fields("optimizer")

    def settings(self) -> dict[str, Any]:
        """Return the values of all fields, for `core.training.settings.run_settings`."""
        return {**self._fields.values(), "layers": [dict(row) for row in self._own.layer_configs]}

    def setCountsCovered(self, covered: bool) -> None:
        """Cover the number of parameters of the user's own network."""
        self._layers.setCountsCovered(covered)

    def setSettings(self, settings: Mapping[str, Any]) -> None:
        """Set the fields."""
        for key in LABELS:
            if key in settings:
                self._fields.setValue(key, settings[key])
        self._own.set_layer_configs(settings.get("layers", self._own.layer_configs))

    def _fill_learning_rate(self, key: str) -> None:
        """Replace a learning rate of 0, which means the default, by the default of the optimizer."""
        if key == "learning_rate" and not self._fields.value(key):
            self._fields.setValue(key, DEFAULT_LEARNING_RATES[self._fields.value("optimizer")])

    def _update_fields(self, key: str) -> None:
        """Adapt the fields to another network or optimizer."""
        fields = self._fields
        if key == "optimizer":
            fields.setValue("learning_rate", DEFAULT_LEARNING_RATES[fields.value("optimizer")])
        if key != "model":
            return
        model = str(fields.value("model"))
        self._layers.setVisible(model == "own")
        has_hidden = model not in ("logistic", "own")
        for name in ("hidden", "activation", "dropout", "batch_norm"):
            fields.setFieldVisible(name, has_hidden)
        fields.setFieldVisible("filters", model == "cnn")
        # A number that the user typed stays; the default of the previous network is replaced.
        if fields.value("hidden") == DEFAULT_HIDDEN_UNITS.get(self._network, TRAINING_SETTINGS["hidden"].default):
            fields.setValue("hidden", DEFAULT_HIDDEN_UNITS.get(model, TRAINING_SETTINGS["hidden"].default))
        self._network = model
