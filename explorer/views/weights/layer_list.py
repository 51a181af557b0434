"""The layers of the network, one under the other: name, type, shape, number of weights."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QListWidget, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from explorer.views.theme.theme import SANS, Theme, font

DETAILS_ROLE = Qt.ItemDataRole.UserRole


def layer_details(layer: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return type and activation, the output's shape, and how many weights a layer has."""
    kind = layer["type"] + (f", {layer['activation']}" if layer["activation"] else "")
    shape = " × ".join(str(size) for size in layer["shape"])
    return kind, shape, f"{layer['parameters']:,}" if layer["parameters"] else "–"


class _Delegate(QStyledItemDelegate):
    """Paints a layer in three lines."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme: Theme | None = None
        self.scale = 1.0

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(120, round(64 * self.scale))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        look = self.theme
        if look is None:
            return
        painter.save()
        box: QRect = option.rect.adjusted(0, 1, 0, -1)  # type: ignore[attr-defined]
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)  # type: ignore[attr-defined]
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.value_soft)
            painter.drawRoundedRect(box, 7, 7)
            painter.fillRect(QRect(box.left(), box.top() + 7, round(3 * self.scale), box.height() - 14), look.value)
        weighted, (kind, shape, count) = index.data(DETAILS_ROLE)
        inner = box.adjusted(round(12 * self.scale), round(6 * self.scale), round(-8 * self.scale), -4)
        line = inner.height() // 3
        texts: list[tuple[str, float, bool, QColor]] = [
            (index.data(), 14, chosen or weighted, look.text if weighted or chosen else look.muted),
            (kind, 12, False, look.muted),
            (shape, 12, False, look.muted),
        ]
        for number, (text, pixels, bold, colour) in enumerate(texts):
            painter.setFont(font(SANS, pixels * self.scale, bold=bold))
            painter.setPen(colour)
            room = inner.width() - (number == 0) * round((7 * len(count) + 8) * self.scale)
            where = QRect(inner.left(), inner.top() + number * line, room, line)
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, where.width())
            painter.drawText(where, Qt.AlignmentFlag.AlignVCenter, shown)
        painter.setFont(font(SANS, 12 * self.scale))
        painter.setPen(look.muted)
        top = QRect(inner.left(), inner.top(), inner.width(), line)
        painter.drawText(top, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, count)
        painter.restore()


class LayerList(QListWidget):
    """The layers; an item's text is the layer's name."""

    asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("layerList")
        self.setAccessibleName("Layers of the network, from the image to the probabilities")
        self.setToolTip("Choose the layer whose weights you want to see")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._delegate = _Delegate(self)
        self.setItemDelegate(self._delegate)
        self.currentRowChanged.connect(lambda row: self.asked.emit(row) if row >= 0 else None)

    def setLayers(self, layers: Sequence[Mapping[str, Any]], chosen: int) -> None:
        """Show these layers, one of them chosen."""
        self.blockSignals(True)
        self.clear()
        model = self.model()
        for row, layer in enumerate(layers):
            # Told to the model: an item made in Python has a second owner there, and once `clear` ended the process.
            self.addItem(layer["name"])
            kind, shape, count = layer_details(layer)
            index = model.index(row, 0)
            model.setData(index, (bool(layer["parameters"]), (kind, shape, count)), DETAILS_ROLE)
            said = f"{layer['name']}: {kind}, output {shape}, weights {count}"
            model.setData(index, said, Qt.ItemDataRole.ToolTipRole)
        self.setCurrentRow(chosen)
        self.blockSignals(False)

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._delegate.theme = theme
        self.viewport().update()

    def setScale(self, scale: float) -> None:
        """Scale the texts."""
        self._delegate.scale = scale
        self.scheduleDelayedItemsLayout()
