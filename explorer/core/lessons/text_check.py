"""Mistakes in the texts of a lesson that the check reports, and that do not keep it from being shown."""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from explorer.core.help.glossary import LINK_SCHEME, glossary
from explorer.core.lessons.formulas import formula_problems
from explorer.core.lessons.lesson import Lesson, LessonProblem, Scene
from explorer.core.lessons.markdown_parts import CODE_PATTERN, FORMULA_PATTERN
from explorer.core.lessons.scene_lines import SceneLines

_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(\s*<?([^)\s>]*)>?[^)]*\)|<(https?:[^>\s]+)>")
_MARKUP = re.compile(r"`|\*\*|(?<!\\)\$|\{\{|\]\(|!\[")
_TAG = re.compile(r"""</?[a-zA-Z][a-zA-Z0-9]*(\s+[\w-]+=["'][^"']*["'])*\s*/?>""")
_FENCE = re.compile(r"^\s*(?:```+|~~~+)\s*([^\s`]+)", re.MULTILINE)

_BLOCKS = ("scene", "exercise")


def text_problems(lesson: Lesson, lines: SceneLines) -> Iterator[LessonProblem]:
    """Yield the mistakes in titles, formulas, links and hints of a lesson."""
    if (markup := _MARKUP.search(lesson.title)) is not None:
        yield LessonProblem(lines.header("title"), _plain_title(markup[0]))
    for index, scene in enumerate(lesson.scenes):
        if (markup := _MARKUP.search(scene.title)) is not None:
            yield LessonProblem(lines.title(index), _plain_title(markup[0]))
        for text in (scene.text, scene.notes):
            for latex, message in formula_problems(text):
                yield LessonProblem(lines.text(index, latex), message)
            for fragment, message in [*_link_problems(text), *_fence_problems(text)]:
                yield LessonProblem(lines.text(index, fragment), message)
        for message_of_exercise in _hints(scene):
            plain = message_of_exercise.replace("{{", "")
            if _MARKUP.search(plain) is not None or _TAG.search(plain) is not None:
                line = lines.answer(index, message_of_exercise)
                yield LessonProblem(
                    line, "A hint is plain text: formulas, tags, ` and ** are shown as they are written."
                )


def _plain_title(markup: str) -> str:
    return f"A title is plain text: {markup} is shown as it is written."


def _hints(scene: Scene) -> list[str]:
    return [mistake.message for mistake in scene.exercise.foreseen_mistakes] if scene.exercise is not None else []


def _link_problems(text: str) -> Iterator[tuple[str, str]]:
    """Yield links that lead nowhere: a lesson opens entries of the glossary, and nothing else."""
    plain = "".join(part for part in CODE_PATTERN.split(text)[::2])
    for match in _LINK.finditer(FORMULA_PATTERN.sub("", plain)):
        target = match[1] if match[1] is not None else match[2]
        if target.startswith(LINK_SCHEME):
            if target.removeprefix(LINK_SCHEME) not in {entry.key for entry in glossary().entries}:
                yield target, f"The glossary has no entry {target.removeprefix(LINK_SCHEME)}."
        else:
            known = f"only links such as ({LINK_SCHEME}tensor) are followed"
            yield target, f"The link {target or '()'} leads nowhere: {known}."


def _fence_problems(text: str) -> Iterator[tuple[str, str]]:
    for match in _FENCE.finditer(text):
        if match[1] not in _BLOCKS and (near := get_close_matches(match[1].lower(), _BLOCKS, n=1, cutoff=0.75)):
            yield match[0].strip(), f"This block is shown as code: is {match[1]} to be {near[0]}?"
