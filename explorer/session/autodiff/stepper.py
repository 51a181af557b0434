"""The current step of a pass over a trace, and which of its numbers are hidden."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from explorer.core.autodiff.concept_trace import corresponding_step
from explorer.core.autodiff.trace import Trace
from explorer.core.autodiff.visible_steps import (
    BACKWARD,
    FORWARD,
    hidden_tensors,
    new_tensors,
    step_count,
    unanswered_slots,
    visible_tensors,
)
from explorer.session.autodiff.update_batch import UpdateBatch

COVERED = "Gradients are covered until the exercise is answered."
"""The message about what an exercise covers."""


class Stepper(QObject):
    """Steps through a trace, which ``current`` returns; it is None before the first.

    pass_, step: the current pass and step. quiz: whether the numbers that a step brings are hidden until they are
    revealed. revealed: number of the step's numbers that are revealed. local_known: whether the local derivative of
    the next number is revealed before that number. covered: whether an exercise covers the backward pass, so that only
    the forward pass can be stepped through. coverRefused: the backward pass was asked for meanwhile.
    """

    stepChanged = Signal(str, int)
    quizChanged = Signal()
    coverChanged = Signal(bool)
    coverRefused = Signal()

    def __init__(self, current: Callable[[], Trace | None], batch: UpdateBatch, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pass_ = BACKWARD
        self.step = 0
        self.quiz = False
        self.revealed = 0
        self.local_known = False
        self.covered = False
        self._kept = (BACKWARD, 0)  # pass and step that were shown before
        self._current = current
        self._batch = batch

    @property
    def trace(self) -> Trace | None:
        """The trace that is stepped through."""
        return self._current()

    def begin(self, is_new: bool) -> None:
        """Continue in another trace, or begin at step 0 if its function is new; `emit_changed` reports the step."""
        if is_new:
            self.step = self.steps_total(FORWARD) if self.covered else 0
            self._hide_all()
        self.step = min(self.step, self.steps_total(self.pass_))

    def continue_from(self, before: Trace) -> None:
        """Go to the step that corresponds to the present one of ``before``, a trace of the same graph."""
        if self.trace is not None:
            self.set_step(corresponding_step(before, self.trace, self.pass_, self.step))

    def emit_changed(self) -> None:
        """Report the current step."""
        self._batch.notify(self.stepChanged, self.pass_, self.step)

    def steps_total(self, pass_: str) -> int:
        """Return the number of the last step of a pass."""
        return step_count(self.trace, pass_)

    @property
    def is_at_end(self) -> bool:
        """Whether this is the last step of the pass."""
        return self.step >= self.steps_total(self.pass_)

    def set_step(self, step: int) -> None:
        """Go to a step, clamped to the steps that there are."""
        step = max(0, min(step, self.steps_total(self.pass_)))
        if step != self.step:
            self.step = step
            self._hide_all()
            self.emit_changed()

    def step_forward(self) -> None:
        """Go to the next step."""
        self.set_step(self.step + 1)

    def step_back(self) -> None:
        """Go to the previous step."""
        self.set_step(self.step - 1)

    def first(self) -> None:
        """Go to step 0."""
        self.set_step(0)

    def last(self) -> None:
        """Go to the last step."""
        self.set_step(self.steps_total(self.pass_))

    def set_pass(self, pass_: str) -> None:
        """Step through the ``backward`` or the ``forward`` pass, from step 0."""
        if self.covered and pass_ != FORWARD:
            self.coverRefused.emit()
        elif pass_ != self.pass_:
            self.pass_, self.step = pass_, 0
            self._hide_all()
            self.emit_changed()

    def set_covered(self, on: bool) -> None:
        """Show the end of the forward pass, in which there are no gradients; then again what was shown before."""
        if on == self.covered:
            return
        self.covered = on
        if on:
            self._kept = self.pass_, self.step
            self.pass_, self.step, self.quiz = FORWARD, self.steps_total(FORWARD), False
        else:
            self.pass_, self.step = self._kept[0], min(self._kept[1], self.steps_total(self._kept[0]))
        self._hide_all()
        self.emit_changed()
        self._batch.notify(self.quizChanged)
        self._batch.notify(self.coverChanged, on)

    def set_quiz(self, on: bool) -> None:
        """Hide the numbers that a step brings until they are revealed."""
        if on != self.quiz:
            self.quiz = on
            self._hide_all()
            self._batch.notify(self.quizChanged)

    def reveal_next(self) -> None:
        """Reveal the next number of this step; with all revealed, go to the next step. Begins a quiz if none is on."""
        with self._batch:
            if not self.quiz:
                self.set_quiz(True)
            if self.revealed < self.numbers_of_step():
                self.revealed, self.local_known = self.revealed + 1, False
                self.quizChanged.emit()
            elif not self.is_at_end:
                self.step_forward()

    def reveal_local(self) -> None:
        """Reveal the local derivative from which the next number is made, but not that number."""
        if self.quiz and not self.local_known:
            self.local_known = True
            self._batch.notify(self.quizChanged)

    def _hide_all(self) -> None:
        self.revealed, self.local_known = 0, False

    def new_tensors(self) -> tuple[str, ...]:
        """Return the tensors whose numbers the current step brings, in the order in which they are revealed."""
        return new_tensors(self.trace, self.pass_, self.step) if self.trace is not None else ()

    def numbers_of_step(self) -> int:
        """Return how many numbers the current step brings."""
        return len(self.new_tensors())

    def shown_tensors(self) -> frozenset[str]:
        """Return the tensors whose numbers are on the screen: those known at this step without the hidden ones."""
        if self.trace is None:
            return frozenset()
        return visible_tensors(self.trace, self.pass_, self.step) - self.hidden_tensors()

    def hidden_tensors(self) -> frozenset[str]:
        """Return the tensors whose numbers are shown as ? until they are revealed."""
        if self.trace is None or not self.quiz:
            return frozenset()
        return hidden_tensors(self.trace, self.pass_, self.step, self.revealed, self.local_known)

    def hidden_slots(self) -> frozenset[int]:
        """Return the argument slots of the step's op whose gradients are shown as ? until they are revealed."""
        if self.trace is None or not self.quiz:
            return frozenset()
        return unanswered_slots(self.trace, self.pass_, self.step, self.revealed)

    @property
    def hides_gradients(self) -> bool:
        """Whether gradients of the pass are still to be found, so that nothing beside the graph may show them."""
        if self.covered:
            return True
        if self.trace is None or not self.quiz or self.pass_ == FORWARD:
            return False
        return not self.is_at_end or bool(self.hidden_tensors())
