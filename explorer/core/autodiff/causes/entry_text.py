"""Entries of a vector or matrix, and numbers, as the sentences about causes write them."""

from collections.abc import Sequence
from typing import Any

from explorer.core.number_format import format_list

Entry = tuple[int, ...]


def entries_text(entries: Sequence[Entry], count: int, total: int) -> str:
    """Return which entries of how many: ``entry [1], 1 of 4``, ``all 4 entries``.

    entries: the first of the ``count`` entries.
    """
    if count == total:
        return f"all {total} entries" if total > 1 else f"entry {entry_list(entries, 1)}"
    noun = "entry" if count == 1 else "entries"
    return f"{noun} {entry_list(entries, count)}, {count} of {total}"


def entry_list(entries: Sequence[Entry], count: int) -> str:
    """Return ``[0], [1] and [2]``, or ``[0], [1] …`` if there are more than these."""
    texts = [str(list(entry)) for entry in entries]
    if count > len(texts):
        return f"{', '.join(texts)} …"
    return format_list(texts)


def number_text(value: Any, digits: int = 4) -> str:
    """Return a number with ``digits`` significant digits, as it is typed: ``-0.5``, ``1e-08``; ``NaN`` and ``∞``."""
    text = f"{float(value) + 0.0:.{digits}g}"  # -0 is written as 0
    return text.replace("nan", "NaN").replace("inf", "∞")


def limit_text(value: Any) -> str:
    """Return a limit of a number format with two digits: ``3.4e38``."""
    mantissa, _, exponent = f"{float(value):.1e}".partition("e")
    return f"{mantissa}e{int(exponent)}"
