"""Undo and redo of the typed text. No Qt; the time is passed in."""

MERGE_WITHIN_S = 0.8
"""Changes that follow each other more quickly are undone together."""

MAX_TEXTS = 200
"""Number of texts that are kept."""


class UndoHistory:
    """The texts in the order in which they were typed; changes in quick succession count as one."""

    def __init__(self, text: str = "") -> None:
        self._texts = [text]
        self._index = 0
        self._last_time: float | None = None

    def typed(self, text: str, now: float) -> None:
        """Add a text; ``now``: seconds of a monotonic clock."""
        if text == self._texts[self._index]:
            return
        is_quick = self._last_time is not None and now - self._last_time < MERGE_WITHIN_S
        del self._texts[self._index + 1 :]
        if is_quick:
            self._texts[self._index] = text
        else:
            self._texts.append(text)
        self._texts = self._texts[-MAX_TEXTS:]
        self._index = len(self._texts) - 1
        self._last_time = now

    @property
    def can_undo(self) -> bool:
        """Whether there is an earlier text."""
        return self._index > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is a later text."""
        return self._index < len(self._texts) - 1

    def undo(self) -> str | None:
        """Go back to the previous text and return it; None if there is none."""
        return self._go(-1) if self.can_undo else None

    def redo(self) -> str | None:
        """Go forward to the next text and return it; None if there is none."""
        return self._go(1) if self.can_redo else None

    def _go(self, offset: int) -> str:
        self._index += offset
        self._last_time = None
        return self._texts[self._index]
