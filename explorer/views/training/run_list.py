"""The list of runs, in which they are shown, renamed and deleted."""

from pathlib import Path

from PySide6.QtCore import QEvent, QItemSelectionModel, QKeyCombination, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPixmap, QResizeEvent
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
from explorer.session.training.run_store import MAX_BYTES, MAX_RUNS
from explorer.session.training.runs import Run
from explorer.session.training.session import TrainingSession
from explorer.views.theme.theme import Theme
from explorer.views.training.run_legend import SAMPLE_WIDTH_PX, paint_sample
from explorer.views.training.run_style import RunStyle, run_style
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.file_dialog import open_file_dialog
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label

DECORATION_WIDTH_PX = 82
"""Width of the check box and the sample of a run's line."""

STYLE_ROLE = Qt.ItemDataRole.UserRole + 1
"""Role of the style from which the icon of a row was made."""

MIN_ROWS = 3
"""Rows that are visible at least."""

RENAME_KEY = QKeyCombination(Qt.Key.Key_F2)

COLUMN_TITLES = ("Run", "Accuracy", "Loss", "Images a second")


class _RunTree(QTreeWidget):
    """A tree whose rows can be checked, renamed by F2 or a double click, and deleted by Delete."""

    deleteRequested = Signal()
    useRequested = Signal()

    def event(self, event: QEvent) -> bool:
        """Accept F2 as a key of this widget; in the window it is the shortcut for lessons."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and event.keyCombination() == RENAME_KEY:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.deleteRequested.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.state() != self.State.EditingState:
            self.useRequested.emit()
        else:
            super().keyPressEvent(event)


class RunListView(QWidget):
    """Shows the runs; the check box of a run shows or hides its curves."""

    messageReported = Signal(str)

    def __init__(self, session: TrainingSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        runs = self._runs = session.runs
        self._theme: Theme | None = None
        self._scale = 1.0
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        line = self._buttons = FlowRow()
        head = make_label("heading", text="Runs")
        line.addWidget(head)
        self._usage = make_label("muted", "keptRunsLabel", wraps=True)
        line.addWidget(self._usage, 1)
        self._use_button = push_button(
            "useRunButton",
            "Use",
            "Look into the network of the selected run, and go on with it (Return)",
            self._use_selected,
            line,
        )
        self._delete_button = push_button(
            "deleteRunButton", "Delete", "Delete the selected run (Delete)", self._delete_selected, line
        )
        self._save_button = push_button(
            "saveRunsButton", "CSV …", "Save the curves of all runs as CSV", self._ask_path, line
        )
        self._clear_button = push_button(
            "clearRunsButton", "Clear", "Delete all runs but the current one, and their files", self._clear, line
        )
        column.addLayout(line)
        self._list = _RunTree()
        self._list.setObjectName("runList")
        self._list.setHeaderLabels(COLUMN_TITLES)
        self._list.setRootIsDecorated(False)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # columns are hidden instead
        self._list.setAccessibleName("Runs: check to show, F2 to rename, Delete to delete")
        self._list.setToolTip("Check a run to show its curves, F2 renames it, Delete deletes it")
        self._list.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self._list.header().setStretchLastSection(False)
        self._list.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._list.itemChanged.connect(self._item_changed)
        self._list.deleteRequested.connect(self._delete_selected)
        self._list.useRequested.connect(self._use_selected)
        column.addWidget(self._list)
        self._list.currentItemChanged.connect(lambda *_items: self._update_buttons())
        runs.changed.connect(self.refresh)
        session.stateChanged.connect(lambda _state: self._update_buttons())
        self.refresh()

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self.refresh()

    def setScale(self, scale: float) -> None:
        """Set the scale of the samples of lines."""
        self._scale = scale
        self._list.setIconSize(QSize(round(SAMPLE_WIDTH_PX * scale), round(14 * scale)))
        self.refresh()

    def fitting_height(self, width: int, available: int) -> int:
        """Return the height of as many rows as there are, within the available one, but of `MIN_ROWS` at least.

        width: of the view, which may have another one now.
        """
        first = self._list.topLevelItem(0)
        row = self._list.visualItemRect(first).height() if first is not None else 0
        row = row or round(22 * self._scale)
        head = self._buttons.heightForWidth(width) + self._column.spacing() + self._list.header().height()
        count = len(self._runs.all)
        lowest, needed = head + MIN_ROWS * row + 4, head + count * row + 4
        return max(lowest, min(needed, available))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the columns to the new width."""
        super().resizeEvent(event)
        self._fit_columns()

    def _fit_columns(self) -> None:
        """Hide the speed, the loss and the accuracy where the names would have no room."""
        needed = self._list.fontMetrics().horizontalAdvance("99: perceptron") + round(DECORATION_WIDTH_PX * self._scale)
        widths = [needed, *(self._list.header().sectionSizeHint(column) for column in range(1, len(COLUMN_TITLES)))]
        for column in range(1, len(COLUMN_TITLES)):
            self._list.setColumnHidden(column, sum(widths[: column + 1]) > self.width())

    def refresh(self) -> None:
        """Update the rows."""
        with QSignalBlocker(self._list):
            if self._list.topLevelItemCount() != len(self._runs.all):
                self._list.clear()
                for run in self._runs.all:
                    self._list.addTopLevelItem(self._row(run))
                self._list.scrollToBottom()  # shows the latest run
            for index, run in enumerate(self._runs.all):
                if (item := self._list.topLevelItem(index)) is not None:
                    item.setData(0, Qt.ItemDataRole.UserRole, run.number)
                    self._fill(item, run)
            self._fit_columns()
        self._update_buttons()

    def _update_buttons(self) -> None:
        session, run = self._session, self._run_of(self._list.currentItem())
        can_use = run is not None and run is not session.run and run.has_file and not session.is_active
        self._use_button.setEnabled(can_use)
        self._delete_button.setEnabled(bool(self._runs.all))
        self._save_button.setEnabled(bool(self._runs.all))
        count, size = session.store.usage()
        self._clear_button.setEnabled(count > 0 or bool(self._runs.all))
        limit = f"of {MAX_BYTES // 1_000_000} MB"
        self._usage.setText(f"{count} kept, {size / 1e6:.1f} {limit}" if count else "")
        self._usage.setToolTip(
            f"The latest {MAX_RUNS} runs are kept until the next start, together up to {MAX_BYTES // 1_000_000} MB, in "
            f"{session.store.folder}"
        )

    def _use_selected(self) -> None:
        if (run := self._run_of(self._list.currentItem())) is not None:
            self._session.open_run(run)

    def _clear(self) -> None:
        self._session.clear_kept_runs()

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
        item.setText(1, "failed" if run.status == "failed" else f"{last['val_accuracy']:.4f}" if last else "")
        item.setText(2, f"{last['val_loss']:.4f}" if last else "")
        item.setText(3, f"{last['images_per_second']:,.0f}" if last else "")
        settings = ", ".join(f"{key} {value}" for key, value in run.settings.items() if key in TRAINING_SETTINGS)
        item.setToolTip(0, f"{run.name}\n{run.data}: {settings}\n{run.message}".strip())
        if self._theme is not None:
            style = run_style(self._theme, run.number)
            key = repr((style, self._scale))
            if item.data(0, STYLE_ROLE) != key:  # setting an icon, even the same, closes the editor of the name
                item.setData(0, STYLE_ROLE, key)
                item.setIcon(0, self._sample(style))
            font = item.font(0)
            if font.bold() != (run is self._session.run):
                font.setBold(run is self._session.run)
                item.setFont(0, font)

    def _sample(self, style: RunStyle) -> QPixmap:
        """Return a piece of the run's line, as the legend has it."""
        size = self._list.iconSize()
        ratio = self.devicePixelRatioF()
        picture = QPixmap(size * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        with QPainter(picture) as painter:
            paint_sample(painter, QRectF(0, 0, size.width(), size.height()), style)
        return picture

    def _item_changed(self, item: QTreeWidgetItem, column: int) -> None:
        run = self._run_of(item)
        if run is None or column:
            return
        visible = item.checkState(0) == Qt.CheckState.Checked
        if visible != run.visible:
            self._runs.set_visible(run, visible)
        elif item.text(0) != run.name:
            self._runs.rename(run, item.text(0))
            self.refresh()

    def _run_of(self, item: QTreeWidgetItem | None) -> Run | None:
        number = None if item is None else item.data(0, Qt.ItemDataRole.UserRole)
        return next((run for run in self._runs.all if run.number == number), None)

    def _delete_selected(self) -> None:
        item = self._list.currentItem() or self._list.topLevelItem(0)
        run = self._run_of(item)
        if run is not None:
            self._runs.delete(run)
            if (first := self._list.topLevelItem(0)) is not None:
                self._list.setCurrentItem(first, 0, QItemSelectionModel.SelectionFlag.NoUpdate)

    def _ask_path(self) -> None:
        open_file_dialog(self, "saveRunsDialog", "Save the curves", "Tables (*.csv)", self.save, save_as="runs.csv")

    def save(self, path: str) -> None:
        """Save all runs as CSV and report the result."""
        self.messageReported.emit(save_and_report(path, lambda: self._runs.save_csv(Path(path))))
