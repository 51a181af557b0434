"""Buttons with words on them."""

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton

from explorer.views.widgets.responsive_layout import FlowRow


def push_button(name: str, text: str, tip: str, do: Callable[[], object], row: FlowRow | None = None) -> QPushButton:
    """Return a button, added to ``row`` if there is one; its tooltip is also what screen readers call it."""
    button = QPushButton(text, objectName=name)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.clicked.connect(lambda _checked=False: do())
    if row is not None:
        row.addWidget(button)
    return button
