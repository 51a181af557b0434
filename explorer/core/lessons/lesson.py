"""A lesson: scenes in a text file that a lecturer writes by hand. It is read and checked, and nothing in it is run.

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
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from explorer.core.errors import ExpressionError, UserError
from explorer.core.expression.coordinate import coordinate_in
from explorer.core.expression.names import ascii_name
from explorer.core.expression.values import as_array, bind
from explorer.core.lessons.scene_keys import (
    check_file_value,
    check_value,
    default_view_state,
    resolve_lesson_file,
    scene_program,
)
from explorer.core.lessons.scene_values import value_problems
from explorer.core.lessons.toml_reader import TomlError, find_key_line, parse_table
from explorer.core.practice.answer_text import parse_answer

FORMAT_VERSION = 1
"""Version of the format that this program reads and writes."""

MAX_LESSON_BYTES = 1_000_000
"""Maximum size of a file."""

MAX_SCENES = 200
"""Maximum number of scenes of a lesson."""

EXERCISE_KINDS = ("next", "gradient", "derivative", "label", "parameters")
"""What an exercise asks for: the next blank of the step, the gradient of a variable, f′ at all points of the curve, the
label of the image that is shown, or the number of parameters of the current network."""

EXERCISE_KEYS = ("asks", "variable", "fixed", "right", "wrong")
"""The keys of an exercise."""

EXERCISE_TABS = {"label": ("data", "activations"), "parameters": ("training", "weights", "activations")}
"""The tabs that show what an exercise asks for. Exercises of the other kinds ask about the expression."""

_NO_HTML = "HTML is not shown: a lesson is Markdown and runs no code."

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".svg")
"""Suffixes of the files of images in a lesson."""


@dataclass(frozen=True)
class LessonProblem:
    """A mistake in a lesson: the line of the file, from 1, and a message."""

    line: int
    message: str


class LessonError(UserError):
    """A file that is not a valid lesson; ``problems`` has all mistakes in the order of their lines."""

    def __init__(self, problems: list[LessonProblem]) -> None:
        first = problems[0]
        super().__init__(f"{first.message} (line {first.line})")
        self.problems = problems


@dataclass(frozen=True)
class ForeseenMistake:
    """A wrong answer that the lecturer foresees, and the message about it; "" for that of the program."""

    answer: str
    message: str = ""


@dataclass(frozen=True)
class Exercise:
    """An exercise of a scene.

    Parameters
    ----------
    kind : one of `EXERCISE_KINDS`, the key ``asks`` in the file.
    variable : the variable whose gradient is asked for, "" for other kinds.
    solution : a correct answer, shown to those who give up; the key ``right`` in the file.
    foreseen_mistakes : wrong answers with messages of their own; the key ``wrong`` in the file.
    fixed : variables that keep their values, so that an answer need hold for these alone.
    """

    kind: str
    variable: str = ""
    solution: str = ""
    foreseen_mistakes: tuple[ForeseenMistake, ...] = ()
    fixed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scene:
    """A scene of a lesson.

    Parameters
    ----------
    title : plain text.
    text : Markdown for the class.
    notes : Markdown for the lecturer.
    view_keys : the `SCENE_KEYS` that it sets, with their values.
    line : line of the file in which it begins, from 1.
    """

    title: str
    text: str
    notes: str = ""
    view_keys: Mapping[str, Any] = field(default_factory=dict)
    exercise: Exercise | None = None
    line: int = 1

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts in which values may stand: that for the class, the notes, and the hints of the exercise."""
        mistakes = self.exercise.foreseen_mistakes if self.exercise is not None else ()
        return (self.text, self.notes, *(mistake.message for mistake in mistakes))

    @property
    def view_state(self) -> dict[str, Any]:
        """The complete state of the window: what the scene sets, and the defaults of the other keys."""
        return {**default_view_state(), **self.view_keys}


@dataclass(frozen=True)
class Lesson:
    """A lesson.

    Parameters
    ----------
    key : under which the progress is saved: the name of a shipped file, or the complete path of another.
    folder : folder of the file, in which the files that it names must be.
    """

    title: str
    scenes: tuple[Scene, ...]
    key: str = ""
    folder: Path = Path()


def load_lesson(path: Path, key: str | None = None) -> Lesson:
    """Load and check a file.

    Raises
    ------
    LessonError : with all mistakes in it.
    """
    return read_lesson(load_text(path), path.resolve().parent, key if key is not None else str(path.resolve()))


def load_text(path: Path) -> str:
    """Return the text of a lesson's file; raises LessonError if it cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_LESSON_BYTES + 1)
    except OSError as error:
        raise LessonError([LessonProblem(1, f"{path} cannot be read: {error.strerror or error}.")]) from error
    if len(data) > MAX_LESSON_BYTES:
        raise LessonError(
            [LessonProblem(1, f"This file is larger than {MAX_LESSON_BYTES // 1_000_000} MB, so it is no lesson.")]
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise LessonError(
            [LessonProblem(line, "This is no text in UTF-8, so it is no lesson, or it is damaged.")]
        ) from error


def read_lesson(text: str, folder: Path, key: str = "") -> Lesson:
    """Parse and check the text of a lesson; ``folder`` is that of the files that it names.

    Raises
    ------
    LessonError : with all mistakes in it.
    """
    lesson, problems = read_with_problems(text, folder, key)
    if problems:
        raise LessonError(problems)
    return lesson


def read_with_problems(text: str, folder: Path, key: str = "") -> tuple[Lesson, list[LessonProblem]]:
    """Return the lesson as far as it can be read, and all mistakes that are seen without TensorFlow."""
    reader = _Reader(text, folder)
    lesson = reader.read(key)
    return lesson, sorted(reader.problems, key=lambda problem: problem.line)


class _Reader:
    """Reads a lesson once and collects all mistakes, so that a lecturer can correct them all at once."""

    def __init__(self, text: str, folder: Path) -> None:
        self.lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self.folder = folder
        self.problems: list[LessonProblem] = []

    def read(self, key: str) -> Lesson:
        for number, line in enumerate(self.lines, 1):
            if (character := re.search(r"[\x00-\x08\x0b-\x1f\x7f]", line)) is not None:
                self._add_problem(
                    number,
                    f"There is a character here that cannot be seen (U+{ord(character[0]):04X}): the file is damaged.",
                )
                return Lesson("", ())
        header, body = self._header()
        if header is None:
            return Lesson("", ())
        scenes = self._scenes(body)
        if not scenes and not self.problems:
            self._add_problem(len(self.lines), "There is no scene: one begins with ## and its title.")
        if len(scenes) > MAX_SCENES:
            self._add_problem(scenes[MAX_SCENES].line, f"A lesson may have {MAX_SCENES} scenes.")
        return Lesson(str(header.get("title", "")), tuple(scenes), key, self.folder)

    def _add_problem(self, line: int, message: str) -> None:
        self.problems.append(LessonProblem(line, message))

    def _toml(self, lines: list[str], start: int) -> dict[str, Any] | None:
        try:
            return parse_table(lines)
        except TomlError as error:
            self._add_problem(start + error.line, str(error))
            return None

    # -- the header -------------------------------------------------------------------------------

    def _header(self) -> tuple[dict[str, Any] | None, int]:
        """Return the table of the header, None if it is not valid, and the index of the line after it."""
        lines = self.lines
        if lines[0].strip() != "+++":
            self._add_problem(1, "A lesson begins with a line +++, then format = 1 and its title, then +++ again.")
            return None, 0
        end = next((k for k, line in enumerate(lines[1:], 1) if line.strip() == "+++"), None)
        if end is None:
            self._add_problem(1, "The header that begins here has no end: a second line +++ is missing.")
            return None, 0
        header = self._toml(lines[1:end], 2)
        if header is None:
            return None, 0
        version = header.get("format")
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            self._add_problem(
                find_key_line("format", lines[1:end], 2), f"The header must say format = {FORMAT_VERSION}."
            )
            return None, 0
        if version > FORMAT_VERSION:
            message = (
                f"This lesson is of format {version}, made for a later version of this program, "
                f"which reads {FORMAT_VERSION}."
            )
            self._add_problem(find_key_line("format", lines[1:end], 2), message)
            return None, 0
        title = header.get("title")
        if not isinstance(title, str) or not title.strip() or len(title) > 120:
            self._add_problem(
                find_key_line("title", lines[1:end], 2), 'The header must have a title = "…" of up to 120 characters.'
            )
        elif _has_html(title):
            self._add_problem(find_key_line("title", lines[1:end], 2), _NO_HTML)
        for key in set(header) - {"format", "title"}:
            self._add_problem(
                find_key_line(key, lines[1:end], 2), f"The header has no {key}; it knows format and title."
            )
        return header, end + 1

    # -- scenes -----------------------------------------------------------------------------------

    def _scenes(self, body: int) -> list[Scene]:
        from markdown_it import MarkdownIt

        # The header is replaced by empty lines, so that line numbers stay the same.
        source = "\n" * body + "\n".join(self.lines[body:])
        markdown = MarkdownIt("commonmark")
        markdown.validateLink = _accept_link  # type: ignore[assignment, method-assign]
        tokens = markdown.parse(source)
        scenes: list[Scene] = []
        section: _SceneSection | None = None
        for token in tokens:
            for child in [token, *(token.children or ())]:
                self._check_markdown(child, (token.map or [body])[0] + 1)
            if token.level or token.map is None or token.type.endswith("_close"):
                continue
            first, last = token.map
            if token.type == "heading_open" and token.tag == "h2":
                if section is not None:
                    scenes.append(self._make_scene(section))
                section = _SceneSection(re.sub(r"^\s*##\s*|\s*#*\s*$", "", self.lines[first]), first + 1)
            elif section is None:
                self._add_problem(
                    first + 1, "Before the first scene there can be nothing: a scene begins with ## and a title."
                )
                return []
            elif token.type == "fence" and token.info.strip() in ("scene", "exercise"):
                self._add_block(section, token.info.strip(), first, last, token.content)
            elif token.type == "blockquote_open":
                section.notes += [re.sub(r"^\s*> ?", "", line) for line in self.lines[first:last]] + [""]
            else:
                section.text += [*self.lines[first:last], ""]
        if section is not None:
            scenes.append(self._make_scene(section))
        return scenes

    def _check_markdown(self, token: Any, line: int) -> None:
        if token.type in ("html_block", "html_inline"):
            self._add_problem(line, _NO_HTML)
        elif token.type == "image":
            try:
                resolve_lesson_file(self.folder, str(token.attrs.get("src", "")), IMAGE_SUFFIXES)
            except ValueError as error:
                self._add_problem(line, f"The picture {error}.")

    def _add_block(self, section: "_SceneSection", kind: str, first: int, last: int, content: str) -> None:
        if not self.lines[last - 1].strip().startswith(("```", "~~~")) or last - 1 == first:
            self._add_problem(first + 1, f"The {kind} that begins here has no end: a line ```.")
            section.is_broken = True
            return
        if kind in section.blocks:
            self._add_problem(first + 1, f"A scene has one block {kind}; this is the second.")
            return
        lines = content.split("\n")
        table = self._toml(lines, first + 2)
        if table is None:
            section.is_broken = True
        section.blocks[kind] = (table or {}, lines, first + 2)

    def _make_scene(self, section: "_SceneSection") -> Scene:
        if not section.title:
            self._add_problem(section.line, "A scene needs a title after ##.")
        if "scene" not in section.blocks and not section.is_broken:
            self._add_problem(section.line, "This scene has no block ```scene that says what the window shows.")
        text, notes = "\n".join(section.text).strip(), "\n".join(section.notes).strip()
        if not text and "scene" in section.blocks and not section.is_broken:
            self._add_problem(section.line, "This scene has no text for the class.")
        if _count_dollars(text) % 2:
            line = next(
                (k for k, line in enumerate(self.lines[section.line :], section.line + 1) if _count_dollars(line) % 2),
                0,
            )
            self._add_problem(line or section.line, "Here a $ is alone: a formula stands between two of them.")
        if section.is_broken:  # further mistakes would follow from that one
            return Scene(section.title, text, notes, line=section.line)
        view_keys = self._view_keys(*section.blocks.get("scene", ({}, [], section.line)))
        exercise = self._exercise(*section.blocks["exercise"], view_keys) if "exercise" in section.blocks else None
        scene = Scene(section.title, text, notes, view_keys, exercise, section.line)
        for source, message in value_problems(scene.texts, view_keys):
            self._add_problem(self._line_of_value(source, section.line), message)
        return scene

    def _line_of_value(self, source: str, start: int) -> int:
        """Return the line of a scene that has a value; ``start`` is the line of the scene's title."""
        lines = enumerate(self.lines[start:], start + 1)
        return next((number for number, line in lines if "{{" in line and source in line), start)

    def _view_keys(self, table: Mapping[str, Any], lines: list[str], start: int) -> dict[str, Any]:
        view_keys = {}
        for key, value in table.items():
            try:
                view_keys[key] = check_value(key, value)
                check_file_value(self.folder, key, value)
            except ValueError as error:
                self._add_problem(find_key_line(key, lines, start), str(error))
                view_keys.pop(key, None)
        if {"tab", "expression"} & (set(table) - set(view_keys)):
            return view_keys  # that is reported already, and messages about consequences would confuse
        try:
            program = scene_program(view_keys)
        except ExpressionError as error:
            key = _key_to_blame(view_keys)
            position = f" (column {error.column})" if error.column is not None and key == "expression" else ""
            self._add_problem(find_key_line(key, lines, start), f"{key}: {error.message}{position}")
        else:
            names = program.variables if program is not None else ()
            if unknown := [name for name in view_keys.get("at", {}) if name not in names]:
                self._add_problem(find_key_line("at", lines, start), f"at: there is no variable {unknown[0]}.")
            if axis := view_keys.get("variable"):
                try:
                    coordinate_in(axis, bind(program, view_keys.get("at", {})) if program is not None else {})
                except ExpressionError as error:
                    self._add_problem(find_key_line("variable", lines, start), f"variable: {error.message}")
            if program is None and view_keys.get("tab", "autodiff") == "autodiff" and lines:
                self._add_problem(start, 'A scene of the tab "autodiff" needs an expression.')
        return view_keys

    def _exercise(
        self, table: Mapping[str, Any], lines: list[str], start: int, view_keys: Mapping[str, Any]
    ) -> Exercise | None:
        for key in [key for key in table if key not in EXERCISE_KEYS]:
            near = get_close_matches(key, EXERCISE_KEYS, n=1)
            known = f"did you mean {near[0]}?" if near else f"it knows {', '.join(EXERCISE_KEYS)}."
            self._add_problem(find_key_line(key, lines, start), f"An exercise has no {key}; {known}")
        kind = table.get("asks")
        if kind not in EXERCISE_KINDS:
            self._add_problem(find_key_line("asks", lines, start), f"asks must be one of {', '.join(EXERCISE_KINDS)}.")
            return None
        tab = view_keys.get("tab", "autodiff")
        if kind in EXERCISE_TABS and tab not in EXERCISE_TABS[kind]:
            message = f'"{kind}" is asked in one of the tabs {", ".join(EXERCISE_TABS[kind])}; this scene is in {tab}.'
            self._add_problem(find_key_line("asks", lines, start), message)
        if kind not in EXERCISE_TABS and tab != "autodiff" and not view_keys.get("expression"):
            message = f'"{kind}" is asked of an expression, and this scene has none.'
            self._add_problem(find_key_line("asks", lines, start), message)
        variable, right, wrong = table.get("variable", ""), table.get("right", ""), table.get("wrong", [])
        is_named = kind == "gradient" or (kind == "derivative" and variable != "")
        is_needed = is_named and bool(view_keys.get("expression"))  # without an expression, that is the mistake
        if isinstance(variable, str):
            variable = ascii_name(variable)
        if is_needed and (not isinstance(variable, str) or variable not in _variables(view_keys)):
            self._add_problem(find_key_line("variable", lines, start), "variable must be a variable of the expression.")
        rows = wrong if isinstance(wrong, list) else [wrong]
        mistakes = []
        for row in rows:
            is_valid = isinstance(row, dict) and set(row) <= {"answer", "says"} and "answer" in row
            if not is_valid or not all(isinstance(value, str) for value in row.values()):
                self._add_problem(
                    find_key_line("wrong", lines, start),
                    'wrong must be a list such as [{ answer = "2", says = "…" }].',
                )
                break
            mistakes.append(ForeseenMistake(row["answer"], row.get("says", "")))
        for key, answer in [("right", right), *(("wrong", row.answer) for row in mistakes)]:
            if not isinstance(answer, str):
                self._add_problem(find_key_line(key, lines, start), f'{key} must be a text, such as "2*cos(2*x)".')
            elif answer:
                try:
                    parse_answer(answer)
                except UserError as error:
                    self._add_problem(find_key_line(key, lines, start), f"{key}: {answer}: {error.message}")
        return Exercise(kind, str(variable), str(right), tuple(mistakes), self._fixed(table, lines, start, view_keys))

    def _fixed(
        self, table: Mapping[str, Any], lines: list[str], start: int, view_keys: Mapping[str, Any]
    ) -> tuple[str, ...]:
        given, line = table.get("fixed", []), find_key_line("fixed", lines, start)
        if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
            self._add_problem(line, 'fixed must be a list of variables, such as ["t"].')
            return ()
        names = tuple(ascii_name(name) for name in given)
        if unknown := [name for name in names if name not in _variables(view_keys)]:
            self._add_problem(line, f"fixed: there is no variable {unknown[0]}.")
            return ()
        return names


def _has_html(text: str) -> bool:
    """Return whether Markdown would find HTML in a line of text."""
    from markdown_it import MarkdownIt

    return any(token.type == "html_inline" for token in MarkdownIt("commonmark").parseInline(text)[0].children or ())


def _count_dollars(text: str) -> int:
    """Return the number of $ in a text, without those in code and \\$."""
    return re.sub(r"`[^`]*`|\\\$", "", text).count("$")


def _key_to_blame(view_keys: Mapping[str, Any]) -> str:
    """Return the key that makes a scene's expression invalid: another than that if it is valid without that key."""
    try:
        for name, value in view_keys.get("at", {}).items():
            as_array(value, name)
    except ExpressionError:
        return "at"
    for key in ("output", "again", "at"):
        if key in view_keys:
            try:
                scene_program({name: value for name, value in view_keys.items() if name != key})
            except ExpressionError:
                continue
            return key
    return "expression"


def _accept_link(_url: str) -> bool:
    """Accept every link of an image, hostile ones too: `_check_markdown` checks them."""
    return True


@dataclass
class _SceneSection:
    """The part of the file that becomes a scene.

    ``is_broken`` says whether a block could not be read. ``blocks`` has, by kind, the table, the lines and the number
    of the first line of each block.
    """

    title: str
    line: int
    is_broken: bool = False
    text: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    blocks: dict[str, tuple[dict[str, Any], list[str], int]] = field(default_factory=dict)


def _variables(view_keys: Mapping[str, Any]) -> tuple[str, ...]:
    try:
        program = scene_program(view_keys)
    except ExpressionError:
        return ()
    return program.variables if program is not None else ()
