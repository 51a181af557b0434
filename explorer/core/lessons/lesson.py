"""A lesson: scenes in a text file that a lecturer writes by hand. Reading and checking; nothing in it is ever run.

+++
format = 1
title = "The derivative of a sine"
+++

## A scene's title

```scene
expression = "sin(2*x)"
step = 1
```

Text for the class, in Markdown, with formulas such as $\\cos(2x)$.

> Notes for the lecturer.

```exercise
asks = "next"
```
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from explorer.core.errors import ExpressionError, UserError
from explorer.core.expression.parser import parse
from explorer.core.lessons.scene_keys import checked, defaults, file_beside, in_folder, program_of
from explorer.core.lessons.toml_reader import TomlError, line_of, read_table

FORMAT = 1
"""The format that this program reads and writes."""

MAX_BYTES = 1_000_000
"""A lesson may be this large."""

MAX_SCENES = 200

ASKS = ("next", "gradient", "derivative", "label", "parameters")
"""What an exercise asks for: the next blank of the step, the gradient of a variable, f′ at all points of the curve,
the label of the image shown, the parameters of the network in view."""

NEEDS = {"label": ("data", "activations"), "parameters": ("training", "weights", "activations", "network")}
"""The tabs in which the window shows what an exercise asks for; all others ask about the expression."""

PICTURES = (".png", ".jpg", ".jpeg", ".svg")


@dataclass(frozen=True)
class Problem:
    """What is wrong, in a sentence, and in which line of the file (from 1)."""

    line: int
    says: str


class LessonError(UserError):
    """A file that is no lesson. problems: all of them, in the order of their lines."""

    def __init__(self, problems: list[Problem]) -> None:
        first = problems[0]
        super().__init__(f"{first.says} (line {first.line})")
        self.problems = problems


@dataclass(frozen=True)
class ForeseenMistake:
    """A wrong answer that the lecturer foresees, and what is said to it; ``says`` empty: what the program finds."""

    answer: str
    says: str = ""


@dataclass(frozen=True)
class Exercise:
    """asks: one of `ASKS`. variable: of a gradient. right: an answer that is right, shown where somebody gives up."""

    asks: str
    variable: str = ""
    right: str = ""
    wrong: tuple[ForeseenMistake, ...] = ()


@dataclass(frozen=True)
class Scene:
    """title, text, notes: Markdown. shows: `core.scene.KEYS` that it sets. line: where it begins in the file."""

    title: str
    text: str
    notes: str = ""
    shows: Mapping[str, Any] = field(default_factory=dict)
    exercise: Exercise | None = None
    line: int = 1

    @property
    def view(self) -> dict[str, Any]:
        """What the window shows, all of it: what the scene sets, and the defaults of the rest."""
        return {**defaults(), **self.shows}


@dataclass(frozen=True)
class Lesson:
    """key: by which its progress is kept: the name of a shipped file, else its whole path. folder: of the file."""

    title: str
    scenes: tuple[Scene, ...]
    key: str = ""
    folder: Path = Path()


def load_lesson(path: Path, key: str | None = None) -> Lesson:
    """Read and check a file; raises LessonError with everything that is wrong with it."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise LessonError([Problem(1, f"{path} cannot be read: {error.strerror or error}.")]) from error
    if len(data) > MAX_BYTES:
        raise LessonError([Problem(1, f"This file is larger than {MAX_BYTES // 1_000_000} MB, so it is no lesson.")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise LessonError([Problem(line, "This is no text in UTF-8, so it is no lesson, or it is damaged.")]) from error
    return read_lesson(text, path.resolve().parent, key if key is not None else str(path.resolve()))


def read_lesson(text: str, folder: Path, key: str = "") -> Lesson:
    """Return the lesson that ``text`` is; ``folder``: where its files lie. Raises LessonError."""
    reader = _Reader(text, folder)
    lesson = reader.read(key)
    if reader.problems:
        raise LessonError(sorted(reader.problems, key=lambda problem: problem.line))
    return lesson


class _Reader:
    """Goes through the file once and gathers every problem, so that a lecturer mends all of them at once."""

    def __init__(self, text: str, folder: Path) -> None:
        self.lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self.folder = folder
        self.problems: list[Problem] = []

    def read(self, key: str) -> Lesson:
        for number, line in enumerate(self.lines, 1):
            if (sign := re.search(r"[\x00-\x08\x0b-\x1f\x7f]", line)) is not None:
                self._wrong(number, f"Here is a sign that cannot be seen (U+{ord(sign[0]):04X}): the file is damaged.")
                return Lesson("", ())
        head, body = self._head()
        if head is None:
            return Lesson("", ())
        scenes = self._scenes(body)
        if not scenes and not self.problems:
            self._wrong(len(self.lines), "There is no scene: one begins with ## and its title.")
        if len(scenes) > MAX_SCENES:
            self._wrong(scenes[MAX_SCENES].line, f"A lesson may have {MAX_SCENES} scenes.")
        return Lesson(str(head.get("title", "")), tuple(scenes), key, self.folder)

    def _wrong(self, line: int, says: str) -> None:
        self.problems.append(Problem(line, says))

    def _toml(self, lines: list[str], start: int) -> dict[str, Any] | None:
        try:
            return read_table(lines)
        except TomlError as error:
            self._wrong(start + error.line, str(error))
            return None

    # -- the head ---------------------------------------------------------------------------------

    def _head(self) -> tuple[dict[str, Any] | None, int]:
        """Return the head's table, None if there is none to go on with, and the line after it, counted from 0."""
        lines = self.lines
        if lines[0].strip() != "+++":
            self._wrong(1, "A lesson begins with a line +++, then format = 1 and its title, then +++ again.")
            return None, 0
        end = next((k for k, line in enumerate(lines[1:], 1) if line.strip() == "+++"), None)
        if end is None:
            self._wrong(1, "The head that begins here has no end: a second line +++.")
            return None, 0
        head = self._toml(lines[1:end], 2)
        if head is None:
            return None, 0
        version = head.get("format")
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            self._wrong(line_of("format", lines[1:end], 2), f"The head must say format = {FORMAT}.")
            return None, 0
        if version > FORMAT:
            says = (
                f"This lesson is of format {version}, made for a later version of this program, which reads {FORMAT}."
            )
            self._wrong(line_of("format", lines[1:end], 2), says)
            return None, 0
        title = head.get("title")
        if not isinstance(title, str) or not title.strip() or len(title) > 120:
            self._wrong(line_of("title", lines[1:end], 2), 'The head must have a title = "…" of up to 120 signs.')
        for key in set(head) - {"format", "title"}:
            self._wrong(line_of(key, lines[1:end], 2), f"The head has no {key}; it knows format and title.")
        return head, end + 1

    # -- scenes -----------------------------------------------------------------------------------

    def _scenes(self, body: int) -> list[Scene]:
        from markdown_it import MarkdownIt

        # Lines keep their numbers: the head is left empty instead of cut off.
        source = "\n" * body + "\n".join(self.lines[body:])
        markdown = MarkdownIt("commonmark")
        markdown.validateLink = _every  # type: ignore[assignment, method-assign]
        tokens = markdown.parse(source)
        scenes: list[Scene] = []
        part: _Section | None = None
        for token in tokens:
            for child in [token, *(token.children or ())]:
                self._check_markdown(child, (token.map or [body])[0] + 1)
            if token.level or token.map is None or token.type.endswith("_close"):
                continue
            first, last = token.map
            if token.type == "heading_open" and token.tag == "h2":
                if part is not None:
                    scenes.append(self._scene(part))
                part = _Section(re.sub(r"^\s*##\s*|\s*#*\s*$", "", self.lines[first]), first + 1)
            elif part is None:
                self._wrong(
                    first + 1, "Before the first scene there can be nothing: a scene begins with ## and a title."
                )
                return []
            elif token.type == "fence" and token.info.strip() in ("scene", "exercise"):
                self._take_block(part, token.info.strip(), first, last, token.content)
            elif token.type == "blockquote_open":
                part.notes += [re.sub(r"^\s*> ?", "", line) for line in self.lines[first:last]] + [""]
            else:
                part.text += [*self.lines[first:last], ""]
        if part is not None:
            scenes.append(self._scene(part))
        return scenes

    def _check_markdown(self, token: Any, line: int) -> None:
        if token.type in ("html_block", "html_inline"):
            self._wrong(line, "HTML is not shown: a lesson is Markdown and runs no code.")
        elif token.type == "image":
            try:
                file_beside(self.folder, str(token.attrs.get("src", "")), PICTURES)
            except ValueError as error:
                self._wrong(line, f"The picture {error}.")

    def _take_block(self, part: "_Section", kind: str, first: int, last: int, content: str) -> None:
        if not self.lines[last - 1].strip().startswith(("```", "~~~")) or last - 1 == first:
            self._wrong(first + 1, f"The {kind} that begins here has no end: a line ```.")
            part.is_broken = True
            return
        if kind in part.blocks:
            self._wrong(first + 1, f"A scene has one block {kind}; this is the second.")
            return
        lines = content.split("\n")
        table = self._toml(lines, first + 2)
        if table is None:
            part.is_broken = True
        part.blocks[kind] = (table or {}, lines, first + 2)

    def _scene(self, part: "_Section") -> Scene:
        if not part.title:
            self._wrong(part.line, "A scene needs a title after ##.")
        if "scene" not in part.blocks and not part.is_broken:
            self._wrong(part.line, "This scene has no block ```scene that says what the window shows.")
        text, notes = "\n".join(part.text).strip(), "\n".join(part.notes).strip()
        if not text and "scene" in part.blocks and not part.is_broken:
            self._wrong(part.line, "This scene has no text for the class.")
        if _dollars(text) % 2:
            line = next((k for k, line in enumerate(self.lines[part.line :], part.line + 1) if _dollars(line) % 2), 0)
            self._wrong(line or part.line, "Here a $ is alone: a formula stands between two of them.")
        if part.is_broken:  # what else would be said of it follows from that
            return Scene(part.title, text, notes, line=part.line)
        shows = self._shows(*part.blocks.get("scene", ({}, [], part.line)))
        exercise = self._exercise(*part.blocks["exercise"], shows) if "exercise" in part.blocks else None
        return Scene(part.title, text, notes, shows, exercise, part.line)

    def _shows(self, table: Mapping[str, Any], lines: list[str], start: int) -> dict[str, Any]:
        shows = {}
        for key, value in table.items():
            try:
                shows[key] = checked(key, value)
                in_folder(self.folder, key, value)
            except ValueError as error:
                self._wrong(line_of(key, lines, start), str(error))
                shows.pop(key, None)
        if {"tab", "expression"} & (set(table) - set(shows)):
            return shows  # it is said already, and what follows from it would only confuse
        try:
            program = program_of(shows)
        except ExpressionError as error:
            key = _blamed(shows)
            place = f" (column {error.column})" if error.column is not None and key == "expression" else ""
            self._wrong(line_of(key, lines, start), f"{key}: {error.message}{place}")
        else:
            names = program.variables if program is not None else ()
            for key in ("at", "variable"):
                given = [shows[key]] if key == "variable" and shows.get(key) else list(shows.get("at", {}))
                if key in shows and (unknown := [name for name in given if name not in names]):
                    self._wrong(line_of(key, lines, start), f"{key}: there is no variable {unknown[0]}.")
            if program is None and shows.get("tab", "autodiff") == "autodiff" and lines:
                self._wrong(start, 'A scene of the tab "autodiff" needs an expression.')
        return shows

    def _exercise(
        self, table: Mapping[str, Any], lines: list[str], start: int, shows: Mapping[str, Any]
    ) -> Exercise | None:
        for key in set(table) - {"asks", "variable", "right", "wrong"}:
            self._wrong(line_of(key, lines, start), f"An exercise has no {key}; it knows asks, variable, right, wrong.")
        asks = table.get("asks")
        if asks not in ASKS:
            self._wrong(line_of("asks", lines, start), f"asks must be one of {', '.join(ASKS)}.")
            return None
        tab = shows.get("tab", "autodiff")
        if asks in NEEDS and tab not in NEEDS[asks]:
            says = f'"{asks}" is asked in one of the tabs {", ".join(NEEDS[asks])}; this scene is in {tab}.'
            self._wrong(line_of("asks", lines, start), says)
        if asks not in NEEDS and tab != "autodiff" and not shows.get("expression"):
            says = f'"{asks}" is asked of an expression, and this scene has none.'
            self._wrong(line_of("asks", lines, start), says)
        variable, right, wrong = table.get("variable", ""), table.get("right", ""), table.get("wrong", [])
        if asks == "gradient" and (not isinstance(variable, str) or variable not in _variables(shows)):
            self._wrong(line_of("variable", lines, start), "variable must be one of the expression's.")
        rows = wrong if isinstance(wrong, list) else [wrong]
        made = []
        for row in rows:
            good = isinstance(row, dict) and set(row) <= {"answer", "says"} and "answer" in row
            if not good or not all(isinstance(value, str) for value in row.values()):
                self._wrong(
                    line_of("wrong", lines, start), 'wrong must be a list such as [{ answer = "2", says = "…" }].'
                )
                break
            made.append(ForeseenMistake(row["answer"], row.get("says", "")))
        for key, answer in [("right", right), *(("wrong", row.answer) for row in made)]:
            if not isinstance(answer, str):
                self._wrong(line_of(key, lines, start), f'{key} must be a text, such as "2*cos(2*x)".')
            elif answer:
                try:
                    parse(answer)
                except ExpressionError as error:
                    self._wrong(line_of(key, lines, start), f"{key}: {answer}: {error.message}")
        return Exercise(asks, str(variable), str(right), tuple(made))


def _dollars(text: str) -> int:
    """How many $ stand in a text, but for code and \\$."""
    return re.sub(r"`[^`]*`|\\\$", "", text).count("$")


def _blamed(shows: Mapping[str, Any]) -> str:
    """Which key of a scene makes its expression fail: at or again, if it holds without them, else the expression."""
    for key in ("again", "at"):
        if key in shows:
            try:
                program_of({name: value for name, value in shows.items() if name != key})
            except ExpressionError:
                continue
            return key
    return "expression"


def _every(_url: str) -> bool:
    """Let every picture through to where it is looked at, those of hostile addresses too."""
    return True


@dataclass
class _Section:
    """A scene while it is read.

    is_broken: whether a block of it could not be read. blocks: table, lines and number of the first line, by kind.
    """

    title: str
    line: int
    is_broken: bool = False
    text: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    blocks: dict[str, tuple[dict[str, Any], list[str], int]] = field(default_factory=dict)


def _variables(shows: Mapping[str, Any]) -> tuple[str, ...]:
    try:
        program = program_of(shows)
    except ExpressionError:
        return ()
    return program.variables if program is not None else ()
