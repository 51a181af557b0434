"""Derivatives of derivatives: what they are called, and how far they go."""

from collections.abc import Sequence

MAX_ORDER = 4
"""So often a derivative can be differentiated again: each has about twice the ops of the one before."""


def derivative_text(along: Sequence[str], base: str = "f", primes: bool | None = None) -> str:
    """Return the name of a function differentiated along some variables: ``f″``, or ``f_xy`` where they differ.

    primes: whether there is but one variable, so that primes say all; None: look at ``along`` alone.
    """
    if primes is None:
        primes = len(set(along)) <= 1
    if not along:
        return base
    if primes:
        return base + ("", "′", "″", "‴", "⁗")[len(along)]
    between = "" if all(len(name) == 1 for name in along) else ","
    return f"{base}_{between.join(along)}"


def derivative_latex(along: Sequence[str], base: str, names: Sequence[str], primes: bool) -> str:
    """Return the same as LaTeX; ``base`` and ``names`` (of the variables in ``along``) are LaTeX already."""
    if not along:
        return base
    if primes:
        return base + "'" * len(along)
    return rf"{base}_{{{' '.join(names)}}}"
