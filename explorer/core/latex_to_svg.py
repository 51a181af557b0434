"""LaTeX to SVG by ziamath."""

import re
from dataclasses import dataclass

PLACEHOLDER_COLOUR = "#010203"
"""Stands in the SVG for the colour of the text and is replaced when the formula is painted."""

FONT_SIZE_PX = 24.0
"""Font size of typeset formulas; painting scales them."""

MAX_DEPTH = 6
"""Groups within groups that are typeset; with each level ziamath takes twice as long, 8 s for ten."""

MAX_COST = 800
"""Cost of a formula up to which all of it is typeset for the screen; a token costs twice as much with each level, since
ziamath takes twice as long for it, and a cost of 5 takes 1 ms."""

LATE = 1.2
"""Share of `MAX_COST` from which groups are left empty, if there was no plus, minus or comma."""

_BREAKS = frozenset({"+", "-", ",", r"\cdot"})
"""Tokens behind which the rest of a group can be left out."""

_SIGN = re.compile(
    r"\\(?:text|operatorname|math[a-z]+|begin|end)\s*\{[^{}]*\}"
    r"|((?:[(\[=<>,;+-]|\\\{|\\(?:cdot|times|approx|leq?|geq?|neq?|in|to|leftarrow|rightarrow|quad)(?![a-zA-Z]))\s*)-"
)
"""Text, which is left alone, or a minus that follows what no minus subtracts from, with what it follows."""

_TOKEN = re.compile(r"\\(?:left|right)(?![a-zA-Z])\s*(?:\\[a-zA-Z]+|\\.|.)|\\[a-zA-Z]+|\\.|.", re.DOTALL)


@dataclass(frozen=True)
class Formula:
    """A typeset formula.

    svg: its picture, in `PLACEHOLDER_COLOUR`. width; ascent, descent: extent above and below the baseline. Pixels.
    """

    svg: str
    width: float
    ascent: float
    descent: float


def typeset(latex: str) -> Formula | None:
    """Return the typeset formula, or None if ziamath cannot typeset it; ``…`` stands for what is nested too deeply.

    Takes about 10 ms.
    """
    import ziamath

    ziamath.config.svg2 = False  # type: ignore[attr-defined]  # otherwise QtSvg draws nothing
    try:
        svg = ziamath.Latex(with_signs(shallow(latex)), size=FONT_SIZE_PX, color=PLACEHOLDER_COLOUR).svg()  # type: ignore[attr-defined]
        box = re.search(r'viewBox="(\S+) (\S+) (\S+) (\S+)"', svg)
        _, top, width, height = (float(part) for part in box.groups())  # type: ignore[union-attr]
    except Exception:  # whatever ziamath fails on, plain text is shown instead
        return None
    return Formula(svg, width, -top, height + top)


def with_signs(latex: str) -> str:
    """Return LaTeX in which each minus that is a sign is a group, ``(-1)`` as ``({-}1)``.

    ziamath sets space for a subtraction around every other one. TeX tells them apart by itself.
    """
    return _SIGN.sub(lambda match: match[0] if match[1] is None else f"{match[1]}{{-}}", latex)


def unknown_commands(latex: str) -> list[str]:
    """Return the commands and environments of a formula that ziamath would set as if they were text."""
    from latex2mathml.commands import MATRICES
    from latex2mathml.converter import convert

    environments = (f"\\{name}" for name in re.findall(r"\\begin\s*\{([^}]*)\}", latex))
    found = [f"\\begin{{{name[1:]}}}" for name in environments if name not in MATRICES]
    try:
        mathml = convert(shallow(latex))
    except Exception:  # `typeset` says that it cannot be typeset
        return found
    return found + list(dict.fromkeys(re.findall(r"<m[ion][^>]*>(\\[a-zA-Z]+)</m", mathml)))


def shallow(latex: str) -> str:
    """Return LaTeX in which groups within `MAX_DEPTH` others that contain groups themselves are ``…``.

    A group is between braces, or between ``\\left`` and ``\\right``.
    """
    kept: list[str] = []
    content: list[str] = []  # of a group within MAX_DEPTH others
    depth = 0
    has_groups = False
    for token in _TOKEN.findall(latex):
        opens = _opens(token)
        if _closes(token):
            depth -= 1
            if depth == MAX_DEPTH:
                kept += [r"\dots "] if has_groups else content
                content, has_groups = [], False
        if depth > MAX_DEPTH:
            content.append(token)
            has_groups |= opens
        else:
            kept.append(token)
        depth += opens
    return "".join([*kept, *content])


def beginning(latex: str) -> str:
    """Return a formula up to a plus, minus or comma after `MAX_COST`, with ``…`` for what follows in each group.

    A formula with a matrix is kept as it is.
    """
    tokens = _TOKEN.findall(shallow(latex))
    if r"\begin" in tokens:
        return latex
    kept: list[str] = []
    depth = cost = 0
    cut: int | None = None  # depth of the group whose rest is left out
    for token in tokens:
        depth -= _closes(token)
        if cut is not None and depth < cut:
            cut = None
        if cut is None:
            kept.append(token)
            cost += 1 << max(depth, 0)
            if cost >= MAX_COST and token in _BREAKS:
                kept.append(r"\dots ")
                cut = depth
            elif cost >= LATE * MAX_COST and _opens(token):  # no break came: what is in further groups is left out
                kept.append(r"\dots ")
                cut = depth + 1
        depth += _opens(token)
    return "".join(kept)


def _opens(token: str) -> bool:
    return token == "{" or _is_command(token, "left")


def _closes(token: str) -> bool:
    return token == "}" or _is_command(token, "right")


def _is_command(token: str, name: str) -> bool:
    """Whether a token is a command with its delimiter, such as ``\\left(``, and not the start of a longer name."""
    rest = token.removeprefix(f"\\{name}")
    return rest != token and not rest[:1].isalpha()
