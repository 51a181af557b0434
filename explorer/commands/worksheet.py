"""The command ``worksheet``: exercises on paper; the key has TensorFlow's numbers."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from explorer.commands.output_file import output_path, writing
from explorer.commands.quiet_stderr import quiet_stderr
from explorer.core.errors import ExpressionError, UserError


def run(options: argparse.Namespace) -> int:
    """Write the worksheet and return the exit status. Raises CommandError and ExpressionError before it is written."""
    from explorer.core.expression.parser import parse
    from explorer.core.practice.exercise_values import choose_values

    target = output_path(options.output, (".html", ".pdf"))
    texts = [text.strip() for text in options.expression]
    points = []
    for number, text in enumerate(texts, 1):
        with _naming(number, text):
            points.append(choose_values(parse(text), options.seed))
    with quiet_stderr():
        from explorer.core.sharing.worksheet import make_worksheet
        from explorer.engine.in_process import trace_and_run

        sheets = []
        for number, (text, point) in enumerate(zip(texts, points, strict=True), 1):
            with _naming(number, text):
                sheets.append(make_worksheet(*trace_and_run(text, point)))
    from explorer.commands.window_setup import go_offscreen

    go_offscreen(1.0)
    from explorer.app import application
    from explorer.views.sharing.worksheet.files import save_worksheet
    from explorer.views.theme.theme import load_fonts

    application()
    load_fonts()
    try:
        with writing(options.output):
            save_worksheet(sheets, target, key=options.key, mark=footer(options.seed))
    except ValueError as error:
        raise UserError(str(error)) from error
    return 0


def footer(seed: int) -> str:
    """Return the text at the foot of a sheet and of its key, by which they are matched."""
    return f"Autodiff Explorer · worksheet {seed}"


@contextmanager
def _naming(number: int, text: str) -> Iterator[None]:
    """Name the expression in an ExpressionError that is raised inside the block."""
    try:
        yield
    except ExpressionError as error:
        position = f" (column {error.column})" if error.column is not None else ""
        raise UserError(f"expression {number}, {text}: {error.message}{position}") from error
