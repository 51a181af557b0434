"""Prints the table of requests in CONTRIBUTING.md: ``python -m explorer.core.protocol.requests_table``."""

from typing import get_type_hints

from explorer.core.protocol.request_kind import COMMON_ERRORS, Reply
from explorer.core.protocol.requests import REQUESTS


def table() -> str:
    """Return the requests as Markdown, a row for each."""
    common = ", ".join(f"`{code}`" for code in COMMON_ERRORS)
    rows = [
        "| request | keys of its payload | keys of its reply | service | worker | lane | errors |",
        "|---|---|---|---|---|---|---|",
    ]
    for kind in REQUESTS.values():
        columns = (
            f"`{kind.name}`",
            _keys(kind.payload),
            _keys(kind.reply),
            kind.service,
            kind.worker.value,
            kind.lane or "–",
            ", ".join(f"`{code}`" for code in kind.errors) or "–",
        )
        rows.append(f"| {' | '.join(columns)} |")
    return "\n".join([*rows, "", f"Keys with a ? may be left out. Any request may also end with {common}."])


def _keys(declared: type) -> str:
    """Return the keys of a TypedDict without those that every reply has, as code."""
    optional: frozenset[str] = declared.__optional_keys__  # type: ignore[attr-defined]  # only TypedDicts have it
    keys = [key for key in get_type_hints(declared) if key not in Reply.__optional_keys__]
    return " ".join(f"`{key}{'?' if key in optional else ''}`" for key in keys) or "–"


if __name__ == "__main__":
    print(table())
