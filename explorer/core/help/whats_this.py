"""Explanations of the elements of the window by object name, from ``resources/whats-this.md``."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

from explorer.core.help.sections import SectionError, parse_sections
from explorer.core.resources import resource_path


@dataclass(frozen=True)
class Explanation:
    """The explanation of an element: its title, and what it shows and is for, in Markdown."""

    title: str
    text: str

    @property
    def plain_text(self) -> str:
        """The text on one line, without Markdown."""
        return " ".join(self.text.replace("`", "").split())


class WhatsThis:
    """Explanations by object name; a name may be a pattern with ``*``.

    Raises
    ------
    SectionError : if two explanations have the same name, or one has none.
    """

    def __init__(self, source: str) -> None:
        self.by_name: dict[str, Explanation] = {}
        for section in parse_sections(source, ("for",)):
            names = section.fields.get("for", ())
            if not names:
                raise SectionError(section.line, f"“{section.title}” does not say for which names it is.")
            for name in names:
                if name in self.by_name:
                    raise SectionError(section.line, f"{name} stands here and under {self.by_name[name].title}.")
                self.by_name[name] = Explanation(section.title, section.text)
        self._patterns = [(name, explanation) for name, explanation in self.by_name.items() if "*" in name]

    def find(self, name: str) -> Explanation | None:
        """Return the explanation of an element, None if there is none; "graphView:node" is a part of "graphView"."""
        exact = self.by_name.get(name)
        matches = (explanation for pattern, explanation in self._patterns if fnmatchcase(name, pattern))
        return exact or next(matches, None)


@cache
def whats_this() -> WhatsThis:
    """Return the explanations of the elements of the program."""
    return WhatsThis(resource_path("whats-this.md").read_text(encoding="utf-8"))
