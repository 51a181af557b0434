"""Finds the formulas in the texts of a lesson that cannot be typeset."""

import re
from collections.abc import Iterator

from explorer.core.latex_to_svg import typeset, unknown_commands
from explorer.core.lessons.markdown_parts import find_formulas
from explorer.core.lessons.value_text import fill_in


def formula_problems(text: str) -> Iterator[tuple[str, str]]:
    """Yield the formulas of a text that cannot be typeset, each with a message.

    Typesetting takes long, so that only the check of a lesson calls this. The window shows a formula with a mistake as
    it was written. A value in a formula is a number.
    """
    filled = find_formulas(fill_in(text, lambda _source: "1"))
    seen = set()
    for latex, shown in zip(find_formulas(text), filled, strict=True):
        if latex not in seen and (message := _formula_error(shown, latex)):
            yield latex, message
        seen.add(latex)


def _formula_error(latex: str, typed: str) -> str:
    """Return a message about a mistake in a formula, "" if there is none; ``typed`` is how the lesson has it."""
    braces = re.sub(r"\\.", "", latex, flags=re.DOTALL)
    opened, closed = braces.count("{"), braces.count("}")
    shown = " ".join(typed.split())
    if opened != closed:  # ziamath ignores some of these mistakes
        return f"The formula ${shown}$ has {opened} {{ and {closed} }}: each needs the other."
    if unknown := unknown_commands(latex):
        return f"The formula ${shown}$ has {unknown[0]}, which is no command that can be typeset."
    return f"The formula ${shown}$ cannot be typeset." if typeset(latex) is None else ""
