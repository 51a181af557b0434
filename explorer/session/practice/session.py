"""Practice: exercises of a level, number by number, with a score."""

import random

from PySide6.QtCore import QObject, QTimer, Signal

from explorer.core.autodiff.visible_steps import BACKWARD
from explorer.core.practice.exercises import LEVELS, PracticeExercise, make_exercise
from explorer.core.practice.judging import RIGHT
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.practice.prediction import SHOWN, PredictionSession

LAST_NUMBER = 9999
"""Number of the last exercise of a level."""


class PracticeSession(QObject):
    """The open exercise and the score.

    exercise: None while the user does not practise. questions: questions so far; right: those that were answered
    correctly; at_once: those on the first try. begun: emitted when another exercise was opened by the user.
    """

    changed = Signal()
    begun = Signal()

    def __init__(self, session: AutodiffSession, prediction: PredictionSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.exercise: PracticeExercise | None = None
        self._level = 1
        self.questions = self.right = self.at_once = 0
        self._is_first_try = True
        self._counted: set[object] = set()
        self._is_opening = False
        self._session, self._prediction = session, prediction
        prediction.answered.connect(self._count)
        session.traceChanged.connect(lambda *_: self._begin_steps())
        session.textChanged.connect(self._text_changed)
        session.stepper.quizChanged.connect(self._quiz_changed)
        session.stepper.stepChanged.connect(lambda *_: self.changed.emit() if self.exercise is not None else None)

    @property
    def level(self) -> int:
        """The level of the open exercise, else of the last one."""
        return self._level

    @property
    def is_done(self) -> bool:
        """Whether all numbers of the exercise are found or shown."""
        session = self._session
        at_end = session.trace is not None and session.stepper.step == session.stepper.steps_total(BACKWARD)
        return (
            self.exercise is not None
            and not self._is_opening
            and at_end
            and session.is_current
            and not self._prediction.question
        )

    def begin(self, level: int, number: int | None = None) -> None:
        """Begin to practise at a level, with the exercise of this number or a random one."""
        self.questions = self.right = self.at_once = 0
        self._open(level, random.randint(1, LAST_NUMBER) if number is None else number)
        self.begun.emit()

    def next(self) -> None:
        """Open the next exercise of the level."""
        if self.exercise is not None:
            self._open(self.exercise.level, self.exercise.number % LAST_NUMBER + 1)
            self.begun.emit()

    def set_level(self, level: int) -> None:
        """Continue at another level; the score stays."""
        if self.exercise is not None and level != self.exercise.level and 1 <= level <= len(LEVELS):
            self._open(level, self.exercise.number)

    def set_number(self, number: int) -> None:
        """Open another exercise of the level."""
        if self.exercise is not None and number != self.exercise.number and 1 <= number <= LAST_NUMBER:
            self._open(self.exercise.level, number)

    def end(self) -> None:
        """End practice; the expression stays, with all its numbers."""
        if self.exercise is not None:
            self.exercise, self._is_opening = None, False
            self._session.stepper.set_quiz(False)
            self.changed.emit()

    def _open(self, level: int, number: int) -> None:
        exercise = make_exercise(level, number)
        self._prediction.set_exercise(None)  # first: what a lesson has covered is shown again
        self.exercise, self._level, self._is_first_try = exercise, level, True
        self._counted.clear()
        session = self._session
        self._is_opening = True  # until its trace arrives, changes of the session are made by this method
        session.stepper.set_pass(BACKWARD)
        session.stepper.first()
        session.stepper.set_quiz(True)
        session.begin(exercise.text, exercise.point)
        self.changed.emit()

    def _begin_steps(self) -> None:
        """Go to the first step when the trace has arrived: the seed needs no practice."""
        if self.exercise is not None and self._session.differentiated_by:
            self.end()  # a higher derivative has another graph than the exercise
        elif self.exercise is not None and self._is_opening and self._session.is_current:
            self._is_opening = False
            self._session.stepper.first()
            self._session.stepper.step_forward()
            self._skip_done_steps()

    def _text_changed(self, text: str) -> None:
        if self.exercise is not None and text != self.exercise.text:
            self.end()

    def _quiz_changed(self) -> None:
        if self.exercise is not None and not self._session.stepper.quiz:
            self.end()
        elif self.exercise is not None:
            # After the verdict has been emitted; then the next step, if this one has no more questions.
            QTimer.singleShot(0, self, self._skip_done_steps)

    def _skip_done_steps(self) -> None:
        while self.exercise is not None and not self._is_opening and self._prediction.is_done:
            self._prediction.next_step()
        self.changed.emit()

    def reveal(self) -> None:
        """Show the next number; in an exercise it counts as not found."""
        if self.exercise is not None and self._prediction.question:
            self._prediction.reveal()
        else:
            self._session.stepper.reveal_next()

    def _count(self, verdict: str) -> None:
        if self.exercise is None or self._is_opening:
            return
        if (question := self._prediction.question_id) in self._counted:
            return  # answered already, before a step back
        if verdict in (RIGHT, SHOWN):
            self._counted.add(question)
        if verdict == RIGHT:
            self.right += 1
            self.at_once += self._is_first_try
        if verdict in (RIGHT, SHOWN):
            self.questions += 1
        self._is_first_try = verdict in (RIGHT, SHOWN)
        self.changed.emit()
