"""Find the mistake: a backward pass with one broken rule, compared with difference quotients until it is found."""

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
from explorer.session.practice.session import HIGHEST

LEVELS = (3, 4, 5, 5, 6)
"""Levels of practice whose expressions are taken; at a fan-out there is most to break."""


class FindMistakeSession(QObject):
    """exercise: the one that is open, None for none. wrong: numbers that stand on the graph instead of TensorFlow's, by
    tensor. told: what came of a choice, else of a comparison. found: whether the broken rule was found.
    tried: exercises in which something was chosen, since the first was opened; right: whose broken rule was found, and
    at_once: at the first try.
    """

    changed = Signal()
    begun = Signal()
    wrongChanged = Signal(object)

    def __init__(self, session: AutodiffSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.exercise: PracticeExercise | None = None
        self.broken: BrokenBackward | None = None
        self.wrong: dict[str, Any] = {}
        self.told = ""
        self.found = False
        self.at_once = 0
        self._tried: set[int] = set()
        self._found: set[int] = set()
        self._session = session
        self._opening = False
        session.traceChanged.connect(lambda *_: self._break())
        session.valuesChanged.connect(lambda *_: self._break())
        session.textChanged.connect(lambda _text: self._left())
        session.stepper.quizChanged.connect(self._left)
        session.depthChanged.connect(lambda _depth: self._left())
        session.selectionChanged.connect(lambda _selection: self._compare())

    @property
    def is_ready(self) -> bool:
        """Whether the broken pass is there."""
        return self.exercise is not None and self.broken is not None

    @property
    def tried(self) -> int:
        """Exercises in which something was chosen."""
        return len(self._tried)

    @property
    def right(self) -> int:
        """Exercises whose broken rule was found."""
        return len(self._found)

    def begin(self, number: int | None = None) -> None:
        """Open an exercise by its number, or any."""
        number = random.randint(1, HIGHEST) if number is None else number
        session = self._session
        if self.exercise is None:
            self.at_once = 0
            self._tried.clear()
            self._found.clear()
        self._opening = True  # what happens to the session now is our own doing
        self._put(None)
        self.exercise = make_exercise(LEVELS[number % len(LEVELS)], number)
        self.told, self.found = "", False
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
        self.begin(self.exercise.number % HIGHEST + 1 if self.exercise is not None else None)

    def end(self) -> None:
        """Leave it: TensorFlow's numbers stand on the graph again."""
        if self.exercise is not None:
            self.exercise, self.told = None, ""
            self._put(None)
            self.changed.emit()

    def choose(self) -> None:
        """Say that the rule of the selected op is the broken one."""
        session, selection = self._session, self._session.selection
        if self.broken is None or session.trace is None or self.exercise is None or self.found:
            return
        if selection is None or selection[0] != "node":
            self.told = "Select an op first: click it, or walk with the arrow keys."
        else:
            self.found, self.told = verdict(session.trace, session.values, self.broken, selection[1])
            number = self.exercise.number
            if self.found:
                self.at_once += number not in self._tried
                self._found.add(number)
            self._tried.add(number)
            self.told = ("✓ " if self.found else "✗ ") + self.told
        self.changed.emit()

    def _left(self) -> None:
        if not self._opening:
            self.end()

    def _break(self) -> None:
        """Break one rule of the pass that TensorFlow has just made."""
        session, exercise = self._session, self.exercise
        if exercise is not None and session.differentiated_by:
            self.end()  # another graph, whose rules are not the exercise's
            return
        if exercise is None or session.trace is None or not session.is_current:
            return
        if self.broken is None:
            rules = breakable_rules(session.trace, session.values)
            if not rules:
                self.next()
                return
            self._opening = True
            self._put(random.Random(exercise.number).choice(rules))
            session.stepper.last()
            self._opening = False
        else:
            self._put(self.broken)
        self.changed.emit()

    def _put(self, broken: BrokenBackward | None) -> None:
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
        self.told = comparison_message(session.trace, session.values, self.wrong, node) if node is not None else ""
        self.changed.emit()
