"""Where the user is in a pass over a trace, and which of the numbers there are still to be found."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from explorer.core.autodiff.trace import Trace
from explorer.core.autodiff.visible_steps import (
    BACKWARD,
    FORWARD,
    asked_slots,
    hidden,
    new_tensors,
    steps_total,
    visible,
)


class Stepper(QObject):
    """Walks through the steps of a trace, which ``current`` gives; it is None before the first.

    pass_, step: where we are. quiz: whether new numbers are hidden; revealed: how many of the step's are shown
    nevertheless; local_known: whether the local derivative of the next one is shown before it.
    """

    stepChanged = Signal(str, int)
    quizChanged = Signal()

    def __init__(self, current: Callable[[], Trace | None], parent: QObject) -> None:
        super().__init__(parent)
        self.pass_ = BACKWARD
        self.step = 0
        self.quiz = False
        self.revealed = 0
        self.local_known = False
        self._current = current

    @property
    def trace(self) -> Trace | None:
        """What is walked through."""
        return self._current()

    def take_up(self, fresh: bool) -> None:
        """Go on in a new trace, or, where it is ``fresh``, begin at step 0; `tell` says so when all is in place."""
        if fresh:
            self.step = 0
            self._cover()
        self.step = min(self.step, self.steps_total(self.pass_))

    def tell(self) -> None:
        """Say where we are."""
        self.stepChanged.emit(self.pass_, self.step)

    def steps_total(self, pass_: str) -> int:
        """Return the number of the last step of a pass."""
        return steps_total(self.trace, pass_)

    @property
    def is_at_end(self) -> bool:
        """Whether this is the last step of the pass."""
        return self.step >= self.steps_total(self.pass_)

    def set_step(self, step: int) -> None:
        """Go to a step, or as near as there is one."""
        step = max(0, min(step, self.steps_total(self.pass_)))
        if step != self.step:
            self.step = step
            self._cover()
            self.stepChanged.emit(self.pass_, step)

    def step_forward(self) -> None:
        """Go one step on."""
        self.set_step(self.step + 1)

    def step_back(self) -> None:
        """Go one step back."""
        self.set_step(self.step - 1)

    def first(self) -> None:
        """Go to step 0."""
        self.set_step(0)

    def last(self) -> None:
        """Go to the last step."""
        self.set_step(self.steps_total(self.pass_))

    def set_pass(self, pass_: str) -> None:
        """Walk ``backward`` or ``forward``, from step 0."""
        if pass_ != self.pass_:
            self.pass_, self.step = pass_, 0
            self._cover()
            self.stepChanged.emit(pass_, 0)

    def set_quiz(self, on: bool) -> None:
        """Hide the numbers that a step brings until they are revealed."""
        if on != self.quiz:
            self.quiz = on
            self._cover()
            self.quizChanged.emit()

    def reveal_next(self) -> None:
        """Show the next number only: the next one of this step, or the first of the next step."""
        if not self.quiz:
            self.set_quiz(True)
        if self.revealed < self.numbers_of_step():
            self.revealed, self.local_known = self.revealed + 1, False
            self.quizChanged.emit()
        elif not self.is_at_end:
            self.step_forward()

    def reveal_local(self) -> None:
        """Show the local derivative that the next number is made with, and not that number."""
        if self.quiz and not self.local_known:
            self.local_known = True
            self.quizChanged.emit()

    def _cover(self) -> None:
        self.revealed, self.local_known = 0, False

    def new_tensors(self) -> tuple[str, ...]:
        """Return the tensors whose numbers the current step brings."""
        return new_tensors(self.trace, self.pass_, self.step) if self.trace is not None else ()

    def numbers_of_step(self) -> int:
        """Return how many numbers the current step brings."""
        return len(self.new_tensors())

    def shown_tensors(self) -> frozenset[str]:
        """Return the tensors whose numbers are on the screen: those known at this step less those still hidden."""
        if self.trace is None:
            return frozenset()
        shown = visible(self.trace, self.pass_, self.step)
        return shown - self.hidden_tensors()

    def hidden_tensors(self) -> frozenset[str]:
        """Return the tensors whose numbers stand as ? until they are revealed."""
        if self.trace is None or not self.quiz:
            return frozenset()
        return hidden(self.trace, self.pass_, self.step, self.revealed, self.local_known)

    def asked_slots(self) -> frozenset[int]:
        """Return the argument slots of the step whose gradients stand as ? until they are revealed."""
        if self.trace is None or not self.quiz:
            return frozenset()
        return asked_slots(self.trace, self.pass_, self.step, self.revealed)

    @property
    def hides_gradients(self) -> bool:
        """Whether gradients of the pass are still to be found, so that nothing beside the graph may tell them."""
        if self.trace is None or not self.quiz or self.pass_ == FORWARD:
            return False
        return not self.is_at_end or bool(self.hidden_tensors())
