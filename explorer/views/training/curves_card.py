"""The middle of the tab "Training": the curves of the runs, their legend, and the list of runs."""

import math

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QSlider, QToolButton, QVBoxLayout, QWidget

from explorer.core.data.dataset import DIGIT_CLASSES
from explorer.core.number_format import format_number
from explorer.core.training.smoothing import smooth
from explorer.session.training.runs import Run
from explorer.session.training.session import TrainingSession
from explorer.views.plot.line_plot import LinePlot, PlotLine
from explorer.views.theme.theme import Theme
from explorer.views.training.run_legend import TRAINING_WIDTH, VALIDATION_WIDTH, RunEntry, RunLegend, faint
from explorer.views.training.run_list import RunListView
from explorer.views.training.run_style import run_style
from explorer.views.widgets.fields.segmented_control import SegmentedControl
from explorer.views.widgets.fields.wheel import leave_wheel_to_page
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label

LOSS_TITLE, LOSS_TITLE_WITH_L2 = "Loss, cross-entropy", "Loss, cross-entropy + L2"

CHANCE_LOSS = math.log(len(DIGIT_CLASSES))
"""Cross-entropy of a network that guesses among ten classes, ln 10."""

FACTS_WIDTH_PX = 180
"""Preferred width of the facts of a run at scale 1; with less, the switches beside them wrap to the next line."""

MIN_PLOT_HEIGHT_PX = 136
"""Height of a plot at scale 1 that the list of runs leaves to it."""

SLIDER_WIDTH_PX = 64

MAX_SMOOTHING = 99
"""Largest position of the slider, in percent: the weight of a value beside the one after it."""

CURRENT_EXTRA_WIDTH = 0.6
"""How much thicker the lines of the current run are, in pixels."""


class CurvesCard(QFrame):
    """Shows accuracy and loss of all visible runs over epochs or steps, smoothed if that is wanted."""

    def __init__(self, session: TrainingSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._session = session
        self._theme: Theme | None = None
        self._scale = 1.0
        self._over_steps = False
        self._smoothing = 0.0
        self._smoothed: dict[tuple[int, str], tuple[tuple[float, ...], list[float]]] = {}
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(8)
        self._head = FlowRow()
        self.message = make_label("", "trainingLabel", wraps=True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self._head.addWidget(self.message, 1)
        self.legend = RunLegend()
        self.accuracy = LinePlot("accuracyPlot", "Accuracy")
        self.loss = LinePlot("lossPlot", LOSS_TITLE, typical_max=CHANCE_LOSS, delay_ms=60)
        self._add_controls()
        column.addLayout(self._head)
        column.addWidget(self.accuracy, 3)
        column.addWidget(self.loss, 3)
        column.addWidget(self.legend)
        self.runs = RunListView(session)
        column.addWidget(self.runs)
        self.loss.outsideChanged.connect(self._show_legend)
        session.runs.changed.connect(self.show_curves)
        session.runs.changed.connect(self._fit_list)

    def _add_controls(self) -> None:
        self._slider = QSlider(Qt.Orientation.Horizontal)
        leave_wheel_to_page(self._slider)
        self._slider.setObjectName("smoothingSlider")
        self._slider.setRange(0, MAX_SMOOTHING)
        self._slider.setToolTip("Smooth the training curves: a mean in which older values count less")
        self._slider.setAccessibleName("Smoothing of the training curves, in percent")
        self._slider.valueChanged.connect(self._set_smoothing)
        row = FlowRow()
        row.setSpacing(6)
        row.addWidget(make_label("muted", "smoothingLabel", "smooth"))
        row.addWidget(self._slider)
        self._head.addLayout(row)
        log = QToolButton()
        log.setObjectName("logAxisButton")
        log.setText("log")
        log.setCheckable(True)
        log.setProperty("segment", True)
        log.setToolTip("Loss on a logarithmic axis")
        log.setAccessibleName("Loss on a logarithmic axis")
        log.toggled.connect(self.loss.setLog)
        self._head.addWidget(log)
        axis = SegmentedControl(
            "axisSwitch", {"epochs": ("epochs", "Curves over epochs"), "steps": ("steps", "Curves over steps")}
        )
        axis.setCurrent("epochs")
        axis.chosen.connect(self._choose_axis)
        self._head.addWidget(axis)

    def _choose_axis(self, key: str) -> None:
        self._over_steps = key == "steps"
        self.show_curves()

    def _set_smoothing(self, percent: int) -> None:
        self._smoothing = percent / 100
        self.show_curves()

    def show_curves(self) -> None:
        """Show the curves of the visible runs as they are now."""
        runs, theme = [run for run in self._session.runs.all if run.visible], self._theme
        if theme is None:
            return
        self.loss.setTitle(LOSS_TITLE_WITH_L2 if any(run.settings.get("l2") for run in runs) else LOSS_TITLE)
        for plot, name in ((self.loss, "loss"), (self.accuracy, "accuracy")):
            lines: dict[str, PlotLine] = {}
            for run in runs:
                lines |= self._lines(run, name, theme)
            plot.setLines(lines, self._session.total_epochs * (self._session.steps if self._over_steps else 1))
        self._show_legend()

    def _lines(self, run: Run, name: str, theme: Theme) -> dict[str, PlotLine]:
        """Return the lines of a run by name; those of other runs than the current one have its name as a prefix."""
        is_current = run is self._session.run
        style, prefix = run_style(theme, run.number), self._prefix(run)
        extra, rank = (CURRENT_EXTRA_WIDTH, 2) if is_current else (0.0, 0)
        failed = run.status == "failed"
        lines = {}
        xs, ys = self._points(run, name)
        if xs:
            label = f"{run.name}, training"
            if self._smoothing:
                lines[f"{prefix}{name}, unsmoothed"] = PlotLine(xs, ys, faint(style.colour), label, 1.0, rank=rank - 1)
                ys = self._smooth(run, name, ys)
            width = TRAINING_WIDTH + extra
            lines[f"{prefix}{name}"] = PlotLine(xs, ys, style.colour, label, width, style.dashes, "", failed, rank)
        xs, ys = self._points(run, f"val_{name}")
        if xs:
            label, width = f"{run.name}, validation", VALIDATION_WIDTH + extra
            lines[f"{prefix}val_{name}"] = PlotLine(
                xs, ys, style.colour, label, width, style.dashes, style.marker, False, rank + 1
            )
        return lines

    def _prefix(self, run: Run) -> str:
        return "" if run is self._session.run else f"{run.name}: "

    def _points(self, run: Run, name: str) -> tuple[list[float], list[float]]:
        xs, ys = run.curves.get(name, ([], []))
        return ([x * run.steps for x in xs] if self._over_steps else xs), ys

    def _smooth(self, run: Run, name: str, ys: list[float]) -> list[float]:
        """Return smoothed values; those of a run that has ended are computed once."""
        key, state = (run.number, name), (self._smoothing, len(ys), ys[-1])
        if self._smoothed.get(key, ((), []))[0] != state:
            self._smoothed[key] = state, smooth(ys, self._smoothing)
        return self._smoothed[key][1]

    def _show_legend(self) -> None:
        if self._theme is None:
            return
        runs = [run for run in self._session.runs.all if run.visible and (run.curves or run.status == "failed")]
        self.legend.setEntries(
            [RunEntry(run.name, run_style(self._theme, run.number), self._remark(run)) for run in runs]
        )

    def _remark(self, run: Run) -> str:
        """Return what the legend says about a run: that its curve leaves the plot, or ended badly."""
        prefix = self._prefix(run)
        names = (f"{prefix}loss", f"{prefix}val_loss")
        largest = max((self.loss.outside[name] for name in names if name in self.loss.outside), default=None)
        outside = "" if largest is None else f"▲ up to {format_number(largest, 2)}"
        return f"{outside} {'✕ failed' if run.status == 'failed' else ''}".strip()

    def attach(self) -> None:
        """Create the plots, once pyqtgraph is imported."""
        self.loss.attach()
        self.accuracy.attach()

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        for part in (self.loss, self.accuracy, self.legend, self.runs):
            part.setTheme(theme)
        self.show_curves()

    def setScale(self, scale: float) -> None:
        """Set the scale of the painted texts."""
        self._scale = scale
        for part in (self.loss, self.accuracy, self.legend, self.runs):
            part.setScale(scale)
        self._slider.setFixedWidth(round(SLIDER_WIDTH_PX * scale))
        self._head.setPreferredWidth(self.message, round(FACTS_WIDTH_PX * scale))
        self._fit_list()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the list of runs the height that the plots leave."""
        super().resizeEvent(event)
        self._fit_list()

    def _fit_list(self) -> None:
        width = self.contentsRect().width() - 28
        others = self._head.heightForWidth(width) + self.legend.heightForWidth(width) + 24 + 4 * self._column.spacing()
        free = self.height() - others - 2 * round(MIN_PLOT_HEIGHT_PX * self._scale)
        self.runs.setFixedHeight(self.runs.fitting_height(width, free))
