"""The user's own network in the form of a run: a summary of its layers and a button to edit them."""

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.core.models.user_network import layer_config_text
from explorer.session.models.user_network import UserNetwork
from explorer.views.theme.stylesheet import set_role
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.labels import make_label


class UserNetworkRow(QWidget):
    """Shows the layers, or why they do not fit; a button opens the editor."""

    def __init__(self, network: UserNetwork, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._network = network
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self._is_covered = False
        self._summary = make_label("", "ownNetworkSummary", wraps=True)
        column.addWidget(self._summary)
        tooltip = "Add, remove and change the layers of your own network"
        change = push_button("ownNetworkButton", "Change layers …", tooltip, self._open)
        column.addWidget(change)
        network.changed.connect(self._show)
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Reserve the height of the wrapped text, which QFormLayout underestimates."""
        super().resizeEvent(event)
        self._fit_height()

    def _fit_height(self) -> None:
        self._summary.setMinimumHeight(self._summary.heightForWidth(self.width()))

    def _open(self) -> None:
        from explorer.views.models.user_network_dialog import UserNetworkDialog

        dialog = self.window().findChild(UserNetworkDialog) or UserNetworkDialog(self._network, self.window())
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def setCountsCovered(self, covered: bool) -> None:
        """Cover the number of parameters, or show it."""
        self._is_covered = covered
        self._show()

    def _show(self) -> None:
        network = self._network
        error = network.message
        layers = " → ".join([*(layer_config_text(row) for row in network.layer_configs), "10 outputs"])
        count = "?" if self._is_covered else f"{network.parameters:,}"
        self._summary.setText(error or f"{layers}\n{count} parameters")
        set_role(self._summary, "error" if error else "muted")
        self._fit_height()
