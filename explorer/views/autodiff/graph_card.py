"""The card with the graph: what is above it, and the strips and the step bar below."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from explorer.core.expression.examples import EXAMPLES
from explorer.views.autodiff.empty_page import EmptyPage
from explorer.views.autodiff.engine_status_strip import EngineStatusStrip
from explorer.views.graph.details_strip import DetailsStrip
from explorer.views.graph.graph_view import GraphView
from explorer.views.graph.step_bar import StepBar
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.hint_line_edit import HintLineEdit
from explorer.views.widgets.scroll_page import VerticalScroll
from explorer.views.widgets.segmented_control import SegmentedControl

LONG = {
    "backward": "Backward pass", "forward": "Forward pass", "concept": "Concept", "full": "Whole TensorFlow graph",
}  # fmt: skip
SHORT = {"backward": "Backward", "forward": "Forward", "concept": "Concept", "full": "Whole"}
"""Words for narrow windows and large letters."""

QWIDGETSIZE_MAX = (1 << 24) - 1
"""Qt's own word for no limit."""

BESIDE = 0.42
"""Share of the width that exercises take beside the graph while one presents."""


class GraphCard(QFrame):
    """Puts the parts together; the tab joins them to the session.

    Exercises stand below the graph. While one presents, with large type in them, they stand beside it where they fit:
    else a small screen would have no height left for the graph.
    """

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
        row = FlowRow(self.top)
        row.setContentsMargins(10, 8, 10, 4)
        row.setSpacing(4)
        self.pass_switch = SegmentedControl(
            "passSwitch",
            {
                "backward": (LONG["backward"], "Walk from the output to the inputs: the gradients"),
                "forward": (LONG["forward"], "Walk from the inputs to the output: the values"),
            },
        )
        self.depth_switch = SegmentedControl(
            "depthSwitch",
            {
                "concept": (LONG["concept"], "The ops of the expression, gradients running back along the edges"),
                "full": (LONG["full"], "Every op that TensorFlow built, backward ops beside their own"),
            },
        )
        row.addWidget(self.pass_switch)
        row.addStretch(1)
        self.find_edit = HintLineEdit("find")
        self.find_edit.setObjectName("findEdit")
        self.find_edit.setToolTip("Find an op by name, type or formula; Return goes to the next (Ctrl+F)")
        self.find_edit.setAccessibleName("Find an op")
        row.addWidget(self.find_edit)
        row.addWidget(self.depth_switch)
        self.direction_button = _tool("directionButton", "Lay the graph out top-down or left-to-right")
        self.fit_button = _tool("fitButton", "Show the whole graph (Ctrl+G)")
        row.addWidget(self.direction_button)
        row.addWidget(self.fit_button)
        column.addWidget(self.top)
        self._body = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._body.setSpacing(0)
        self._body.addLayout(self._build_graph(), 1)
        self._exercises = QWidget()
        self._exercises.setProperty("clear", True)
        below = QVBoxLayout(self._exercises)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        below.addStretch(1)
        self._room = VerticalScroll("exerciseScroll", self._exercises)
        for watched in (self._exercises, self._room):
            watched.installEventFilter(self)
        self._body.addWidget(self._room)
        column.addLayout(self._body, 1)
        column.addWidget(self.steps)
        self._presented = 0

    def _build_graph(self) -> QVBoxLayout:
        self.empty = EmptyPage(EXAMPLES[:4])
        self._middle = middle = QVBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.empty, 1)
        middle.addWidget(self.graph, 1)
        self.graph.hide()
        # It takes what is left: by its own wish, which Qt would take for a need, exercises below had too little.
        self.graph.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        middle.addWidget(self.details)
        middle.addWidget(self.engine_status)
        return middle

    def takeStrip(self, strip: QWidget) -> None:
        """Let a strip stand right below the graph."""
        self._middle.addWidget(strip)

    def takeWarning(self, warning: QWidget) -> None:
        """Let a warning stand right above the graph."""
        self._middle.insertWidget(self._middle.indexOf(self.graph), warning)

    def takeExercise(self, strip: QWidget, first: bool = False) -> None:
        """Let the strip of an exercise stand below the graph, or beside it; ``first``: before all others."""
        layout = self._exercises.layout()
        layout.insertWidget(0 if first else layout.count() - 1, strip)

    def setPresenting(self, width: int) -> None:
        """Put exercises beside the graph, where they fit there into a page of this width; 0: below it again.

        The card's own width would not do: below the graph they may need a scroll bar, which takes some of it.
        """
        self._presented = width
        self._place_exercises()

    def _place_exercises(self) -> None:
        layout, room = self._exercises.layout(), self._room
        wide = room.width() if layout.hasHeightForWidth() else 0
        high = layout.totalHeightForWidth(wide) if wide else layout.totalSizeHint().height()
        high = max(high, layout.totalMinimumSize().height()) if high > 0 else high  # no bar for a few pixels
        beside = high > 0 and room.minimumSizeHint().width() <= BESIDE * self._presented
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if way != self._body.direction():
            self._body.setDirection(way)
            self._body.setStretch(0, round(100 * (1 - BESIDE)) if beside else 1)
            self._body.setStretch(1, round(100 * BESIDE) if beside else 0)
        # Beside the graph they scroll by themselves, below it they are as high as they must be.
        limits = (0, QWIDGETSIZE_MAX) if beside else (high, high)
        if (room.minimumHeight(), room.maximumHeight()) != limits:
            room.setMinimumHeight(limits[0])
            room.setMaximumHeight(limits[1])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow exercises that begin, end, or say more than before."""
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            self._place_exercises()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Find words that fit above the graph."""
        super().resizeEvent(event)
        self.fitTexts()

    def fitTexts(self) -> None:
        """Write shorter words where the long ones would be cut, and at last do without the field to search in."""
        row = self.top.layout()
        word = self.find_edit.fontMetrics().horizontalAdvance("find")
        self.find_edit.setMinimumWidth(2 * word)
        self.find_edit.setMaximumWidth(4 * word)
        parts = [self.pass_switch, self.depth_switch, self.direction_button, self.fit_button]
        for words, finding in ((LONG, True), (SHORT, True), (SHORT, False)):
            self.pass_switch.setTexts(words)
            self.depth_switch.setTexts(words)
            self.find_edit.setVisible(finding)
            needed = sum(part.sizeHint().width() + row.spacing() for part in parts) + 24 + row.spacing()
            if needed + finding * (self.find_edit.minimumWidth() + row.spacing()) <= self.width():
                break


def _tool(name: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    return button
