"""Parses reference texts: Markdown files of sections, each with fields such as ``also: tensors`` before its text."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


class SectionError(Exception):
    """A mistake in a file; the message names the line."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"{message} (line {line})")
        self.line = line


@dataclass(frozen=True)
class Section:
    """A section: its heading, the values of its fields by name, its Markdown text, and the heading's line, from 1."""

    title: str
    fields: Mapping[str, tuple[str, ...]]
    text: str
    line: int


def parse_sections(source: str, field_names: Collection[str]) -> list[Section]:
    """Return the sections of a file in their order.

    A section is a line ``## Title``, then lines ``field: value, value``, then its text. Anything before the first
    section is a comment.

    Raises
    ------
    SectionError : if a section has an unknown field, no title or no text.
    """
    parts: list[tuple[str, int, list[str]]] = []
    for number, line in enumerate(source.splitlines(), 1):
        if line.startswith("## "):
            parts.append((line[3:].strip(), number, []))
        elif parts:
            parts[-1][2].append(line)
    return [_make_section(title, number, lines, field_names) for title, number, lines in parts]


def _make_section(title: str, number: int, lines: list[str], field_names: Collection[str]) -> Section:
    fields: dict[str, tuple[str, ...]] = {}
    index = 0
    for index, line in enumerate(lines):
        name, colon, values = line.partition(":")
        if not line.strip() or not colon or not name.isalpha() or not name.islower():
            break
        if name not in field_names:
            raise SectionError(
                number + index + 1, f"There is no field {name}; there is {', '.join(sorted(field_names))}."
            )
        fields[name] = tuple(value.strip() for value in values.split(",") if value.strip())
    text = "\n".join(lines[index:]).strip()
    if not title or not text:
        raise SectionError(number, f"“{title}” has no text." if title else "Here is a heading without words.")
    return Section(title, fields, text, number)
