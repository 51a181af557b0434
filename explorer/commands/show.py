"""``explorer.show("sin(2*x)")`` in a notebook: the backward pass as a page in the cell. No Qt."""

import html
from typing import Any

HEIGHT = 640
"""Height of the page in a cell, in pixels."""


class NotebookPage:
    """The backward pass of one expression; a notebook shows it by ``_repr_html_``. page: the page, as text."""

    def __init__(self, expression: str, page: str, height: int) -> None:
        self.expression = expression
        self.page = page
        self.height = height

    def _repr_html_(self) -> str:
        """Return the page in a frame of its own, so that neither its style nor its keys reach the notebook."""
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
    dtype: str = "float32",
    step: int = 0,
    theme: str | None = None,
    height: int = HEIGHT,
) -> NotebookPage:
    """Return the backward pass of ``expression``, for the last line of a notebook's cell.

    at: values of variables, numbers or nested lists; others are 1. step: shown first. theme: ``light``, ``dark`` or
    ``contrast``, None for what the reader prefers. height: in pixels. Raises ExpressionError.
    """
    from explorer.commands.draw import page_of

    return NotebookPage(expression.strip(), page_of(expression.strip(), at or {}, dtype, step, theme), height)
