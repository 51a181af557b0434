"""The tables in a lesson: TOML, with what is wrong in plain words and in which line."""

import re
import tomllib
from collections.abc import Sequence
from typing import Any

from explorer.core.errors import UserError

_PLAIN = {
    "Cannot overwrite a value": "this key stands here twice",
    "Invalid value": "after = comes a text in quotes, a number, true, false, or a list",
    "Unterminated string": "a text has no closing quote",
    "Illegal character": "a text has no closing quote in its line, or there is a sign that cannot be seen",
    "Expected '=' after a key": "a key is followed by = and its value",
    "Invalid statement": "a line begins with a key, such as step = 1",
    "Expected newline or end of document": "something stands behind a value in its line; a text needs quotes",
    "Unclosed array": "a list has no closing ]",
    "Unclosed inline table": "a table has no closing }",
    "maximum recursion": "it is too deep",
}
"""What Python's TOML reader says, by how it begins, in plain words."""


class TomlError(UserError):
    """Lines that are no TOML, as a sentence. line: which of them, from 0."""

    def __init__(self, says: str, line: int) -> None:
        super().__init__(f"This is not written as TOML: {says}.")
        self.line = line


def read_table(lines: Sequence[str]) -> dict[str, Any]:
    """Return the table that lines are; raises TomlError."""
    try:
        return tomllib.loads("\n".join(lines))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)", str(error))
        line = int(found[1]) - 1 if found and found[1] else max(len(lines) - 1, 0)
        says = re.sub(r" \(at .*\)", "", str(error))
        raise TomlError(
            next((words for begin, words in _PLAIN.items() if says.startswith(begin)), says), line
        ) from error


def line_of(key: str, lines: Sequence[str], start: int) -> int:
    """Return the line of the file in which a key of a table stands, ``start`` being its first."""
    pattern = re.compile(rf"^\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[].=]")
    return start + next((k for k, line in enumerate(lines) if pattern.match(line)), 0)
