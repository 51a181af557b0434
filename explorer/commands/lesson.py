"""The command ``lesson``: check a lesson; and a lesson as text, where no window can show it."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.arguments import CommandError

if TYPE_CHECKING:
    from explorer.core.lessons.lesson import Lesson


def run(options: argparse.Namespace) -> int:
    """Report the problems of a lesson, each with its line. Returns 2 if there are any, else 0."""
    from explorer.core.lessons.formulas import check_formulas
    from explorer.core.lessons.lesson import LessonError, load_lesson
    from explorer.core.number_format import format_count

    path = Path(options.file)
    try:
        lesson = load_lesson(path)
        if problems := check_formulas(lesson, path.read_text(encoding="utf-8-sig")):
            raise LessonError(problems)
    except LessonError as error:
        for problem in error.problems:
            print(f"{path}:{problem.line}: {problem.message}", file=sys.stderr)
        return 2
    exercises = sum(scene.exercise is not None for scene in lesson.scenes)
    counts = f"{format_count(len(lesson.scenes), 'scene')}, {format_count(exercises, 'exercise')}"
    print(f"{path}: {lesson.title}: {counts}, nothing is wrong.")
    return 0


def load(path: Path) -> "Lesson":
    """Return the lesson in a file. Raises CommandError."""
    from explorer.core.lessons.lesson import LessonError, load_lesson

    try:
        return load_lesson(path)
    except LessonError as error:
        raise CommandError(f"{path}: {error}") from error


def lesson_path(text: str | None) -> Path | None:
    """Return the path if ``text`` names a lesson instead of an expression, else None.

    The lesson is loaded once, so that an invalid file is one line on standard error and no window. Raises CommandError.
    """
    if text is None or not text.strip().endswith(".md"):
        return None
    path = Path(text.strip())
    load(path)
    return path


def print_lesson(path: Path, reason: str) -> int:
    """Print the text of a lesson, after the reason why no window shows it. Returns 0."""
    lesson = load(path)
    print(f"{reason}, so here is the text of the lesson.\n\n{lesson.title}")
    for number, scene in enumerate(lesson.scenes, 1):
        subject = scene.view_keys.get("expression") or scene.view_state["tab"]
        print(f"\n{number}. {scene.title}   ({subject})\n\n{scene.text}")
    return 0
