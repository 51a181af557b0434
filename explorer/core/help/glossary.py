"""The glossary: explains the terms of the field, and adds links to its entries to texts."""

import html
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cache

from explorer.core.help.sections import SectionError, parse_sections
from explorer.core.resources import resource_path

LINK_SCHEME = "term:"
"""Scheme of the links to entries, as in "term:learning-rate"."""

_UNLINKED = re.compile(
    r"```.*?```|~~~.*?~~~|`[^`]*`|\$\$.+?\$\$|(?<!\\)\$[^$]+?\$|!?\[[^\]]*\]\([^)]*\)|^#.*?$", re.DOTALL | re.MULTILINE
)
"""Code, formulas, links, images and headings, to which no links are added."""


@dataclass(frozen=True)
class GlossaryEntry:
    """An entry of the glossary.

    Parameters
    ----------
    key : key of the entry, with which links name it.
    text : explanation in Markdown.
    synonyms : other names, the field ``also`` in the file.
    search_names : names that a search finds, but that are too common for links; the field ``found`` in the file.
    related : keys of related entries, the field ``see`` in the file.
    """

    key: str
    term: str
    text: str
    synonyms: tuple[str, ...] = ()
    search_names: tuple[str, ...] = ()
    related: tuple[str, ...] = ()


def entry_key(term: str) -> str:
    """Return the key of a term: that of "Learning rate" is "learning-rate"."""
    return re.sub(r"[^\w]+", "-", term.lower()).strip("-")


def pluralize(word: str) -> str:
    """Return a text with its last word in the plural: tensors, losses, batches, epochs, entropies."""
    if re.search(r"(s|x|z|(?<!po)ch|sh)$", word):
        return word + "es"
    return word[:-1] + "ies" if re.search(r"[^aeiou]y$", word) else word + "s"


class Glossary:
    """The entries in alphabetical order.

    Raises
    ------
    SectionError : if two entries have the same name, or a link or a related key has no entry.
    """

    def __init__(self, source: str) -> None:
        entries: list[GlossaryEntry] = []
        self._by_name: dict[str, GlossaryEntry] = {}
        by_link_name: dict[str, GlossaryEntry] = {}
        sections = parse_sections(source, ("also", "found", "see"))
        for section in sections:
            synonyms, search_names = section.fields.get("also", ()), section.fields.get("found", ())
            related = tuple(entry_key(name) for name in section.fields.get("see", ()))
            key = entry_key(section.title)
            entry = GlossaryEntry(key, section.title, section.text, synonyms, search_names, related)
            entries.append(entry)
            for name in (entry.key, entry.term, *synonyms, *search_names):
                for form in {name.lower(), pluralize(name.lower())}:
                    if self._by_name.setdefault(form, entry) is not entry:
                        raise SectionError(section.line, f"“{form}” stands here and under {self._by_name[form].term}.")
            for name in (entry.term, *synonyms):
                by_link_name |= {name.lower(): entry, pluralize(name.lower()): entry}
        self.entries = tuple(sorted(entries, key=lambda entry: entry.term.lower()))
        self._by_key = {entry.key: entry for entry in entries}
        for section, entry in zip(sections, entries, strict=True):
            for key in (*entry.related, *re.findall(rf"\]\({LINK_SCHEME}([^)]*)\)", entry.text)):
                if key not in self._by_key or key == entry.key:
                    raise SectionError(section.line, f"{entry.term} links to {key}, which is no other entry.")
        # Longer names come first, so that "learning rate" is not found as "rate".
        names = sorted(by_link_name, key=len, reverse=True)
        choices = "|".join(r"\s+".join(map(re.escape, name.split())) for name in names)
        self._by_link_name = by_link_name
        self._name_pattern = re.compile(rf"(?<![\w/-])(?:{choices})(?![\w/-])", re.IGNORECASE)

    def entry(self, key: str) -> GlossaryEntry:
        """Return the entry with a key; raises KeyError."""
        return self._by_key[key]

    def find(self, word: str) -> GlossaryEntry | None:
        """Return the entry with a name, in the singular or plural and regardless of case; None if there is none."""
        return self._by_name.get(" ".join(word.lower().split()))

    def search(self, query: str) -> list[GlossaryEntry]:
        """Return the entries whose names contain a query, then those whose texts contain all of its words."""
        words = query.lower().split()
        if not words:
            return list(self.entries)
        ranked = [(_rank(entry, " ".join(words), words), entry) for entry in self.entries]
        return [entry for rank, entry in sorted(ranked, key=lambda pair: pair[0]) if rank < _NO_MATCH]

    def add_links(self, text: str, exclude: Collection[str] = ()) -> str:
        """Return a Markdown text in which the first mention of each term is a link to its entry.

        ``exclude`` has keys to which no links are added. Code, formulas, headings, images and links stay as they are.
        """
        return self._link_terms(
            text,
            exclude,
            [match.span() for match in _UNLINKED.finditer(text)],
            str,
            lambda word, key: f"[{word}]({LINK_SCHEME}{key})",
        )

    def add_html_links(self, text: str, exclude: Collection[str] = ()) -> str:
        """Return a plain text as HTML in which the first mention of each term is a link to its entry."""
        return self._link_terms(
            text, exclude, [], html.escape, lambda word, key: f'<a href="{LINK_SCHEME}{key}">{html.escape(word)}</a>'
        )

    def _link_terms(
        self,
        text: str,
        exclude: Collection[str],
        unlinked: list[tuple[int, int]],
        escape: Callable[[str], str],
        link: Callable[[str, str], str],
    ) -> str:
        parts, end_of_previous = [], 0
        for start, end, entry in self._mentions(text, unlinked, set(exclude)):
            parts += [escape(text[end_of_previous:start]), link(text[start:end], entry.key)]
            end_of_previous = end
        return "".join([*parts, escape(text[end_of_previous:])])

    def _mentions(
        self, text: str, unlinked: list[tuple[int, int]], linked: set[str]
    ) -> Iterator[tuple[int, int, GlossaryEntry]]:
        """Yield the start and the end of the first mention of each entry, with the entry."""
        for match in self._name_pattern.finditer(text):
            entry = self._by_link_name[" ".join(match[0].lower().split())]
            if entry.key not in linked and not any(start <= match.start() < end for start, end in unlinked):
                linked.add(entry.key)
                yield match.start(), match.end(), entry


_NO_MATCH = 9
"""Rank of an entry that does not match a query."""


def _rank(entry: GlossaryEntry, query: str, words: list[str]) -> int:
    """Return how well an entry matches a query: 0 for the best match."""
    names = [name.lower() for name in (entry.term, *entry.synonyms, *entry.search_names)]
    if query in names:
        return 0
    if any(name.startswith(query) for name in names):
        return 1
    if any(query in name for name in names):
        return 2
    return 3 if all(word in entry.text.lower() for word in words) else _NO_MATCH


@cache
def glossary() -> Glossary:
    """Return the glossary of the program."""
    return Glossary(resource_path("glossary.md").read_text(encoding="utf-8"))
