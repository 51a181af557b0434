"""The card with the graph, the controls above it, and strips and step bar below it."""

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from explorer.core.expression.examples import EXAMPLES
from explorer.views.autodiff.empty_page import EmptyPage
from explorer.views.autodiff.engine_status_strip import EngineStatusStrip
from explorer.views.autodiff.find_field import FindField
from explorer.views.graph.details_strip import DetailsStrip
from explorer.views.graph.graph_view import GraphView
from explorer.views.graph.step_bar import StepBar
from explorer.views.widgets.edge_overlay import EdgeOverlay
from explorer.views.widgets.fields.segmented_control import SegmentedControl
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.positioning import QWIDGETSIZE_MAX
from explorer.views.widgets.scroll_page import VerticalScroll
from explorer.views.widgets.text_size import show_presented_size

LONG_TEXTS = {
    "backward": "Backward pass", "forward": "Forward pass", "concept": "Concept", "full": "Whole TensorFlow graph",
}  # fmt: skip
SHORT_TEXTS = {"backward": "Backward", "forward": "Forward", "concept": "Concept", "full": "Whole"}
"""Texts of the switches for narrow windows and large fonts."""

STRIP_SHARE = 0.72
"""Size of the letters in the strips below the graph while presenting, as a share of that of the class text."""

EXERCISE_SHARE = 0.42
"""Share of the width of exercises beside the graph, while presenting."""


class GraphCard(QFrame):
    """Arranges its parts; the tab connects them to the sessions.

    Exercises are below the graph. While presenting, when their font is large, they are beside the graph if they fit
    there: below it they would leave no height for the graph on a small screen. hasExercise: whether there is one.
    """

    hasExerciseChanged = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.graph = GraphView()
        self.steps = StepBar()
        self.details = DetailsStrip()
        self.engine_status = EngineStatusStrip()
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        self.top = QWidget()
        self.top.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._top_row = row = FlowRow(self.top)
        row.setContentsMargins(8, 5, 8, 2)
        row.setSpacing(4)
        self.pass_switch = SegmentedControl(
            "passSwitch",
            {
                "backward": (LONG_TEXTS["backward"], "From the output to the inputs: the gradients"),
                "forward": (LONG_TEXTS["forward"], "From the inputs to the output: the values"),
            },
        )
        self.depth_switch = SegmentedControl(
            "depthSwitch",
            {
                "concept": (LONG_TEXTS["concept"], "The ops of the expression, gradients running back along the edges"),
                "full": (LONG_TEXTS["full"], "Every op that TensorFlow built, backward ops beside their own"),
            },
        )
        row.addWidget(self.pass_switch)
        row.addStretch(1)
        self.find_edit = FindField()
        row.addWidget(self.find_edit)
        row.addWidget(self.depth_switch)
        self.direction_button = _tool_button("directionButton", "Lay the graph out top-down or left-to-right")
        self.fit_button = _tool_button("fitButton", "Show the whole graph (Ctrl+G)")
        row.addWidget(self.direction_button)
        row.addWidget(self.fit_button)
        column.addWidget(self.top)
        self._body = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._body.setSpacing(0)
        self._body.addLayout(self._build_graph(), 1)
        self._exercises = QWidget()
        self._exercises.setProperty("clear", True)
        self._exercise_column = QVBoxLayout(self._exercises)
        self._exercise_column.setContentsMargins(0, 0, 0, 0)
        self._exercise_column.setSpacing(0)
        self._exercise_column.addStretch(1)
        self._exercise_area = VerticalScroll("exerciseScroll", self._exercises)
        for watched in (self._exercises, self._exercise_area):
            watched.installEventFilter(self)
        self._body.addWidget(self._exercise_area)
        column.addLayout(self._body, 1)
        column.addWidget(self.steps)
        self.hasExercise = False
        self._presenting_width = 0
        self._strips: list[QWidget] = []

    def _build_graph(self) -> QVBoxLayout:
        self.empty = EmptyPage(EXAMPLES[:4])
        self._middle = middle = QVBoxLayout()
        middle.setSpacing(0)
        stage = QWidget()
        stage.setProperty("clear", True)
        stage.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        inner = QVBoxLayout(stage)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self.empty, 1)
        inner.addWidget(self.graph, 1)
        self.graph.hide()
        self.stage = stage
        # Over the graph, so that it does not change its size when they come and go.
        self.overlay = EdgeOverlay(stage)
        self.overlay.addWidget(self.details)
        self.overlay.addWidget(self.engine_status)
        middle.addWidget(stage, 1)
        # It takes the space that is left: with its size hint as a minimum, exercises below it would get too little.
        self.graph.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        return middle

    def takeStrip(self, strip: QWidget) -> None:
        """Add a strip directly below the graph."""
        self._middle.addWidget(strip)
        self._strips.append(strip)

    def takeWarning(self, warning: QWidget) -> None:
        """Add a warning directly above the graph."""
        self._middle.insertWidget(self._middle.indexOf(self.stage), warning)

    def takeExercise(self, strip: QWidget, first: bool = False) -> None:
        """Add the strip of an exercise below or beside the graph; ``first``: before all others."""
        column = self._exercise_column
        column.insertWidget(0 if first else column.count() - 1, strip)

    def setPresenting(self, width: int, scale: float) -> None:
        """Put exercises beside the graph if they fit into a page of this width; 0: put them below it.

        The width of the card itself depends on where the exercises are, because they may need a scroll bar. While
        presenting nothing lies over the graph: the details of the selection are below it.
        """
        if bool(width) != bool(self._presenting_width):
            if width:
                self._middle.insertWidget(self._middle.indexOf(self.stage) + 1, self.details)
            else:
                self.overlay.insertWidget(0, self.details)
        for strip in (self.details, *self._strips):
            show_presented_size(strip, scale, width > 0, STRIP_SHARE)
        self._presenting_width = width
        self._place_exercises()

    def _place_exercises(self) -> None:
        column, area = self._exercise_column, self._exercise_area
        width = area.width() if column.hasHeightForWidth() else 0
        height = column.totalHeightForWidth(width) if width else column.totalSizeHint().height()
        if height > 0:
            height = max(height, column.totalMinimumSize().height())  # no scroll bar for a few pixels
        if self.hasExercise != (height > 0):
            self.hasExercise = height > 0
            self.hasExerciseChanged.emit()
        is_beside = height > 0 and area.minimumSizeHint().width() <= EXERCISE_SHARE * self._presenting_width
        direction = QBoxLayout.Direction.LeftToRight if is_beside else QBoxLayout.Direction.TopToBottom
        if direction != self._body.direction():
            self._body.setDirection(direction)
            self._body.setStretch(0, round(100 * (1 - EXERCISE_SHARE)) if is_beside else 1)
            self._body.setStretch(1, round(100 * EXERCISE_SHARE) if is_beside else 0)
        # Beside the graph they scroll by themselves, below it they have their full height.
        limits = (0, QWIDGETSIZE_MAX) if is_beside else (height, height)
        if (area.minimumHeight(), area.maximumHeight()) != limits:
            area.setMinimumHeight(limits[0])
            area.setMaximumHeight(limits[1])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow exercises that begin, end or change their height."""
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            self._place_exercises()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Find texts that fit above the graph."""
        super().resizeEvent(event)
        self.fitTexts()

    def fitTexts(self) -> None:
        """Use shorter texts where the long ones would be cut off, and finally hide the search field."""
        spacing, find = self._top_row.spacing(), self.find_edit
        width = find.fontMetrics().horizontalAdvance("find")
        find.setMinimumWidth(2 * width)
        find.setMaximumWidth(4 * width)
        parts: list[QWidget] = [self.pass_switch, self.depth_switch, self.direction_button, self.fit_button]
        for texts, has_find in ((LONG_TEXTS, True), (SHORT_TEXTS, True), (SHORT_TEXTS, False)):
            self.pass_switch.setTexts(texts)
            self.depth_switch.setTexts(texts)
            find.setVisible(has_find)
            needed = sum(part.sizeHint().width() + spacing for part in parts) + 24 + spacing
            if has_find:
                needed += find.minimumWidth() + spacing
            if needed <= self.width():
                break


def _tool_button(name: str, tooltip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setToolTip(tooltip)
    button.setAccessibleName(tooltip)
    return button
