"""Values for the variables of an exercise: easy numbers in the domain whose results are easy to read."""

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
"""Numbers that are easy to write; 1 comes last, because multiplying by it shows nothing."""

MAX_CANDIDATES = 400
"""Candidates that are tried; each takes a fraction of a millisecond."""

MIN_READABLE, MAX_READABLE = 0.01, 1000.0
"""Absolute values between these are written with four digits and without an exponent."""


def choose_values(program: Program, seed: int, max_candidates: int = MAX_CANDIDATES) -> dict[str, FloatArray]:
    """Return a value for each variable, float64; values that the text assigns are kept.

    The order of candidates depends only on the text, and ``seed`` selects one of the good ones, so that consecutive
    seeds have different values. Raises ExpressionError if no candidate gives finite numbers.
    """
    free = [name for name in program.variables if name not in program.assignments]
    fixed = {name: np.asarray(value, np.float64) for name, value in program.assignments.items()}
    good: list[dict[str, FloatArray]] = []
    usable: list[tuple[int, dict[str, FloatArray]]] = []
    for candidate in islice(_candidates(program.text, free), max_candidates):
        point = bind(program, {**fixed, **candidate})
        check_shapes(program, {name: value.shape for name, value in point.items()})
        tape = record_tape(program, point)
        # The numbers of vectors and matrices are not judged.
        unreadable = _count_unreadable(tape) if tape is not None else 0
        if unreadable == 0:
            good.append(point)
        elif unreadable is not None:
            usable.append((unreadable, point))
    if good:
        return good[seed % len(good)]
    if not usable:
        raise ExpressionError("No small numbers were found at which this and its derivatives are finite.")
    fewest = min(count for count, _ in usable)
    best = [point for count, point in usable if count == fewest]
    return best[seed % len(best)]


def is_readable(number: float) -> bool:
    """Return whether a number is finite and between `MIN_READABLE` and `MAX_READABLE` in absolute value."""
    return bool(np.isfinite(number)) and MIN_READABLE <= abs(number) < MAX_READABLE


def _count_unreadable(tape: Tape) -> int | None:
    """Return how many numbers are hard to read; None outside the domain or at a kink."""
    numbers = tape.numbers()
    if tape.kink or not np.all(np.isfinite(numbers)):
        return None
    return sum(not is_readable(number) for number in numbers)


def _candidates(text: str, names: list[str]) -> Iterator[Mapping[str, FloatArray]]:
    """Yield distinct values of ``names``, with different values for all variables while there are enough numbers."""
    rng = random.Random(text)  # a str seed gives the same sequence in every process
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
