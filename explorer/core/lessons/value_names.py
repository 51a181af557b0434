"""What stands between ``{{`` and ``}}`` in the text of a lesson: an expression of our language, and a format.

Beside numbers and functions the expression may have the names of the scene's expression, of its ops, gradients
(``dy/dx``) and local derivatives (``dh/dx``), entries (``W[0,1]``), and the names of `facts.FACTS`.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from explorer.core.autodiff.output_name import base_name, output_name
from explorer.core.autodiff.trace import Trace
from explorer.core.errors import ExpressionError
from explorer.core.expression.entry import INDICES, parse_entry
from explorer.core.expression.names import ascii_name
from explorer.core.expression.parser import parse
from explorer.core.lessons.facts import FACTS, NOTHING
from explorer.core.syntax_tree import Program

MAX_VALUE_LENGTH = 200
"""Characters between the braces."""

FORMATS = ("percent", "whole", "digits", "full", "shape")
"""Formats that may follow a |; ``digits`` has a number behind it."""

MAX_DIGITS = 9

_NAME = r"[^\W\d]\w*"
_ENTRY = rf"\[\s*({INDICES})\s*\]"
_PART = re.compile(
    rf"(?<!\w)(?:"
    rf"(?P<derivative>[d∂](?P<of>{_NAME}?)[′']*\s*/\s*[d∂](?P<by>{_NAME}))(?:\s*\[\s*(?P<place>{INDICES})\s*\])?"
    rf"|(?P<call>{'|'.join(FACTS)})\s*\(\s*(?P<argument>\d{{1,6}})\s*\)"
    rf"|(?P<name>{_NAME})\s*\[\s*(?P<entry>{INDICES})\s*\]"
    rf")(?!\w)"
)
_WHOLE_ENTRY = re.compile(rf"(?P<call>.*\))\s*{_ENTRY}\s*", re.DOTALL)
_FORMAT = re.compile(r"\s*([a-z]+)\s*(\d+)?\s*")


@dataclass(frozen=True)
class ValueName:
    """What a name in a value stands for.

    name: a variable, a statement's name, an op, or one of `FACTS`; of a derivative, that by which is differentiated.
    of: what is differentiated, "" for no derivative. argument: the number in parentheses behind a fact. entry: the
    indices behind the name, () for none.
    """

    name: str
    of: str = ""
    argument: int | None = None
    entry: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The name as it is written."""
        written = f"d{self.of}/d{self.name}" if self.of else self.name
        return f"{written}({self.argument})" if self.argument is not None else written


@dataclass(frozen=True)
class SceneValue:
    """A value in a text.

    program: the expression; its variables stand for ``names``. entry: the indices behind all of it, () for none.
    format: one of `FORMATS`, "" for none. digits: of the format ``digits``.
    """

    source: str
    program: Program
    names: Mapping[str, ValueName] = field(default_factory=dict)
    entry: tuple[int, ...] = ()
    format: str = ""
    digits: int = 4

    @property
    def only_name(self) -> ValueName | None:
        """The name of which it consists, None if something is computed with it."""
        variables = self.program.variables
        return self.names[variables[0]] if len(variables) == 1 and self.program.text == variables[0] else None


def parse_value(source: str, names: Collection[str] = ()) -> SceneValue:
    """Return the value that stands between the braces; raises ExpressionError.

    names: the names of the scene's expression, which go before those of `FACTS`, and before ``dy/dx`` where both
    ``dy`` and ``dx`` are variables.
    """
    if len(source) > MAX_VALUE_LENGTH:
        raise ExpressionError(f"A value may have {MAX_VALUE_LENGTH} characters, and this one has {len(source)}.")
    if not source.strip():
        raise ExpressionError("A value is missing between the braces.")
    text, format_, digits = _split_format(source)
    entry: tuple[int, ...] = ()
    if (whole := _WHOLE_ENTRY.fullmatch(text)) is not None and _is_one_call(whole["call"]):
        text, entry = whole["call"], parse_entry(whole[2]) or ()
    found: dict[str, ValueName] = {}

    def replace(match: re.Match[str]) -> str:
        if (name := _value_name(match, names)) is None:
            return match[0]
        key = next((key for key, known in found.items() if known == name), f"value__{len(found)}")
        found[key] = name
        return key

    program = parse(_PART.sub(replace, text))
    if program.definitions or program.assignments:
        raise ExpressionError("A value is one expression, without = and ;.")
    for variable in program.variables:
        if variable not in found:
            found[variable] = ValueName(variable)
    return SceneValue(source, program, {name: found[name] for name in program.variables}, entry, format_, digits)


def _value_name(match: re.Match[str], names: Collection[str]) -> ValueName | None:
    """Return what a part stands for, None where it is plain arithmetic."""
    if match["derivative"]:
        numerator, denominator = (part.strip() for part in match["derivative"].split("/"))
        if ascii_name(numerator) in names and ascii_name(denominator) in names:
            return None
        place = parse_entry(match["place"] or "") or ()
        return ValueName(ascii_name(match["by"]), ascii_name(match["of"]) or "y", None, place)
    if match["call"]:
        if match["call"] in names or FACTS[match["call"]].argument == NOTHING:
            return None
        return ValueName(match["call"], argument=int(match["argument"]))
    return ValueName(ascii_name(match["name"]), entry=parse_entry(match["entry"]) or ())


def _split_format(source: str) -> tuple[str, str, int]:
    """Return the expression, the format and its digits. A | that opens or closes |x| belongs to the expression."""
    text, bar, rest = source.rpartition("|")
    if not bar or text.count("|") % 2 or not rest.strip():
        return source.strip(), "", 4
    match = _FORMAT.fullmatch(rest)
    if match is None or match[1] not in FORMATS or (match[2] is not None) != (match[1] == "digits"):
        raise ExpressionError(f"There is no format {rest.strip()!r}: write percent, whole, digits 3, full or shape.")
    digits = int(match[2] or 4)
    if not 1 <= digits <= MAX_DIGITS:
        raise ExpressionError(f"A number is written with 1 to {MAX_DIGITS} digits.")
    return text.strip(), match[1], digits


def _is_one_call(text: str) -> bool:
    """Return whether a text that ends in ) is one function call or one pair of parentheses."""
    head, opening, _ = text.partition("(")
    if not opening or (head.strip() and re.fullmatch(_NAME, head.strip()) is None):
        return False
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if not depth and place >= len(head):
            return place == len(text.rstrip()) - 1
    return False


def is_fact(name: ValueName, names: Collection[str]) -> bool:
    """Return whether a name stands for one of `FACTS`; ``names`` are those of the scene's expression."""
    return not name.of and name.name in FACTS and name.name not in names


def program_names(program: Program | None) -> tuple[str, ...]:
    """Return the names that an expression has: variables, and those of its statements."""
    if program is None:
        return ()
    return tuple(dict.fromkeys([*program.variables, *program.definitions, *program.assignments]))


def tensor_of(trace: Trace, name: ValueName) -> str:
    """Return the tensor that a name stands for: one of ``trace.fetches``. Raises ExpressionError if there is none."""
    if not name.of:
        return _forward_tensor(trace, name.name)
    tensor = _forward_tensor(trace, name.name)
    if _is_output(trace, name.of):
        gradient = trace.tensor_gradients.get(tensor)
        if gradient is None or gradient not in trace.fetches:
            raise ExpressionError(f"{name.text}: TensorFlow has no gradient for {name.name}.")
        return gradient
    op = _forward_tensor(trace, name.of)
    for step in trace.steps:
        for slot in step.inputs:
            if step.tensor == op and slot.tensor == tensor and slot.local_tensor is not None:
                return slot.local_tensor
    output = output_name(trace)
    raise ExpressionError(
        f"{name.text}: {output} is what is differentiated, so that there is d{output}/d{name.name}; a local derivative "
        f"there is only where {name.of} is computed from {name.name} itself."
    )


def _is_output(trace: Trace, name: str) -> bool:
    known = {output_name(trace), base_name(trace.expression)}
    taken = {*trace.variables, *(node.defines for node in trace.nodes if node.defines)}
    return name in known or (name in ("y", "f") and name not in taken)


def _forward_tensor(trace: Trace, name: str) -> str:
    if name in trace.variables:
        return trace.variables[name]
    for node in trace.nodes:
        if node.defines and ascii_name(node.defines) == name:
            return node.tensor
    if name in (output_name(trace), base_name(trace.expression)):
        return trace.output
    for node in trace.nodes:
        if node.id == name:
            return node.tensor
    ops = (node.defines or node.id for node in trace.nodes if "/" not in node.id)
    names = ", ".join(dict.fromkeys([*trace.variables, *ops]))
    raise ExpressionError(f"There is no {name} here; there is {names[:160]}.")
