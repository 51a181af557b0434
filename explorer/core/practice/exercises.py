"""Random exercises: an expression of a level, and values at which all its numbers are easy to read."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from explorer.core.errors import ExpressionError
from explorer.core.expression.parser import parse
from explorer.core.practice.exercise_values import choose_values, is_readable
from explorer.core.practice.scalar_tape import record_tape
from explorer.core.syntax_tree import FloatArray

LEVELS = (
    "sums and products",
    "powers and functions",
    "a function in a function",
    "products of chains",
    "fan-out: a variable used twice",
    "a neuron and its loss",
)
"""Subjects of the levels, from level 1."""

_FUNCTIONS = ("sin", "cos", "exp", "sqrt", "log", "tanh")
_PAIRS = (("x", "y"), ("a", "b"), ("w", "x"), ("θ", "t"))
"""Names of variables; the rules have u and v, so that what is theirs and what is the exercise's can be told apart."""

_TEMPLATES: tuple[tuple[str, ...], ...] = (
    ("{c}*{x} + {y}", "{x}*{y} + {c}", "{c}*{x} - {d}*{y}", "({x} + {c})*{y}", "{c}*{x}*{y}", "{x}*{y} - {y2}",
     "{c}*({x} - {y})"),
    ("{x}^{n}", "{c}*{f}({x})", "{f}({x}) + {c}*{y}", "{x}^{n} - {c}*{y}", "{f}({x})*{y}", "{x}^{n}*{y}",
     "{c}/{x} + {y}", "{f}({x}) - {g}({y})"),
    ("{f}({c}*{x})", "{f}({x}^{n})", "{f}({x})^{n}", "{f}({x} + {c})", "({c}*{x} + {d})^{n}", "{f}({g}({x}))",
     "{f}({x}*{y})", "{c}*{f}({d}*{x} - {e})"),
    ("{f}({c}*{x})*{g}({y})", "{x}^{n}*{f}({c}*{y})", "{f}({x}*{y})*{z}", "({c}*{x} + {d})^{n}*{f}({y})",
     "{f}({x})^{n}*{y}", "{f}({c}*{x})/{y}"),
    ("{x}*{f}({x})", "{x}^{n} + {f}({x})", "h = {c}*{x}; {f}(h) + h^2", "{x}*{y} + {f}({x})", "h = {x}*{y}; h*{f}(h)",
     "{x}*({x} + {c})", "{f}({c}*{x})*{x}"),
    ("sigmoid(w*x + b)", "tanh(w*x + b)", "(w*x + b - t)^2", "(sigmoid(w*x) - t)^2", "(tanh(w*x + b) - t)^2",
     "relu(w*x + b)*c", "log(1 + exp(-w*x))"),
)  # fmt: skip

MAX_ATTEMPTS = 400
"""Expressions that are tried for one exercise."""

MAX_CANDIDATES = 40
"""Candidate values that are tried for one expression, while the window waits."""


@dataclass(frozen=True)
class PracticeExercise:
    """One exercise. level: from 1. number: seed that reproduces it. point: value of each variable."""

    level: int
    number: int
    text: str
    point: Mapping[str, FloatArray]


def make_exercise(level: int, number: int) -> PracticeExercise:
    """Return exercise ``number`` of a level, always the same; raises ValueError for an unknown level."""
    if not 1 <= level <= len(LEVELS):
        raise ValueError(f"There is no level {level}; there are 1 to {len(LEVELS)}.")
    rng = random.Random(f"practice {level} {number}")  # a str seed gives the same sequence in every process
    for _ in range(MAX_ATTEMPTS):
        text = _fill_template(rng, rng.choice(_TEMPLATES[level - 1]))
        try:
            program = parse(text)
            point = choose_values(program, rng.randrange(1000), MAX_CANDIDATES)
        except ExpressionError:
            continue
        tape = record_tape(program, point)
        if tape is not None and all(is_readable(value) for value in tape.numbers()):
            return PracticeExercise(level, number, text, point)
    raise AssertionError(f"level {level} has no exercise {number}")  # tests cover thousands


def _fill_template(rng: random.Random, template: str) -> str:
    x, y = rng.choice(_PAIRS)
    f, g = rng.sample(_FUNCTIONS, 2)
    words: dict[str, Any] = {"x": x, "y": y, "y2": rng.choice(("c", "k")), "z": "z", "f": f, "g": g}
    words |= {name: rng.randint(2, 5) for name in "cde"} | {"n": rng.choice((2, 3))}
    return template.format(**words)
