"""Every layer's output as pictures, one card a layer; a number of them can be selected."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Property, QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QToolTip, QWidget

from explorer.core.activations.unit_text import layer_text, position_text, shape_text
from explorer.core.number_format import format_full
from explorer.views.activations.feature_map_layout import FeatureMapLayout, arrange, output_summary
from explorer.views.theme.theme import SANS, Theme, blend, font, text_colour_on
from explorer.views.widgets.array_images import image_from_pixels
from explorer.views.widgets.diverging_colours import colour_limit, diverging_pixels
from explorer.views.widgets.timers import single_shot_timer

PADDING_PX, HEADING_HEIGHT_PX, CARD_GAP_PX = 12, 30, 10
"""Pixels at scale 1: inside a card, of its heading, between two cards."""

MIN_GRID_CELL_PX = 9
"""Pixels at scale 1 from which on there are lines between units."""

MAX_NUMBERED_UNITS = 16
"""So few units have their numbers written on them."""

ZOOMS = (2.0, 1.5, 1.0)
"""Sizes of the pictures that are tried; the largest that needs no scrolling is taken, or else the last."""

UNCLIPPED_SHARE = 0.98
"""Share of the numbers that have colours of their own; those beyond have the full colour."""


class LayersView(QWidget):
    """Stands in a scroll area and is as high as it needs to be. shownLayers: names of the layers that are shown."""

    chosen = Signal(int, tuple)
    seen = Signal(QRectF)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("activationsView")
        self.setAccessibleName("Every layer's output; arrows select a number, Shift another map, Ctrl another layer")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.outputs: Sequence[Any] = ()
        self._layers: Sequence[Mapping[str, Any]] = ()
        self._pictures: list[FeatureMapLayout] = []
        self._images: dict[int, QImage] = {}
        self._selected: tuple[int, tuple[int, ...]] | None = None
        self._theme: Theme | None = None
        self._scale = self._zoom = 1.0
        self._is_sought = False
        self._seek = single_shot_timer(self, self._see)  # once the view has the height of its pictures

    shownLayers = Property(list, lambda self: [layer["name"] for layer in self._layers])
    """Names of the layers that are shown."""

    def setOutputs(self, layers: Sequence[Mapping[str, Any]], outputs: Sequence[Any]) -> None:
        """Show each layer's output: (h, w, maps), (h, w) or (units,)."""
        shapes = [output.shape for output in self.outputs]
        self._layers, self.outputs = layers, outputs
        self._images.clear()
        if shapes != [output.shape for output in outputs]:
            self._arrange()
            self._seek.start()
        else:
            self._pictures = [
                arrange(one.layer, outputs[one.layer], one.left, one.top, self._room(), self._scale * self._zoom)
                for one in self._pictures
            ]
        self.update()

    def setSelected(self, selected: tuple[int, tuple[int, ...]] | None, is_sought: bool = False) -> None:
        """Mark a number. ``is_sought``: somebody asked for this one, so it comes into sight."""
        if selected != self._selected:
            self._selected = selected
            self._is_sought = is_sought or self.hasFocus()
            self._seek.start()
            self.update()

    def _see(self) -> None:
        if self._is_sought and (box := self.selected_box()) is not None:
            self._is_sought = False
            self.seen.emit(box)

    def selected_box(self) -> QRectF | None:
        """Return where the marked number is, None where it is not shown."""
        if self._selected is None or self._selected[0] >= len(self._pictures):
            return None
        one = self._pictures[self._selected[0]]
        index = one.whole(self._selected[1])
        return one.cell_box(index) if index[-1] < one.tiles else None

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self._images.clear()
        self.update()

    def setScale(self, scale: float) -> None:
        """Scale texts and pictures."""
        self._scale = scale
        self._arrange()

    # -- where things are -------------------------------------------------------------------------

    def _width(self) -> float:
        """Return the width as if there were a scroll bar: one that comes and goes would turn lines for ever."""
        viewport = self.parentWidget()
        area = viewport.parentWidget() if viewport is not None else None
        if not isinstance(area, QScrollArea):
            return self.width()
        return area.maximumViewportSize().width() - area.verticalScrollBar().sizeHint().width() - 2

    def _room(self) -> float:
        return max(60.0, self._width() - 2 * PADDING_PX * self._scale - 2)

    def _arrange(self) -> None:
        """Place the pictures, larger where few layers leave room."""
        self._images.clear()
        viewport = self.parentWidget()
        room = viewport.height() if viewport is not None else 0
        for zoom in ZOOMS:
            self._zoom = zoom
            self._pictures, top = [], 0.0
            for layer, output in enumerate(self.outputs):
                top += HEADING_HEIGHT_PX * self._scale + 4
                one = arrange(layer, output, PADDING_PX * self._scale + 1, top, self._room(), self._scale * zoom)
                self._pictures.append(one)
                top += one.height + (PADDING_PX + CARD_GAP_PX) * self._scale
            if top <= room:
                break
        self.setMinimumHeight(round(top))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the pictures anew."""
        self._arrange()

    # -- painting ---------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the layers that are in sight."""
        if self._theme is None:
            return
        with QPainter(self) as painter:  # ends it also where an error does, as `PaintedWidget` says
            for one, layer in zip(self._pictures, self._layers, strict=False):
                card = QRectF(
                    0.5,
                    one.top - HEADING_HEIGHT_PX * self._scale - 3.5,
                    self._width() - 1,
                    one.height + (HEADING_HEIGHT_PX + PADDING_PX) * self._scale + 3,
                )
                if card.intersects(QRectF(event.rect())):
                    self._paint_layer(painter, self._theme, one, layer, card)
            self._paint_selected(painter, self._theme)

    def _paint_layer(
        self, painter: QPainter, theme: Theme, one: FeatureMapLayout, layer: Mapping[str, Any], card: QRectF
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.border)
        painter.setBrush(theme.panel)
        painter.drawRoundedRect(card, 12, 12)
        head = QRectF(one.left, card.top() + 4, self._room(), HEADING_HEIGHT_PX * self._scale - 4)
        align = Qt.AlignmentFlag.AlignVCenter
        told = " · ".join(
            part for part in (shape_text(layer["shape"]), output_summary(layer, self.outputs[one.layer])) if part
        )
        painter.setFont(font(SANS, 12 * self._scale))
        painter.setPen(theme.muted)
        painter.drawText(head, align | Qt.AlignmentFlag.AlignRight, told)
        room = head.width() - painter.fontMetrics().horizontalAdvance(told) - 10
        painter.setFont(font(SANS, 14 * self._scale, bold=True))
        painter.setPen(theme.text)
        name = painter.fontMetrics().elidedText(layer_text(layer), Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(head, align | Qt.AlignmentFlag.AlignLeft, name)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        image, edge = self._image_of(one, theme), 1 if one.gap else 0
        painter.drawImage(QPointF(one.left - edge, one.top - edge), image)
        if not one.gap:
            self._paint_strip(painter, theme, one)

    def _paint_strip(self, painter: QPainter, theme: Theme, one: FeatureMapLayout) -> None:
        """Paint a line around the units, between them where they are large, and their numbers where they are few."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(theme.border)
        whole, rest = divmod(one.tiles, one.across)
        painter.drawRect(QRectF(one.left, one.top, one.across * one.cell, max(whole, 1) * one.cell))
        if rest:
            painter.drawRect(QRectF(one.left, one.top + whole * one.cell, rest * one.cell, one.cell))
        if one.cell < MIN_GRID_CELL_PX * self._scale:
            return
        painter.setPen(theme.grid)
        painter.drawRects([one.box(unit) for unit in range(one.tiles)])
        if one.tiles > MAX_NUMBERED_UNITS:
            return
        painter.setFont(font(SANS, 11 * self._scale))
        limit = colour_limit(one.values)
        for unit in range(one.tiles):
            value = float(one.values[unit])
            strong = theme.value if value >= 0 else theme.gradient
            painter.setPen(text_colour_on(blend(theme.raised, strong, abs(value) / limit)))
            painter.drawText(one.box(unit), Qt.AlignmentFlag.AlignCenter, str(unit))

    def _image_of(self, one: FeatureMapLayout, theme: Theme) -> QImage:
        if one.layer not in self._images:
            colours = diverging_pixels(one.values, colour_limit(one.values, UNCLIPPED_SHARE), theme)
            self._images[one.layer] = image_from_pixels(one.mosaic(colours, theme.panel.rgb(), theme.border.rgb()))
        return self._images[one.layer]

    def _paint_selected(self, painter: QPainter, theme: Theme) -> None:
        if self._selected is None or (cell := self.selected_box()) is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        one = self._pictures[self._selected[0]]
        painter.setPen(QPen(theme.gradient, 3 if self.hasFocus() else 2))
        if one.is_maps:
            painter.drawRoundedRect(one.box(one.whole(self._selected[1])[-1]).adjusted(-3, -3, 2, 2), 3, 3)
            middle, radius = cell.center(), max(cell.width() * 0.5, 2.0) + 2
            painter.setPen(QPen(theme.gradient, 1.5))
            painter.drawRect(QRectF(middle - QPointF(radius, radius), middle + QPointF(radius, radius)))
        else:
            painter.drawRect(cell.adjusted(-1, -1, 1, 1))

    # -- mouse and keyboard -----------------------------------------------------------------------

    def unit_at(self, x: float, y: float) -> tuple[int, tuple[int, ...]] | None:
        """Return which layer and which number of it is at a point."""
        for one in self._pictures:
            if one.top <= y <= one.top + one.height and (index := one.index_at(x, y)) is not None:
                return one.layer, self._true_index(one, index)
        return None

    def _true_index(self, one: FeatureMapLayout, index: tuple[int, ...]) -> tuple[int, ...]:
        """Return an index into the layer's own output: an image of a Reshape has no maps."""
        return index[: self.outputs[one.layer].ndim]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select what was clicked."""
        found = self.unit_at(event.position().x(), event.position().y())
        if found is not None:
            self.chosen.emit(*found)

    mouseMoveEvent = mousePressEvent
    """Going over the pictures with the button held selects as well."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Select a neighbour; with Shift in the next map, with Ctrl in the next layer."""
        keys = Qt.Key
        by = {keys.Key_Left: (-1, 0), keys.Key_Right: (1, 0), keys.Key_Up: (0, -1), keys.Key_Down: (0, 1)}
        step = by.get(Qt.Key(event.key()))
        if step is None or self._selected is None or self._selected[0] >= len(self._pictures):
            event.ignore()
            return
        layer, index = self._selected
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            layer = min(max(layer + step[0] + step[1], 0), len(self._pictures) - 1)
            if layer != self._selected[0]:
                self.chosen.emit(layer, tuple(size // 2 if self.outputs[layer].ndim > 1 and k < 2 else 0
                                              for k, size in enumerate(self.outputs[layer].shape)))  # fmt: skip
            return
        one = self._pictures[layer]
        whole = one.whole(index)
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            moved = one.moved(whole, 0, 0, step[0] + step[1] * one.across)
        else:
            moved = one.moved(whole, *step, 0)
        self.chosen.emit(layer, self._true_index(one, moved))

    def whatIs(self, point: QPoint) -> tuple[str, str] | None:
        """Return what is at a point of the view: a unit, with its place and what it gives."""
        found = self.unit_at(point.x(), point.y())
        if found is None:
            return None
        layer, index = found
        return "unit", f"{position_text(index)}: {format_full(self.outputs[layer][index])}"

    def event(self, event: QEvent) -> bool:
        """Tell the number under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            if (found := self.whatIs(event.pos())) is not None:
                QToolTip.showText(event.globalPos(), found[1], self)
            return True
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return super().event(event)
