"""Values for the variables of an exercise: small numbers within the domain, so that all that follows can be read."""

import random
from collections.abc import Iterator, Mapping
from itertools import islice, permutations

import numpy as np

from explorer.core.errors import ExpressionError
from explorer.core.expression.shapes import check_shapes
from explorer.core.expression.values import bind
from explorer.core.practice.scalar_tape import Tape, record_tape
from explorer.core.syntax_tree import FloatArray, Program

EASY_NUMBERS = (
    2.0, 3.0, 0.5, 1.5, -1.0, -2.0, 4.0, 2.5, 5.0, -3.0, 0.2, 0.4, 0.8, 1.2, -0.5, -1.5, 0.3, 0.6, 3.5, 0.1, 6.0, 0.7,
    -0.3, 1.1, 0.9, -0.8, 1.4, 0.25, 1.8, -0.2, 8.0, 1.0,
)  # fmt: skip
"""Numbers that are easily written down; 1 comes last, for multiplying by it shows nothing."""

MAX_CANDIDATES = 400
"""Choices that are looked at; each costs a fraction of a millisecond."""

MIN_READABLE, MAX_READABLE = 0.01, 1000.0
"""What lies between them is read at four digits without an exponent."""


def choose_values(program: Program, seed: int, tries: int = MAX_CANDIDATES) -> dict[str, FloatArray]:
    """Return a value for each variable; those that the text itself sets stay as they are.

    The choices come in an order that depends on the text alone, and ``seed`` counts through the good ones: seeds side
    by side have different numbers while there are some. Raises ExpressionError where no choice gives numbers at all.
    """
    free = [name for name in program.variables if name not in program.assignments]
    fixed = {name: np.asarray(value, np.float64) for name, value in program.assignments.items()}
    good: list[dict[str, FloatArray]] = []
    usable: list[tuple[int, dict[str, FloatArray]]] = []
    for choice in islice(_candidates(program.text, free), tries):
        point = bind(program, {**fixed, **choice})
        check_shapes(program, {name: value.shape for name, value in point.items()})
        tape = record_tape(program, point)
        # Numbers of vectors and matrices are not judged: they are whatever they are.
        unreadable = _count_unreadable(tape) if tape is not None else 0
        if unreadable == 0:
            good.append(point)
        elif unreadable is not None:
            usable.append((unreadable, point))
    if good:
        return good[seed % len(good)]
    if not usable:
        raise ExpressionError("No small numbers were found at which this and its derivatives are numbers.")
    fewest = min(count for count, _ in usable)
    best = [point for count, point in usable if count == fewest]
    return best[seed % len(best)]


def is_readable(number: float) -> bool:
    """Whether a number says something at four digits: not 0, not tiny, not huge."""
    return bool(np.isfinite(number)) and MIN_READABLE <= abs(number) < MAX_READABLE


def _count_unreadable(tape: Tape) -> int | None:
    """How many numbers are hard to read; None where the choice is outside the domain or at a kink."""
    numbers = tape.numbers()
    if tape.kink or not np.all(np.isfinite(numbers)):
        return None
    return sum(not is_readable(number) for number in numbers)


def _candidates(text: str, names: list[str]) -> Iterator[Mapping[str, FloatArray]]:
    """Yield values of ``names``, each choice once, no two variables alike while there are numbers enough."""
    rng = random.Random(text)  # a text is hashed the same way in every process
    rows: Iterator[tuple[float, ...]]
    if not names:
        rows = iter([()])
    elif len(names) == 1:
        rows = iter([(number,) for number in rng.sample(EASY_NUMBERS, len(EASY_NUMBERS))])
    elif len(names) == 2:
        pairs = list(permutations(EASY_NUMBERS, 2))
        rows = iter(rng.sample(pairs, len(pairs)))
    else:
        rows = iter(dict.fromkeys(_candidate(rng, len(names)) for _ in range(MAX_CANDIDATES)))
    for row in islice(rows, MAX_CANDIDATES):
        yield {name: np.asarray(value) for name, value in zip(names, row, strict=True)}


def _candidate(rng: random.Random, length: int) -> tuple[float, ...]:
    pool = rng.sample(EASY_NUMBERS, min(length, len(EASY_NUMBERS)))
    return (*pool, *rng.choices(EASY_NUMBERS, k=length - len(pool)))
