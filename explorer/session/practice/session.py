"""Practice: one exercise after the other, asked for number by number, and counted."""

import random

from PySide6.QtCore import QObject, QTimer, Signal

from explorer.core.autodiff.visible_steps import BACKWARD
from explorer.core.practice.exercises import LEVELS, PracticeExercise, make_exercise
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.practice.prediction import RIGHT, SHOWN, PredictionSession

HIGHEST = 9999
"""The last exercise of a level."""


class PracticeSession(QObject):
    """exercise: the one that is open, None for none. asked: numbers that were asked for; right: that were found, and
    at_once: at the first try. is_done: whether the exercise is at its end.
    """

    changed = Signal()
    begun = Signal()

    def __init__(self, session: AutodiffSession, predict: PredictionSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.exercise: PracticeExercise | None = None
        self._level = 1
        self.asked = self.right = self.at_once = 0
        self._first = True
        self._counted: set[object] = set()
        self._leads = False
        self._session, self._predict = session, predict
        predict.answered.connect(self._count)
        session.traceChanged.connect(lambda *_: self._begin_steps())
        session.textChanged.connect(self._text_changed)
        session.stepper.quizChanged.connect(self._quiz_changed)
        session.stepper.stepChanged.connect(lambda *_: self.changed.emit() if self.exercise is not None else None)

    @property
    def level(self) -> int:
        """The level of the exercise that is open, else of the last one."""
        return self._level

    @property
    def is_done(self) -> bool:
        """Whether all numbers of the exercise are there."""
        session = self._session
        at_end = session.trace is not None and session.stepper.step == session.stepper.steps_total(BACKWARD)
        return (
            self.exercise is not None and not self._leads and at_end and session.is_current and not self._predict.words
        )

    def begin(self, level: int, number: int | None = None) -> None:
        """Begin to practise at a level, with an exercise by its number or any."""
        self.asked = self.right = self.at_once = 0
        self._open(level, random.randint(1, HIGHEST) if number is None else number)
        self.begun.emit()

    def next(self) -> None:
        """Go on with the next exercise of the level."""
        if self.exercise is not None:
            self._open(self.exercise.level, self.exercise.number % HIGHEST + 1)
            self.begun.emit()

    def set_level(self, level: int) -> None:
        """Go on at another level; what was counted stays."""
        if self.exercise is not None and level != self.exercise.level and 1 <= level <= len(LEVELS):
            self._open(level, self.exercise.number)

    def set_number(self, number: int) -> None:
        """Open another exercise of the level."""
        if self.exercise is not None and number != self.exercise.number and 1 <= number <= HIGHEST:
            self._open(self.exercise.level, number)

    def end(self) -> None:
        """Stop practising; the expression stays, with all its numbers."""
        if self.exercise is not None:
            self.exercise, self._leads = None, False
            self._session.stepper.set_quiz(False)
            self.changed.emit()

    def _open(self, level: int, number: int) -> None:
        exercise = make_exercise(level, number)
        self.exercise, self._level, self._first = exercise, level, True
        self._counted.clear()
        session = self._session
        self._leads = True  # until its graph is there, what happens to the session is our own doing
        self._predict.set_exercise(None)
        session.stepper.set_pass(BACKWARD)
        session.stepper.first()
        session.stepper.set_quiz(True)
        session.begin(exercise.text, exercise.point)
        self.changed.emit()

    def _begin_steps(self) -> None:
        """Once the graph is there, go to the first step: what the seed is, nobody needs to practise."""
        if self.exercise is not None and self._session.differentiated_by:
            self.end()  # it is differentiated again: another graph than that of the exercise
        elif self.exercise is not None and self._leads and self._session.is_current:
            self._leads = False
            self._session.stepper.first()
            self._session.stepper.step_forward()
            self._go_on()

    def _text_changed(self, text: str) -> None:
        if self.exercise is not None and text != self.exercise.text:
            self.end()

    def _quiz_changed(self) -> None:
        if self.exercise is not None and not self._session.stepper.quiz:
            self.end()
        elif self.exercise is not None:
            # After the answer has been told: then the next step, where there is nothing more to ask in this one.
            QTimer.singleShot(0, self, self._go_on)

    def _go_on(self) -> None:
        while self.exercise is not None and not self._leads and self._predict.is_done:
            self._predict.step_on()
        self.changed.emit()

    def reveal(self) -> None:
        """Show the next number, which counts as one that was not found; else as without practice."""
        if self.exercise is not None and self._predict.words:
            self._predict.reveal()
        else:
            self._session.stepper.reveal_next()

    def _count(self, verdict: str) -> None:
        if self.exercise is None or self._leads:
            return
        if (asked := self._predict.question_id) in self._counted:
            return  # it was asked before one stepped back
        if verdict in (RIGHT, SHOWN):
            self._counted.add(asked)
        if verdict == RIGHT:
            self.right += 1
            self.at_once += self._first
        if verdict in (RIGHT, SHOWN):
            self.asked += 1
        self._first = verdict in (RIGHT, SHOWN)
        self.changed.emit()
