"""Buttons with the text, tooltip and accessible name that every button has."""

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton, QToolButton

from explorer.views.widgets.flow_row import FlowRow


def push_button(
    object_name: str, text: str, tooltip: str, on_click: Callable[[], object], row: FlowRow | None = None
) -> QPushButton:
    """Return a button, added to ``row`` if given; the tooltip is also its name for screen readers."""
    button = QPushButton(text)
    button.setObjectName(object_name)
    button.setToolTip(tooltip)
    button.setAccessibleName(tooltip)
    button.clicked.connect(lambda _checked=False: on_click())
    if row is not None:
        row.addWidget(button)
    return button


def tool_button(object_name: str, text: str, tooltip: str) -> QToolButton:
    """Return a tool button; the tooltip without its shortcut, which stands in brackets, names it for screen readers."""
    button = QToolButton()
    button.setObjectName(object_name)
    button.setText(text)
    button.setToolTip(tooltip)
    button.setAccessibleName(tooltip.partition(" (")[0])
    return button
