"""Undo and redo of what was entered. No Qt; the time is passed in."""

from collections.abc import Iterator
from typing import Generic, TypeVar

Entry = TypeVar("Entry")

MERGE_WITHIN_S = 0.8
"""Changes that follow each other more quickly are undone together."""

MAX_ENTRIES = 200
"""Number of entries that are kept."""


class UndoHistory(Generic[Entry]):
    """What was entered, in order; changes in quick succession count as one. first: what is there at the beginning."""

    def __init__(self, first: Entry) -> None:
        self._entries = [first]
        self._index = 0
        self._last_time: float | None = None
        self._last_is_value = False
        self._is_dragging = False

    def typed(self, entry: Entry, now: float) -> None:
        """Add what was typed; ``now``: seconds of a monotonic clock."""
        if self._add(entry, self._is_quick(now) and not self._last_is_value):
            self._last_time, self._last_is_value = now, False

    def moved(self, entry: Entry, now: float) -> None:
        """Add a change of a value. All changes of one drag count as one, others if they are quick."""
        is_same = self._last_is_value and (self._is_dragging or self._is_quick(now))
        if self._add(entry, is_same):
            self._last_time, self._last_is_value = now, True

    def begin_drag(self) -> None:
        """Begin a change of a value that takes any time and is undone as one."""
        self.end_drag()
        self._is_dragging = True

    def end_drag(self) -> None:
        """End a drag; the next change is one of its own."""
        self._last_time, self._last_is_value, self._is_dragging = None, False, False

    def amend(self, entry: Entry) -> None:
        """Replace the present entry, by a change that is not undone."""
        self._entries[self._index] = entry

    def earlier(self) -> Iterator[Entry]:
        """Yield the entries before the present one, the latest first."""
        return reversed(self._entries[: self._index])

    def _is_quick(self, now: float) -> bool:
        return self._last_time is not None and now - self._last_time < MERGE_WITHIN_S

    def chosen(self, entry: Entry) -> None:
        """Add what was chosen, which is undone by itself."""
        self._add(entry, replaces=False)
        self.end_drag()

    def _add(self, entry: Entry, replaces: bool) -> bool:
        """Add an entry, or replace the last one; return whether it differs from that."""
        if entry == self._entries[self._index]:
            return False
        del self._entries[self._index + 1 :]
        if replaces:
            self._entries[self._index] = entry
        else:
            self._entries.append(entry)
        self._entries = self._entries[-MAX_ENTRIES:]
        self._index = len(self._entries) - 1
        return True

    @property
    def can_undo(self) -> bool:
        """Whether there is an earlier entry."""
        return self._index > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is a later entry."""
        return self._index < len(self._entries) - 1

    def undo(self) -> Entry | None:
        """Go back to the previous entry and return it; None if there is none."""
        return self._go(-1) if self.can_undo else None

    def redo(self) -> Entry | None:
        """Go forward to the next entry and return it; None if there is none."""
        return self._go(1) if self.can_redo else None

    def _go(self, offset: int) -> Entry:
        self._index += offset
        self.end_drag()
        return self._entries[self._index]
