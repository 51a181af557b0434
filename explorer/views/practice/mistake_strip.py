"""The strip of "Find the mistake" below the graph: comparison, verdict and score."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.session.practice.find_mistake import FindMistakeSession
from explorer.session.practice.session import LAST_NUMBER
from explorer.views.practice.exercise_strip import ExerciseNumberSpin, ExerciseStrip, score_text
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label

INSTRUCTION = (
    "Select an op, by a click or the arrow keys: its gradient is compared with a difference quotient, "
    "which is ours, not TensorFlow's. Which op breaks the rule?"
)


class MistakeStrip(ExerciseStrip):
    """Shows the exercise of a `FindMistakeSession`; hidden while none is open."""

    def __init__(self, session: FindMistakeSession, parent: QWidget | None = None) -> None:
        super().__init__("mistakeStrip", parent)
        self._session = session
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 14, 8)
        column.setSpacing(6)
        head = FlowRow()
        head.setSpacing(18)
        head.addWidget(make_label("heading", "mistakeHeading", "Find the mistake"))
        head.addStretch(1)
        self._score = make_label("", "mistakeScoreLabel")
        head.addWidget(self._score)
        column.addLayout(head)
        self._message = make_label("", "mistakeLabel", wraps=True)
        column.addWidget(self._message)
        row = FlowRow()
        row.setSpacing(6)
        self._choose = push_button(
            "mistakeChooseButton",
            "This op breaks it",
            "Answer that the selected op breaks the rule (Ctrl+Return)",
            session.choose,
            row,
        )
        self._choose.setProperty("role", "go")
        row.addStretch(1)
        self._number = ExerciseNumberSpin(
            "mistakeNumberSpin",
            "Number of the exercise with a mistake",
            "Number of the exercise, which finds it again",
            LAST_NUMBER,
            session.begin,
        )
        row.addWidget(self._number)
        tooltip = "Another backward pass with a mistake (Ctrl+Shift+N)"
        push_button("mistakeNextButton", "Next", tooltip, session.next, row)
        tooltip = "End the exercise: TensorFlow's numbers come back (Esc)"
        push_button("mistakeEndButton", "End", tooltip, session.end, row)
        column.addLayout(row)
        session.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        session = self._session
        self.setVisible(session.exercise is not None)
        if session.exercise is None:
            return
        self._message.setText(session.message or INSTRUCTION)
        self._score.setText(score_text(session.right, session.tried, session.at_once, "found"))
        self._choose.setEnabled(session.is_ready and not session.found)
        self._number.showNumber(session.exercise.number)
