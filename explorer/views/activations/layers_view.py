"""The outputs of all layers as images, one card per layer, in which a number can be selected."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import Property, QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QScrollArea, QToolTip, QWidget

from explorer.core.activations.unit_text import layer_text, position_text, shape_text
from explorer.core.number_format import format_full, format_number
from explorer.session.timers import single_shot_timer
from explorer.views.activations.feature_map_layout import FeatureMapLayout, arrange, output_summary
from explorer.views.painting.array_images import image_from_pixels
from explorer.views.painting.colour_key import TEXT_PX, ScaleKey, arrange_key, paint_key
from explorer.views.painting.diverging_colours import colour_limit, diverging_colour, diverging_pixels
from explorer.views.theme.theme import SANS, Theme, blend, font, text_colour_on

PADDING_PX, HEADING_HEIGHT_PX, CARD_GAP_PX = 12, 30, 10
"""Padding of a card, height of its heading and space between cards, at scale 1."""

MIN_GRID_CELL_PX = 9
"""Smallest cell, at scale 1, with lines between units."""

MAX_NUMBERED_UNITS = 16
"""Largest number of units with numbers on them."""

ZOOMS = (2.0, 1.5, 1.0)
"""Zoom factors, of which the largest without scrolling is taken, or else the last."""

SCALE_STEPS = 16
"""Pieces of the scale of colours in a heading."""

UNCLIPPED_SHARE = 0.98
"""Quantile of the magnitudes that gets the strongest colour; larger ones are clipped."""


def activation_scale(values: Any, theme: Theme) -> ScaleKey:
    """Return the scale of the colours in which activations are painted: linear, from 0 or from below it."""
    limit = colour_limit(values, UNCLIPPED_SHARE)
    finite = values[np.isfinite(values)]
    low = -1.0 if finite.size and finite.min() < 0 else 0.0
    colours = tuple(diverging_colour(theme, low + (1 - low) * k / SCALE_STEPS) for k in range(SCALE_STEPS + 1))
    is_clipped = bool(finite.size) and float(np.abs(finite).max()) > limit
    end = format_number(limit, 3)
    low_text = "0" if low == 0 else f"−{end}"
    return ScaleKey("", colours, low_text, f"≥ {end}" if is_clipped else end, "linear")


class LayersView(QWidget):
    """Shows the outputs at their full height, inside a scroll area.

    chosen: layer and index of the selected number. visibilityRequested: rectangle to scroll to.
    """

    chosen = Signal(int, tuple)
    visibilityRequested = Signal(QRectF)

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
        self._scrolls_to_selection = False
        self._scroll_timer = single_shot_timer(
            self, self._request_visibility
        )  # after the layout has set the height of the view

    shownLayers = Property(list, lambda self: [layer["name"] for layer in self._layers])
    """Names of the layers that are shown."""

    def setOutputs(self, layers: Sequence[Mapping[str, Any]], outputs: Sequence[Any]) -> None:
        """Show each layer's output: (h, w, maps), (h, w) or (units,)."""
        shapes = [output.shape for output in self.outputs]
        self._layers, self.outputs = layers, outputs
        self._images.clear()
        if shapes != [output.shape for output in outputs]:
            self._lay_out()
            self._scroll_timer.start()
        else:
            self._pictures = [
                arrange(
                    one.layer, outputs[one.layer], one.left, one.top, self._content_width(), self._scale * self._zoom
                )
                for one in self._pictures
            ]
        self.update()

    def setSelected(self, selected: tuple[int, tuple[int, ...]] | None, scroll: bool = False) -> None:
        """Select a number, or none; with ``scroll``, or if the view has the focus, it is scrolled to."""
        if selected != self._selected:
            self._selected = selected
            self._scrolls_to_selection = scroll or self.hasFocus()
            self._scroll_timer.start()
            self.update()

    def _request_visibility(self) -> None:
        if self._scrolls_to_selection and (box := self.selected_box()) is not None:
            self._scrolls_to_selection = False
            self.visibilityRequested.emit(box)

    def selected_box(self) -> QRectF | None:
        """Return the rectangle of the selected number, None if it is not shown."""
        if self._selected is None or self._selected[0] >= len(self._pictures):
            return None
        one = self._pictures[self._selected[0]]
        index = one.map_index(self._selected[1])
        return one.cell_box(index) if index[-1] < one.tiles else None

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self._images.clear()
        self.update()

    def setScale(self, scale: float) -> None:
        """Scale texts and pictures."""
        self._scale = scale
        self._lay_out()

    # -- layout -----------------------------------------------------------------------------------

    def _width(self) -> float:
        """Return the width beside a scroll bar, visible or not, so that the layout does not depend on it."""
        viewport = self.parentWidget()
        area = viewport.parentWidget() if viewport is not None else None
        if not isinstance(area, QScrollArea):
            return self.width()
        return area.maximumViewportSize().width() - area.verticalScrollBar().sizeHint().width() - 2

    def _content_width(self) -> float:
        return max(60.0, self._width() - 2 * PADDING_PX * self._scale - 2)

    def _lay_out(self) -> None:
        """Lay out the cards with the largest zoom that needs no scrolling."""
        self._images.clear()
        viewport = self.parentWidget()
        available = viewport.height() if viewport is not None else 0
        for zoom in ZOOMS:
            self._zoom = zoom
            self._pictures, top = [], 0.0
            for layer, output in enumerate(self.outputs):
                top += HEADING_HEIGHT_PX * self._scale + 4
                one = arrange(
                    layer, output, PADDING_PX * self._scale + 1, top, self._content_width(), self._scale * zoom
                )
                self._pictures.append(one)
                top += one.height + (PADDING_PX + CARD_GAP_PX) * self._scale
            if top <= available:
                break
        self.setMinimumHeight(round(top))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out the cards for the new size."""
        self._lay_out()

    # -- painting ---------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the visible layers."""
        if self._theme is None:
            return
        with QPainter(self) as painter:  # ends even if painting raises, see `PaintedWidget`
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
        head = QRectF(one.left, card.top() + 4, self._content_width(), HEADING_HEIGHT_PX * self._scale - 4)
        align = Qt.AlignmentFlag.AlignVCenter
        summary_text = " · ".join(
            part for part in (shape_text(layer["shape"]), output_summary(layer, self.outputs[one.layer])) if part
        )
        painter.setFont(font(SANS, 12 * self._scale))
        painter.setPen(theme.muted)
        painter.drawText(head, align | Qt.AlignmentFlag.AlignRight, summary_text)
        name_width = head.width() - painter.fontMetrics().horizontalAdvance(summary_text) - 10
        name_width -= self._paint_scale(painter, theme, one, layer, QRectF(head.left(), head.top(), name_width, 0))
        painter.setFont(font(SANS, 14 * self._scale, bold=True))
        painter.setPen(theme.text)
        name = painter.fontMetrics().elidedText(layer_text(layer), Qt.TextElideMode.ElideRight, int(name_width))
        painter.drawText(head, align | Qt.AlignmentFlag.AlignLeft, name)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        image, edge = self._image_of(one, theme), 1 if one.gap else 0
        painter.drawImage(QPointF(one.left - edge, one.top - edge), image)
        if not one.gap:
            self._paint_strip(painter, theme, one)

    def _paint_scale(
        self, painter: QPainter, theme: Theme, one: FeatureMapLayout, layer: Mapping[str, Any], room: QRectF
    ) -> float:
        """Paint the scale of the colours at the end of a heading, if there is room; return the width that it takes."""
        scale = 12 / TEXT_PX * self._scale
        placed, height = arrange_key([activation_scale(one.values, theme)], room.width(), scale)
        width = placed[0].rect.width() + 14 * self._scale
        name = QFontMetricsF(font(SANS, 14 * self._scale, bold=True)).horizontalAdvance(layer_text(layer))
        if width > room.width() - name - 10:
            return 0.0
        y = room.top() + (HEADING_HEIGHT_PX * self._scale - 4 - height) / 2
        paint_key(painter, QPointF(room.right() - width, y), placed, theme, scale)
        return width

    def _paint_strip(self, painter: QPainter, theme: Theme, one: FeatureMapLayout) -> None:
        """Paint the outline of the units, lines between large ones, and their numbers if they are few."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(theme.border)
        full_lines, rest = divmod(one.tiles, one.across)
        painter.drawRect(QRectF(one.left, one.top, one.across * one.cell, max(full_lines, 1) * one.cell))
        if rest:
            painter.drawRect(QRectF(one.left, one.top + full_lines * one.cell, rest * one.cell, one.cell))
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
            full_colour = theme.value if value >= 0 else theme.gradient
            painter.setPen(text_colour_on(blend(theme.raised, full_colour, abs(value) / limit)))
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
            painter.drawRoundedRect(one.box(one.map_index(self._selected[1])[-1]).adjusted(-3, -3, 2, 2), 3, 3)
            middle, radius = cell.center(), max(cell.width() * 0.5, 2.0) + 2
            painter.setPen(QPen(theme.gradient, 1.5))
            painter.drawRect(QRectF(middle - QPointF(radius, radius), middle + QPointF(radius, radius)))
        else:
            painter.drawRect(cell.adjusted(-1, -1, 1, 1))

    # -- mouse and keyboard -----------------------------------------------------------------------

    def unit_at(self, x: float, y: float) -> tuple[int, tuple[int, ...]] | None:
        """Return the layer and the index of the number at a point, or None."""
        for one in self._pictures:
            if one.top <= y <= one.top + one.height and (index := one.index_at(x, y)) is not None:
                return one.layer, self._output_index(one, index)
        return None

    def _output_index(self, one: FeatureMapLayout, index: tuple[int, ...]) -> tuple[int, ...]:
        """Return the index into the output of the layer, which has two axes for a Reshape to an image."""
        return index[: self.outputs[one.layer].ndim]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the clicked number."""
        found = self.unit_at(event.position().x(), event.position().y())
        if found is not None:
            self.chosen.emit(*found)

    mouseMoveEvent = mousePressEvent
    """Dragging selects as well."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Select a neighbour, with Shift in the next map, with Ctrl in the next layer."""
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
        map_index = one.map_index(index)
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            moved = one.moved(map_index, 0, 0, step[0] + step[1] * one.across)
        else:
            moved = one.moved(map_index, *step, 0)
        self.chosen.emit(layer, self._output_index(one, moved))

    def whatIs(self, point: QPoint) -> tuple[str, str] | None:
        """Return what is at a point: a unit with its position and value."""
        found = self.unit_at(point.x(), point.y())
        if found is None:
            return None
        layer, index = found
        return "unit", f"{position_text(index)}: {format_full(self.outputs[layer][index])}"

    def event(self, event: QEvent) -> bool:
        """Show the number under the mouse as a tooltip."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            if (found := self.whatIs(event.pos())) is not None:
                QToolTip.showText(event.globalPos(), found[1], self)
            return True
        return super().event(event)
