"""The row above a network's graph that says which loss it has and which batch is sent through it, and changes both."""

from PySide6.QtCore import QEvent, QSignalBlocker, Qt
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from explorer.core.network_graph.losses import CHOICES
from explorer.core.protocol.network_graph import GraphOpenReply
from explorer.session.network_graph.session import NetworkGraphSession
from explorer.views.widgets.fields.choice_combo import ChoiceCombo
from explorer.views.widgets.file_dialog import open_file_dialog
from explorer.views.widgets.flow_row import FlowRow

FILE = "file"
"""Data of the item that opens a file."""

FILE_TITLE = "A file (.npz) …"

SPACING_PX, MARGIN_PX = 8, 14
"""Between the parts of the line, and left and right of it."""


class LossAndBatch(QWidget):
    """The loss of the graph with its value, and the batch, each a list of choices; below, where the loss comes from.

    The batch continues on the next line where both do not fit side by side, even with its shortest text.
    """

    def __init__(self, session: NetworkGraphSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lossAndBatch")
        self.setProperty("clear", True)
        self._session = session
        self._dialog: QFileDialog | None = None
        self._value = QLabel()
        self._value.setObjectName("lossValue")
        self.loss = _Combo("lossCombo", "Loss", "The loss from which the backward pass starts")
        self.loss.addItem("", "")
        for name in CHOICES:
            self.loss.addItem(name, name)
        self._for = QLabel("for")
        self._for.setProperty("role", "muted")
        self.batch = _Combo("batchCombo", "Batch", "The examples that are sent through the network")
        self.batch.addItem("", "")
        self.batch.addItem(FILE_TITLE, FILE)
        self._reason = QLabel()
        self._reason.setObjectName("lossReason")
        self._reason.setProperty("role", "muted")
        self._reason.setWordWrap(True)
        self._lay_out()
        self.loss.currentIndexChanged.connect(self._choose_loss)
        self.batch.currentIndexChanged.connect(self._choose_batch)
        self.batch.activated.connect(self._ask_again)
        session.infoChanged.connect(self.refresh)
        session.stateChanged.connect(self.refresh)
        session.numbers.valuesChanged.connect(self._show_value)
        self.refresh()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN_PX, 0, MARGIN_PX, 4)
        column.setSpacing(2)
        row = FlowRow()
        row.setSpacing(SPACING_PX)
        row.addWidget(self._value)
        row.addWidget(self.loss)
        batch = QHBoxLayout()
        batch.setSpacing(SPACING_PX)
        batch.addWidget(self._for)
        batch.addWidget(self.batch)
        row.addLayout(batch)
        line = QHBoxLayout()
        line.addLayout(row, 1)
        column.addLayout(line)
        column.addWidget(self._reason)

    @property
    def widgets(self) -> list[QWidget]:
        """The widgets that can be reached with Tab, in order."""
        return [self.loss, self.batch]

    def refresh(self) -> None:
        """Show the loss and the batch of the graph, or those that were asked for."""
        state = self._session.state
        info = state.info
        self.setVisible(info is not None)
        if info is None:
            return
        with QSignalBlocker(self.loss), QSignalBlocker(self.batch):
            self._show_loss(info)
            self._show_batch(info)
        self._show_value()

    def _show_loss(self, info: GraphOpenReply) -> None:
        state, loss = self._session.state, info.get("loss")
        is_own = loss is not None and loss["source"] != "chosen"
        if loss is None:
            self.loss.setAlternatives(0, "none: choose one")
        elif is_own:
            self.loss.setAlternatives(0, f"{loss['name']} ({loss['source']})", loss["name"])
        else:
            self.loss.setAlternatives(0, "the network's own")
        self.loss.setCurrentIndex(max(self.loss.findData(state.requested_loss), 0))
        reason = str(info.get("loss_reason", ""))
        self.loss.setToolTip(f"{self.loss.longestText()}: {reason}")
        needs_words = loss is None or loss["source"] == "assumed" or reason.count(". ")
        self._reason.setText(reason if needs_words else "")
        self._reason.setVisible(bool(needs_words))

    def _show_batch(self, info: GraphOpenReply) -> None:
        batch, state = info.get("batch"), self._session.state
        if batch is None:
            return
        is_file = batch["source"] == "file"
        texts = batch["description"], batch["title"]
        self.batch.setAlternatives(0, *(("the images of the tab Data, or random numbers",) if is_file else texts))
        self.batch.setAlternatives(1, *(texts if is_file else (FILE_TITLE,)))
        self.batch.setCurrentIndex(1 if state.requested_data else 0)
        self.batch.setToolTip(batch["description"])

    def _show_value(self) -> None:
        info, values = self._session.state.info, self._session.numbers.values
        loss = values["loss"] if values is not None else None
        has_loss = info is not None and info.get("loss") is not None
        self._value.setText(f"loss <b>{loss:.4g}</b>" if has_loss and loss is not None else "loss")
        self._fit()

    def _choose_loss(self, index: int) -> None:
        self._session.set_loss(str(self.loss.itemData(index)))

    def _choose_batch(self, index: int) -> None:
        if self.batch.itemData(index) == FILE:
            self._ask_path()
        else:
            self._session.set_data("")

    def _ask_again(self, index: int) -> None:
        """Ask for a file also if that item is chosen again."""
        if self.batch.itemData(index) == FILE:
            self._ask_path()

    def _ask_path(self) -> None:
        if self._dialog is None:
            self._dialog = open_file_dialog(
                self, "batchDialog", "Examples for the network", "Arrays (*.npz)", self._session.set_data
            )
            self._dialog.finished.connect(self._handle_closed_dialog)

    def _handle_closed_dialog(self, _result: int) -> None:
        self._dialog = None
        self.refresh()

    def event(self, event: QEvent) -> bool:
        """Choose the texts again for another width, and for another size of a part, as with another font."""
        handled = super().event(event)
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._fit()
        return handled

    def _fit(self) -> None:
        """Choose the text of the batch beside the loss, else on a line of its own; no list is wider than a line."""
        line = self.width() - 2 * MARGIN_PX
        own_line = line - self._for.sizeHint().width() - SPACING_PX
        self.loss.setMaximumWidth(max(line, 0))
        self.batch.setMaximumWidth(max(own_line, 0))
        before = self._value.sizeHint().width() + SPACING_PX
        self.loss.fit(line - before, line)
        before += self.loss.sizeHint().width() + SPACING_PX
        self.batch.fit(own_line - before, own_line)


class _Combo(ChoiceCombo):
    """A list whose items have longer and shorter texts.

    It ignores the wheel, because each item that it passes would be traced.
    """

    def __init__(self, name: str, title: str, tooltip: str) -> None:
        super().__init__(name)
        self._alternatives: dict[int, tuple[str, ...]] = {}
        self.setAccessibleName(title)
        self.setToolTip(tooltip)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def setAlternatives(self, index: int, *texts: str) -> None:
        """Set the texts of an item to choose from, the longest first, which is its tooltip; `fit` chooses."""
        if self._alternatives.get(index) != texts:
            self._alternatives[index] = texts
            self.setItemText(index, texts[0])
            self.setItemData(index, texts[0], Qt.ItemDataRole.ToolTipRole)
            self.updateGeometry()

    def longestText(self) -> str:
        """Return the longest text of the current item."""
        return self._texts[0]

    @property
    def _texts(self) -> tuple[str, ...]:
        return self._alternatives.get(self.currentIndex(), (self.currentText(),))

    def fit(self, *widths: int) -> None:
        """Show the longest text that fits into the first width in pixels into which any fits, else the shortest."""
        texts = self._texts
        fitting = (text for width in widths for text in texts if self.widthForText(text) <= width)
        text = next(fitting, texts[-1])
        if text != self.currentText():
            with QSignalBlocker(self):
                self.setItemText(self.currentIndex(), text)
            self.updateGeometry()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the list with dots where its text is cut off."""
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        control, field = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        width = self.style().subControlRect(control, option, field, self).width()
        elide = Qt.TextElideMode.ElideRight
        option.currentText = self.fontMetrics().elidedText(self.currentText(), elide, width)
        painter.drawComplexControl(control, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ignore the wheel."""
        event.ignore()
