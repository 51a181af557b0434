"""The formulas in a lesson's texts: where they stand, and which of them cannot be typeset."""

import re

from explorer.core.latex_to_svg import typeset
from explorer.core.lessons.lesson import Lesson, Problem

CODE = re.compile(r"(```.*?```|~~~.*?~~~|`[^`]*`)", re.DOTALL)
"""Code, in which a $ is a $."""

FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<!\\)\$([^$]+?)\$", re.DOTALL)


def formulas(text: str) -> list[str]:
    """Return the LaTeX of all formulas in a Markdown text, in their order."""
    parts = CODE.split(text)[::2]
    return [(found[1] or found[2]).strip() for part in parts for found in FORMULA.finditer(part)]


def formula_problems(lesson: Lesson, source: str) -> list[Problem]:
    """Return what is wrong with formulas of a lesson, whose file's text is ``source``.

    Only who checks a lesson asks: typesetting takes long, and a window shows such a formula as it was written.
    """
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    problems = []
    for scene in lesson.scenes:
        for latex in dict.fromkeys(formulas(scene.text) + formulas(scene.notes)):
            if says := _wrong(latex):
                first = latex.split("\n")[0]
                found = (index for index, line in enumerate(lines[scene.line :], scene.line + 1) if first in line)
                problems.append(Problem(next(found, scene.line), says))
    return sorted(problems, key=lambda problem: problem.line)


def _wrong(latex: str) -> str:
    """A sentence, empty where nothing is wrong."""
    braces = re.sub(r"\\.", "", latex, flags=re.DOTALL)
    opened, closed = braces.count("{"), braces.count("}")
    shown = " ".join(latex.split())
    if opened != closed:  # ziamath reads over some of them
        return f"The formula ${shown}$ has {opened} {{ and {closed} }}: each needs the other."
    return f"The formula ${shown}$ cannot be typeset." if typeset(latex) is None else ""
