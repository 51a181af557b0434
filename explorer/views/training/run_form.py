"""The form with the settings of the next run."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from explorer.core.training.settings import DEFAULT_HIDDEN_UNITS, DEFAULT_LEARNING_RATES, TRAINING_SETTINGS
from explorer.session.data.session import DataSession
from explorer.session.training.session import TrainingSession
from explorer.views.data.source_combo import SourceCombo, SourceState
from explorer.views.models.user_network_row import UserNetworkRow
from explorer.views.training.next_run_note import changed_settings, next_run_sentence
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


NOTE_LABELS = {**LABELS, "layers": "Your own layers", "data": "Images"}
"""What the settings are called in a sentence."""

HEADING, HEADING_WHILE_RUNNING = "Network and training", "For the next run"


class RunForm(QFrame):
    """Fields for all of `core.training.settings.TRAINING_SETTINGS`; those without effect on a network are hidden.

    changed: emitted when a setting or the images of the next run change.
    """

    codeRequested = Signal()
    openRequested = Signal()
    saveRequested = Signal()
    backRequested = Signal()

    changed = Signal()

    def __init__(self, data: DataSession, session: TrainingSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._data = data
        own = self._own = session.user_network
        self.setObjectName("runForm")
        self.setProperty("card", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 8, 12)
        column.setSpacing(8)
        self._head = make_label("heading", "runFormHeading", HEADING, wraps=True)
        column.addWidget(self._head)
        self._note = make_label("notice", "nextRunLabel", wraps=True)
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        column.addWidget(self._note)
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
        self._fields.changed.connect(lambda _key: self._handle_change())
        own.changed.connect(self._handle_change)
        data.requestedSourceChanged.connect(lambda _source: self._handle_change())
        session.stateChanged.connect(lambda _state: self._show_next_run())
        session.progressChanged.connect(self._show_next_run)
        self._show_next_run()

    @property
    def state(self) -> tuple[Any, ...]:
        """Settings and images of the next run, to be compared with what they were before."""
        return self.settings(), self._data.source_for_training

    def _changed_settings(self) -> list[str]:
        run = self._session.run
        if run is None:
            return []
        changed = changed_settings(self.settings(), run.settings)
        sources = ("", self._data.source_for_training, self._data.source_for_code)
        return changed if run.source in sources else [*changed, "data"]

    def _handle_change(self) -> None:
        self._show_next_run()
        self.changed.emit()

    def _show_next_run(self) -> None:
        """While a run is in progress, the fields look as what they are: settings of the next run."""
        session = self._session
        is_active = session.is_active
        if self._fields.property("quiet") != is_active:
            self._fields.setProperty("quiet", is_active)
            self._head.setText(HEADING_WHILE_RUNNING if is_active else HEADING)
            for widget in (self._fields, *self._fields.findChildren(QWidget)):
                widget.style().unpolish(widget)
                widget.style().polish(widget)
        sentence = ""
        if is_active and session.run is not None:
            settings = session.run.settings
            words = {"model": NETWORK_NAMES[settings["model"]], "xla": XLA_NAMES[settings["xla"]], "data": session.data}
            sentence = next_run_sentence(self._changed_settings(), NOTE_LABELS, {**settings, **words})
        self._note.setVisible(bool(sentence))
        self._note.setText(sentence)

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
