"""Finds the values in the texts of a lesson, ``{{ dy/dx }}``, and puts their numbers in their places."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from explorer.core.lessons.markdown_parts import CODE_PATTERN, FORMULA_PATTERN
from explorer.core.lessons.value_names import SceneValue
from explorer.core.number_format import FROM_SUPERSCRIPTS, MINUS, format_full, format_number, format_shape, format_value

PENDING, FAILED = "…", "?"
"""What is shown for a value that is not known yet, and for one that cannot be computed."""

MAX_ARRAY_LENGTH = 120
"""Characters of an array; a longer one is given by its shape."""

_IN_TEXT = re.compile(r"\{\{([^\n]*?)\}\}")
_IN_FORMULA = re.compile(r"\{\{\s+([^\n]*?)\s+\}\}")  # {{ has a meaning of its own in LaTeX, but no space behind it
_SUPERSCRIPT = re.compile("10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")


def find_values(text: str) -> list[str]:
    """Return what stands between the braces of each value of a Markdown text, in order; code has none."""
    return [match[1].strip() for match, _ in _matches(text)]


def fill_in(text: str, shown: Callable[[str], str]) -> str:
    """Return a Markdown text with the values in their places; ``shown`` returns the number of one as it is written."""
    done, place = [], 0
    for match, is_formula in _matches(text):
        number = shown(match[1].strip())
        done += [text[place : match.start()], _as_latex(number) if is_formula else _as_markdown(number)]
        place = match.end()
    return "".join([*done, text[place:]])


def fill_in_plain(text: str, shown: Callable[[str], str]) -> str:
    """Return a text that is no Markdown, such as a hint, with the values in their places."""
    return _IN_TEXT.sub(lambda match: shown(match[1].strip()), text)


def has_open_braces(text: str) -> bool:
    """Return whether there is a {{ in a text, outside of code and formulas, that no }} closes."""
    rest = _IN_TEXT.sub("", "".join(CODE_PATTERN.split(text)[::2]))
    return "{{" in FORMULA_PATTERN.sub("", rest)


def _matches(text: str) -> Iterator[tuple[re.Match[str], bool]]:
    """Yield the values of a Markdown text, each with whether it stands in a formula."""
    place = 0
    for number, part in enumerate(CODE_PATTERN.split(text)):
        end = place + len(part)
        if number % 2 == 0:
            for formula in FORMULA_PATTERN.finditer(text, place, end):
                yield from ((match, False) for match in _IN_TEXT.finditer(text, place, formula.start()))
                yield from ((match, True) for match in _IN_FORMULA.finditer(text, formula.start(), formula.end()))
                place = formula.end()
            yield from ((match, False) for match in _IN_TEXT.finditer(text, place, end))
        place = end


def format_scene_value(scene_value: SceneValue, value: Any, is_count: bool = False) -> str:
    """Return a number or an array as the text shows it.

    is_count: whether it is a number of things, which is written with all digits.
    """
    array = np.asarray(value)
    is_number = array.ndim == 0 and bool(np.isfinite(array))
    match scene_value.format:
        case "percent" if is_number:
            return f"{100 * float(array):.1f} %".replace("-", MINUS)
        case "whole" if is_number:
            return _whole(array)
        case "digits":
            return _number_or_array(array, scene_value.digits)
        case "full" if array.ndim == 0:
            return format_full(array)
        case "shape":
            return format_shape(array) if array.ndim else "1"
    if is_number and (is_count or array.dtype.kind in "iu") and float(array) == round(float(array)):
        return _whole(array)
    return _number_or_array(array, 4)


def _whole(array: Any) -> str:
    return f"{round(float(array)):,}".replace("-", MINUS)


def _number_or_array(array: Any, digits: int) -> str:
    if array.ndim == 0:
        return format_number(float(array), digits)
    return format_value(array, digits, MAX_ARRAY_LENGTH)


def _as_markdown(number: str) -> str:
    return number.replace("[", "\\[").replace("]", "\\]")


def _as_latex(number: str) -> str:
    latex = _SUPERSCRIPT.sub(lambda match: f"10^{{{match[1].translate(FROM_SUPERSCRIPTS)}}}", number)
    latex = re.sub(r"(?<=\d),(?=\d)", "{,}", latex)
    for sign, command in ((MINUS, "-"), ("×", r"\times "), ("%", r"\%"), ("…", r"\ldots "), ("∞", r"\infty ")):
        latex = latex.replace(sign, command)
    return latex.replace("nan", r"\text{nan}")
