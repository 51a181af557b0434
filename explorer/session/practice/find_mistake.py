"""Find the mistake: a backward pass with one broken rule, compared with difference quotients."""

import random
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.core.autodiff.visible_steps import BACKWARD
from explorer.core.practice.broken_backward import (
    BrokenBackward,
    breakable_rules,
    comparison_message,
    verdict,
    wrong_values,
)
from explorer.core.practice.exercises import PracticeExercise, make_exercise
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.practice.session import LAST_NUMBER

LEVELS = (3, 4, 5, 5, 6)
"""Levels of practice that give the expressions; those with a fan-out, which can be broken in most ways, twice."""


class FindMistakeSession(QObject):
    """The open exercise and the score.

    exercise: None for none. wrong: numbers that are shown instead of TensorFlow's, by tensor. message: the verdict on
    a choice, else the comparison of the selected op. found: whether the broken rule was found. at_once: exercises in
    which it was found on the first try. wrongChanged: emitted with `wrong`, or None at the end of the exercise.
    """

    changed = Signal()
    begun = Signal()
    wrongChanged = Signal(object)

    def __init__(self, session: AutodiffSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.exercise: PracticeExercise | None = None
        self.broken: BrokenBackward | None = None
        self.wrong: dict[str, Any] = {}
        self.message = ""
        self.found = False
        self.at_once = 0
        self._tried: set[int] = set()
        self._solved: set[int] = set()
        self._session = session
        self._opening = False
        session.traceChanged.connect(lambda *_: self._break())
        session.valuesChanged.connect(lambda *_: self._break())
        session.textChanged.connect(lambda _text: self._end_unless_opening())
        session.stepper.quizChanged.connect(self._end_unless_opening)
        session.depthChanged.connect(lambda _depth: self._end_unless_opening())
        session.selectionChanged.connect(lambda _selection: self._compare())

    @property
    def is_ready(self) -> bool:
        """Whether the broken pass is shown."""
        return self.exercise is not None and self.broken is not None

    @property
    def tried(self) -> int:
        """Number of exercises in which an op was chosen."""
        return len(self._tried)

    @property
    def right(self) -> int:
        """Number of exercises whose broken rule was found."""
        return len(self._solved)

    def begin(self, number: int | None = None) -> None:
        """Open the exercise of this number, or a random one."""
        number = random.randint(1, LAST_NUMBER) if number is None else number
        session = self._session
        if self.exercise is None:
            self.at_once = 0
            self._tried.clear()
            self._solved.clear()
        self._opening = True  # changes of the session are made by this method now
        session.set_covered(False)
        self._set_broken(None)
        self.exercise = make_exercise(LEVELS[number % len(LEVELS)], number)
        self.message, self.found = "", False
        session.stepper.set_quiz(False)
        session.stepper.set_pass(BACKWARD)
        session.set_depth("concept")
        session.clear_selection()
        session.begin(self.exercise.text, self.exercise.point)
        self._opening = False
        self.begun.emit()
        self.changed.emit()

    def next(self) -> None:
        """Open the next exercise."""
        self.begin(self.exercise.number % LAST_NUMBER + 1 if self.exercise is not None else None)

    def end(self) -> None:
        """End the exercise: the graph shows TensorFlow's numbers again."""
        if self.exercise is not None:
            self.exercise, self.message = None, ""
            self._set_broken(None)
            self.changed.emit()

    def choose(self) -> None:
        """Answer that the rule of the selected op is the broken one."""
        session, selection = self._session, self._session.selection
        if self.broken is None or session.trace is None or self.exercise is None or self.found:
            return
        if selection is None or selection[0] != "node":
            self.message = "Select an op first: click it, or use the arrow keys."
        else:
            self.found, self.message = verdict(session.trace, session.values, self.broken, selection[1])
            number = self.exercise.number
            if self.found:
                self.at_once += number not in self._tried
                self._solved.add(number)
            self._tried.add(number)
            self.message = ("✓ " if self.found else "✗ ") + self.message
        self.changed.emit()

    def _end_unless_opening(self) -> None:
        if not self._opening:
            self.end()

    def _break(self) -> None:
        """Break one rule of the backward pass that has just arrived."""
        session, exercise = self._session, self.exercise
        if exercise is not None and session.differentiated_by:
            self.end()  # a higher derivative has another graph
            return
        if exercise is None or session.trace is None or not session.is_current:
            return
        if self.broken is None:
            rules = breakable_rules(session.trace, session.values)
            if not rules:
                self.next()
                return
            self._opening = True
            self._set_broken(random.Random(exercise.number).choice(rules))
            session.stepper.last()
            self._opening = False
        else:
            self._set_broken(self.broken)
        self.changed.emit()

    def _set_broken(self, broken: BrokenBackward | None) -> None:
        session = self._session
        self.broken = broken
        known = session.trace is not None and broken is not None
        self.wrong = wrong_values(session.trace, session.values, broken) if known and session.trace and broken else {}
        self.wrongChanged.emit(self.wrong if broken is not None else None)

    def _compare(self) -> None:
        session, selection = self._session, self._session.selection
        if self.broken is None or session.trace is None or self.found:
            return
        node = selection[1] if selection is not None and selection[0] == "node" else None
        self.message = comparison_message(session.trace, session.values, self.wrong, node) if node is not None else ""
        self.changed.emit()
