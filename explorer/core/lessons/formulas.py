"""Finds the formulas in the texts of a lesson that cannot be typeset."""

import re

from explorer.core.latex_to_svg import typeset
from explorer.core.lessons.lesson import Lesson, LessonProblem
from explorer.core.lessons.markdown_parts import find_formulas


def check_formulas(lesson: Lesson, source: str) -> list[LessonProblem]:
    """Return the mistakes in the formulas of a lesson; ``source`` is the text of its file.

    Typesetting takes long, so that only the check of a lesson calls this. The window shows a formula with a mistake as
    it was written.
    """
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    problems = []
    for scene in lesson.scenes:
        for latex in dict.fromkeys(find_formulas(scene.text) + find_formulas(scene.notes)):
            if message := _formula_error(latex):
                first = latex.split("\n")[0]
                numbers = (number for number, line in enumerate(lines[scene.line :], scene.line + 1) if first in line)
                problems.append(LessonProblem(next(numbers, scene.line), message))
    return sorted(problems, key=lambda problem: problem.line)


def _formula_error(latex: str) -> str:
    """Return a message about a mistake in a formula, "" if there is none."""
    braces = re.sub(r"\\.", "", latex, flags=re.DOTALL)
    opened, closed = braces.count("{"), braces.count("}")
    shown = " ".join(latex.split())
    if opened != closed:  # ziamath ignores some of these mistakes
        return f"The formula ${shown}$ has {opened} {{ and {closed} }}: each needs the other."
    return f"The formula ${shown}$ cannot be typeset." if typeset(latex) is None else ""
