"""A program of scalars worked out in NumPy, forwards and backwards: to judge numbers before TensorFlow is asked.

No number that is shown comes from here; tests compare it with TensorFlow.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from explorer.core.expression.evaluate import evaluate
from explorer.core.expression.expand import expand_composites, parse_template
from explorer.core.ops.table import op_table
from explorer.core.syntax_tree import Apply, FloatArray, Node, Program, Reference, Variable


@dataclass
class TapeEntry:
    """One op: its name, its value, where its arguments stand on the tape, and whether a variable leads to it."""

    op: str
    value: float
    sources: tuple[int, ...] = ()
    varies: bool = False


@dataclass
class Tape:
    """What a program comes to at one point. locals, passed: by entry and argument slot. totals: by entry.

    kink: whether an op has no derivative where it stands.
    """

    entries: list[TapeEntry] = field(default_factory=list)
    variables: dict[str, int] = field(default_factory=dict)
    locals: dict[tuple[int, int], float] = field(default_factory=dict)
    passed: dict[tuple[int, int], float] = field(default_factory=dict)
    totals: dict[int, float] = field(default_factory=dict)
    kink: bool = False

    def numbers(self) -> list[float]:
        """Return all that a student is asked for: values of ops, local derivatives, gradients, sums."""
        values = [entry.value for entry in self.entries if entry.sources]
        return [*values, *self.locals.values(), *self.passed.values(), *self.totals.values()]


def record_tape(program: Program, point: Mapping[str, FloatArray]) -> Tape | None:
    """Return the tape of ``program`` at ``point``; None where a value is no scalar or an op has no such derivative."""
    if any(np.ndim(value) for value in point.values()):
        return None
    made = Tape()
    defined: dict[str, int] = {}
    try:
        with np.errstate(all="ignore"):
            for name, node in program.definitions.items():
                defined[name] = _record_forward(expand_composites(node), point, defined, made)
            last = _record_forward(expand_composites(program.output), point, defined, made)
            _record_backward(made, last)
    except (TypeError, ValueError):
        return None
    return made


def _record_forward(node: Node, point: Mapping[str, FloatArray], defined: Mapping[str, int], made: Tape) -> int:
    """Put ``node`` on the tape; returns its place. Raises ValueError for what is no scalar."""
    match node:
        case Reference(name):
            return defined[name]
        case Variable(name):
            if name not in made.variables:
                made.entries.append(TapeEntry("", float(point[name]), varies=True))
                made.variables[name] = len(made.entries) - 1
            return made.variables[name]
        case Apply(op, arguments):
            sources = []
            for argument in arguments:
                sources.append(_record_forward(argument, point, defined, made))
            values = [np.asarray(made.entries[k].value) for k in sources]
            row = op_table()[op]
            if not row.elementwise:
                raise ValueError(f"{op} is no op on scalars")
            made.kink |= any(bool(np.any(kink.where(*values))) for kink in row.kinks)
            value = float(np.asarray(row.numpy(*values), np.float64))
            varies = any(made.entries[k].varies for k in sources)
            made.entries.append(TapeEntry(op, value, tuple(sources), varies))
        case _:
            made.entries.append(TapeEntry("", float(evaluate(node, {}, {}))))
    return len(made.entries) - 1


def _record_backward(made: Tape, last: int) -> None:
    made.totals[last] = 1.0
    for place in range(last, -1, -1):
        entry = made.entries[place]
        if place not in made.totals or not entry.sources:
            continue
        names = dict(zip("ab", (np.asarray(made.entries[k].value) for k in entry.sources), strict=False))
        for slot, source in enumerate(entry.sources):
            text = op_table()[entry.op].derivatives[slot]
            if not made.entries[source].varies or text is None:
                continue
            local = float(evaluate(expand_composites(parse_template(text)), names, {}))
            made.locals[place, slot] = local
            made.passed[place, slot] = made.totals[place] * local
            made.totals[source] = made.totals.get(source, 0.0) + made.passed[place, slot]
