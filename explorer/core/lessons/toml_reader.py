"""Reads the TOML tables in a lesson, with mistakes in plain words and their lines."""

import re
import tomllib
from collections.abc import Sequence
from typing import Any

from explorer.core.errors import UserError

_PLAIN_MESSAGES = {
    "Cannot overwrite a value": "this key stands here twice",
    "Invalid value": "after = comes a text in quotes, a number, true, false, or a list",
    "Unterminated string": "a text has no closing quote",
    "Illegal character": "a text has no closing quote in its line, or there is a character that cannot be seen",
    "Expected '=' after a key": "a key is followed by = and its value",
    "Invalid statement": "a line begins with a key, such as step = 1",
    "Expected newline or end of document": "something stands behind a value in its line; a text needs quotes",
    "Unclosed array": "a list has no closing ]",
    "Unclosed inline table": "a table has no closing }",
    "maximum recursion": "it is too deep",
}
"""Messages by the beginning of that of Python's TOML reader."""


class TomlError(UserError):
    """A mistake in TOML; ``line`` is the index of its line."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(f"This is not written as TOML: {reason}.")
        self.line = line


def parse_table(lines: Sequence[str]) -> dict[str, Any]:
    """Parse lines as a table; raises TomlError."""
    try:
        return tomllib.loads("\n".join(lines))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)", str(error))
        line = int(found[1]) - 1 if found and found[1] else max(len(lines) - 1, 0)
        reason = re.sub(r" \(at .*\)", "", str(error))
        plain = next((text for beginning, text in _PLAIN_MESSAGES.items() if reason.startswith(beginning)), reason)
        raise TomlError(plain, line) from error


def find_key_line(key: str, lines: Sequence[str], start: int) -> int:
    """Return the line of the file that sets a key of a table; ``start`` is the line in which the table begins."""
    pattern = re.compile(rf"^\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[].=]")
    return start + next((k for k, line in enumerate(lines) if pattern.match(line)), 0)
