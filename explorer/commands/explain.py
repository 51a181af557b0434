"""The command ``explain``: a gradient as text, as JSON, or many of them from a file. No Qt."""

import argparse
import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from explorer.commands.quiet import quiet_standard_error
from explorer.core.autodiff.explain_json import plain
from explorer.core.autodiff.trace import Trace
from explorer.core.errors import ExpressionError
from explorer.core.expression.limits import MAX_FORMULA_OPS
from explorer.core.expression.values import names, parse_point

MAX_LINE = 1_000_000
"""A line of a batch may have this many characters."""


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status. Raises ExpressionError for bad input of a single request."""
    if (options.json or options.batch is not None) and isinstance(sys.stdout, io.TextIOWrapper):
        # JSON is UTF-8 whatever the console speaks, and half a surrogate pair becomes an escape that JSON has too.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    if options.batch is not None:
        return _batch(options.batch)
    if options.expression is None:
        raise ExpressionError("explain needs an expression, for example: autodiff-explorer explain 'sin(2*x)'")
    text = options.expression.strip()
    point = parse_point(options.at)
    wrt = None if options.wrt is None else names(options.wrt)
    differentiated_by = names(options.again)
    _check(text, point, [*(wrt or []), *differentiated_by])
    with _engine() as engine:
        told, trace, values = engine(text, point, options.dtype, wrt, differentiated_by)
        print(_line(told) if options.json else _readable(told, trace, values), flush=True)
    return 0


def _check(text: str, point: dict[str, Any], named: list[str]) -> None:
    """Refuse what is wrong before TensorFlow's slow import."""
    from explorer.core.expression.names import plain_name
    from explorer.core.expression.parser import parse
    from explorer.core.expression.shapes import check_shapes
    from explorer.core.expression.values import bind, no_variable

    program = parse(text, MAX_FORMULA_OPS)
    check_shapes(program, {name: value.shape for name, value in bind(program, point).items()})
    for name in named:
        if plain_name(name) not in program.variables:
            raise no_variable(name, program.variables)


@contextmanager
def _engine() -> Iterator[Any]:
    """Give a function that answers, with TensorFlow imported quietly and SymPy's process ended afterwards."""
    with quiet_standard_error():
        from explorer.engine.autodiff.sympy_client import SymbolicWorker
        from explorer.engine.in_process import full_answer
    worker = SymbolicWorker()
    first = True

    def engine(
        text: str, point: dict[str, Any], dtype: str, wrt: list[str] | None, differentiated_by: list[str]
    ) -> Any:
        nonlocal first
        if not first:
            return full_answer(text, point, dtype, wrt, worker, differentiated_by)
        first = False
        # The first session starts TensorFlow's devices, which say so on standard error whatever the log level is.
        with quiet_standard_error():
            return full_answer(text, point, dtype, wrt, worker, differentiated_by)

    try:
        yield engine
    finally:
        worker.close()


def _batch(name: str) -> int:
    try:
        stream: IO[bytes] = sys.stdin.buffer if name == "-" else Path(name).open("rb")  # noqa: SIM115 - below
    except OSError as error:
        raise ExpressionError(f"{name} cannot be read: {error.strerror}") from error
    with stream, _engine() as engine:
        while line := stream.readline(MAX_LINE + 1):
            if len(line) > MAX_LINE:
                while line and not line.endswith(b"\n"):
                    line = stream.readline(MAX_LINE)
                print(_error(f"a line has more than {MAX_LINE:,} characters", None), flush=True)
                continue
            print(_one(line, engine), flush=True)
    return 0


def _one(line: bytes, engine: Any) -> str:
    """The answer to one line of a batch: never an exception, whatever the line holds."""
    try:
        told, _, _ = engine(*_request(line))
        return _line(told)
    except ExpressionError as error:
        return _error(error.message, error.column)
    except RecursionError:
        return _error("the request is nested too deeply", None)
    except Exception as error:  # one bad line must not end the batch for all that follow
        return _error(f"this could not be answered ({type(error).__name__})", None)


def _request(line: bytes) -> tuple[str, dict[str, Any], str, list[str] | None, list[str]]:
    try:
        request = json.loads(line.decode("utf-8-sig"))  # Windows writes a mark at the beginning of a file
    except ValueError as error:
        raise ExpressionError(f"this line is no JSON: {error}") from None
    if not isinstance(request, dict) or not isinstance(request.get("expression"), str):
        raise ExpressionError('a request is a map with at least "expression", a text')
    point, dtype, wrt = request.get("at"), request.get("dtype"), request.get("wrt")
    if point is not None and not isinstance(point, dict):
        raise ExpressionError('"at" must be a map from names to values')
    if dtype not in (None, "float32", "float64"):
        raise ExpressionError('"dtype" must be "float32" or "float64"')
    differentiated_by = request.get("again")
    for key, given in (("wrt", wrt), ("again", differentiated_by)):
        if given is not None and not (isinstance(given, list) and all(isinstance(name, str) for name in given)):
            raise ExpressionError(f'"{key}" must be a list of names')
    return request["expression"], point or {}, dtype or "float32", wrt, differentiated_by or []


def _error(message: str, column: int | None) -> str:
    return json.dumps({"error": {"message": message, "column": column}}, ensure_ascii=False)


def _line(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, allow_nan=False)


def _readable(told: dict[str, Any], trace: Trace, values: dict[str, Any]) -> str:
    """The answer as a student would write it down."""
    from explorer.core.autodiff.gradient_diagnosis import kink_note, why
    from explorer.core.autodiff.higher_order import derivative_text

    name_of_output = derivative_text(trace.differentiated_by, "y", len(trace.variables) == 1)
    point = ", ".join(f"{name} = {_shown(value)}" for name, value in told["at"].items())
    output = told["output"]
    lines = [
        f"y = {told['expression']}" + (f"   at {point}" if point else ""),
        *[f"{name_of_output}, along {', '.join(trace.differentiated_by)}: the gradient graph runs forward"]
        * bool(trace.differentiated_by),
        "",
        "Forward pass (TensorFlow's graph and its values)",
    ]
    for node in told["graph"]["nodes"]:
        inputs = ", ".join(node["inputs"])
        lines.append(f"  {node['id']:<14} {node['type'] + '(' + inputs + ')':<34} = {_shown(node['value'])}")
    lines += ["", "Backward pass (from the output to the inputs)"]
    if trace.summed:
        lines.append(f"  {output['tensor']} is no scalar, so TensorFlow differentiates the sum of its entries")
    lines.append(f"   0. the gradient of {output['tensor']} with respect to itself is 1")
    for number, (step, traced) in enumerate(zip(told["steps"], trace.steps, strict=True), 1):
        lines.append(f"  {number:>2}. {step['op']}   {step['rule']}")
        lines.append(f"      arrived {_shown(step['upstream'])}")
        for slot in step["inputs"]:
            local = "" if slot["local"] is None else f" × {_shown(slot['local'])}"
            symbol = f"  [{slot['local_formula']}]" if slot["local_formula"] else ""
            more = "  (an AddN adds what comes on other ways)" if slot["accumulated"] else ""
            lines.append(f"      to {slot['tensor']}:{local}{symbol} -> {_shown(slot['gradient'])}{more}")
        lines.append(f"      done by {', '.join(step['tf_ops']) or _no_op(step)}")
        if (sentence := kink_note(trace, values, traced)) is not None:
            lines.append(f"      {sentence}")
    lines += ["", "Gradients (numbers are TensorFlow's, formulas ours)"]
    for name, gradient in told["gradients"].items():
        lines.append(f"  d{name_of_output}/d{name} = {_shown(gradient['value']) if gradient['tensor'] else 'none'}")
        if gradient["chain"]:
            lines.append(f"      = {gradient['chain']}")
        if gradient["simplified"] and gradient["simplified"] != gradient["chain"]:
            lines.append(f"      = {gradient['simplified']}")
        if (sentence := why(trace, values, name)) is not None:
            lines.append(f"      {sentence}")
        elif gradient["note"]:
            lines.append(f"      {gradient['note']}")
    return "\n".join(lines)


def _no_op(step: dict[str, Any]) -> str:
    handed_on = any(slot["gradient_tensor"] is not None for slot in step["inputs"])
    return "no op: what arrived is handed on" if handed_on else "no op: nothing is handed on"


def _shown(value: Any) -> str:
    return (
        "none" if value is None else json.dumps(plain(value) if not isinstance(value, str | list) else value).strip('"')
    )
