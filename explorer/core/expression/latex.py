"""Trees as LaTeX, in textbook notation."""

import math
import re
from fractions import Fraction
from typing import Any

from explorer.core.expression.names import NAME_TO_GREEK
from explorer.core.expression.printer import POWER, PRODUCT, SIGN, SUM, number_text, precedence
from explorer.core.ops.table import op_table
from explorer.core.syntax_tree import Apply, Array, Constant, Node, Number, Program, Reference, Variable

_SUPERSCRIPTS = {"square": "2", "transpose": r"\top"}
_CAPITALS_LIKE_LATIN = frozenset(
    ["Alpha", "Beta", "Epsilon", "Zeta", "Eta", "Iota", "Kappa", "Mu", "Nu", "Omicron", "Rho", "Tau", "Chi"]
)


def to_latex(node: Node) -> str:
    """Return ``node`` as LaTeX; references keep their names."""
    try:
        return _latex(node)
    except RecursionError:
        return r"\ldots"


def program_latex(program: Program, max_length: int | None = None) -> str:
    """Return all statements as LaTeX, the output last; a single expression stands alone.

    max_length: characters of LaTeX above which … replaces the first statements; None for no limit.
    """
    lines = [f"{name_latex(name)} = {to_latex(node)}" for name, node in program.definitions.items()]
    for name, value in program.assignments.items():
        tree = program.assigned.get(name)
        shown = _value_latex(value) if value.ndim or tree is None else to_latex(tree)
        lines.append(f"{name_latex(name)} = {shown}")
    if not isinstance(program.output, Reference) and not (isinstance(program.output, Variable) and lines):
        lines.append(to_latex(program.output))
    if max_length is None or sum(map(len, lines)) <= max_length:
        return r",\quad ".join(lines)
    kept = [lines.pop()]
    while lines and sum(map(len, kept)) + len(lines[-1]) <= max_length:
        kept.insert(0, lines.pop())
    return r",\quad ".join([r"\ldots" * bool(lines), *kept]).removeprefix(r",\quad ")


def name_latex(name: str) -> str:
    r"""Return a name as LaTeX: ``x1`` is ``x_{1}``, ``theta`` is ``\theta``, ``lambd`` stays upright text."""
    head, _, tail = name.partition("_")
    match = re.fullmatch(r"([A-Za-z]+?)(\d*)", head)
    stem, digits = (match[1], match[2]) if match else (head, "")
    index = ",".join(part for part in (digits, tail) if part)
    if stem == "lambd":
        stem = "lambda"  # Python programmers write it so, as lambda is a keyword
    if stem in NAME_TO_GREEK:
        stem = stem[0] if stem in _CAPITALS_LIKE_LATIN else "o" if stem == "omicron" else rf"\{stem}"
    elif len(stem) != 1:
        stem = rf"\mathrm{{{_escape(stem)}}}"
    if not index:
        return stem
    shown = index if len(index) == 1 or index.isdigit() else rf"\mathrm{{{_escape(index)}}}"
    return f"{stem}_{{{shown}}}"


def _escape(text: str) -> str:
    return text.replace("_", r"\_")


def _value_latex(value: object) -> str:
    from numpy import asarray

    return (
        _latex(Array(_tuples(asarray(value).tolist()))) if asarray(value).ndim else number_latex(float(asarray(value)))
    )


def _tuples(value: Any) -> Any:
    return tuple(_tuples(entry) if isinstance(entry, list) else entry for entry in value)


def number_latex(value: float) -> str:
    """Return a value as LaTeX: simple multiples of pi and fractions as such, others with at most seven characters."""
    ratio = value / math.pi
    if value and abs(ratio) <= 100:
        near = Fraction(ratio).limit_denominator(12)
        if near and math.isclose(float(near) * math.pi, value, rel_tol=1e-15):
            sign = "-" if near < 0 else ""
            top = "" if abs(near.numerator) == 1 else str(abs(near.numerator))
            return rf"{sign}{top}\pi" if near.denominator == 1 else rf"{sign}\frac{{{top}\pi}}{{{near.denominator}}}"
    text = number_text(value)
    if len(text.lstrip("-")) > 7:
        near = Fraction(value).limit_denominator(100) if math.isfinite(value) else Fraction(0)
        if near.denominator > 1 and float(near) == value:
            return rf"{'-' * (near < 0)}\frac{{{abs(near.numerator)}}}{{{near.denominator}}}"
        text = number_text(float(f"{value:.6g}"))
    return _decimal_latex(text)


def _decimal_latex(text: str) -> str:
    mantissa, e, exponent = text.partition("e")
    if not e:
        return text
    power = f"10^{{{exponent}}}"
    return power if mantissa == "1" else rf"{mantissa} \cdot {power}"


def _latex(node: Node) -> str:
    match node:
        case Number(exact=Apply() as exact):
            return _latex(exact)
        case Number(value):
            return _decimal_latex(node.digits or number_text(value))
        case Constant(name):
            return r"\pi" if name == "pi" else "e"
        case Variable(name) | Reference(name):
            return name_latex(name)
        case Array(entries):
            return _matrix(entries)
        case Apply("mul", (a, b)):
            return _product(a, b)
        case Apply("neg", (a,)):
            return f"-{_operand(a, PRODUCT)}"
        case Apply("add" | "sub" as op, (a, b)):
            right = _operand(b, PRODUCT)
            if right.startswith("-"):
                right = rf"\left({right}\right)"
            return f"{_latex(a)} {'+' if op == 'add' else '-'} {right}"
        case Apply("div", (Number(value, exact=None), b)) if value < 0:
            return rf"-\frac{{{_decimal_latex(number_text(-value))}}}{{{_latex(b)}}}"
        case Apply("div", (Apply("neg", (Constant() as a,)), b)):
            return rf"-\frac{{{_latex(a)}}}{{{_latex(b)}}}"
        case Apply("div", (a, b)):
            return rf"\frac{{{_latex(a)}}}{{{_latex(b)}}}"
        case Apply("matmul", (a, b)):
            return rf"{_operand(a, PRODUCT)} \, {_operand(b, POWER)}"
        case Apply("pow", (a, b)):
            return rf"{_base(a)}^{{{_latex(b)}}}"
        case Apply("square" | "transpose" as op, (a,)):
            return rf"{_base(a)}^{{{_SUPERSCRIPTS[op]}}}"
        case Apply("max", (Apply("sign", (a,)), Number(0)) | (Number(0), Apply("sign", (a,)))):
            return rf"\left[{_latex(a)} > 0\right]"  # Iverson bracket: 1 where the condition holds, else 0
        case Apply("dot", (a, b)):
            return rf"{_operand(a, PRODUCT)} \cdot {_operand(b, POWER)}"
        case Apply(op, args):
            row = op_table()[op]
            shown = [_latex(argument) for argument in args]
            if row.latex is None:
                return rf"\operatorname{{{row.name.replace('_', ' ')}}}\left({', '.join(shown)}\right)"
            return row.latex.format(**dict(zip("abc", shown, strict=False)))


def _product(a: Node, b: Node) -> str:
    left, right = _operand(a, PRODUCT), _operand(b, POWER)
    if right.startswith("-"):
        right = rf"\left({right}\right)"
    # 2x, but 2·3; x·y, because two letters side by side could be one name.
    plain = isinstance(a, Number | Constant) and not re.match(r"[\d.]|\\frac|10\^", right)
    return rf"{left} \, {right}" if plain else rf"{left} \cdot {right}"


def _operand(node: Node, min_precedence: int) -> str:
    if isinstance(node, Number) and node.exact is not None:
        node = node.exact
    shown = _latex(node)
    level = precedence(node)
    if isinstance(node, Apply) and node.op == "div":
        return shown  # a fraction needs no parentheses
    if level < min_precedence or (min_precedence == POWER and level == SIGN) or (min_precedence > SUM and level == SUM):
        return rf"\left({shown}\right)"
    return shown


def _base(node: Node) -> str:
    shown = _latex(node)
    simple = isinstance(node, Variable | Reference | Constant | Array) or (isinstance(node, Number) and node.value >= 0)
    closed = isinstance(node, Apply) and shown.endswith((r"\right)", r"\right|", r"\right\rfloor", r"\right\rceil"))
    return shown if (simple or closed) and precedence(node) > POWER else rf"\left({shown}\right)"


def _matrix(entries: tuple[object, ...]) -> str:
    rows = [entry if isinstance(entry, tuple) else (entry,) for entry in entries]
    if len(rows) * len(rows[0]) > 36:
        return rf"\mathrm{{matrix}}_{{{len(rows)} \times {len(rows[0])}}}"
    body = r" \\ ".join(" & ".join(number_latex(float(value)) for value in row) for row in rows)
    return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"
