"""The editor of the user's own network: its layers with output shapes and numbers of parameters."""

from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QIcon, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QDialogButtonBox,
    QFrame,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from explorer.core.models.layer_shapes import LayerShape
from explorer.core.models.user_network import LAYER_KINDS, MAX_LAYERS, LayerConfig, layer_config_text
from explorer.session.models.user_network import UserNetwork
from explorer.views.theme.stylesheet import set_role
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.fields.wheel import leave_wheel_to_page
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.form_dialog import FormDialog
from explorer.views.widgets.labels import make_label
from explorer.views.widgets.positioning import resize_to_font
from explorer.views.widgets.scroll_page import make_scrollable
from explorer.views.widgets.settings_form import SettingsForm

OUTPUT_LAYER = "Dense 10, softmax"

MIN_LIST_LINES = 6
"""Smallest height of the list, in lines, so that the neighbours of a layer are visible."""

EDITOR_WIDTH_PX = 300
"""Preferred width of the fields beside the list."""

OPTION_LABELS = {
    "units": "Units", "activation": "Activation", "filters": "Filters", "kernel_size": "Filter side",
    "padding": "At the border", "pool_size": "Square side", "rate": "Share left out",
}  # fmt: skip

PADDING_LABELS = {"valid": "only where it fits", "same": "zeros around it"}


class LayerTable(QTreeWidget):
    """A table whose first column fills the width, or that scrolls horizontally where the columns do not fit."""

    def fit_columns(self) -> None:
        """Give the first column the width that the others leave."""
        header = self.header()
        needed = sum(max(self.sizeHintForColumn(k), header.sectionSizeHint(k)) for k in range(header.count()))
        mode = QHeaderView.ResizeMode
        header.setSectionResizeMode(0, mode.Stretch if needed <= self.viewport().width() else mode.ResizeToContents)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the columns to the new width."""
        super().resizeEvent(event)
        self.fit_columns()


class UserNetworkDialog(FormDialog):
    """Edits a `UserNetwork`; changes apply immediately."""

    def __init__(self, network: UserNetwork, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ownNetworkDialog")
        self.setWindowTitle("Your own network")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        resize_to_font(self, 820, 480)
        self._network = network
        self._edited: LayerConfig | None = None
        self._fields: SettingsForm | None = None
        column = make_scrollable(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        row = FlowRow(fills=True)
        row.setSpacing(12)
        row.addWidget(self._build_list(), 1)
        editor = self._build_editor()
        row.addWidget(editor)
        row.setPreferredWidth(editor, EDITOR_WIDTH_PX)  # fixed, so that the buttons beside it do not move
        column.addLayout(row, 1)
        self._message = make_label("", "ownNetworkLabel", wraps=True)
        column.addWidget(self._message)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setIcon(QIcon())  # the system's icon is hardly visible in a dark theme
        close.setToolTip("Close this window (Esc)")
        column.addWidget(buttons)
        network.changed.connect(self._show)
        self._show()
        self._list.ensurePolished()
        self._list.setMinimumHeight(MIN_LIST_LINES * self._list.fontMetrics().lineSpacing())
        self._list.setFocus()

    def _build_list(self) -> QWidget:
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        self._list = LayerTable()
        self._list.setObjectName("ownLayers")
        self._list.setHeaderLabels(["Layer", "Output", "Parameters"])
        self._list.setRootIsDecorated(False)
        self._list.setAccessibleName("Layers of your network, from the image to the ten outputs")
        self._list.setToolTip("From the image to the ten outputs. Select a layer to change it")
        header = self._list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._list.currentItemChanged.connect(lambda current, _previous: self._select(current))
        column.addWidget(self._list, 1)
        line = FlowRow()
        self._kind = QComboBox()
        leave_wheel_to_page(self._kind)
        self._kind.setObjectName("layerKindCombo")
        self._kind.setToolTip("Which kind of layer to add")
        self._kind.setAccessibleName("Kind of the layer to add")
        for index, kind in enumerate(LAYER_KINDS.values()):
            self._kind.addItem(kind.key, kind.key)
            self._kind.setItemData(index, kind.description, Qt.ItemDataRole.ToolTipRole)
        line.addWidget(self._kind, 1)
        network = self._network
        self._add = push_button(
            "addLayerButton", "Add", "Add it after the selected layer",
            lambda: network.add(self._kind.currentData()), line,
        )  # fmt: skip
        self._remove = push_button(
            "removeLayerButton", "Remove", "Remove the selected layer (Delete)", network.remove, line
        )
        here = Qt.ShortcutContext.WidgetShortcut  # in a field, Delete deletes a digit
        QShortcut(QKeySequence.StandardKey.Delete, self._list, self._remove.click, context=here)
        self._up = push_button(
            "layerUpButton", "Up", "Move the layer towards the image", partial(network.move, -1), line
        )
        self._down = push_button(
            "layerDownButton", "Down", "Move the layer towards the outputs", partial(network.move, 1), line
        )
        column.addLayout(line)
        return part

    def _build_editor(self) -> QWidget:
        card = QFrame()
        card.setProperty("card", True)
        self._editor = QVBoxLayout(card)
        self._editor.setContentsMargins(14, 12, 14, 12)
        self._editor.setSpacing(8)
        self._kind_title = make_label("heading", "layerHead")
        self._kind_description = make_label("muted", "layerSays", wraps=True)
        self._editor.addWidget(self._kind_title)
        self._editor.addWidget(self._kind_description)
        self._editor.addStretch(1)
        return card

    def _select(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self._network.select(self._list.indexOfTopLevelItem(item) - 1)

    # -- showing ----------------------------------------------------------------------------------

    def _show(self) -> None:
        network = self._network
        fits = network.layer_shapes
        lines = [("Image", "(28, 28)", "", "")]
        texts = [*(layer_config_text(row) for row in network.layer_configs), OUTPUT_LAYER]
        lines += [self._row_texts(text, fit) for text, fit in zip(texts, fits, strict=True)]
        with QSignalBlocker(self._list):
            self._set_lines(lines)
            self._list.fit_columns()
            if (current := self._list.topLevelItem(network.current_index + 1)) is not None:
                self._list.setCurrentItem(current)
        editable = network.current_index < len(network.layer_configs)
        self._add.setEnabled(not network.is_full)
        self._remove.setEnabled(editable)
        self._up.setEnabled(editable and network.current_index > 0)
        self._down.setEnabled(editable and network.current_index < len(network.layer_configs) - 1)
        error = network.message
        limit = f" More than {MAX_LAYERS} layers cannot be added." if network.is_full else ""
        self._message.setText((error or f"{network.parameters:,} parameters. It fits, and can be trained.") + limit)
        set_role(self._message, "error" if error else "notice")
        self._show_editor(network.layer_configs[network.current_index] if editable else None)

    def _row_texts(self, text: str, fit: LayerShape) -> tuple[str, str, str, str]:
        if fit.shape is not None:
            return text, str(fit.shape), f"{fit.parameters:,}", ""
        return text, "✕ does not fit" if fit.message else "–", "–", fit.message or "A layer before it does not fit"

    def _set_lines(self, lines: list[tuple[str, str, str, str]]) -> None:
        """Update the items in place, because one of them may be the one that is being clicked."""
        while self._list.topLevelItemCount() > len(lines):
            self._list.takeTopLevelItem(self._list.topLevelItemCount() - 1)
        while self._list.topLevelItemCount() < len(lines):
            new = QTreeWidgetItem()
            new.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if not self._list.topLevelItemCount():
                new.setFlags(Qt.ItemFlag.NoItemFlags)  # the image is not a layer and cannot be selected
            self._list.addTopLevelItem(new)
        for index, (*texts, tooltip) in enumerate(lines):
            if (item := self._list.topLevelItem(index)) is not None:
                for column, text in enumerate(texts):
                    item.setText(column, text)
                    item.setToolTip(column, tooltip)

    def _show_editor(self, row: LayerConfig | None) -> None:
        """Show the fields of a layer; for the same kind the fields stay, so that typing is not interrupted."""
        kind = None if row is None else LAYER_KINDS[row["kind"]]
        self._kind_title.setText("Ten outputs" if kind is None else kind.key)
        outputs = "One probability for each digit. Every network ends in them."
        self._kind_description.setText(outputs if kind is None else kind.description)
        if self._fields is None or kind is None or self._edited is None or self._edited["kind"] != kind.key:
            self._make_fields(row)
        if row is not None and self._fields is not None:
            with QSignalBlocker(self._fields):
                for key, value in row.items():
                    if key != "kind" and self._fields.value(key) != value:
                        self._fields.setValue(key, value)
        self._edited = row

    def _make_fields(self, row: LayerConfig | None) -> None:
        if self._fields is not None:
            self._editor.removeWidget(self._fields)
            self._fields.hide()
            self._fields.deleteLater()
            self._fields = None
        if row is None or not LAYER_KINDS[row["kind"]].options:
            return
        settings = {option.key: option for option in LAYER_KINDS[row["kind"]].options}
        fields = SettingsForm(settings, {key: OPTION_LABELS[key] for key in settings}, {"padding": PADDING_LABELS})
        fields.setObjectName("layerFields")
        fields.setProperty("clear", True)
        fields.changed.connect(lambda key: self._network.set_option(key, fields.value(key)))
        self._fields = fields
        self._editor.insertWidget(2, fields)
