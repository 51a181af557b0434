"""Where one is among f, f′, f″ …: a strip under the graph, while it is a derivative's."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from explorer.session.autodiff.higher_order import HigherOrderSession

SAYS = "{name} is TensorFlow's gradient graph of {before}: now it runs forward, and its backward pass gives {after}."


class HigherOrderStrip(QFrame):
    """Names to go back to, and a sentence; hidden while the graph is that of what was typed."""

    def __init__(self, again: HigherOrderSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("againStrip")
        self.setProperty("strip", True)
        self._again = again
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 12, 5)
        row.setSpacing(0)
        self._crumbs = QHBoxLayout()
        self._crumbs.setSpacing(6)
        row.addLayout(self._crumbs)
        self._sentence = QLabel()
        self._sentence.setObjectName("againSentence")
        self._sentence.setProperty("role", "muted")
        self._sentence.setWordWrap(True)
        self._sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row.addSpacing(12)
        row.addWidget(self._sentence, 1)
        self.hide()
        again.changed.connect(self._show)

    def _show(self) -> None:
        again = self._again
        order = again.order
        while (item := self._crumbs.takeAt(0)) is not None:
            if item.widget() is not None:
                item.widget().hide()
                item.widget().deleteLater()
        for number in range(order + 1 if order else 0):
            if number:
                arrow = QLabel("›")
                arrow.setProperty("role", "muted")
                self._crumbs.addWidget(arrow)
            self._crumbs.addWidget(self._crumb(number, number == order))
        if order:
            further = again.variables[0] if again.variables else None
            after = again.name(order, further) if further is not None else "0"
            self._sentence.setText(SAYS.format(name=again.name(order), before=again.name(order - 1), after=after))
        self.setVisible(order > 0)

    def _crumb(self, number: int, here: bool) -> QToolButton:
        again = self._again
        button = QToolButton()
        button.setObjectName(f"crumb_{number}")
        button.setProperty("segment", True)
        button.setText(again.name(number))
        button.setCheckable(True)
        button.setChecked(here)
        tip = "This is what the graph shows" if here else f"Go back to {again.name(number)} (Ctrl+Shift+D: one back)"
        button.setToolTip(tip)
        button.setAccessibleName(f"{again.name(number)}: {tip}")
        button.clicked.connect(lambda: again.go(number) if not here else button.setChecked(True))
        return button
