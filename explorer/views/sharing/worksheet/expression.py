"""A worksheet of the current expression."""

from pathlib import Path

from explorer.core.sharing.worksheet import make_worksheet
from explorer.session.autodiff.session import AutodiffSession
from explorer.views.sharing.worksheet.files import save_worksheet


def save_expression_worksheet(session: AutodiffSession, path: Path, *, key: bool) -> None:
    """Write a worksheet of the current expression and values, with blanks or, with ``key``, with the answers.

    Raises ValueError while TensorFlow has not built the graph, and OSError if the file cannot be written.
    """
    trace = session.trace
    if trace is None or not session.is_current:
        raise ValueError("there is no graph yet")
    sheet = make_worksheet(trace, session.values)
    givens = ", ".join(f"{name} = {value}" for name, value in sheet.givens)
    mark = f"Autodiff Explorer · {sheet.expression}" + (f" · {givens}" if givens else "")
    save_worksheet([sheet], path, key=key, mark=mark)
