"""The card with the graph: what is above it, and the strips and the step bar below."""

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from explorer.core.examples import EXAMPLES
from explorer.views.details import DetailsStrip
from explorer.views.empty_page import EmptyPage
from explorer.views.graph.view import GraphView
from explorer.views.room import Row
from explorer.views.segments import Segments
from explorer.views.state_strip import StateStrip
from explorer.views.step_bar import StepBar

LONG = {
    "backward": "Backward pass", "forward": "Forward pass", "concept": "Concept", "full": "Whole TensorFlow graph",
}  # fmt: skip
SHORT = {"backward": "Backward", "forward": "Forward", "concept": "Concept", "full": "Whole"}
"""Words for narrow windows and large letters."""


class GraphCard(QFrame):
    """Puts the parts together; the tab joins them to the session."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.graph = GraphView()
        self.steps = StepBar()
        self.details = DetailsStrip()
        self.state = StateStrip()
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        self.top = QWidget()
        self.top.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        row = Row(self.top)
        row.setContentsMargins(10, 8, 10, 4)
        row.setSpacing(4)
        self.passes = Segments(
            "passSwitch",
            {
                "backward": (LONG["backward"], "Walk from the output to the inputs: the gradients"),
                "forward": (LONG["forward"], "Walk from the inputs to the output: the values"),
            },
        )
        self.depth = Segments(
            "depthSwitch",
            {
                "concept": (LONG["concept"], "The ops of the expression, gradients running back along the edges"),
                "full": (LONG["full"], "Every op that TensorFlow built, backward ops beside their own"),
            },
        )
        row.addWidget(self.passes)
        row.addStretch(1)
        self.find = QLineEdit()
        self.find.setObjectName("findEdit")
        self.find.setPlaceholderText("find")
        self.find.setToolTip("Find an op by name, type or formula; Return goes to the next (Ctrl+F)")
        self.find.setAccessibleName("Find an op")
        self.find.setMaximumWidth(92)
        self.find.setMinimumWidth(56)
        row.addWidget(self.find)
        row.addWidget(self.depth)
        self.turn = _tool("directionButton", "Lay the graph out top-down or left-to-right")
        self.fit = _tool("fitButton", "Show the whole graph (Ctrl+G)")
        row.addWidget(self.turn)
        row.addWidget(self.fit)
        column.addWidget(self.top)
        self.empty = EmptyPage(EXAMPLES[:4])
        column.addWidget(self.empty, 1)
        column.addWidget(self.graph, 1)
        self.graph.hide()
        column.addWidget(self.details)
        column.addWidget(self.state)
        column.addWidget(self.steps)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Find words that fit above the graph."""
        super().resizeEvent(event)
        self.fitWords()

    def fitWords(self) -> None:
        """Write shorter words where the long ones would be cut, and at last do without the field to search in."""
        row = self.top.layout()
        parts = [self.passes, self.depth, self.turn, self.fit]
        for words, finding in ((LONG, True), (SHORT, True), (SHORT, False)):
            self.passes.setTexts(words)
            self.depth.setTexts(words)
            self.find.setVisible(finding)
            needed = sum(part.sizeHint().width() + row.spacing() for part in parts) + 24
            if needed + finding * (self.find.minimumWidth() + row.spacing()) <= self.width():
                break


def _tool(name: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    return button
