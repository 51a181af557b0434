"""Undo and redo of what was typed. No Qt, no clock of its own."""

PAUSE = 0.8
"""Seconds without typing after which the next change can be undone by itself."""

LONGEST = 200
"""States that are kept."""


class UndoHistory:
    """Texts in the order in which they were typed; changes in quick succession are one."""

    def __init__(self, text: str = "") -> None:
        self._texts = [text]
        self._index = 0
        self._last: float | None = None

    def typed(self, text: str, now: float) -> None:
        """Note that the text is now ``text``; ``now`` in seconds of any clock that only goes forward."""
        if text == self._texts[self._index]:
            return
        quick = self._last is not None and now - self._last < PAUSE
        del self._texts[self._index + 1 :]
        if quick:
            self._texts[self._index] = text
        else:
            self._texts.append(text)
        self._texts = self._texts[-LONGEST:]
        self._index = len(self._texts) - 1
        self._last = now

    @property
    def can_undo(self) -> bool:
        """Whether there is something before."""
        return self._index > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is something after."""
        return self._index < len(self._texts) - 1

    def undo(self) -> str | None:
        """Go back and return the text before, or None if there is none."""
        return self._go(-1) if self.can_undo else None

    def redo(self) -> str | None:
        """Go forward again and return the text, or None if there is none."""
        return self._go(1) if self.can_redo else None

    def _go(self, by: int) -> str:
        self._index += by
        self._last = None
        return self._texts[self._index]
