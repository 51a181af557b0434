"""Typeset formulas, in a thread: a formula takes ten milliseconds, the import of what makes it a hundred."""

import threading
from collections import OrderedDict, deque
from time import monotonic

from PySide6.QtCore import QObject, Signal

from explorer.core.latex_to_svg import Formula, typeset

CACHE_SIZE = 200
"""Typeset formulas that are kept."""

MAX_HOLD_S = 0.07
"""Seconds that a formula waits for a graph at most."""

INITIAL_HOLD_S = 0.6
"""Seconds that the very first formula waits for a paint at most."""


class Typesetter(QObject):
    """Typesets in its own thread and keeps what it has made. ``formulaReady`` carries its LaTeX."""

    formulaReady = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._formulas: OrderedDict[str, Formula | None] = OrderedDict()
        self._waiting: deque[str] = deque()
        self._is_making = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        # Nothing is typeset before the first graph stands: ziamath's import would slow it down.
        self._held_until = monotonic() + INITIAL_HOLD_S

    def hold(self) -> None:
        """Begin nothing new for a moment, or until `release`: a graph is on its way and is more urgent."""
        self._held_until = max(self._held_until, monotonic() + MAX_HOLD_S)

    def release(self) -> None:
        """Go on."""
        with self._changed:
            self._held_until = 0.0
            self._changed.notify()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is left to typeset, and all is told."""
        with self._changed:
            return not self._waiting and not self._is_making

    def formula(self, latex: str) -> Formula | None:
        """Return the typeset formula if there is one already; None for one that cannot be typeset, or not yet."""
        return self._formulas.get(latex)

    def is_known(self, latex: str) -> bool:
        """Whether typesetting this was tried already."""
        return latex in self._formulas

    def request(self, latex: str, prefetch: bool = False) -> None:
        """Typeset a formula soon; the newest wish comes first. ``ahead``: after all others, for nobody waits for it."""
        with self._changed:
            if latex in self._formulas:
                self._formulas.move_to_end(latex)
                return
            if latex in self._waiting:
                if prefetch:
                    return
                self._waiting.remove(latex)
            if prefetch:
                self._waiting.appendleft(latex)
            else:
                self._waiting.append(latex)
            while len(self._waiting) > 40:
                self._waiting.popleft()
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="typesetter", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting or (held := self._held_until - monotonic()) > 0:
                    self._changed.wait(held if self._waiting else None)
                latex = self._waiting.pop()
                self._is_making = True
            made = typeset(latex)
            with self._changed:
                self._formulas[latex] = made
                while len(self._formulas) > CACHE_SIZE:
                    self._formulas.popitem(last=False)
            try:
                self.formulaReady.emit(latex)
            except RuntimeError:
                return  # the program ends and Qt's half of this object is gone
            with self._changed:
                self._is_making = False


_typesetter: Typesetter | None = None


def typesetter() -> Typesetter:
    """Return the one typesetter of the program."""
    global _typesetter  # noqa: PLW0603 - made late, for it needs no window but a QCoreApplication
    if _typesetter is None:
        _typesetter = Typesetter()
    return _typesetter
