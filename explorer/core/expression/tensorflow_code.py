"""Python code of an expression: TensorFlow 2, and TensorFlow 1 as in the tutorial."""

import keyword
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.core.expression.custom_gradient import names_in, replace_subtree
from explorer.core.expression.names import CONSTANTS
from explorer.core.expression.printer import number_text
from explorer.core.ops.table import op_table
from explorer.core.syntax_tree import Apply, Array, Constant, Node, Number, Program, Reference, Variable

_PRECEDENCE = {"add": 1, "sub": 1, "mul": 2, "div": 2, "matmul": 2, "neg": 3, "pow": 4}
_OPERATORS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "matmul": "@", "pow": "**"}
_RESERVED = frozenset({"tf", "tf1", "np", "f", "tape", "session", "gradients", "graph", "output", "weights"})
_DEFAULT_DTYPE = "float32"
"""What TensorFlow makes of a number without a dtype."""
MAX_WRITTEN_ENTRIES = 24
"""Entries up to which a 1 among zeros is written out."""

_GENERATED_NAMES = re.compile(r"d+f|derivative_\d+")


def tensorflow2_code(
    program: Program,
    values: Mapping[str, Any],
    dtype: str,
    differentiated_by: Sequence[str] = (),
    weights: tuple[int, Any] | None = None,
) -> str:
    """Return a script for TensorFlow 2 (`tf.function`, `GradientTape`) that prints the value and all gradients.

    differentiated_by: variables by which the function is differentiated first, one after the other. weights: those of
    an output's entries, after the order of the derivative whose output that is; None for ones.
    """
    seeds = _seeds(weights, dtype, ", output_gradients=weights")
    names = _python_names(program)
    arguments = ", ".join(names[name] for name in program.variables)
    lines = ["import tensorflow as tf", "", ""]
    lines += ["@tf.function", f"def f({arguments}):"]
    lines += [f"    {line}" for line in _definition_lines(program, names, dtype)]
    lines += [f"    return {_output_code(program, names, dtype)}", "", ""]
    function = "f"
    for order, name in enumerate(differentiated_by):
        before, function = function, f"d{function}"
        lines += ["@tf.function", f"def {function}({arguments}):", "    with tf.GradientTape() as tape:"]
        lines += [f"        tape.watch({names[name]})", f"        output = {before}({arguments})"]
        lines += [f"    {line}" for line in seeds.lines(order)]
        lines += [f"    return tape.gradient(output, {names[name]}{seeds.argument(order)})", "", ""]
    for name in program.variables:
        lines.append(f"{names[name]} = tf.constant({_literal(values[name])}, tf.{dtype})")
    if not program.variables:
        lines.append("print(f())")
        return "\n".join(lines) + "\n"
    lines += ["with tf.GradientTape() as tape:"]
    lines += [f"    tape.watch({names[name]})" for name in program.variables]
    result = "y" if "y" not in names.values() and not differentiated_by else "output"
    lines += [f"    {result} = {function}({arguments})"]
    lines += ["", f"print({result}.numpy())"]
    listed = ", ".join(names[name] for name in program.variables)
    order = len(differentiated_by)
    lines += seeds.lines(order)
    lines.append(f"for gradient in tape.gradient({result}, [{listed}]{seeds.argument(order)}):")
    lines.append("    print(None if gradient is None else gradient.numpy())")
    return "\n".join(lines) + "\n"


def tensorflow1_code(
    program: Program,
    values: Mapping[str, Any],
    dtype: str,
    differentiated_by: Sequence[str] = (),
    weights: tuple[int, Any] | None = None,
) -> str:
    """Return a script in the style of TensorFlow 1 (placeholders, session, `tf.gradients`), run by TensorFlow 2.

    differentiated_by, weights: as in `tensorflow2_code`.
    """
    seeds = _seeds(weights, dtype, ", grad_ys=[weights]")
    names = _python_names(program)
    lines = ["import tensorflow.compat.v1 as tf", "", "tf.disable_eager_execution()", ""]
    for name in program.variables:
        shape = np.shape(values[name])
        lines.append(f"{names[name]} = tf.placeholder(tf.{dtype}, shape={shape})")
    lines += _definition_lines(program, names, dtype)
    result = "y" if "y" not in names.values() else "output"
    lines.append(f"{result} = {_output_code(program, names, dtype)}")
    for order, name in enumerate(differentiated_by, 1):
        before, result = result, f"derivative_{order}"
        lines += seeds.lines(order - 1)
        lines.append(f"({result},) = tf.gradients({before}, [{names[name]}]{seeds.argument(order - 1)})")
    listed = [names[name] for name in program.variables]
    if listed:
        lines += seeds.lines(len(differentiated_by))
        argument = seeds.argument(len(differentiated_by))
        lines.append(f"gradients = tf.gradients({result}, [{', '.join(listed)}]{argument})")
    lines += ["", f"print({result})", "", "with tf.Session() as session:"]
    feeds = ", ".join(f"{names[name]}: {_literal(values[name])}" for name in program.variables)
    lines.append(f"    feed = {{{feeds}}}")
    lines.append(f"    print(session.run({result}, feed_dict=feed))")
    if listed:
        lines.append("    for gradient in gradients:")
        lines.append("        print(None if gradient is None else session.run(gradient, feed_dict=feed))")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class _Seeds:
    """The lines that define the upstream gradient of one order of the derivative, and the argument that passes it on.

    order: None if every backward pass begins with ones.
    """

    order: int | None = None
    line: str = ""
    text: str = ""

    def lines(self, order: int) -> list[str]:
        return [self.line] if order == self.order else []

    def argument(self, order: int) -> str:
        return self.text if order == self.order else ""


def _seeds(weights: tuple[int, Any] | None, dtype: str, argument: str) -> _Seeds:
    if weights is None:
        return _Seeds()
    array = np.asarray(weights[1])
    if array.size <= MAX_WRITTEN_ENTRIES or np.count_nonzero(array) > 1:
        value = f"tf.constant({_literal(array)}, tf.{dtype})"
    else:
        place = [int(index[0]) for index in np.nonzero(array)]
        value = f"tf.cast(tf.scatter_nd([{place}], [1.0], {list(array.shape)}), tf.{dtype})"
    return _Seeds(weights[0], f"weights = {value}", argument)


def command_line(text: str, point: Mapping[str, Any], *, command: str = "", **options: Any) -> str:
    """Return the quoted shell command that shows ``text`` at ``point``; options that are None are left out."""
    parts = ["autodiff-explorer", *([command] if command else []), text]
    if point:
        parts += ["--at", ",".join(f"{name}={_literal(value).replace(' ', '')}" for name, value in point.items())]
    for key, value in options.items():
        if value is not None:
            parts += [f"-{key}" if len(key) == 1 else f"--{key}", str(value)]
    return shlex.join(parts)


def _python_names(program: Program) -> dict[str, str]:
    """Return Python identifiers by name, distinct from keywords and from the names that the script itself uses."""
    taken = set(_RESERVED)
    names = {}
    for name in (*program.variables, *program.definitions):
        safe = name
        while keyword.iskeyword(safe) or safe in taken or _GENERATED_NAMES.fullmatch(safe):
            safe += "_"
        names[name] = safe
        taken.add(safe)
    return names


def _definition_lines(program: Program, names: Mapping[str, str], dtype: str) -> list[str]:
    return [f"{names[name]} = {_code(node, names, dtype)[0]}" for name, node in program.definitions.items()]


def _output_code(program: Program, names: Mapping[str, str], dtype: str) -> str:
    code = _code(program.output, names, dtype)[0]
    if not program.variables or isinstance(program.output, Number | Constant | Array):
        return f"tf.constant({code}, tf.{dtype})" if not isinstance(program.output, Apply) else code
    return code


def _literal(value: Any) -> str:
    array = np.asarray(value)
    if array.ndim:
        return "[" + ", ".join(_literal(entry) for entry in array) + "]"
    number = float(array)
    if np.isfinite(number):
        return number_text(number) if number_text(number) != "-0" else "-0.0"
    return f'float("{number}")'


def _code(node: Node, names: Mapping[str, str], dtype: str) -> tuple[str, int]:
    """Return Python code and its precedence (5: like a name)."""
    match node:
        case Number(exact=Apply(op, args)):
            return _op_code(op, args, names, dtype)
        case Number(value):
            text = number_text(value)
            if "." not in text and "e" not in text:
                text += ".0"
            return text, 3 if value < 0 else 5
        case Constant(name):
            return repr(CONSTANTS[name]), 5
        case Array(entries):
            return _constant(_literal(np.asarray(entries)), dtype), 5
        case Variable(name) | Reference(name):
            return names[name], 5
        case Apply(op, args):
            return _op_code(op, args, names, dtype)


def _op_code(op: str, args: tuple[Node, ...], names: Mapping[str, str], dtype: str) -> tuple[str, int]:
    if op == "custom":
        return custom_code(args, names, dtype), 5
    coded = [_code(argument, names, dtype) for argument in args]
    level = _PRECEDENCE.get(op)
    if level is None:
        coded = [
            (_constant(text, dtype), 5)
            if dtype != _DEFAULT_DTYPE and _is_python_number(argument)
            else (text, precedence)
            for (text, precedence), argument in zip(coded, args, strict=True)
        ]
        template = op_table()[op].python
        loose = not template.startswith("tf.") or template.count("{a}") > 1 or " " in template
        shown = [f"({text})" if loose and precedence < 5 else text for text, precedence in coded]
        code = template.format(**dict(zip("ab", shown, strict=False)), dtype=dtype)
        return (f"({code})", 5) if loose and not template.startswith("tf.reduce") else (code, 5)
    if op == "neg":
        (text, precedence) = coded[0]
        return f"-{text if precedence >= 4 else f'({text})'}", 3
    (a, precedence_a), (b, precedence_b) = coded
    left = a if precedence_a >= (5 if op == "pow" else level) else f"({a})"
    right = b if precedence_b >= (4 if op == "pow" else level + 1) and not b.startswith("-") else f"({b})"
    return f"{left} {_OPERATORS[op]} {right}", level


def _constant(code: str, dtype: str) -> str:
    return f"tf.constant({code}, tf.{dtype})"


def _is_python_number(node: Node) -> bool:
    """Return whether the code of ``node`` is a number of Python's, of which TensorFlow would make a float32."""
    match node:
        case Number() | Constant():
            return True
        case Apply(op, args):
            return op in _PRECEDENCE and all(map(_is_python_number, args))
    return False


def custom_code(args: tuple[Node, ...], names: Mapping[str, str], dtype: str) -> str:
    """Return Python code of ``custom(f, df, u)``; ``names`` maps names of the expression to Python identifiers."""
    function, slope, wrt = args
    if isinstance(wrt, Variable | Reference):
        argument = names[wrt.name]
    else:
        argument = next(name for name in ("u", "v", "w", "u_") if name not in {*names, *names.values()})
        names = {**names, argument: argument}
        function, slope = (replace_subtree(each, wrt, Variable(argument)) for each in (function, slope))
    value, (factor, precedence) = _code(function, names, dtype)[0], _code(slope, names, dtype)
    if precedence < 3 or factor.startswith("-"):
        factor = f"({factor})"
    return f"tf.custom_gradient(lambda {argument}: ({value}, lambda dy: dy * {factor}))({_code(wrt, names, dtype)[0]})"


def decorated_custom_gradient(args: tuple[Node, ...]) -> str:
    """Return ``custom(f, df, u)`` as a decorated Python function, with the names of the expression."""
    function, slope, wrt = args
    argument = wrt.name if isinstance(wrt, Variable | Reference) else "u"
    function, slope = (replace_subtree(each, wrt, Variable(argument)) for each in (function, slope))
    known = {name: name for each in (function, slope) for name in (*names_in(each), argument)}
    value, (factor, precedence) = _code(function, known, _DEFAULT_DTYPE)[0], _code(slope, known, _DEFAULT_DTYPE)
    factor = f"({factor})" if precedence < 3 or factor.startswith("-") else factor
    return "\n".join(
        [
            "@tf.custom_gradient",
            f"def custom({argument}):",
            "    def rule(grad):",
            f"        return grad * {factor}",
            "",
            f"    return {value}, rule",
            "",
        ]
    )
