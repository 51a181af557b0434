"""Names of higher derivatives, and their limit."""

from collections.abc import Sequence

MAX_ORDER = 4
"""Highest order of a derivative that can be shown; each has about twice as many ops as the one before."""


def derivative_text(variables: Sequence[str], base: str = "f", primes: bool | None = None) -> str:
    """Return the name of ``base`` differentiated by ``variables`` in turn: ``f″``, or ``f_xy`` if they differ.

    primes: whether ``base`` has only one variable, so that primes are unambiguous; None derives it from ``variables``.
    """
    if primes is None:
        primes = len(set(variables)) <= 1
    if not variables:
        return base
    if primes:
        return base + ("", "′", "″", "‴", "⁗")[len(variables)]
    separator = "" if all(len(name) == 1 for name in variables) else ","
    return f"{base}_{separator.join(variables)}"


def derivative_latex(variables: Sequence[str], base: str, primes: bool) -> str:
    """Return the same name as LaTeX; ``variables`` and ``base`` are LaTeX already."""
    if not variables:
        return base
    if primes:
        return base + "'" * len(variables)
    return rf"{base}_{{{' '.join(variables)}}}"
