"""Undo and redo of what was entered. No Qt; the time is passed in."""

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

    def typed(self, entry: Entry, now: float) -> None:
        """Add what was typed; ``now``: seconds of a monotonic clock."""
        is_quick = self._last_time is not None and now - self._last_time < MERGE_WITHIN_S
        if self._add(entry, is_quick):
            self._last_time = now

    def chosen(self, entry: Entry) -> None:
        """Add what was chosen, which is undone by itself."""
        self._add(entry, replaces=False)
        self._last_time = None

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
        self._last_time = None
        return self._entries[self._index]
