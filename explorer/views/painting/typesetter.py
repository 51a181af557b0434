"""Typesets formulas in a thread: a formula takes 10 ms, the import of the library 100 ms.

Of a long formula the beginning is typeset, which is more than fits in a line.
"""

import threading
from collections import OrderedDict, deque
from time import monotonic

from PySide6.QtCore import QObject, Signal

from explorer.core.latex_to_svg import Formula, beginning, typeset

CACHE_SIZE = 200
"""Number of typeset formulas that are cached."""

MAX_HOLD_S = 0.07
"""Longest time that typesetting is held back for a graph that is being drawn."""

INITIAL_HOLD_S = 0.6
"""Longest time that the first formula is held back for the first paint."""


MAX_PENDING = 40
"""Number of formulas that wait; the oldest requests are dropped beyond it."""


class Typesetter(QObject):
    """Typesets in its own thread and keeps what it has made. ``formulaReady`` carries its LaTeX."""

    formulaReady = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._formulas: OrderedDict[str, Formula | None] = OrderedDict()
        self._pending: deque[str] = deque()
        self._is_typesetting = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        # Typesetting starts after the first paint, which the import of ziamath would delay.
        self._held_until = monotonic() + INITIAL_HOLD_S

    def hold(self) -> None:
        """Start nothing new for a moment, or until `release`, because a graph is more urgent."""
        self._held_until = max(self._held_until, monotonic() + MAX_HOLD_S)

    def release(self) -> None:
        """Continue typesetting."""
        with self._changed:
            self._held_until = 0.0
            self._changed.notify()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is pending and `formulaReady` was emitted for everything."""
        with self._changed:
            return not self._pending and not self._is_typesetting

    def formula(self, latex: str) -> Formula | None:
        """Return a formula that was typeset, or None if that is not done yet or not possible."""
        return self._formulas.get(latex)

    def is_known(self, latex: str) -> bool:
        """Return whether typesetting of a formula was tried."""
        return latex in self._formulas

    def request(self, latex: str, prefetch: bool = False) -> None:
        """Typeset a formula soon, before earlier requests; with ``prefetch``, after all others."""
        with self._changed:
            if latex in self._formulas:
                self._formulas.move_to_end(latex)
                return
            if latex in self._pending:
                if prefetch:
                    return
                self._pending.remove(latex)
            if prefetch:
                self._pending.appendleft(latex)
            else:
                self._pending.append(latex)
            while len(self._pending) > MAX_PENDING:
                self._pending.popleft()
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="typesetter", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._pending or (held := self._held_until - monotonic()) > 0:
                    self._changed.wait(held if self._pending else None)
                latex = self._pending.pop()
                self._is_typesetting = True
            formula = typeset(beginning(latex))
            with self._changed:
                self._formulas[latex] = formula
                while len(self._formulas) > CACHE_SIZE:
                    self._formulas.popitem(last=False)
            try:
                self.formulaReady.emit(latex)
            except RuntimeError:
                return  # at exit the C++ object is deleted first
            with self._changed:
                self._is_typesetting = False


_typesetter: Typesetter | None = None


def typesetter() -> Typesetter:
    """Return the typesetter of the program."""
    global _typesetter  # noqa: PLW0603 - created on first use, because it requires a QCoreApplication
    if _typesetter is None:
        _typesetter = Typesetter()
    return _typesetter
