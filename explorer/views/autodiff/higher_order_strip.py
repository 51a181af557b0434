"""A strip under the graph of a derivative: f, f′, f″ … to go back to."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from explorer.session.autodiff.higher_order import HigherOrderSession

MESSAGE = "{name} is TensorFlow's gradient graph of {before}: now it runs forward, and its backward pass gives {after}."


class HigherOrderStrip(QFrame):
    """Buttons for the orders, and a message; hidden while the graph shows the typed expression."""

    def __init__(self, higher_order: HigherOrderSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("againStrip")
        self.setProperty("strip", True)
        self._higher_order = higher_order
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 12, 5)
        row.setSpacing(0)
        self._order_row = QHBoxLayout()
        self._order_row.setSpacing(6)
        row.addLayout(self._order_row)
        self._message = QLabel()
        self._message.setObjectName("againSentence")
        self._message.setProperty("role", "muted")
        self._message.setWordWrap(True)
        self._message.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row.addSpacing(12)
        row.addWidget(self._message, 1)
        self.hide()
        higher_order.changed.connect(self._show)

    def _show(self) -> None:
        higher_order = self._higher_order
        order = higher_order.order
        while (item := self._order_row.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for number in range(order + 1 if order else 0):
            if number:
                arrow = QLabel("›")
                arrow.setProperty("role", "muted")
                self._order_row.addWidget(arrow)
            self._order_row.addWidget(self._order_button(number, number == order))
        if order:
            further = higher_order.variables[0] if higher_order.variables else None
            after = higher_order.name(order, further) if further is not None else "0"
            name, before = higher_order.name(order), higher_order.name(order - 1)
            self._message.setText(MESSAGE.format(name=name, before=before, after=after))
        self.setVisible(order > 0)

    def _order_button(self, order: int, is_current: bool) -> QToolButton:
        higher_order, name = self._higher_order, self._higher_order.name(order)
        button = QToolButton()
        button.setObjectName(f"crumb_{order}")
        button.setProperty("segment", True)
        button.setText(name)
        button.setCheckable(True)
        button.setChecked(is_current)
        tooltip = "This is what the graph shows" if is_current else f"Go back to {name} (Ctrl+Shift+D: one back)"
        button.setToolTip(tooltip)
        button.setAccessibleName(f"{name}: {tooltip}")
        button.clicked.connect(lambda: higher_order.go(order) if not is_current else button.setChecked(True))
        return button
