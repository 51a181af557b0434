"""The tab "Training": choose a network, train it, watch its curves."""

from typing import Any

from PySide6.QtCore import Property, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from explorer.core.training import LEARNING_RATES, MODELS, OPTIMIZERS, SETTINGS
from explorer.session.training import TrainingSession
from explorer.views.confusion_view import ConfusionView
from explorer.views.plot.line_plot import LinePlot
from explorer.views.theme import Theme

NAMES = {
    "perceptron": "Perceptron, 10 hidden units",
    "logistic": "Logistic regression",
    "mlp": "MLP, 128 hidden units",
    "cnn": "CNN, 32 and 64 filters",
}

SAYS = {
    "idle": "Choose a network and train it.",
    "compiling": "compiling",
    "running": "training",
    "paused": "paused",
    "finished": "finished",
    "stopped": "stopped",
    "failed": "failed",
}


class TrainingTab(QWidget):
    """Shows the training session and asks it."""

    fileAsked = Signal()

    def __init__(self, session: TrainingSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingTab")
        self._session = session
        self._file = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 8)
        row.setSpacing(12)
        row.addWidget(self._build_settings(), 0)
        row.addWidget(self._build_curves(), 1)
        session.stateChanged.connect(lambda _: self._show())
        session.progressed.connect(self._show)
        session.sentenceChanged.connect(lambda _: self._show())
        session.epochDone.connect(lambda _: self.confusion.setMatrix(session.confusion))
        self._optimizer.currentTextChanged.connect(self._offer_rate)
        self._offer_rate(self._optimizer.currentText())
        self._show()

    # -- what tests ask ---------------------------------------------------------------------------

    trainingState = Property(str, lambda self: self._session.state)
    """``idle``, ``compiling``, ``running``, ``paused``, ``finished``, ``stopped`` or ``failed``."""
    dataInUse = Property(str, lambda self: self._session.data)
    """What the images are called."""
    step = Property(int, lambda self: self._session.epoch * self._session.steps + self._session.step)
    """Steps done since the start of the run."""

    # -- building ---------------------------------------------------------------------------------

    def _build_settings(self) -> QWidget:
        card = QFrame()
        card.setProperty("card", True)
        card.setFixedWidth(330)
        column = QVBoxLayout(card)
        column.setContentsMargins(18, 16, 18, 16)
        column.setSpacing(12)
        form = QFormLayout()
        form.setVerticalSpacing(8)
        self._model = self._combo("modelCombo", "Which network", {name: NAMES[name] for name in MODELS})
        self._model.setCurrentIndex(MODELS.index("logistic"))
        self._data = self._combo(
            "dataCombo",
            "Which images",
            {"auto": "MNIST, or the sample", "sample": "The sample, 10,000 images", "file": "A file (.npz) …"},
        )
        self._data.activated.connect(self._data_chosen)
        self._optimizer = self._combo(
            "optimizerCombo", "How gradients become steps", {name: name for name in OPTIMIZERS}
        )
        self._optimizer.setCurrentText("adam")
        self._epochs = self._spin("epochsSpin", "epochs")
        self._batch = self._spin("batchSizeSpin", "batch_size")
        self._rate = QDoubleSpinBox()
        self._rate.setObjectName("learningRateSpin")
        self._rate.setDecimals(6)
        self._rate.setRange(1e-6, 100)
        self._rate.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self._rate.setToolTip(SETTINGS["learning_rate"].says)
        self._rate.setAccessibleName("Learning rate")
        for label, widget in (
            ("Network", self._model), ("Images", self._data), ("Optimizer", self._optimizer),
            ("Learning rate", self._rate), ("Batch size", self._batch), ("Epochs", self._epochs),
        ):  # fmt: skip
            form.addRow(label, widget)
        column.addLayout(form)
        first, second = QHBoxLayout(), QHBoxLayout()
        session = self._session
        self._train = self._button(first, "trainButton", "Train", "Begin a new run", self._start)
        self._train.setProperty("role", "step")
        self._pause = self._button(first, "pauseButton", "Pause", "Pause, or go on", self._pause_or_go_on)
        self._stop = self._button(first, "stopButton", "Stop", "End the run", session.stop)
        self._one = self._button(second, "singleStepButton", "One step", "Do one step and pause", session.one_step)
        self._whole = self._button(second, "epochButton", "One epoch", "To the end of the epoch", session.one_epoch)
        self._reset = self._button(second, "resetButton", "Reset", "Forget the run and its curves", self._forget)
        column.addLayout(first)
        column.addLayout(second)
        self._progress = QProgressBar()
        self._progress.setObjectName("trainingProgress")
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName("Progress of the run")
        column.addWidget(self._progress)
        self._told = QLabel()
        self._told.setObjectName("trainingLabel")
        self._told.setWordWrap(True)
        column.addWidget(self._told)
        column.addStretch(1)
        return card

    def _build_curves(self) -> QWidget:
        card = QFrame()
        card.setProperty("card", True)
        column = QVBoxLayout(card)
        column.setContentsMargins(14, 12, 14, 12)
        upper = QHBoxLayout()
        self.loss = LinePlot("lossPlot", "Loss over epochs")
        self.accuracy = LinePlot("accuracyPlot", "Accuracy over epochs", legend_below=True)
        self.confusion = ConfusionView()
        upper.addWidget(self.loss, 1)
        upper.addWidget(self.accuracy, 1)
        column.addLayout(upper, 1)
        column.addWidget(self.confusion, 1)
        return card

    def _combo(self, name: str, tip: str, items: dict[str, str]) -> QComboBox:
        combo = QComboBox()
        combo.setObjectName(name)
        combo.setToolTip(tip)
        combo.setAccessibleName(tip)
        for key, text in items.items():
            combo.addItem(text, key)
        return combo

    def _spin(self, name: str, key: str) -> QSpinBox:
        setting = SETTINGS[key]
        spin = QSpinBox()
        spin.setObjectName(name)
        spin.setRange(int(setting.low or 0), int(setting.high or 0))
        spin.setValue(int(setting.default))
        spin.setToolTip(setting.says)
        spin.setAccessibleName(setting.says)
        return spin

    def _button(self, row: QHBoxLayout, name: str, text: str, tip: str, do: Any) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda _checked=False: do())
        row.addWidget(button)
        return button

    # -- asking -----------------------------------------------------------------------------------

    def _start(self) -> None:
        settings = {
            "model": self._model.currentData(), "optimizer": self._optimizer.currentData(),
            "learning_rate": self._rate.value(), "batch_size": self._batch.value(), "epochs": self._epochs.value(),
        }  # fmt: skip
        chosen = self._data.currentData()
        self.confusion.setMatrix(None)
        self._session.start(settings, self._file if chosen == "file" else chosen)

    def _forget(self) -> None:
        self._session.reset()
        self.confusion.setMatrix(None)

    def _pause_or_go_on(self) -> None:
        if self._session.state == "paused":
            self._session.go_on()
        else:
            self._session.pause()

    def _offer_rate(self, optimizer: str) -> None:
        self._rate.setValue(LEARNING_RATES[optimizer])

    def _data_chosen(self, index: int) -> None:
        if self._data.itemData(index) != "file":
            return
        dialog = QFileDialog(self, "Images and labels", "", "NumPy files (*.npz)")
        dialog.setObjectName("dataDialog")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._file_chosen)
        dialog.rejected.connect(lambda: self._data.setCurrentIndex(0) if not self._file else None)
        dialog.show()

    def _file_chosen(self, path: str) -> None:
        self._file = path
        self._data.setItemText(self._data.findData("file"), path.rpartition("/")[2])

    # -- showing ----------------------------------------------------------------------------------

    def _show(self) -> None:
        session = self._session
        under_way = session.is_under_way
        steerable = session.state in ("running", "paused")
        self._train.setEnabled(not under_way)
        self._pause.setEnabled(steerable)
        self._pause.setText("Go on" if session.state == "paused" else "Pause")
        self._stop.setEnabled(under_way)
        for button in (self._one, self._whole):
            button.setEnabled(steerable)
        total = max(session.steps * session.all_epochs, 1)
        done = session.epoch * session.steps + session.step
        self._progress.setRange(0, 0 if session.state == "compiling" else total)
        if session.state != "compiling":
            self._progress.setValue(total if session.state == "finished" else done)
        self._told.setText(self._sentence())
        curves = session.curves
        self.loss.setLines({name: curves[name] for name in ("loss", "val_loss") if name in curves})
        self.accuracy.setLines({name: curves[name] for name in ("accuracy", "val_accuracy") if name in curves})

    def _sentence(self) -> str:
        session = self._session
        if session.sentence:
            return session.sentence
        lines = [SAYS[session.state]]
        if session.state != "idle" and session.data:
            lines.append(f"{session.data} · {session.parameters:,} weights" if session.parameters else session.data)
        if session.steps:
            lines.append(f"epoch {session.epoch + 1} of {session.all_epochs}, step {session.step} of {session.steps}")
        if session.epochs:
            last = session.epochs[-1]
            lines.append(f"validation: accuracy {last['val_accuracy']:.4f}, loss {last['val_loss']:.4f}")
            lines.append(f"{session.rate:,.0f} images a second")
        return "\n".join(lines)

    def attach(self) -> None:
        """Bring the plots, once pyqtgraph has been imported."""
        self.loss.attach()
        self.accuracy.attach()

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        for part in (self.loss, self.accuracy, self.confusion):
            part.setTheme(theme)

    def setScale(self, scale: float) -> None:
        """Scale the plots' texts."""
        self.loss.setScale(scale)
        self.accuracy.setScale(scale)
