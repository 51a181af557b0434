"""The list of the layers of a network: name, type, output shape and number of weights."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QListWidget, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from explorer.views.theme.theme import SANS, Theme, font

DETAILS_ROLE = Qt.ItemDataRole.UserRole


def layer_details(layer: Mapping[str, Any], is_covered: bool = False) -> tuple[str, str, str]:
    """Return the type with activation, the output shape and the number of weights of a layer, as text.

    is_covered: whether the number is to be found by the user.
    """
    kind = layer["type"] + (f", {layer['activation']}" if layer["activation"] else "")
    shape = " × ".join(str(size) for size in layer["shape"])
    count = "?" if is_covered else f"{layer['parameters']:,}"
    return kind, shape, count if layer["parameters"] else "–"


class _Delegate(QStyledItemDelegate):
    """Paints an item in three lines."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme: Theme | None = None
        self.scale = 1.0

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(120, round(64 * self.scale))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme = self.theme
        if theme is None:
            return
        painter.save()
        box: QRect = option.rect.adjusted(0, 1, 0, -1)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.value_soft)
            painter.drawRoundedRect(box, 7, 7)
            painter.fillRect(QRect(box.left(), box.top() + 7, round(3 * self.scale), box.height() - 14), theme.value)
        has_weights, (kind, shape, count) = index.data(DETAILS_ROLE)
        inner = box.adjusted(round(12 * self.scale), round(6 * self.scale), round(-8 * self.scale), -4)
        line = inner.height() // 3
        texts: list[tuple[str, float, bool, QColor]] = [
            (index.data(), 14, is_selected or has_weights, theme.text if has_weights or is_selected else theme.muted),
            (kind, 12, False, theme.muted),
            (shape, 12, False, theme.muted),
        ]
        for number, (text, pixels, bold, colour) in enumerate(texts):
            painter.setFont(font(SANS, pixels * self.scale, bold=bold))
            painter.setPen(colour)
            width = inner.width() - (number == 0) * round((7 * len(count) + 8) * self.scale)
            where = QRect(inner.left(), inner.top() + number * line, width, line)
            elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, where.width())
            painter.drawText(where, Qt.AlignmentFlag.AlignVCenter, elided)
        painter.setFont(font(SANS, 12 * self.scale))
        painter.setPen(theme.muted)
        top = QRect(inner.left(), inner.top(), inner.width(), line)
        painter.drawText(top, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, count)
        painter.restore()


class LayerList(QListWidget):
    """Shows the layers; the text of an item is the name of its layer."""

    layerRequested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("layerList")
        self.setAccessibleName("Layers of the network, from the image to the probabilities")
        self.setToolTip("Choose the layer whose weights you want to see")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._delegate = _Delegate(self)
        self.setItemDelegate(self._delegate)
        self.currentRowChanged.connect(lambda row: self.layerRequested.emit(row) if row >= 0 else None)

    def setLayers(self, layers: Sequence[Mapping[str, Any]], current: int, is_covered: bool = False) -> None:
        """Show layers and select one of them by its index; is_covered: without their numbers of weights."""
        with QSignalBlocker(self):
            self.clear()
            model = self.model()
            for row, layer in enumerate(layers):
                # Set on the model: an item created in Python has two owners, and `clear` once crashed because of that.
                self.addItem(layer["name"])
                kind, shape, count = layer_details(layer, is_covered)
                index = model.index(row, 0)
                model.setData(index, (bool(layer["parameters"]), (kind, shape, count)), DETAILS_ROLE)
                tooltip = f"{layer['name']}: {kind}, output {shape}, weights {count}"
                model.setData(index, tooltip, Qt.ItemDataRole.ToolTipRole)
            self.setCurrentRow(current)

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._delegate.theme = theme
        self.viewport().update()

    def setScale(self, scale: float) -> None:
        """Set the scale of the texts."""
        self._delegate.scale = scale
        self.scheduleDelayedItemsLayout()
