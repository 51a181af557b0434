"""The parts of a Markdown text in which signs have another meaning: code and formulas."""

import re

CODE_PATTERN = re.compile(r"(```.*?```|~~~.*?~~~|`[^`]*`)", re.DOTALL)
"""Code, in which a $ does not begin a formula."""

FORMULA_PATTERN = re.compile(r"\$\$(.+?)\$\$|(?<!\\)\$([^$]+?)\$", re.DOTALL)
"""A formula between $$ (group 1) or between $ (group 2)."""


def find_formulas(text: str) -> list[str]:
    """Return the LaTeX of all formulas in a Markdown text, in their order."""
    parts = CODE_PATTERN.split(text)[::2]
    return [(found[1] or found[2]).strip() for part in parts for found in FORMULA_PATTERN.finditer(part)]
