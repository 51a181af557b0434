"""The tab "Training": choose a network, train it and watch its curves."""

from typing import Any

from PySide6.QtCore import Property, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from explorer.core.data.dataset import DIGIT_CLASSES
from explorer.core.data.sources import SOURCES
from explorer.core.models.network_output import OutputKind, output_text
from explorer.core.protocol.training import RunCommand
from explorer.session.data.session import DataSession
from explorer.session.models.current_network import CurrentNetworkSession
from explorer.session.training.session import TrainingSession
from explorer.views.models.network_path_dialog import ask_network_path
from explorer.views.plot.line_plot import LinePlot
from explorer.views.theme.stylesheet import set_role
from explorer.views.theme.theme import Theme
from explorer.views.training.confusion_matrix import ConfusionMatrix
from explorer.views.training.control_bar import ControlBar
from explorer.views.training.curves_card import CurvesCard
from explorer.views.training.gradient_norms import GradientNorms
from explorer.views.training.run_form import RunForm
from explorer.views.training.run_list import RunListView
from explorer.views.training.worst_mistakes import WorstMistakes
from explorer.views.widgets.cards import MIN_CARD_HEIGHT_PX, card_width, make_card
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label
from explorer.views.widgets.scroll_page import VerticalScroll, make_scrollable


class TrainingTab(QWidget):
    """Shows the training session and sends it commands."""

    codeRequested = Signal(dict, str)
    messageReported = Signal(str)

    def __init__(
        self, session: TrainingSession, data: DataSession, network: CurrentNetworkSession, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._are_counts_covered = False
        self.setObjectName("trainingTab")
        self._session = session
        self._data = data
        self._network = network
        self._scale = 1.0
        self._form_at_failure: tuple[Any, ...] = ()
        column = make_scrollable(self)
        column.setContentsMargins(16, 10, 16, 8)
        column.setSpacing(10)
        self.bar = ControlBar(session)
        self.bar.startRequested.connect(self._start)
        column.addWidget(self.bar)
        self._row = row = FlowRow(fills=True)
        row.setSpacing(12)
        self.form = RunForm(data, session)
        self.form.codeRequested.connect(lambda: self.codeRequested.emit(self.form.settings(), data.source_for_code))
        self.form.openRequested.connect(self._ask_open)
        self.form.saveRequested.connect(self._ask_save)
        self.form.backRequested.connect(network.show_run)
        self.form.changed.connect(self._show_message)
        session.runDiscarded.connect(self.form.back.hide)
        session.runRestored.connect(self._show_restored_run)
        row.addWidget(self.form)
        self.curves = CurvesCard(session)
        self.curves.runs.messageReported.connect(self.messageReported)
        row.addWidget(self.curves, 1)
        row.addWidget(self._build_results())
        column.addLayout(row, 1)
        session.stateChanged.connect(self._handle_state)
        session.progressChanged.connect(self._show)
        session.messageChanged.connect(lambda _: self._show())
        session.epochFinished.connect(lambda _: self._show_epoch())
        network.networkChanged.connect(self._network_changed)
        network.messageChanged.connect(self.messageReported)
        network.saved.connect(lambda path: self.messageReported.emit(f"Saved: {path}"))
        self._network_changed(network.info)
        self._show()
        self._show_epoch()

    @property
    def loss(self) -> LinePlot:
        """The plot of the loss."""
        return self.curves.loss

    @property
    def accuracy(self) -> LinePlot:
        """The plot of the accuracy."""
        return self.curves.accuracy

    @property
    def runs(self) -> RunListView:
        """The list of runs."""
        return self.curves.runs

    # -- properties -------------------------------------------------------------------------------

    trainingState = Property(str, lambda self: self._session.state)
    """``idle``, ``compiling``, ``running``, ``paused``, ``finished``, ``stopped`` or ``failed``."""
    dataInUse = Property(str, lambda self: self._data_in_use())
    """Name of the images of the run in progress, else of the next run."""
    step = Property(int, lambda self: self._session.epoch * self._session.steps + self._session.step)
    """Steps done since the start of the run."""

    # -- building ---------------------------------------------------------------------------------

    def _build_results(self) -> QWidget:
        card, outside = make_card()
        self._results = card
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        outside.addWidget(VerticalScroll("insideScroll", content))
        self._accuracy = self._add_label(column, "validationLabel", "heading")
        self._large = self._add_label(column, "validationAccuracy", "huge")
        self._add_label(column, "", "heading").setText("Gradient norm")
        self.norms = GradientNorms()
        column.addWidget(self.norms)
        self._add_label(column, "", "heading").setText("Confusion: true class by predicted class")
        self.confusion = ConfusionMatrix()
        column.addWidget(self.confusion, 3)
        self._add_label(column, "", "heading").setText("Worst mistakes")
        self.mistakes = WorstMistakes()
        column.addWidget(self.mistakes, 2)
        return card

    def _add_label(self, column: QVBoxLayout, name: str, role: str) -> QLabel:
        label = make_label(role, name, wraps=True)
        column.addWidget(label)
        return label

    def _data_in_use(self) -> str:
        session = self._session
        return session.data if session.is_active and session.data else self._data.name or session.data

    # -- asking -----------------------------------------------------------------------------------

    def _show_restored_run(self, settings: dict[str, Any], source: str) -> None:
        """Fill the form with the settings and data of a run that was shown from its file, and show its results."""
        self._show_epoch()
        self.form.setSettings(settings)
        if source not in SOURCES:  # those might be downloaded, which the user has not requested
            self._data.open(source)

    def _start(self, command: RunCommand) -> None:
        settings = self.form.settings()
        if settings["model"] == "own" and (error := self._session.user_network.message):
            self.messageReported.emit(f"Your own network cannot be trained yet. {error}")
            return
        self._data.dismiss_refusal()
        self._session.start(settings, self._data.source_for_training, command)
        self._show_epoch()

    def _ask_open(self) -> None:
        ask_network_path(self, self._network.open)

    def _ask_save(self) -> None:
        name = self._session.settings["model"] if not self._network.path else "network"
        ask_network_path(self, self._network.save, save_as=f"{name}.keras")

    # -- showing ----------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Show the latest state, and let the engine import Keras in advance."""
        super().showEvent(event)
        self._show()
        self._data.load_once()
        if self._session.state == "idle":
            self._session.prepare()

    def _show(self) -> None:
        session = self._session
        self._show_message()
        self.norms.setNorms(session.gradient_norms)
        if session.state in ("idle", "compiling"):
            self._show_epoch()
        self.curves.show_curves()

    def _handle_state(self, state: str) -> None:
        if state == "failed":
            self._form_at_failure = self.form.state
        self._show()

    def _show_message(self) -> None:
        """Show the session's message; an error only until what caused it, a setting or the images, is changed."""
        session, message = self._session, self._session.message
        is_error = session.state == "failed"
        if is_error and self.form.state != self._form_at_failure:
            message = "The last run failed. “Train” starts a new one."
            is_error = False
        self.curves.message.setText(message or self._facts())
        set_role(self.curves.message, "error" if message and is_error else "muted")

    def _network_changed(self, info: Any) -> None:
        self.form.save.setEnabled(info is not None)
        self.form.back.setVisible(bool(self._network.path) and self._network.has_run)
        if info is not None and self._network.path:
            output = info["output"]
            outputs = output_text(OutputKind(output["kind"]), output["units"], output["is_assumed"])
            self.messageReported.emit(
                f"In view: {self._network.title}. {outputs} Look into it in the tabs Weights and Activations."
            )

    def _show_epoch(self) -> None:
        session = self._session
        mistakes = session.mistakes
        self.confusion.setMatrix(
            session.confusion, DIGIT_CLASSES if mistakes is None else mistakes.get("classes", DIGIT_CLASSES)
        )
        self.mistakes.setMistakes(mistakes)
        last = session.epochs[-1] if session.epochs else None
        self._accuracy.setText("Validation accuracy" + (f" after epoch {len(session.epochs)}" if last else ""))
        self._large.setText(f"{100 * last['val_accuracy']:.2f} %" if last else "–")
        self.curves.runs.refresh()

    def setCountsCovered(self, covered: bool) -> None:
        """Cover the number of parameters, for an exercise that asks for it."""
        self._are_counts_covered = covered
        self.form.setCountsCovered(covered)
        self._show()

    def _facts(self) -> str:
        session = self._session
        if session.state == "idle":
            return "Press “Train”; the curves appear here."
        facts = [session.data] if session.data else []
        if session.parameters:
            facts.append("? weights" if self._are_counts_covered else f"{session.parameters:,} weights")
            facts.append("compiled by XLA" if session.settings["xla"] == "yes" else "without XLA")
        elif session.state == "compiling":
            facts.append("TensorFlow compiles the training step")
        return " · ".join(facts)

    def attach(self) -> None:
        """Create the plots, once pyqtgraph is imported."""
        self.curves.attach()

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        for part in (self.curves, self.confusion, self.mistakes, self.norms):
            part.setTheme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the cards to the new width."""
        super().resizeEvent(event)
        self._fit_cards()

    def _fit_cards(self) -> None:
        """Scale the side cards with the text, as far as the window allows."""
        for card, width, share in ((self.form, 276, 0.28), (self._results, 346, 0.3)):
            self._row.setPreferredWidth(card, card_width(width, self._scale, share * self.width()))
        self._row.setMinimumLineHeight(round(MIN_CARD_HEIGHT_PX * self._scale))

    def setScale(self, scale: float) -> None:
        """Set the scale of the painted texts and of the cards."""
        self._scale = scale
        self._fit_cards()
        self.curves.setScale(scale)
        self.norms.setScale(scale)
        self.confusion.setScale(scale)
