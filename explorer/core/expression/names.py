"""Names: Greek letters, constants, and names that TensorFlow accepts for a placeholder."""

import math
import re

CONSTANTS = {"pi": math.pi, "e": math.e}
"""Names of constants and their values."""

_LETTERS = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "omicron",
    "pi",
    "rho",
    "sigma",
    "tau",
    "upsilon",
    "phi",
    "chi",
    "psi",
    "omega",
]
_LOWER = dict(zip("αβγδεζηθικλμνξοπρστυφχψω", _LETTERS, strict=True))
_UPPER = dict(zip("ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ", (name.capitalize() for name in _LETTERS), strict=True))
GREEK_TO_NAME = {
    **_LOWER,
    **{"ς": "sigma", "ϑ": "theta", "ϕ": "phi", "ϵ": "epsilon", "\u00b5": "mu"},  # the last is the micro sign
    **_UPPER,
    "\u2126": "Omega",  # the ohm sign
}
"""Names of Greek letters by letter."""

NAME_TO_GREEK = {name: letter for letter, name in {**_LOWER, **_UPPER}.items()}
"""Greek letters by name."""


def ascii_name(name: str) -> str:
    """Return ``name`` as a str with Greek letters spelled out: ``θ1`` becomes ``theta1``."""
    return str(name) if name.isascii() else "".join(GREEK_TO_NAME.get(letter, letter) for letter in name)


def placeholder_name(name: str) -> str:
    """Return a placeholder name that TensorFlow accepts; TensorFlow may still append a number to make it unique."""
    safe = re.sub(r"[^A-Za-z0-9_]", "", name)
    return safe if re.match(r"[A-Za-z0-9]", safe) else f"var{safe}"


def display_name(name: str) -> str:
    """Return ``name`` as it is shown on a node: names of Greek letters as the letter, with digits as subscripts."""
    match = re.fullmatch(r"([A-Za-z]+)(_?)(\d*)", name)
    if match and match[1] in NAME_TO_GREEK:
        digits = match[3].translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
        return NAME_TO_GREEK[match[1]] + digits
    return name


def short_name(name: str) -> str:
    """Return the name of a backward op or tensor without the scope that all of them have: ``Sin_grad/Cos``."""
    parts = re.sub(r"^(gradients(_\d+)?/)+", "", name).split("/")
    return name if not name.startswith("gradients") else "/".join(parts if len(parts) < 4 else ["…", *parts[-2:]])
