"""The command ``explain``: a gradient as text or as JSON, or many of them from a file. No Qt."""

import argparse
import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from explorer.commands.expression_check import check_expression
from explorer.commands.quiet_stderr import quiet_stderr
from explorer.core.autodiff.output_choice import OutputChoice, parse_output
from explorer.core.autodiff.trace import Trace
from explorer.core.errors import UserError
from explorer.core.expression.limits import MAX_FORMULA_OPS
from explorer.core.expression.values import parse_point, split_names

MAX_LINE_LENGTH = 1_000_000
"""Maximum number of bytes in a line of a batch."""


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit status. Raises ExpressionError for an invalid single request."""
    if (options.json or options.batch is not None) and isinstance(sys.stdout, io.TextIOWrapper):
        # JSON is UTF-8 whatever the console's encoding is; half a surrogate pair becomes an escape that JSON has, too.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    if options.batch is not None:
        return _run_batch(options.batch)
    if options.expression is None:
        raise UserError("explain needs an expression, for example: autodiff-explorer explain 'sin(2*x)'")
    text = options.expression.strip()
    point = parse_point(options.at)
    wrt = None if options.wrt is None else split_names(options.wrt)
    differentiated_by = split_names(options.again)
    output = check_expression(
        text, point, wrt or [], MAX_FORMULA_OPS, again=differentiated_by, output=options.output_choice
    )
    with _explainer() as explain:
        answer, trace, values = explain(text, point, options.dtype, wrt, differentiated_by, output)
        print(_json_line(answer) if options.json else _as_text(answer, trace, values), flush=True)
    return 0


@contextmanager
def _explainer() -> Iterator[Any]:
    """Yield a function that explains one request. TensorFlow starts quietly; SymPy's process ends with the block."""
    with quiet_stderr():
        from explorer.engine.autodiff.sympy_client import SymbolicWorker
        from explorer.engine.in_process import explain_expression
    worker = SymbolicWorker()
    is_first = True

    def explain(
        text: str,
        point: dict[str, Any],
        dtype: str,
        wrt: list[str] | None,
        differentiated_by: list[str],
        output: OutputChoice,
    ) -> Any:
        nonlocal is_first
        if not is_first:
            return explain_expression(text, point, dtype, wrt, worker, differentiated_by, output)
        is_first = False
        # The first session initializes TensorFlow's devices, which log to standard error whatever the log level is.
        with quiet_stderr():
            return explain_expression(text, point, dtype, wrt, worker, differentiated_by, output)

    try:
        yield explain
    finally:
        worker.close()


def _run_batch(name: str) -> int:
    try:
        stream: IO[bytes] = sys.stdin.buffer if name == "-" else Path(name).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise UserError(f"{name} cannot be read: {error.strerror}") from error
    with stream, _explainer() as explain:
        while line := stream.readline(MAX_LINE_LENGTH + 1):
            if len(line) > MAX_LINE_LENGTH:
                while line and not line.endswith(b"\n"):
                    line = stream.readline(MAX_LINE_LENGTH)
                print(_json_error(f"a line has more than {MAX_LINE_LENGTH:,} characters", None), flush=True)
                continue
            print(_answer_line(line, explain), flush=True)
    return 0


def _answer_line(line: bytes, explain: Any) -> str:
    """Return the answer to one line of a batch. Raises nothing: one invalid line must not end the batch."""
    try:
        answer, _, _ = explain(*_read_request(line))
        return _json_line(answer)
    except UserError as error:
        return _json_error(error.message, error.column)
    except RecursionError:
        return _json_error("the request is nested too deeply", None)
    except Exception as error:
        return _json_error(f"this could not be answered ({type(error).__name__})", None)


def _read_request(line: bytes) -> tuple[str, dict[str, Any], str, list[str] | None, list[str], OutputChoice]:
    """Return expression, point, dtype, wrt, again and output of a request. Raises UserError."""
    try:
        request = json.loads(line.decode("utf-8-sig"))  # Windows writes a byte order mark at the beginning of a file
    except ValueError as error:
        raise UserError(f"this line is not JSON: {error}") from None
    if not isinstance(request, dict) or not isinstance(request.get("expression"), str):
        raise UserError('a request is a JSON object with at least "expression", a string')
    point, dtype, wrt, again = (request.get(key) for key in ("at", "dtype", "wrt", "again"))
    if point is not None and not isinstance(point, dict):
        raise UserError('"at" must be an object that maps names to values')
    if dtype not in (None, "float32", "float64"):
        raise UserError('"dtype" must be "float32" or "float64"')
    for key, value in (("wrt", wrt), ("again", again)):
        if value is not None and not (isinstance(value, list) and all(isinstance(name, str) for name in value)):
            raise UserError(f'"{key}" must be a list of names')
    output = parse_output(request.get("output"))
    return request["expression"], point or {}, dtype or "float32", wrt, again or [], output


def _json_error(message: str, column: int | None) -> str:
    return json.dumps({"error": {"message": message, "column": column}}, ensure_ascii=False)


def _json_line(answer: dict[str, Any]) -> str:
    return json.dumps(answer, ensure_ascii=False, allow_nan=False)


def _as_text(answer: dict[str, Any], trace: Trace, values: dict[str, Any]) -> str:
    from explorer.core.autodiff.explain_text import explanation_text  # which a batch does not need

    return explanation_text(answer, trace, values)
