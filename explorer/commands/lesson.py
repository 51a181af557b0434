"""The command ``lesson``: check a lesson; and a lesson as text, where no window can show it."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.arguments import CommandError
from explorer.commands.quiet_stderr import quiet_stderr

if TYPE_CHECKING:
    from explorer.core.lessons.lesson import Lesson


def run(options: argparse.Namespace) -> int:
    """Compute a lesson and report its mistakes, a line for each. Returns 1 if there are any, else 0.

    Raises CommandError if the file cannot be read.
    """
    from explorer.core.lessons.lesson import LessonError, load_text
    from explorer.core.lessons.scene_lines import SceneLines
    from explorer.core.number_format import format_count

    path = Path(options.file)
    try:
        source = load_text(path)
    except LessonError as error:
        raise CommandError(f"{path}: {error}") from error
    with quiet_stderr():
        from explorer.engine.lessons.check import check_lesson

        lesson, problems = check_lesson(source, path.resolve().parent)
    lines = SceneLines(source, lesson)
    titles = ["", *(scene.title for scene in lesson.scenes)]
    exercises = sum(scene.exercise is not None for scene in lesson.scenes)
    found = [(problem.line, lines.scene_at(problem.line), problem.message) for problem in problems]
    if options.json:
        answer = {
            "file": str(path),
            "title": lesson.title,
            "scenes": len(lesson.scenes),
            "exercises": exercises,
            "problems": [
                {"line": line, "scene": scene, "title": titles[scene], "message": message}
                for line, scene, message in found
            ],
        }
        print(json.dumps(answer, ensure_ascii=False))
    elif found:
        for line, scene, message in found:
            place = f"scene {scene}, {titles[scene]}: " if scene else ""
            print(f"{path}:{line}: {place}{message}", file=sys.stderr)
    else:
        counts = f"{format_count(len(lesson.scenes), 'scene')}, {format_count(exercises, 'exercise')}"
        print(f"{path}: {lesson.title}: {counts}, nothing is wrong.")
    return 1 if found else 0


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
    from explorer.core.lessons.value_text import fill_in_plain, find_values

    lesson = load(path)
    numbers: list[Callable[[str], str]] = [str for _ in lesson.scenes]
    if any(find_values(scene.text) for scene in lesson.scenes):  # else TensorFlow, which takes seconds, need not start
        with quiet_stderr():
            from explorer.engine.lessons.check import lesson_numbers

            numbers = lesson_numbers(lesson)
    print(f"{reason}, so here is the text of the lesson.\n\n{lesson.title}")
    for number, (scene, shown) in enumerate(zip(lesson.scenes, numbers, strict=True), 1):
        subject = scene.view_keys.get("expression") or scene.view_state["tab"]
        print(f"\n{number}. {scene.title}   ({subject})\n\n{fill_in_plain(scene.text, shown)}")
    return 0
