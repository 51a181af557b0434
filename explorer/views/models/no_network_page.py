"""What stands in a tab that looks into a network while there is none."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from explorer.session.models.current_network import CurrentNetworkSession
from explorer.views.widgets.labels import make_label

COMPILING_TITLE = "The network is on its way"
COMPILING_TEXT = "TensorFlow compiles it. As soon as it is ready, it is shown here, also while it trains."


class NoNetworkPage(QWidget):
    """A sentence, and the way to a network; while one is compiled, that it is on its way.

    name: of the tab, for the names of the parts: ``emptyWeights`` and so on. hint: what there will be to see.
    """

    trainingRequested = Signal()

    def __init__(self, name: str, hint: str, network: CurrentNetworkSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"empty{name}")
        self.setProperty("clear", True)
        self._hint = hint
        self._why = ""
        self._network = network
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch(2)
        self._head = make_label("large", f"empty{name}Head")
        self._text = make_label("muted", f"empty{name}Label")
        for label in (self._head, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setWordWrap(True)
            column.addWidget(label)
        self._go = QPushButton("Train a network")
        self._go.setObjectName(f"empty{name}Button")
        self._go.setProperty("role", "go")
        self._go.setToolTip("To the tab “Training”: choose a network there and train it")
        self._go.clicked.connect(lambda _checked=False: self.trainingRequested.emit())
        column.addWidget(self._go, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        network.comingChanged.connect(self._show)
        network.networkChanged.connect(lambda _info: self._set_why(""))  # why there was none before is of no use now
        network.sentenceChanged.connect(self._set_why)
        self._show()

    def _set_why(self, sentence: str) -> None:
        self._why = sentence
        self._show()

    def _show(self) -> None:
        coming = self._network.is_coming
        self._head.setText(COMPILING_TITLE if coming else "There is no network yet")
        self._text.setText(COMPILING_TEXT if coming else self._why or self._hint)
        self._go.setVisible(not coming)
