"""Push buttons with the text, tooltip and accessible name that every button has."""

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton

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
