"""Undo and redo of what was entered. No Qt; the time is passed in."""

from collections.abc import Iterator
from typing import Generic, TypeVar

State = TypeVar("State")

MERGE_WITHIN_S = 0.8
"""Changes that follow each other more quickly are undone together."""

MAX_STATES = 200
"""Number of states that are kept."""


class UndoHistory(Generic[State]):
    """States in the order in which they were entered; changes in quick succession count as one."""

    def __init__(self, first: State) -> None:
        self._states = [first]
        self._index = 0
        self._last_time: float | None = None
        self._last_is_value = False
        self._is_dragging = False

    def add_text(self, state: State, now: float) -> None:
        """Add the state after a change of the text; ``now``: seconds of a monotonic clock."""
        if self._add(state, self._is_quick(now) and not self._last_is_value):
            self._last_time, self._last_is_value = now, False

    def add_value(self, state: State, now: float) -> None:
        """Add the state after a change of a value. All changes of one drag count as one, others if they are quick."""
        is_same = self._last_is_value and (self._is_dragging or self._is_quick(now))
        if self._add(state, is_same):
            self._last_time, self._last_is_value = now, True

    def begin_drag(self) -> None:
        """Begin a change of a value that takes any time and is undone as one."""
        self.end_drag()
        self._is_dragging = True

    def end_drag(self) -> None:
        """End a drag; the next change is one of its own."""
        self._last_time, self._last_is_value, self._is_dragging = None, False, False

    def amend(self, state: State) -> None:
        """Replace the present state by one that differs in what is not undone."""
        self._states[self._index] = state

    def earlier(self) -> Iterator[State]:
        """Yield the states before the present one, the latest first."""
        return reversed(self._states[: self._index])

    def add_choice(self, state: State) -> None:
        """Add the state after a choice, which is undone by itself."""
        self._add(state, replaces=False)
        self.end_drag()

    def _is_quick(self, now: float) -> bool:
        return self._last_time is not None and now - self._last_time < MERGE_WITHIN_S

    def _add(self, state: State, replaces: bool) -> bool:
        """Add a state, or replace the last one; return whether it differs from that."""
        if state == self._states[self._index]:
            return False
        del self._states[self._index + 1 :]
        if replaces:
            self._states[self._index] = state
        else:
            self._states.append(state)
        self._states = self._states[-MAX_STATES:]
        self._index = len(self._states) - 1
        return True

    @property
    def can_undo(self) -> bool:
        """Whether there is an earlier state."""
        return self._index > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is a later state."""
        return self._index < len(self._states) - 1

    def undo(self) -> State | None:
        """Go back to the previous state and return it; None if there is none."""
        return self._go(-1) if self.can_undo else None

    def redo(self) -> State | None:
        """Go forward to the next state and return it; None if there is none."""
        return self._go(1) if self.can_redo else None

    def _go(self, offset: int) -> State:
        self._index += offset
        self.end_drag()
        return self._states[self._index]
