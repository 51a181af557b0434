"""What each element of the window is, by its name: one text file, ``resources/whats-this.md``."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

from explorer.core.help.sections import SectionError, read_sections
from explorer.core.resources import resource_path


@dataclass(frozen=True)
class Explanation:
    """title: what it is called. text: Markdown: what it shows, and what one can do with it."""

    title: str
    text: str

    @property
    def plain(self) -> str:
        """The text in one line, without signs of Markdown."""
        return " ".join(self.text.replace("`", "").split())


class WhatsThis:
    """Explanations by name. Raises SectionError for a name that stands twice, or an explanation for nothing."""

    def __init__(self, source: str) -> None:
        self.by_name: dict[str, Explanation] = {}
        for part in read_sections(source, ("for",)):
            names = part.fields.get("for", ())
            if not names:
                raise SectionError(part.line, f"“{part.title}” does not say for which names it is.")
            for name in names:
                if name in self.by_name:
                    raise SectionError(part.line, f"{name} stands here and under {self.by_name[name].title}.")
                self.by_name[name] = Explanation(part.title, part.text)
        self._patterns = [(name, said) for name, said in self.by_name.items() if "*" in name]

    def of(self, name: str) -> Explanation | None:
        """Return what is said of an element, None for nothing; ``graphView:node`` is a part of ``graphView``."""
        found = self.by_name.get(name)
        return found or next((said for pattern, said in self._patterns if fnmatchcase(name, pattern)), None)


@cache
def whats_this() -> WhatsThis:
    """Return the explanations of the program's own elements."""
    return WhatsThis(resource_path("whats-this.md").read_text(encoding="utf-8"))
