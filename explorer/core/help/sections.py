"""Our own reference texts: a Markdown file of headings, each with fields such as ``also: tensors``, then its text."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


class SectionError(Exception):
    """A file that is not written as it must be; the sentence names the line."""

    def __init__(self, line: int, says: str) -> None:
        super().__init__(f"{says} (line {line})")
        self.line = line


@dataclass(frozen=True)
class Section:
    """title: the heading. fields: lists of words by the field's name. text: Markdown. line: of the heading, from 1."""

    title: str
    fields: Mapping[str, tuple[str, ...]]
    text: str
    line: int


def read_sections(source: str, known: Collection[str]) -> list[Section]:
    """Return the sections of a file in their order. ``known``: names of fields. Raises SectionError.

    A section is ``## Title``, then lines ``field: word, word``, then its text. What stands before the first is for
    whoever writes the file.
    """
    found: list[tuple[str, int, list[str]]] = []
    for number, line in enumerate(source.splitlines(), 1):
        if line.startswith("## "):
            found.append((line[3:].strip(), number, []))
        elif found:
            found[-1][2].append(line)
    return [_section(title, number, lines, known) for title, number, lines in found]


def _section(title: str, number: int, lines: list[str], known: Collection[str]) -> Section:
    fields: dict[str, tuple[str, ...]] = {}
    index = 0
    for index, line in enumerate(lines):
        name, colon, words = line.partition(":")
        if not line.strip() or not colon or not name.isalpha() or not name.islower():
            break
        if name not in known:
            raise SectionError(number + index + 1, f"There is no field {name}; there is {', '.join(sorted(known))}.")
        fields[name] = tuple(word.strip() for word in words.split(",") if word.strip())
    text = "\n".join(lines[index:]).strip()
    if not title or not text:
        raise SectionError(number, f"“{title}” has no text." if title else "Here is a heading without words.")
    return Section(title, fields, text, number)
