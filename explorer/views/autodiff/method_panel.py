"""Common parts of the panels of forward mode and of paths."""

from abc import abstractmethod
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QHeaderView, QLabel, QTreeWidget, QTreeWidgetItem, QWidget

from explorer.session.autodiff.differentiation_methods import MethodSession
from explorer.views.theme.theme import SANS, Theme, font
from explorer.views.widgets.fields.wheel import leave_wheel_to_page

MAX_ROWS = 5
"""Rows of a table that are visible without scrolling."""


def label(name: str, role: str, wrap: bool = True) -> QLabel:
    """Return a label for plain text."""
    made = QLabel()
    made.setObjectName(name)
    made.setProperty("role", role)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    return made


class MethodPanel(QFrame):
    """Base of the panels of a method: updated when session, theme, scale or digits change.

    It keeps the height that its wrapped texts need, because a layout would let them overlap the table.
    """

    def __init__(self, methods: MethodSession, name: str, description: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(description)
        self.setProperty("card", True)
        self._methods = methods
        self._theme: Theme | None = None
        self._scale, self._digits = 1.0, 4

    def _follow(self) -> None:
        """Connect the session, once all parts are created."""
        self._methods.changed.connect(self._show)
        self._methods.changed.connect(self.keep_height)

    @abstractmethod
    def _show(self) -> None:
        """Show the session, if this method is the chosen one."""

    def setTheme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self._show()

    def setScale(self, scale: float) -> None:
        """Set the scale of the table."""
        self._scale = scale
        self._show()

    def setDigits(self, digits: int) -> None:
        """Set the number of significant digits."""
        self._digits = digits
        self._show()

    def keep_height(self) -> None:
        """Reserve the height that everything needs at the present width."""
        layout = self.layout()
        needed = layout.totalHeightForWidth(self.width()) if layout is not None else 0
        if needed > 0 and needed != self.minimumHeight():
            self.setMinimumHeight(needed)
            self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap the texts again."""
        super().resizeEvent(event)
        self.keep_height()


class VariableHead(QWidget):
    """A heading with a box in which the variable is chosen."""

    def __init__(self, text: str, name: str, methods: MethodSession) -> None:
        super().__init__()
        self.setProperty("clear", True)
        self._methods = methods
        self.row = row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        heading = QLabel(text)
        heading.setProperty("role", "heading")
        self._combo = QComboBox()
        leave_wheel_to_page(self._combo)
        self._combo.setObjectName(name)
        self._combo.setAccessibleName("The input where it begins")
        self._combo.setToolTip("The input where it begins")
        self._combo.textActivated.connect(methods.set_variable)
        row.addWidget(heading)
        row.addWidget(self._combo)
        row.addStretch(1)

    def refresh(self) -> None:
        """Offer the session's variables."""
        names = self._methods.variables
        if [self._combo.itemText(k) for k in range(self._combo.count())] != names:
            self._combo.clear()
            self._combo.addItems(names)
        self._combo.setCurrentText(self._methods.variable or "")
        self._combo.setEnabled(len(names) > 1)


class Table(QTreeWidget):
    """A table of texts whose columns after the first are right-aligned; its height follows the number of rows."""

    def __init__(self, name: str, description: str, titles: Sequence[str], max_rows: int = MAX_ROWS) -> None:
        super().__init__()
        self._max_rows = max_rows
        self.setObjectName(name)
        self.setAccessibleName(description)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setHeaderLabels(list(titles))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        for column in range(len(titles)):
            mode = QHeaderView.ResizeMode.ResizeToContents if column else QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(column, mode)
            self.headerItem().setTextAlignment(
                column, Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            )

    def fill(
        self, rows: Sequence[Sequence[str]], colours: Sequence[QBrush | None], bold: int | None, scale: float
    ) -> None:
        """Show rows, reusing items; ``colours``: of the columns; ``bold``: index of the current step's row."""
        while self.topLevelItemCount() > len(rows):
            self.takeTopLevelItem(self.topLevelItemCount() - 1)
        while self.topLevelItemCount() < len(rows):
            self.addTopLevelItem(QTreeWidgetItem())
        for index, texts in enumerate(rows):
            item = self.row_item(index)
            for column, text in enumerate(texts):
                if item.text(column) != text:
                    item.setText(column, text)
                    item.setToolTip(column, text)
                if column:
                    item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                colour = colours[column]
                if colour is not None:
                    item.setForeground(column, colour)
                item.setFont(column, font(SANS, 13 * scale, bold=index == bold))
        if bold is not None and bold < len(rows):
            self.scrollToItem(self.row_item(bold))
        self._fit_height(len(rows))

    def row_item(self, index: int) -> QTreeWidgetItem:
        """Return the item of a row. Raises IndexError if there is no such row."""
        item = self.topLevelItem(index)
        if item is None:
            raise IndexError(index)
        return item

    def _fit_height(self, rows: int) -> None:
        row_height = self.sizeHintForRow(0) if rows else self.fontMetrics().height() + 4
        self.setFixedHeight(self.header().sizeHint().height() + row_height * min(max(rows, 1), self._max_rows) + 4)


def brushes(theme: Theme | None, *names: str) -> list[QBrush | None]:
    """Return a brush for each named colour of the theme; None without a theme."""
    return [QBrush(getattr(theme, name)) if theme is not None else None for name in names]
