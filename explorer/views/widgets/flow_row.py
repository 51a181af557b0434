"""A row of widgets that continues on the next line, as words do, where they do not fit side by side."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QSpacerItem, QWidget


@dataclass
class _FlowItem:
    """One item of the row.

    stretch: share of the spare width. preferred_width: in pixels, 0 for the item's size hint.
    """

    item: QLayoutItem
    stretch: int = 0
    preferred_width: int = 0

    @property
    def is_visible(self) -> bool:
        return not self.item.isEmpty() or isinstance(self.item, QSpacerItem)

    @property
    def minimum_width(self) -> int:
        return self.item.minimumSize().width()

    def initial_width(self) -> int:
        """Return the width before the spare width is distributed."""
        if self.preferred_width:
            return max(self.minimum_width, self.preferred_width)
        return max(self.minimum_width, 0 if self.stretch else self.item.sizeHint().width())

    def height(self, width: int, minimum: bool) -> int:
        item, widget = self.item, self.item.widget()
        layout = widget.layout() if widget is not None else None
        if not item.hasHeightForWidth():
            return item.minimumSize().height() if minimum else item.sizeHint().height()
        if not minimum:
            height = item.heightForWidth(width)
        elif layout is not None:
            height = layout.totalMinimumHeightForWidth(width)
        else:
            height = item.minimumHeightForWidth(width)
        return max(height, widget.minimumHeight() if widget is not None else 0)


class FlowRow(QLayout):
    """A `QHBoxLayout` that wraps: items that do not fit side by side continue on the next line.

    fills: lines fill width and height, as cards do; otherwise items keep their height, centred in their line.
    """

    def __init__(self, parent: QWidget | None = None, *, fills: bool = False) -> None:
        super().__init__(*([parent] if parent is not None else []))
        self._items: list[_FlowItem] = []
        self._fills = fills
        self._minimum_line_height = 0
        self._heights: dict[tuple[int, bool], int] = {}

    # -- items ------------------------------------------------------------------------------------

    def addItem(self, item: QLayoutItem) -> None:
        """Append an item; called by `addWidget`."""
        self._items.append(_FlowItem(item))
        self.invalidate()

    def addWidget(self, widget: QWidget, stretch: int = 0) -> None:
        """Append a widget; ``stretch`` is its share of the spare width."""
        super().addWidget(widget)
        self._items[-1].stretch = stretch

    def addLayout(self, layout: QLayout, stretch: int = 0) -> None:
        """Append a layout; ``stretch`` is its share of the spare width."""
        self.addChildLayout(layout)
        self._items.append(_FlowItem(layout, stretch))

    def addStretch(self, stretch: int = 1) -> None:
        """Append empty space that pushes the items after it to the right."""
        spacer = QSpacerItem(0, 0, QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._items.append(_FlowItem(spacer, stretch))

    def setPreferredWidth(self, widget: QWidget, width: int) -> None:
        """Set the preferred width of a widget in pixels; it never gets narrower than its minimum size."""
        item = next(item for item in self._items if item.item.widget() is widget)
        if item.preferred_width != width:
            item.preferred_width = width
            self.invalidate()

    def setMinimumLineHeight(self, height: int) -> None:
        """Set the minimum height of a line in pixels; it applies once there are several lines."""
        if self._minimum_line_height != height:
            self._minimum_line_height = height
            self.invalidate()

    def count(self) -> int:
        """Return the number of items."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """Return the item at an index, or None."""
        return self._items[index].item if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Remove and return the item at an index, or return None."""
        return self._items.pop(index).item if 0 <= index < len(self._items) else None

    # -- sizes ------------------------------------------------------------------------------------

    def invalidate(self) -> None:
        """Discard the cached heights."""
        self._heights.clear()
        super().invalidate()

    def expandingDirections(self) -> Qt.Orientation:
        """Expand horizontally, and vertically if lines fill the height."""
        both = Qt.Orientation.Horizontal | Qt.Orientation.Vertical
        return both if self._fills else Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        """Return True: a narrower row has more lines."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the preferred height for a width."""
        return self._height(width, minimum=False)

    def minimumHeightForWidth(self, width: int) -> int:
        """Return the minimum height for a width."""
        return self._height(width, minimum=True)

    def sizeHint(self) -> QSize:
        """Return the size of all items on one line."""
        shown = [item for item in self._items if item.is_visible]
        width = sum(max(item.initial_width(), item.item.sizeHint().width()) for item in shown)
        width += self.spacing() * max(len(shown) - 1, 0) + self._margins()[0]
        return QSize(width, max((item.item.sizeHint().height() for item in shown), default=0) + self._margins()[1])

    def minimumSize(self) -> QSize:
        """Return the width of the widest item, and the minimum height for the current width."""
        width = max((item.minimum_width for item in self._items if item.is_visible), default=0) + self._margins()[0]
        current = self.geometry().width()
        return QSize(width, self.minimumHeightForWidth(max(width, current) if current else self.sizeHint().width()))

    def _margins(self) -> tuple[int, int]:
        margins = self.contentsMargins()
        return margins.left() + margins.right(), margins.top() + margins.bottom()

    def _lines(self, width: int) -> list[list[_FlowItem]]:
        lines: list[list[_FlowItem]] = []
        used = 0
        for item in self._items:
            if not item.is_visible:
                continue
            needed = item.initial_width()
            if not lines or used + self.spacing() + needed > width:
                lines.append([])
                used = -self.spacing()
            lines[-1].append(item)
            used += self.spacing() + needed
        return [line for line in lines if any(not isinstance(item.item, QSpacerItem) for item in line)]

    def _widths(self, line: list[_FlowItem], width: int) -> list[int]:
        """Distribute the width of a line by stretch; among cards without any, evenly."""
        widths = [item.initial_width() for item in line]
        spare = width - sum(widths) - self.spacing() * (len(line) - 1)
        stretches = [item.stretch for item in line]
        if not sum(stretches) and self._fills:
            stretches = [1] * len(line)
        if spare < 0 or not sum(stretches):
            return [min(each, width) for each in widths]
        # As in a QHBoxLayout, the whole width is divided by stretch: a wider item gets less of the spare width.
        free = [k for k, stretch in enumerate(stretches) if stretch]
        available = spare + sum(widths[k] for k in free)
        while free:
            total = sum(stretches[k] for k in free)
            too_wide = [k for k in free if widths[k] > available * stretches[k] / total]
            if not too_wide:
                for k in free:
                    widths[k] = int(available * stretches[k] / total)
                break
            available -= sum(widths[k] for k in too_wide)
            free = [k for k in free if k not in too_wide]
        return widths

    def _line_heights(self, width: int, minimum: bool) -> list[int]:
        lines = self._lines(width)
        lowest = self._minimum_line_height if self._fills and len(lines) > 1 else 0
        return [
            max(lowest, *(item.height(w, minimum) for item, w in zip(line, self._widths(line, width), strict=True)))
            for line in lines
        ]

    def _height(self, width: int, *, minimum: bool) -> int:
        # Cached because rows are nested, and each one asks its inner rows several times.
        if (width, minimum) not in self._heights:
            heights = self._line_heights(width - self._margins()[0], minimum)
            gaps = self.spacing() * max(len(heights) - 1, 0)
            self._heights[width, minimum] = sum(heights) + gaps + self._margins()[1]
        return self._heights[width, minimum]

    def setGeometry(self, area: QRect) -> None:
        """Place all items within an area."""
        super().setGeometry(area)
        inner = area.marginsRemoved(self.contentsMargins())
        lines, heights = self._lines(inner.width()), self._line_heights(inner.width(), self._fills)
        spare = max(inner.height() - sum(heights) - self.spacing() * (len(lines) - 1), 0) if lines else 0
        top = inner.top()
        for index, line in enumerate(lines):
            height = heights[index]
            if self._fills or len(lines) == 1:
                height = heights[index] = heights[index] + spare // len(lines)
            left = inner.left()
            for item, width in zip(line, self._widths(line, inner.width()), strict=True):
                item.item.setGeometry(self._item_rect(item, QRect(left, top, width, height)))
                left += width + self.spacing()
            top += height + self.spacing() * (index + 1 < len(lines))

    def _item_rect(self, item: _FlowItem, area: QRect) -> QRect:
        if self._fills or item.item.layout() is not None:
            return area
        height = area.height()
        if not item.item.expandingDirections() & Qt.Orientation.Vertical:
            height = min(item.height(area.width(), minimum=False), height)
        return QRect(area.left(), area.top() + (area.height() - height) // 2, area.width(), height)
