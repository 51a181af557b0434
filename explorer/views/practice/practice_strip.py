"""The strip of practice below the graph: level, number and score."""

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from explorer.core.practice.exercises import LEVELS
from explorer.session.practice.session import LAST_NUMBER, PracticeSession
from explorer.views.practice.exercise_strip import ExerciseNumberSpin, ExerciseStrip, score_text
from explorer.views.theme.stylesheet import set_role
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.fields.choice_combo import ChoiceCombo
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label

MIN_ROW_WIDTH_LINES = 46
"""Width, in line heights, from which everything stands in one row."""

SCORE_WIDTH_LINES = 9
"""Width of the score, in line heights, where other widgets stand beside it."""


class PracticeStrip(ExerciseStrip):
    """Shows the exercise of a `PracticeSession`; hidden while the user does not practise."""

    def __init__(self, session: PracticeSession, parent: QWidget | None = None) -> None:
        super().__init__("practiceStrip", parent)
        self._session = session
        self._presenting = False
        self._rows = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._rows.setContentsMargins(14, 8, 14, 8)
        self._rows.setSpacing(6)
        self._rows.addLayout(self._build_choices(), 1)
        self._foot = FlowRow()
        self._foot.setSpacing(6)
        self._score = make_label("", "practiceScoreLabel", wraps=True)
        self._foot.addWidget(self._score, 1)
        self._next = push_button(
            "practiceNextButton", "Next exercise", "The next exercise of this level (Ctrl+N)", session.next, self._foot
        )
        push_button("practiceEndButton", "End", "End practice; the expression stays (Esc)", session.end, self._foot)
        self._rows.addLayout(self._foot, 1)
        session.changed.connect(self._show)
        self._show()

    def _build_choices(self) -> FlowRow:
        row = FlowRow()
        row.setSpacing(6)
        self._level = ChoiceCombo("practiceLevelCombo")
        for level, subject in enumerate(LEVELS, 1):
            self._level.addItem(f"{level}  {subject}", level)
        self._level.setToolTip("Subject of the exercises")
        self._level.setAccessibleName("Level of the exercises")
        self._level.activated.connect(lambda index: self._session.set_level(self._level.itemData(index)))
        self._number = ExerciseNumberSpin(
            "practiceNumberSpin",
            "Number of the exercise",
            "Number of the exercise: level and number find it again",
            LAST_NUMBER,
            self._session.set_number,
        )
        row.addWidget(self._level, 1)
        row.addWidget(self._number)
        return row

    def _show(self) -> None:
        session, exercise = self._session, self._session.exercise
        self.setVisible(exercise is not None)
        if exercise is None:
            return
        self._level.setCurrentIndex(exercise.level - 1)
        self._number.showNumber(exercise.number)
        text = score_text(session.right, session.questions, session.at_once, "right")
        text = text or "Find each number on the way back."
        if session.is_done and session.questions:
            text = f"Done. {text}"
        self._score.setText(f"Level {exercise.level}, no. {exercise.number}. {text}" if self._presenting else text)
        set_role(self._next, "go" if session.is_done else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use one row where it fits, since the graph needs the height."""
        super().resizeEvent(event)
        line_height = self.fontMetrics().height()
        self._foot.setPreferredWidth(self._score, SCORE_WIDTH_LINES * line_height)
        wide = self.width() >= MIN_ROW_WIDTH_LINES * line_height
        self._rows.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)

    def setPresenting(self, presenting: bool) -> None:
        """In present mode name the exercise in the score, and hide the widgets that choose another one."""
        self._presenting = presenting
        for part in (self._level, self._number):
            part.setVisible(not presenting)
        self._show()

    def focusNext(self) -> None:
        """Focus the button for the next exercise, so that Return continues."""
        self._next.setFocus()
