"""The page of a tab that inspects a network while there is none."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.session.models.current_network import CurrentNetworkSession
from explorer.views.models.network_path_dialog import ask_network_path
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.labels import make_label

COMPILING_TITLE = "The network is being compiled"
COMPILING_TEXT = "It is shown here as soon as TensorFlow has compiled it, also while it trains."


class NoNetworkPage(QWidget):
    """Shows a text and a button that leads to Training; while a network is compiled, it says so.

    name: of the tab, for object names such as ``emptyWeights``. hint: what the tab will show.
    """

    trainingRequested = Signal()

    def __init__(self, name: str, hint: str, network: CurrentNetworkSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"empty{name}")
        self.setProperty("clear", True)
        self._hint = hint
        self._message = ""
        self._network = network
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch(2)
        self._title = make_label("large", f"empty{name}Head", wraps=True)
        self._text = make_label("muted", f"empty{name}Label", wraps=True)
        for label in (self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label)
        tooltip = "To the tab “Training”: choose a network there and train it"
        self._train = push_button(f"empty{name}Button", "Train a network", tooltip, self.trainingRequested.emit)
        self._train.setProperty("role", "go")
        column.addWidget(self._train, 0, Qt.AlignmentFlag.AlignHCenter)
        self._open = push_button(
            f"empty{name}OpenButton", "Open a network …", "Open a network from a .keras file", self._ask_path
        )
        column.addWidget(self._open, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        network.isExpectedChanged.connect(self._show)
        network.networkChanged.connect(lambda _info: self._set_message(""))  # an earlier error no longer matters
        network.messageChanged.connect(self._set_message)
        self._show()

    def _ask_path(self) -> None:
        ask_network_path(self, self._network.open)

    def _set_message(self, message: str) -> None:
        self._message = message
        self._show()

    def _show(self) -> None:
        is_compiling = self._network.is_expected
        self._title.setText(COMPILING_TITLE if is_compiling else "There is no network yet")
        self._text.setText(COMPILING_TEXT if is_compiling else self._message or self._hint)
        for button in (self._train, self._open):
            button.setVisible(not is_compiling)
