"""``explorer.show("sin(2*x)")`` in a notebook: the backward pass as an HTML page in the cell. No Qt."""

import html
from typing import Any

HEIGHT_PX = 640
"""Default height of the page in a cell, in pixels."""


class NotebookPage:
    """The backward pass of an expression as an HTML page, which a notebook displays.

    Attributes: ``expression``, the text; ``page``, the HTML; ``height``, in pixels.
    """

    def __init__(self, expression: str, page: str, height: int) -> None:
        self.expression = expression
        self.page = page
        self.height = height

    def _repr_html_(self) -> str:
        """Return the page in an iframe, so that its style and its keys do not reach the notebook."""
        title = html.escape(f"Backward pass of {self.expression}")
        return (
            f'<iframe title="{title}" sandbox="allow-scripts" srcdoc="{html.escape(self.page)}" '
            f'style="width:100%;height:{self.height}px;border:0"></iframe>'
        )

    def __repr__(self) -> str:
        return f"The backward pass of {self.expression}, a page of {len(self.page):,} characters"


def show(
    expression: str,
    at: dict[str, Any] | None = None,
    *,
    output: Any = None,
    dtype: str = "float32",
    step: int = 0,
    theme: str | None = None,
    height: int = HEIGHT_PX,
) -> NotebookPage:
    """Return the backward pass of ``expression``, to be displayed as the last value of a notebook's cell.

    at: values of variables, numbers or nested lists; the others are 1. output: which output is differentiated: an
    entry, counted from 0 (``1``, ``"0,1"``), or a list with a weight for each; None for the sum of all. dtype:
    ``float32`` or ``float64``. step: the step that is shown first. theme: ``light``, ``dark`` or ``contrast``; None
    follows the reader's preference. height: in pixels. Raises ExpressionError.
    """
    from explorer.commands.draw import html_page
    from explorer.core.autodiff.output_choice import parse_output

    expression = expression.strip()
    page = html_page(expression, at or {}, dtype, step, theme, output=parse_output(output))
    return NotebookPage(expression, page, height)
