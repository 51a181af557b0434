"""Room for large letters: rows that break like words do, and a page that scrolls where a window is too small for it.

At 300 % nothing is cut, elided or out of reach: whatever stands side by side goes on below where it no longer fits,
as on a web page, and what is below is scrolled to by wheel, by Tab and by Alt with the page keys.
"""

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLayout,
    QLayoutItem,
    QScrollArea,
    QSizePolicy,
    QSpacerItem,
    QVBoxLayout,
    QWidget,
)

TALL = 220
"""Height of a line of cards, in pixels at scale 1, once they stand below each other."""

NARROWEST = 0.7
"""Share of its wish that a card at the side keeps, however little room the window has: then cards stand below."""


def wish(width: float, scale: float, most: float) -> int:
    """Return how wide a card of ``width`` pixels at scale 1 would be: as letters ask for, and at best ``most``."""
    return round(max(min(width * scale, most), NARROWEST * width * scale, width))


@dataclass
class _FlowItem:
    """One item. stretch: its share of what is left over. wish: the width that it would like, 0 for its hint."""

    item: QLayoutItem
    stretch: int = 0
    wish: int = 0

    @property
    def is_there(self) -> bool:
        return not self.item.isEmpty() or isinstance(self.item, QSpacerItem)

    @property
    def least(self) -> int:
        return self.item.minimumSize().width()

    def width(self) -> int:
        """The width with which it begins, before what is left over is shared."""
        if self.wish:
            return max(self.least, self.wish)
        return max(self.least, 0 if self.stretch else self.item.sizeHint().width())

    def height(self, width: int, least: bool) -> int:
        item, widget = self.item, self.item.widget()
        if not item.hasHeightForWidth():
            return item.minimumSize().height() if least else item.sizeHint().height()
        if not least:
            height = item.heightForWidth(width)
        elif widget is not None and widget.layout() is not None:
            height = widget.layout().totalMinimumHeightForWidth(width)
        else:
            height = item.minimumHeightForWidth(width)
        return max(height, widget.minimumHeight() if widget is not None else 0)


class FlowRow(QLayout):
    """A `QHBoxLayout` that goes on in the next line where its parts do not fit side by side.

    fills: each line fills width and height, as cards do; else parts keep their height and stand in the middle of it.
    """

    def __init__(self, parent: QWidget | None = None, *, fills: bool = False) -> None:
        super().__init__(*([parent] if parent is not None else []))
        self._parts: list[_FlowItem] = []
        self._fills = fills
        self._tall = 0
        self._heights: dict[tuple[int, bool], int] = {}

    # -- what is in it ----------------------------------------------------------------------------

    def addItem(self, item: QLayoutItem) -> None:
        """Add what `addWidget` made."""
        self._parts.append(_FlowItem(item))
        self.invalidate()

    def addWidget(self, widget: QWidget, stretch: int = 0) -> None:
        """Add a widget with its share of what is left over."""
        super().addWidget(widget)
        self._parts[-1].stretch = stretch

    def addLayout(self, layout: QLayout, stretch: int = 0) -> None:
        """Add a layout with its share of what is left over."""
        self.addChildLayout(layout)
        self._parts.append(_FlowItem(layout, stretch))

    def addStretch(self, stretch: int = 1) -> None:
        """Push what follows to the right."""
        spacer = QSpacerItem(0, 0, QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._parts.append(_FlowItem(spacer, stretch))

    def setWish(self, widget: QWidget, width: int) -> None:
        """Say how wide a part would like to be; it is never narrower than its words need."""
        part = next(part for part in self._parts if part.item.widget() is widget)
        if part.wish != width:
            part.wish = width
            self.invalidate()

    def setTall(self, height: int) -> None:
        """Say how high a line is at least, once there are several."""
        if self._tall != height:
            self._tall = height
            self.invalidate()

    def count(self) -> int:
        """Return how many parts there are."""
        return len(self._parts)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """Return a part, None where there is none."""
        return self._parts[index].item if 0 <= index < len(self._parts) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Take a part away."""
        return self._parts.pop(index).item if 0 <= index < len(self._parts) else None

    # -- sizes ------------------------------------------------------------------------------------

    def invalidate(self) -> None:
        """Measure anew: a part wants another size."""
        self._heights.clear()
        super().invalidate()

    def expandingDirections(self) -> Qt.Orientation:
        """Take all that there is of what it can use."""
        both = Qt.Orientation.Horizontal | Qt.Orientation.Vertical
        return both if self._fills else Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        """The narrower, the higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height that suits a width."""
        return self._height(width, least=False)

    def minimumHeightForWidth(self, width: int) -> int:
        """Return the height that a width needs."""
        return self._height(width, least=True)

    def sizeHint(self) -> QSize:
        """Return the size of all in one line."""
        shown = [part for part in self._parts if part.is_there]
        width = sum(max(part.width(), part.item.sizeHint().width()) for part in shown)
        width += self.spacing() * max(len(shown) - 1, 0) + self._around()[0]
        return QSize(width, max((part.item.sizeHint().height() for part in shown), default=0) + self._around()[1])

    def minimumSize(self) -> QSize:
        """Return the width of its widest part; the height follows the width that it has."""
        width = max((part.least for part in self._parts if part.is_there), default=0) + self._around()[0]
        now = self.geometry().width()
        return QSize(width, self.minimumHeightForWidth(max(width, now) if now else self.sizeHint().width()))

    def _around(self) -> tuple[int, int]:
        around = self.contentsMargins()
        return around.left() + around.right(), around.top() + around.bottom()

    def _lines(self, width: int) -> list[list[_FlowItem]]:
        lines: list[list[_FlowItem]] = []
        used = 0
        for part in self._parts:
            if not part.is_there:
                continue
            needed = part.width()
            if not lines or used + self.spacing() + needed > width:
                lines.append([])
                used = -self.spacing()
            lines[-1].append(part)
            used += self.spacing() + needed
        return [line for line in lines if any(not isinstance(part.item, QSpacerItem) for part in line)]

    def _widths(self, line: list[_FlowItem], width: int) -> list[int]:
        """Share a line's width: what is left over by stretch, and among all cards where none asks for it."""
        widths = [part.width() for part in line]
        left = width - sum(widths) - self.spacing() * (len(line) - 1)
        shares = [part.stretch for part in line]
        if not sum(shares) and self._fills:
            shares = [1] * len(line)
        if left < 0 or not sum(shares):
            return [min(each, width) for each in widths]
        # By shares of the whole, as in a QHBoxLayout: what begins wider gets less of what is left.
        free = [k for k, share in enumerate(shares) if share]
        room = left + sum(widths[k] for k in free)
        while free:
            total = sum(shares[k] for k in free)
            wide = [k for k in free if widths[k] > room * shares[k] / total]
            if not wide:
                for k in free:
                    widths[k] = int(room * shares[k] / total)
                break
            room -= sum(widths[k] for k in wide)
            free = [k for k in free if k not in wide]
        return widths

    def _line_heights(self, width: int, least: bool) -> list[int]:
        lines = self._lines(width)
        tall = self._tall if self._fills and len(lines) > 1 else 0
        return [
            max(tall, *(part.height(w, least) for part, w in zip(line, self._widths(line, width), strict=True)))
            for line in lines
        ]

    def _height(self, width: int, *, least: bool) -> int:
        # Rows stand in rows, and each asks those within it several times.
        if (width, least) not in self._heights:
            heights = self._line_heights(width - self._around()[0], least)
            gaps = self.spacing() * max(len(heights) - 1, 0)
            self._heights[width, least] = sum(heights) + gaps + self._around()[1]
        return self._heights[width, least]

    def setGeometry(self, area: QRect) -> None:
        """Put every part at its place."""
        super().setGeometry(area)
        inner = area.marginsRemoved(self.contentsMargins())
        lines, heights = self._lines(inner.width()), self._line_heights(inner.width(), self._fills)
        spare = max(inner.height() - sum(heights) - self.spacing() * (len(lines) - 1), 0) if lines else 0
        top = inner.top()
        for number, line in enumerate(lines):
            height = heights[number]
            if self._fills or len(lines) == 1:
                height = heights[number] = heights[number] + spare // len(lines)
            left = inner.left()
            for part, width in zip(line, self._widths(line, inner.width()), strict=True):
                part.item.setGeometry(self._place(part, QRect(left, top, width, height)))
                left += width + self.spacing()
            top += height + self.spacing() * (number + 1 < len(lines))

    def _place(self, part: _FlowItem, area: QRect) -> QRect:
        if self._fills or part.item.layout() is not None:
            return area
        high = area.height()
        if not part.item.expandingDirections() & Qt.Orientation.Vertical:
            high = min(part.height(area.width(), least=False), high)
        return QRect(area.left(), area.top() + (area.height() - high) // 2, area.width(), high)


class _Inside(QWidget):
    """What scrolls: as high as it must be, not as it would like to be."""

    def heightForWidth(self, width: int) -> int:
        """Return the height that its parts need."""
        layout = self.layout()
        return layout.totalMinimumHeightForWidth(width) if layout is not None else super().heightForWidth(width)


class ScrollPage(QScrollArea):
    """A scroll area around a whole page; nobody sees it where the window is large enough."""

    def __init__(self, layout: QLayout | None = None) -> None:
        super().__init__()
        self.setObjectName("pageScroll")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.inside = _Inside()
        for part in (self, self.viewport(), self.inside):
            part.setProperty("clear", True)
        self.column = layout if layout is not None else QVBoxLayout()
        self.inside.setLayout(self.column)
        self.setWidget(self.inside)

    def minimumSizeHint(self) -> QSize:
        """It may be small: that is what it is for."""
        return QSize(40, 40)

    def sizeHint(self) -> QSize:
        """Return the size of what is in it."""
        return self.inside.sizeHint()

    def scroll_by(self, pages: float) -> None:
        """Scroll down, or up, by a share of what is in sight."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + round(pages * self.viewport().height()))


def scroll_page(tabs: QWidget, share: float) -> None:
    """Scroll the page that is seen down, or up, by a share of what is in sight."""
    for page in tabs.findChildren(ScrollPage):
        if page.isVisible():
            page.scroll_by(share)


class VerticalScroll(QScrollArea):
    """Scrolls up and down, and is as wide as what is in it needs to be."""

    def __init__(self, name: str, inside: QWidget) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for part in (self, self.viewport(), inside):
            part.setProperty("clear", True)
        self.setWidget(inside)

    def minimumSizeHint(self) -> QSize:
        """Return the width of what is in it, beside its scroll bar."""
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(self.widget().minimumSizeHint().width() + bar, super().minimumSizeHint().height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow what is in it."""
        if event.type() == QEvent.Type.LayoutRequest and watched is self.widget():
            self.updateGeometry()
        return super().eventFilter(watched, event)


def roomy(widget: QWidget, layout: Any = None) -> Any:
    """Give a widget a page that scrolls where there is no room; returns its column, or the layout that was given."""
    page = ScrollPage(layout)
    outside = QVBoxLayout(widget)
    outside.setContentsMargins(0, 0, 0, 0)
    outside.addWidget(page)
    return page.column


class FittingMixin:
    """Beside a Qt widget: chooses its words anew by the room it has; a subclass says how, in `_fit`."""

    def _fit(self) -> None:
        raise TypeError("a subclass fits")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Find the words that fit."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Find them again for other letters."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self.updateGeometry()
            self._fit()


class ElidedLabel(FittingMixin, QLabel):
    """Says the longest of several wordings for which there is room; the tooltip says the longest."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._wordings: tuple[str, ...] = ("",)
        self._is_silent = False

    def setSilent(self, silent: bool) -> None:
        """Say nothing while something else is said at this place; a status bar may show again what it hid."""
        self._is_silent = silent
        self._fit()

    def setWordings(self, *wordings: str) -> None:
        """Say one of these, the longest first."""
        if wordings != self._wordings:
            self._wordings = wordings
            self.setToolTip(wordings[0])
            self.setAccessibleName(wordings[0])
            self.updateGeometry()
            self._fit()

    def _needed(self, words: str) -> int:
        return self.fontMetrics().horizontalAdvance(words) + self._padding

    @property
    def _padding(self) -> int:
        return super().sizeHint().width() - self.fontMetrics().horizontalAdvance(self.text())

    def _fit(self) -> None:
        text = next((words for words in self._wordings if self._needed(words) <= self.width()), self._wordings[-1])
        text = "" if self._is_silent else text
        if text != self.text():
            self.setText(text)

    def sizeHint(self) -> QSize:
        """Return the room for the longest."""
        return QSize(self._needed(self._wordings[0]), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Return the room for the shortest."""
        return QSize(self._needed(self._wordings[-1]), super().minimumSizeHint().height())
