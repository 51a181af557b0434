"""Scroll areas for whole pages, so that nothing is cut off or out of reach in a small window with large text."""

from typing import TypeVar, overload

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QVBoxLayout, QWidget

AnyLayout = TypeVar("AnyLayout", bound=QLayout)


class _PageContent(QWidget):
    """The content of a page: as high as it must be, not as high as it prefers to be."""

    def heightForWidth(self, width: int) -> int:
        """Return the minimum height for a width."""
        layout = self.layout()
        return layout.totalMinimumHeightForWidth(width) if layout is not None else super().heightForWidth(width)


class ScrollPage(QScrollArea):
    """A scroll area around a whole page; it is invisible while the window is large enough."""

    def __init__(self, layout: QLayout) -> None:
        super().__init__()
        self.setObjectName("pageScroll")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._content = _PageContent()
        for part in (self, self.viewport(), self._content):
            part.setProperty("clear", True)
        self._content.setLayout(layout)
        self.setWidget(self._content)

    def minimumSizeHint(self) -> QSize:
        """Return a small size, since everything can be scrolled to."""
        return QSize(40, 40)

    def sizeHint(self) -> QSize:
        """Return the size hint of the content."""
        return self._content.sizeHint()

    def scroll_by(self, pages: float) -> None:
        """Scroll down, or up if negative, by a share of the visible height."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + round(pages * self.viewport().height()))


def scroll_visible_page(tabs: QWidget, pages: float) -> None:
    """Scroll the page that is visible by a share of its visible height; see `ScrollPage.scroll_by`."""
    for page in tabs.findChildren(ScrollPage):
        if page.isVisible():
            page.scroll_by(pages)


def is_in_scrolling_page(widget: QWidget) -> bool:
    """Return whether a widget is in a page that is higher than what is visible of it."""
    parent = widget.parentWidget()
    while parent is not None and not isinstance(parent, ScrollPage):
        parent = parent.parentWidget()
    return parent is not None and parent.verticalScrollBar().maximum() > 0


class VerticalScroll(QScrollArea):
    """A scroll area that scrolls vertically and is as wide as its content needs to be."""

    def __init__(self, object_name: str, content: QWidget) -> None:
        super().__init__()
        self.setObjectName(object_name)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._content = content
        for part in (self, self.viewport(), content):
            part.setProperty("clear", True)
        self.setWidget(content)

    def minimumSizeHint(self) -> QSize:
        """Return the minimum width of the content beside its scroll bar."""
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(self._content.minimumSizeHint().width() + bar, super().minimumSizeHint().height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Update the geometry when the content's layout changes."""
        if event.type() == QEvent.Type.LayoutRequest and watched is self.widget():
            self.updateGeometry()
        return super().eventFilter(watched, event)


@overload
def make_scrollable(widget: QWidget) -> QVBoxLayout: ...
@overload
def make_scrollable(widget: QWidget, layout: AnyLayout) -> AnyLayout: ...
def make_scrollable(widget: QWidget, layout: QLayout | None = None) -> QLayout:
    """Put a `ScrollPage` into a widget; return the layout of the page, a new column if none is given."""
    inner = layout if layout is not None else QVBoxLayout()
    outer = QVBoxLayout(widget)
    outer.setContentsMargins(0, 0, 0, 0)
    outer.addWidget(ScrollPage(inner))
    return inner
