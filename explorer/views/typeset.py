"""Typeset formulas: LaTeX to SVG by ziamath, in a thread: a formula takes ten milliseconds, its import a hundred."""

import re
import threading
from collections import OrderedDict, deque
from dataclasses import dataclass
from time import monotonic

from PySide6.QtCore import QObject, Signal

KEPT = 200
"""Typeset formulas that are kept."""

LONGEST_HOLD = 0.07
"""Seconds that a formula waits for a graph at most."""

FIRST_HOLD = 0.6
"""Seconds that the very first formula waits for a paint at most."""

INK = "#010203"
"""The colour that stands in the SVG for "the text's colour"; it is replaced when the formula is painted."""

SIZE = 24.0
"""Size in which formulas are typeset; painting scales them."""


@dataclass(frozen=True)
class Formula:
    """A typeset formula: its SVG in `INK`, its width, and how far it goes above and below the baseline, in pixels."""

    svg: str
    width: float
    ascent: float
    descent: float


class Typesetter(QObject):
    """Typesets in its own thread and keeps what it has made. ``done`` tells which formula is new."""

    done = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._formulas: OrderedDict[str, Formula | None] = OrderedDict()
        self._waiting: deque[str] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        # Nothing is typeset before the first graph stands: ziamath's import would slow it down.
        self._held_until = monotonic() + FIRST_HOLD

    def hold(self) -> None:
        """Begin nothing new for a moment, or until `release`: a graph is on its way and is more urgent."""
        self._held_until = max(self._held_until, monotonic() + LONGEST_HOLD)

    def release(self) -> None:
        """Go on."""
        with self._changed:
            self._held_until = 0.0
            self._changed.notify()

    def formula(self, latex: str) -> Formula | None:
        """Return the typeset formula if there is one already; None for one that cannot be typeset, or not yet."""
        return self._formulas.get(latex)

    def is_known(self, latex: str) -> bool:
        """Whether typesetting this was tried already."""
        return latex in self._formulas

    def ask(self, latex: str) -> None:
        """Typeset a formula soon; the newest wish comes first."""
        with self._changed:
            if latex in self._formulas or latex in self._waiting:
                return
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
            made = typeset(latex)
            self._formulas[latex] = made
            while len(self._formulas) > KEPT:
                self._formulas.popitem(last=False)
            try:
                self.done.emit(latex)
            except RuntimeError:
                return  # the program ends and Qt's half of this object is gone


def typeset(latex: str) -> Formula | None:
    """Typeset one formula, here and now; None where ziamath cannot."""
    import ziamath

    ziamath.config.svg2 = False  # otherwise QtSvg draws nothing
    try:
        svg = ziamath.Latex(latex, size=SIZE, color=INK).svg()
        box = re.search(r'viewBox="(\S+) (\S+) (\S+) (\S+)"', svg)
        _, top, width, height = (float(part) for part in box.groups())  # type: ignore[union-attr]
    except Exception:  # a formula is an ornament: whatever ziamath trips over, the text is shown instead
        return None
    return Formula(svg, width, -top, height + top)


_typesetter: Typesetter | None = None


def typesetter() -> Typesetter:
    """Return the one typesetter of the program."""
    global _typesetter  # noqa: PLW0603 - made late, for it needs no window but a QCoreApplication
    if _typesetter is None:
        _typesetter = Typesetter()
    return _typesetter
