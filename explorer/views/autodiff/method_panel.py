"""Parts that the panels of forward mode and of paths have in common."""

from abc import abstractmethod
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QHeaderView, QLabel, QTreeWidget, QTreeWidgetItem, QWidget

from explorer.session.autodiff.methods import MethodSession
from explorer.views.theme.theme import SANS, Theme, font

MOST_ROWS = 5
"""Rows of a table in sight; the others are scrolled to."""


def label(name: str, role: str, wrap: bool = True) -> QLabel:
    """Return a label for sentences."""
    made = QLabel()
    made.setObjectName(name)
    made.setProperty("role", role)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    return made


class MethodPanel(QFrame):
    """A card of one way to differentiate, shown anew when the session or a look changes.

    It is never pressed together: sentences that wrap would else run over the table above them.
    """

    def __init__(self, methods: MethodSession, name: str, says: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(says)
        self.setProperty("card", True)
        self._methods = methods
        self._theme: Theme | None = None
        self._scale, self._digits = 1.0, 4

    def _follow(self) -> None:
        """Follow the session, once all parts are made."""
        self._methods.changed.connect(self._show)
        self._methods.changed.connect(self.keep_height)

    @abstractmethod
    def _show(self) -> None:
        """Show what the session has, if this way is the chosen one."""

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self._show()

    def setScale(self, scale: float) -> None:
        """Scale the table."""
        self._scale = scale
        self._show()

    def setDigits(self, digits: int) -> None:
        """Set how many significant digits numbers have."""
        self._digits = digits
        self._show()

    def keep_height(self) -> None:
        """Ask for the room that all of it needs at this width."""
        needed = self.layout().totalHeightForWidth(self.width())
        if needed > 0 and needed != self.minimumHeight():
            self.setMinimumHeight(needed)
            self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Sentences wrap anew."""
        super().resizeEvent(event)
        self.keep_height()


class VariableHead(QWidget):
    """A heading that ends in the variable, which can be chosen where there are several."""

    def __init__(self, text: str, name: str, methods: MethodSession) -> None:
        super().__init__()
        self.setProperty("clear", True)
        self._methods = methods
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        heading = QLabel(text)
        heading.setProperty("role", "heading")
        self._combo: QComboBox = QComboBox()
        self._combo.setObjectName(name)
        self._combo.setAccessibleName("The input where it begins")
        self._combo.setToolTip("The input where it begins")
        self._combo.textActivated.connect(methods.set_variable)
        row.addWidget(heading)
        row.addWidget(self._combo)
        row.addStretch(1)

    def refresh(self) -> None:
        """Offer the variables that there are."""
        names = self._methods.variables
        if [self._combo.itemText(k) for k in range(self._combo.count())] != names:
            self._combo.clear()
            self._combo.addItems(names)
        self._combo.setCurrentText(self._methods.variable or "")
        self._combo.setEnabled(len(names) > 1)


class Table(QTreeWidget):
    """Rows of texts, numbers at the right; as high as it has rows, up to a few."""

    def __init__(self, name: str, says: str, heads: Sequence[str], most: int = MOST_ROWS) -> None:
        super().__init__()
        self._most = most
        self.setObjectName(name)
        self.setAccessibleName(says)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setHeaderLabels(list(heads))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        for column in range(len(heads)):
            mode = QHeaderView.ResizeMode.ResizeToContents if column else QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(column, mode)
            self.headerItem().setTextAlignment(
                column, Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            )

    def fill(
        self, rows: Sequence[Sequence[str]], colours: Sequence[QBrush | None], bold: int | None, scale: float
    ) -> None:
        """Show rows; ``colours`` of the columns, ``bold`` the row of the current step. Items are kept."""
        while self.topLevelItemCount() > len(rows):
            self.takeTopLevelItem(self.topLevelItemCount() - 1)
        while self.topLevelItemCount() < len(rows):
            self.addTopLevelItem(QTreeWidgetItem())
        for number, texts in enumerate(rows):
            item = self.topLevelItem(number)
            for column, text in enumerate(texts):
                if item.text(column) != text:
                    item.setText(column, text)
                    item.setToolTip(column, text)
                if column:
                    item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                if colours[column] is not None:
                    item.setForeground(column, colours[column])
                item.setFont(column, font(SANS, 13 * scale, bold=number == bold))
        if bold is not None and bold < len(rows):
            self.scrollToItem(self.topLevelItem(bold))
        self._fit(len(rows))

    def _fit(self, rows: int) -> None:
        one = self.sizeHintForRow(0) if rows else self.fontMetrics().height() + 4
        self.setFixedHeight(self.header().sizeHint().height() + one * min(max(rows, 1), self._most) + 4)


def brushes(theme: Theme | None, *names: str) -> list[QBrush | None]:
    """Return a brush for each colour of the theme."""
    return [QBrush(getattr(theme, name)) if theme is not None else None for name in names]
