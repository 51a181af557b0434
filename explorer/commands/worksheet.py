"""The command ``worksheet``: exercises on paper, with TensorFlow's numbers for the key."""

import argparse
from pathlib import Path

from explorer.commands.quiet import quiet_standard_error
from explorer.core.errors import ExpressionError


def run(options: argparse.Namespace) -> int:
    """Write the file; raises ExpressionError that names the expression, or OSError. Nothing is written then."""
    from explorer.core.expression.parser import parse
    from explorer.core.practice.exercise_values import friendly_values

    texts = [text.strip() for text in options.expression]
    chosen = []
    for number, text in enumerate(texts, 1):
        with _named(number, text):
            chosen.append(friendly_values(parse(text), options.seed))
    with quiet_standard_error():
        from explorer.core.sharing.worksheet import worksheet
        from explorer.engine.in_process import explain_once

        sheets = []
        for number, (text, point) in enumerate(zip(texts, chosen, strict=True), 1):
            with _named(number, text):
                sheets.append(worksheet(*explain_once(text, point)))
    from explorer.commands.window import go_offscreen

    go_offscreen(1.0)
    from explorer.app import application
    from explorer.views.sharing.worksheet.files import save_worksheet
    from explorer.views.theme.theme import load_fonts

    application()
    load_fonts()
    try:
        save_worksheet(sheets, Path(options.output), key=options.key, mark=mark(options.seed))
    except ValueError as error:
        raise ExpressionError(str(error)) from error
    return 0


def mark(seed: int) -> str:
    """Return what stands at the foot of a sheet and of its key."""
    return f"Autodiff Explorer · worksheet {seed}"


class _named:  # noqa: N801 - a context manager
    """Says in an error which of the expressions it is about."""

    def __init__(self, number: int, text: str) -> None:
        self._head = f"expression {number}, {text}"

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, ExpressionError):
            place = f" (column {error.column})" if error.column is not None else ""
            raise ExpressionError(f"{self._head}: {error.message}{place}") from error
