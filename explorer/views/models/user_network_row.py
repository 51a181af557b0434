"""The user's own network in the form of a run: its layers in a few words, and the way to change them."""

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from explorer.core.models.user_network import layer_config_text
from explorer.session.models.user_network import UserNetwork
from explorer.views.theme.stylesheet import set_role
from explorer.views.widgets.labels import make_label


class UserNetworkRow(QWidget):
    """Says what the network is and whether its layers fit; a button opens the editor."""

    def __init__(self, network: UserNetwork, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._network = network
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self._told = make_label("", "ownNetworkSummary", wraps=True)
        column.addWidget(self._told)
        change = QPushButton("Change layers …")
        change.setObjectName("ownNetworkButton")
        change.setToolTip("Add, remove and change the layers of your own network")
        change.setAccessibleName("Change the layers of your own network")
        change.clicked.connect(lambda _checked=False: self._open())
        column.addWidget(change)
        network.changed.connect(self._show)
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the words the lines that they need: a form lays out wrapped words as if there were fewer."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self._told.setMinimumHeight(self._told.heightForWidth(self.width()))

    def _open(self) -> None:
        from explorer.views.models.user_network_dialog import UserNetworkDialog

        dialog = self.window().findChild(UserNetworkDialog) or UserNetworkDialog(self._network, self.window())
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def _show(self) -> None:
        network = self._network
        problem = network.message
        words = " → ".join([*(layer_config_text(row) for row in network.layer_configs), "10 outputs"])
        self._told.setText(problem or f"{words}\n{network.parameters:,} parameters")
        set_role(self._told, "error" if problem else "muted")
        self._fit()
