"""Forward and backward pass of a scalar program in NumPy, to judge numbers without calling TensorFlow.

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
    """One op or input of a tape.

    op: name in the op table; "" for an input. sources: positions of its arguments.
    varies: whether it depends on a variable.
    """

    op: str
    value: float
    sources: tuple[int, ...] = ()
    varies: bool = False


@dataclass
class Tape:
    """The passes of a program at one point.

    variables: positions of variables in ``entries``.
    locals, passed: local derivatives and gradients passed on, by (position, argument slot).
    totals: complete gradients by position.
    kink: whether an op is at a kink.
    """

    entries: list[TapeEntry] = field(default_factory=list)
    variables: dict[str, int] = field(default_factory=dict)
    locals: dict[tuple[int, int], float] = field(default_factory=dict)
    passed: dict[tuple[int, int], float] = field(default_factory=dict)
    totals: dict[int, float] = field(default_factory=dict)
    kink: bool = False

    def numbers(self) -> list[float]:
        """Return all numbers that a student is asked for: values of ops, local derivatives, gradients and sums."""
        values = [entry.value for entry in self.entries if entry.sources]
        return [*values, *self.locals.values(), *self.passed.values(), *self.totals.values()]


def record_tape(program: Program, point: Mapping[str, FloatArray]) -> Tape | None:
    """Return the tape of ``program`` at ``point``; None where a value is no scalar or an op has no such derivative."""
    if any(np.ndim(value) for value in point.values()):
        return None
    tape = Tape()
    defined: dict[str, int] = {}
    try:
        with np.errstate(all="ignore"):
            for name, node in program.definitions.items():
                defined[name] = _record_forward(expand_composites(node), point, defined, tape)
            last = _record_forward(expand_composites(program.output), point, defined, tape)
            _record_backward(tape, last)
    except (TypeError, ValueError):
        return None
    return tape


def _record_forward(node: Node, point: Mapping[str, FloatArray], defined: Mapping[str, int], tape: Tape) -> int:
    """Record ``node`` and return its position; raises ValueError if it is not a scalar."""
    match node:
        case Reference(name):
            return defined[name]
        case Variable(name):
            if name not in tape.variables:
                tape.entries.append(TapeEntry("", float(point[name]), varies=True))
                tape.variables[name] = len(tape.entries) - 1
            return tape.variables[name]
        case Apply(op, arguments):
            sources = []
            for argument in arguments:
                sources.append(_record_forward(argument, point, defined, tape))
            values = [np.asarray(tape.entries[k].value) for k in sources]
            definition = op_table()[op]
            if not definition.elementwise:
                raise ValueError(f"{op} is not an op on scalars")
            tape.kink |= definition.is_singular(*values)
            value = float(np.asarray(definition.numpy(*values), np.float64))
            varies = any(tape.entries[k].varies for k in sources)
            tape.entries.append(TapeEntry(op, value, tuple(sources), varies))
        case _:
            tape.entries.append(TapeEntry("", float(evaluate(node, {}, {}))))
    return len(tape.entries) - 1


def _record_backward(tape: Tape, last: int) -> None:
    tape.totals[last] = 1.0
    for position in range(last, -1, -1):
        entry = tape.entries[position]
        if position not in tape.totals or not entry.sources:
            continue
        names = dict(zip("ab", (np.asarray(tape.entries[k].value) for k in entry.sources), strict=False))
        for slot, source in enumerate(entry.sources):
            text = op_table()[entry.op].derivatives[slot]
            if not tape.entries[source].varies or text is None:
                continue
            local = float(evaluate(expand_composites(parse_template(text)), names, {}))
            tape.locals[position, slot] = local
            tape.passed[position, slot] = tape.totals[position] * local
            tape.totals[source] = tape.totals.get(source, 0.0) + tape.passed[position, slot]
