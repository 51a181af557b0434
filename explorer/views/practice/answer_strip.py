"""A question about the next number, a field for the answer, and the verdict on it."""

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from explorer.core.practice.judging import RIGHT, UNCLEAR, WRONG
from explorer.session.practice.prediction import ASKING, SHOWN, PredictionSession
from explorer.views.theme.stylesheet import set_role
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.fields.hint_line_edit import HintLineEdit
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label

MARKS = {RIGHT: "✓ ", WRONG: "✗ ", UNCLEAR: "? ", SHOWN: "", ASKING: ""}
"""Verdicts are marked by more than a colour."""

WAITING_TEXT = "The question follows when the graph of this text is there."

MIN_ROW_WIDTH_LINES = 26
"""Width, in line heights, from which the buttons stand beside the field."""


MIN_WINDOW_LINES = 36
"""Height of the window, in line heights, from which a line is kept for the verdict."""


class AnswerStrip(QFrame):
    """Shows the open question of a `PredictionSession`; hidden while there is none."""

    def __init__(self, session: PredictionSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("answerStrip")
        self.setProperty("strip", True)
        self._session = session
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 14, 8)
        column.setSpacing(6)
        self._question_label = make_label("heading", "questionLabel", wraps=True, plain=True)
        column.addWidget(self._question_label)
        self._row = QHBoxLayout()
        self._row.setSpacing(6)
        self._edit = HintLineEdit("a number or a formula", "number or formula", "answer")
        self._edit.setObjectName("answerEdit")
        self._edit.setToolTip(
            "Your answer: a number such as -0.42, a list such as [1, 2], or a formula such as cos(2*x). "
            "G is the upstream gradient."
        )
        self._edit.setAccessibleName("Your answer")
        self._edit.returnPressed.connect(self._check)
        self._row.addWidget(self._edit, 1)
        self._button = push_button("checkAnswerButton", "Check", "Compare your answer with TensorFlow's", self._check)
        self._button.setProperty("role", "go")
        self._reveal = push_button("revealButton", "Reveal", "Show TensorFlow's answer", session.reveal)
        buttons = FlowRow()
        buttons.setSpacing(6)
        buttons.addWidget(self._button, 1)
        buttons.addWidget(self._reveal, 1)
        self._row.addLayout(buttons)
        column.addLayout(self._row)
        self._verdict_label = make_label("", "hintLabel", wraps=True, plain=True)
        column.addWidget(self._verdict_label)
        session.changed.connect(self._show)
        self._edit.textEdited.connect(lambda _text: self._hide_verdict())
        self._shown: tuple[str, bool, bool, str, str] | None = None
        self._question = ""
        self._show()

    def _check(self) -> None:
        self._session.check(self._edit.text())

    def _hide_verdict(self) -> None:
        self._verdict_label.hide()
        self._verdict_label.clear()
        self._shown = None  # the verdict on the same answer is shown once more

    def _show(self) -> None:
        session = self._session
        # While the graph is built anew the strip keeps its place: it would jump with every letter that is typed.
        is_waiting = session.is_waiting and not self.isHidden()
        shown = (session.question, session.is_done, is_waiting, session.verdict, session.message)
        if shown == self._shown:
            return
        self._shown = shown
        question = session.question
        if question != self._question:
            self._question = question
            self._edit.clear()
        state = WAITING_TEXT if is_waiting else "All numbers of this step are shown." if session.is_done else ""
        self._question_label.setText(question or state)
        self._question_label.setVisible(bool(self._question_label.text()))
        for part in (self._edit, self._button, self._reveal):
            part.setVisible(bool(question) or is_waiting)
        self._edit.setReadOnly(is_waiting)
        for button in (self._button, self._reveal):
            button.setEnabled(not is_waiting)
        self._verdict_label.setText(MARKS.get(session.verdict, "") + session.message)
        self._verdict_label.setVisible(bool(session.message))
        role = {RIGHT: "right", WRONG: "notice", UNCLEAR: "error"}.get(session.verdict, "notice")
        set_role(self._verdict_label, role)
        # A verdict does not move the graph above, unless letters are so large that the graph needs its line.
        policy = self._verdict_label.sizePolicy()
        lines = self.window().height() / max(self._verdict_label.fontMetrics().height(), 1)
        policy.setRetainSizeWhenHidden(bool(question) and lines >= MIN_WINDOW_LINES)
        self._verdict_label.setSizePolicy(policy)
        self.setVisible(bool(question or session.message or session.is_done or is_waiting))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the buttons below the field where the strip is narrow."""
        super().resizeEvent(event)
        narrow = self.width() < MIN_ROW_WIDTH_LINES * self.fontMetrics().height()
        self._row.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)

    def focusAnswer(self) -> None:
        """Focus the field for the answer."""
        self._edit.setFocus()
