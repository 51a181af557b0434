"""Predict, then reveal: the question, a field for the answer, and what is said to it."""

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from explorer.session.practice.prediction import ASKING, RIGHT, SHOWN, UNCLEAR, WRONG, PredictionSession
from explorer.views.theme.stylesheet import set_role
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.hint_line_edit import HintLineEdit

MARKS = {RIGHT: "✓ ", WRONG: "✗ ", UNCLEAR: "? ", SHOWN: "", ASKING: ""}
"""What is right and wrong is told by more than a colour."""


SIDE_BY_SIDE = 26
"""Lines of text that the strip must be wide to have its buttons beside the field."""


class AnswerStrip(QFrame):
    """Shows the question that is open, and asks the session; hidden while there is none."""

    def __init__(self, session: PredictionSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("answerStrip")
        self.setProperty("strip", True)
        self._session = session
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 14, 8)
        column.setSpacing(6)
        self._question = QLabel(objectName="questionLabel")
        self._question.setWordWrap(True)
        self._question.setProperty("role", "heading")
        column.addWidget(self._question)
        self._rows = row = QHBoxLayout()
        row.setSpacing(6)
        self._edit = HintLineEdit("a number or a formula", "number or formula", "answer")
        self._edit.setObjectName("answerEdit")
        self._edit.setToolTip("Your answer: a number such as -0.42, or a formula such as cos(2*x)")
        self._edit.setAccessibleName("Your answer")
        self._edit.returnPressed.connect(self._check)
        row.addWidget(self._edit, 1)
        self._button = push_button("checkAnswerButton", "Check", "Compare your answer with TensorFlow's", self._check)
        self._button.setProperty("role", "go")
        self._reveal = push_button("revealButton", "Reveal", "Show TensorFlow's answer", session.reveal)
        buttons = FlowRow()
        buttons.setSpacing(6)
        buttons.addWidget(self._button, 1)
        buttons.addWidget(self._reveal, 1)
        row.addLayout(buttons)
        column.addLayout(row)
        self._hint = QLabel(objectName="hintLabel")
        self._hint.setWordWrap(True)
        column.addWidget(self._hint)
        session.changed.connect(self._show)
        self._edit.textEdited.connect(lambda _text: self._hide_hint())
        self._shown: tuple[str, bool, str, str] | None = None
        self._words = ""
        self._show()

    def _check(self) -> None:
        self._session.check(self._edit.text())

    def _hide_hint(self) -> None:
        self._hint.hide()
        self._shown = None  # the same answer once more is told the same once more

    def _show(self) -> None:
        session = self._session
        shown = (session.words, session.is_done, session.verdict, session.told)
        if shown == self._shown:
            return
        self._shown = shown
        words = session.words
        if words != self._words:
            self._words = words
            self._edit.clear()
        self._question.setText(words or ("All numbers of this step are there." if session.is_done else ""))
        self._question.setVisible(bool(self._question.text()))
        for part in (self._edit, self._button, self._reveal):
            part.setVisible(bool(words))
        told = MARKS.get(session.verdict, "") + session.told
        self._hint.setText(told)
        self._hint.setVisible(bool(session.told))
        role = {RIGHT: "right", WRONG: "notice", UNCLEAR: "error"}.get(session.verdict, "notice")
        set_role(self._hint, role)
        self.setVisible(bool(words or session.told or session.is_done))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the buttons under the field where there is no room beside it."""
        super().resizeEvent(event)
        narrow = self.width() < SIDE_BY_SIDE * self.fontMetrics().height()
        self._rows.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)

    def focusAnswer(self) -> None:
        """Let the student type."""
        self._edit.setFocus()
