"""Answers as they are typed: in the language of expressions, with numbers as the program shows them."""

import json
import re
from dataclasses import replace

from explorer.core.errors import UserError
from explorer.core.expression.parser import parse
from explorer.core.number_format import FROM_SUPERSCRIPTS
from explorer.core.syntax_tree import Array, Node, Number, Program

EMPTY_MESSAGE = "Enter a number or a formula."

_THOUSANDS = re.compile(r"(?<![\w.,])[1-9]\d{0,2}(?:,\d{3})+(?![\w,])")
_NOT_FINITE = re.compile(r"\bnan\b|\binf(?:inity)?\b|∞", re.IGNORECASE)
_EXPONENT = re.compile("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_TRANSPOSED = re.compile(r"(\w+|\[[^ᵀ]*?\](?=ᵀ)|\([^()ᵀ]*\))ᵀ")
_SIDE_BY_SIDE = re.compile(r"(?<=[\wᵀ)\]])\s+(?=[\w(\[])")
_LEFT_SIDE = re.compile(r"^\s*(?:[d∂][^=]*/\s*[d∂][^=]*)?=(?!=)")


def parse_answer(text: str) -> Program:
    """Return an answer as a program; raises UserError if it cannot be understood.

    Beside the language it may have thousands separators (``7,850``), exponents as they are shown (``2.5×10⁻⁷``), the
    left side of an equation (``dy/dx = 2``), and matrices as in the rules (``G xᵀ``).
    """
    shown = _LEFT_SIDE.sub("", text)
    if not shown.strip(" ?"):
        raise UserError(EMPTY_MESSAGE)
    if shown.replace(" ", "") == "[]":
        return replace(parse("0"), text=shown, output=Array(()))  # the shape of a number
    shown = _EXPONENT.sub(lambda found: f"^({found[0].translate(FROM_SUPERSCRIPTS)})", shown)
    if (unusual := _not_finite(shown)) is not None:
        return replace(parse("0"), text=shown, output=unusual)
    if "ᵀ" in shown:
        shown = _TRANSPOSED.sub(r"transpose(\1)", _SIDE_BY_SIDE.sub("@", shown.strip()))
    return parse(_THOUSANDS.sub(_without_separators, shown))


def _not_finite(text: str) -> Node | None:
    """Return a number or an array that has ``nan`` or ``∞`` in it, which the language has no words for; else None."""
    if not _NOT_FINITE.search(text):
        return None
    plain = re.sub(r"×10\^\((-?\d+)\)", r"e\1", text.replace("−", "-"))
    plain = _NOT_FINITE.sub(lambda found: "NaN" if found[0].lower() == "nan" else "Infinity", plain)
    try:
        value = json.loads(plain)
    except ValueError:
        return None
    if isinstance(value, float):
        return Number(value)
    return Array(tuple(tuple(row) if isinstance(row, list) else row for row in value))


def _without_separators(found: re.Match[str]) -> str:
    """Return a number without its thousands separators, unless the commas separate entries or arguments."""
    opened: list[bool] = []  # for each open bracket whether commas have a meaning in it
    before = found.string[: found.start()]
    for place, sign in enumerate(before):
        if sign in "([":
            opened.append(sign == "[" or bool(re.search(r"\w\s*$", before[:place])))
        elif sign in ")]" and opened:
            opened.pop()
    return found[0] if opened and opened[-1] else found[0].replace(",", "")
