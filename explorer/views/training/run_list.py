"""The runs of this window: which are laid over each other, what they are called."""

from pathlib import Path

from PySide6.QtCore import QEvent, QItemSelectionModel, QKeyCombination, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from explorer.core.atomic_write import save_and_report
from explorer.core.training.settings import TRAINING_SETTINGS
from explorer.session.training.runs import Run, RunList
from explorer.views.theme.theme import Theme, run_colour
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.file_dialog import open_file_dialog
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label

DECORATION_WIDTH_PX = 60
"""Pixels of a run's tick and colour."""

COLOUR_ROLE = Qt.ItemDataRole.UserRole + 1
"""Where a row keeps the colour that its picture was made of."""

RENAME_KEY = QKeyCombination(Qt.Key.Key_F2)

COLUMN_TITLES = ("Run", "Accuracy", "Loss", "Images a second")


class _RunTree(QTreeWidget):
    """Rows that can be ticked, renamed by F2 or a double click, and deleted by Delete."""

    deleteRequested = Signal()

    def event(self, event: QEvent) -> bool:
        """Keep F2 for the name: elsewhere in the window it opens the lessons."""
        is_before_shortcuts = event.type() == QEvent.Type.ShortcutOverride
        if is_before_shortcuts and isinstance(event, QKeyEvent) and event.keyCombination() == RENAME_KEY:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.deleteRequested.emit()
        else:
            super().keyPressEvent(event)


class RunListView(QWidget):
    """Shows the runs and asks for changes. The tick says whether a run's curves are shown."""

    messageReported = Signal(str)

    def __init__(self, runs: RunList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs = runs
        self._theme: Theme | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        line = FlowRow()
        head = make_label("heading", text="Runs")
        line.addWidget(head, 1)
        self._delete = push_button("deleteRunButton", "Delete", "Forget the selected run (Delete)", self._drop, line)
        self._save = push_button("saveRunsButton", "CSV …", "Save the curves of all runs as CSV", self._ask, line)
        column.addLayout(line)
        self._list = _RunTree()
        self._list.setObjectName("runList")
        self._list.setHeaderLabels(COLUMN_TITLES)
        self._list.setRootIsDecorated(False)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # columns go instead
        self._list.setAccessibleName("Runs: tick to show, F2 to rename, Delete to forget")
        self._list.setToolTip("Tick to lay a run over the others, F2 to rename it, Delete to forget it")
        self._list.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self._list.header().setStretchLastSection(False)
        self._list.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._list.itemChanged.connect(self._changed)
        self._list.deleteRequested.connect(self._drop)
        column.addWidget(self._list)
        runs.changed.connect(self.refresh)
        self.refresh()

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out the speed, and the loss, where the runs' names would have no room."""
        super().resizeEvent(event)
        needed = self._list.fontMetrics().horizontalAdvance("99: perceptron") + DECORATION_WIDTH_PX
        widths = [needed, *(self._list.header().sectionSizeHint(column) for column in range(1, len(COLUMN_TITLES)))]
        for column in range(2, len(COLUMN_TITLES)):
            self._list.setColumnHidden(column, sum(widths[: column + 1]) > self.width())

    def refresh(self) -> None:
        """Show the runs as they are now."""
        self._list.blockSignals(True)
        if self._list.topLevelItemCount() != len(self._runs.all):
            self._list.clear()
            for run in self._runs.all:
                self._list.addTopLevelItem(self._row(run))
            self._list.scrollToBottom()  # the latest run
        for place, run in enumerate(self._runs.all):
            item = self._list.topLevelItem(place)
            item.setData(0, Qt.ItemDataRole.UserRole, run.number)
            self._fill(item, run)
        self._list.blockSignals(False)
        self._delete.setEnabled(bool(self._runs.all))
        self._save.setEnabled(bool(self._runs.all))

    def _row(self, run: Run) -> QTreeWidgetItem:
        item = QTreeWidgetItem()
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEditable)
        for column in (1, 2, 3):
            item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return item

    def _fill(self, item: QTreeWidgetItem, run: Run) -> None:
        last = run.epochs[-1] if run.epochs else None
        item.setText(0, run.name)
        item.setCheckState(0, Qt.CheckState.Checked if run.visible else Qt.CheckState.Unchecked)
        item.setText(1, f"{last['val_accuracy']:.4f}" if last else "")
        item.setText(2, f"{last['val_loss']:.4f}" if last else "")
        item.setText(3, f"{last['images_per_second']:,.0f}" if last else "")
        said = ", ".join(f"{key} {value}" for key, value in run.settings.items() if key in TRAINING_SETTINGS)
        item.setToolTip(0, f"{run.data}: {said}")
        if self._theme is not None:
            colour = run_colour(self._theme, run.number, run is self._runs.all[-1])
            if item.data(0, COLOUR_ROLE) != colour:  # a new picture, though alike, would take back a name half typed
                item.setData(0, COLOUR_ROLE, colour)
                chip = QPixmap(12, 12)
                chip.fill(colour)
                item.setIcon(0, chip)

    def _changed(self, item: QTreeWidgetItem, column: int) -> None:
        run = self._run_of(item)
        if run is None or column:
            return
        visible = item.checkState(0) == Qt.CheckState.Checked
        if visible != run.visible:
            self._runs.show(run, visible)
        elif item.text(0) != run.name:
            self._runs.rename(run, item.text(0))
            self.refresh()

    def _run_of(self, item: QTreeWidgetItem | None) -> Run | None:
        number = None if item is None else item.data(0, Qt.ItemDataRole.UserRole)
        return next((run for run in self._runs.all if run.number == number), None)

    def _drop(self) -> None:
        item = self._list.currentItem() or self._list.topLevelItem(0)
        run = self._run_of(item)
        if run is not None:
            self._runs.delete(run)
            self._list.setCurrentItem(self._list.topLevelItem(0), 0, QItemSelectionModel.SelectionFlag.NoUpdate)

    def _ask(self) -> None:
        open_file_dialog(self, "saveRunsDialog", "Save the curves", "Tables (*.csv)", self.save, save_as="runs.csv")

    def save(self, path: str) -> None:
        """Save all runs as CSV and tell how it went."""
        self.messageReported.emit(save_and_report(path, lambda: self._runs.save_csv(Path(path))))
