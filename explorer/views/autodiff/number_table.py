"""The table with the numbers of a backward step."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from explorer.session.autodiff.step_numbers import LOCAL, PASSED_ON, RESULT, UPSTREAM, NumberRow, ShownNumber
from explorer.views.autodiff.array_label import ArrayLabel
from explorer.views.theme.stylesheet import set_role

_ROLES = {UPSTREAM: "gradient", LOCAL: "local", PASSED_ON: "gradient", RESULT: "gradientLarge"}
"""Role of the numbers in the style sheet, by kind of row."""

MAX_LARGE_CHARS = 16
"""Characters of all numbers of a row that are large."""


class NumberTable(QWidget):
    """A row for what arrived, the local derivatives, and what is passed on. Its labels are reused.

    cells: the labels by row and column, of which the first has the titles.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("clear", True)
        self.cells: dict[tuple[int, int], ArrayLabel] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(0, 1)

    def setRows(self, rows: list[NumberRow]) -> None:
        """Show rows."""
        used = set()
        for number, row in enumerate(rows):
            is_large = sum(len(shown.text) for shown in row.numbers) <= MAX_LARGE_CHARS and not any(
                shown.cells for shown in row.numbers
            )
            role = "gradient" if row.kind == RESULT and not is_large else _ROLES.get(row.kind, "muted")
            self._set_cell(number, 0, ShownNumber(row.title), "muted")
            used.add((number, 0))
            for column, shown in enumerate(row.numbers, 1):
                self._set_cell(number, column, shown, role)
                used.add((number, column))
        for place, label in self.cells.items():
            if place not in used:
                label.hide()

    def _set_cell(self, row: int, column: int, shown: ShownNumber, role: str) -> None:
        label = self.cells.get((row, column))
        if label is None:
            label = self.cells[row, column] = ArrayLabel()
            alignment = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            label.setAlignment(alignment | Qt.AlignmentFlag.AlignVCenter)
            label.setWordWrap(column == 0)
            self._grid.addWidget(label, row, column)
        set_role(label, role)
        label.setArray(shown.text, shown.cells)
        label.setToolTip(shown.tooltip)
        if label.isHidden():
            label.show()
