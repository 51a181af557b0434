"""The field's words, each explained: an entry for a word, and links to entries in any text."""

import html
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cache

from explorer.core.help.sections import SectionError, read_sections
from explorer.core.resources import resource_path

SCHEME = "term:"
"""Begins the address of an entry in a link."""

_KEPT = re.compile(
    r"```.*?```|~~~.*?~~~|`[^`]*`|\$\$.+?\$\$|(?<!\\)\$[^$]+?\$|!?\[[^\]]*\]\([^)]*\)|^#.*?$", re.DOTALL | re.MULTILINE
)
"""Code, formulas, links, pictures and headings, in which no word becomes a link."""


@dataclass(frozen=True)
class GlossaryEntry:
    """One term. key: its address. also: other names. found: names that are found, but too common to become links.

    text: Markdown. see: keys of related entries.
    """

    key: str
    term: str
    text: str
    also: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    see: tuple[str, ...] = ()


def key_of(term: str) -> str:
    """Return the address of a term: ``Learning rate`` is at ``learning-rate``."""
    return re.sub(r"[^\w]+", "-", term.lower()).strip("-")


def plural(word: str) -> str:
    """Return the plural of a word, or of the last of several: tensors, losses, batches, epochs, entropies."""
    if re.search(r"(s|x|z|(?<!po)ch|sh)$", word):
        return word + "es"
    return word[:-1] + "ies" if re.search(r"[^aeiou]y$", word) else word + "s"


class Glossary:
    """Entries in the alphabet's order. Raises SectionError for a name that stands twice or a link to nowhere."""

    def __init__(self, source: str) -> None:
        entries: list[GlossaryEntry] = []
        self._by_name: dict[str, GlossaryEntry] = {}
        linking: dict[str, GlossaryEntry] = {}
        sections = read_sections(source, ("also", "found", "see"))
        for part in sections:
            also, found = part.fields.get("also", ()), part.fields.get("found", ())
            see = tuple(key_of(name) for name in part.fields.get("see", ()))
            entry = GlossaryEntry(key_of(part.title), part.title, part.text, also, found, see)
            entries.append(entry)
            for name in (entry.key, entry.term, *also, *found):
                for form in {name.lower(), plural(name.lower())}:
                    if self._by_name.setdefault(form, entry) is not entry:
                        raise SectionError(part.line, f"“{form}” stands here and under {self._by_name[form].term}.")
            for name in (entry.term, *also):
                linking |= {name.lower(): entry, plural(name.lower()): entry}
        self.entries = tuple(sorted(entries, key=lambda entry: entry.term.lower()))
        self._by_key = {entry.key: entry for entry in entries}
        for part, entry in zip(sections, entries, strict=True):
            for key in (*entry.see, *re.findall(rf"\]\({SCHEME}([^)]*)\)", entry.text)):
                if key not in self._by_key or key == entry.key:
                    raise SectionError(part.line, f"{entry.term} links to {key}, which is no other entry.")
        # Longer names come first, so that "learning rate" is not taken for "rate".
        names = sorted(linking, key=len, reverse=True)
        choices = "|".join(r"\s+".join(map(re.escape, name.split())) for name in names)
        self._linking = linking
        self._word = re.compile(rf"(?<![\w/-])(?:{choices})(?![\w/-])", re.IGNORECASE)

    def entry(self, key: str) -> GlossaryEntry:
        """Return the entry at an address; raises KeyError."""
        return self._by_key[key]

    def find(self, word: str) -> GlossaryEntry | None:
        """Return the entry of a word, in the singular or plural and in letters of any size, or None."""
        return self._by_name.get(" ".join(word.lower().split()))

    def search(self, words: str) -> list[GlossaryEntry]:
        """Return the entries that fit what is typed: those so called first, then those whose text has all its words."""
        wanted = words.lower().split()
        if not wanted:
            return list(self.entries)
        ranked = [(_rank(entry, " ".join(wanted), wanted), entry) for entry in self.entries]
        return [entry for rank, entry in sorted(ranked, key=lambda pair: pair[0]) if rank < _NOT]

    def linked(self, text: str, but: Collection[str] = ()) -> str:
        """Return a Markdown text in which the first mention of each term is a link; ``but``: keys without one.

        Code, formulas, headings and what is a link already stay as they are.
        """
        return self._replaced(
            text,
            but,
            [found.span() for found in _KEPT.finditer(text)],
            str,
            lambda word, key: f"[{word}]({SCHEME}{key})",
        )

    def linked_html(self, text: str, but: Collection[str] = ()) -> str:
        """Return a plain text as HTML, in which the first mention of each term is a link."""
        return self._replaced(
            text, but, [], html.escape, lambda word, key: f'<a href="{SCHEME}{key}">{html.escape(word)}</a>'
        )

    def _replaced(
        self,
        text: str,
        but: Collection[str],
        kept: list[tuple[int, int]],
        plain: Callable[[str], str],
        link: Callable[[str, str], str],
    ) -> str:
        parts, end_of_previous = [], 0
        for start, end, entry in self._mentions(text, kept, set(but)):
            parts += [plain(text[end_of_previous:start]), link(text[start:end], entry.key)]
            end_of_previous = end
        return "".join([*parts, plain(text[end_of_previous:])])

    def _mentions(
        self, text: str, kept: list[tuple[int, int]], seen: set[str]
    ) -> Iterator[tuple[int, int, GlossaryEntry]]:
        for found in self._word.finditer(text):
            entry = self._linking[" ".join(found[0].lower().split())]
            if entry.key not in seen and not any(start <= found.start() < end for start, end in kept):
                seen.add(entry.key)
                yield found.start(), found.end(), entry


_NOT = 9


def _rank(entry: GlossaryEntry, typed: str, wanted: list[str]) -> int:
    names = [name.lower() for name in (entry.term, *entry.also, *entry.found)]
    if typed in names:
        return 0
    if any(name.startswith(typed) for name in names):
        return 1
    if any(typed in name for name in names):
        return 2
    return 3 if all(word in entry.text.lower() for word in wanted) else _NOT


@cache
def glossary() -> Glossary:
    """Return the program's own glossary."""
    return Glossary(resource_path("glossary.md").read_text(encoding="utf-8"))
