"""Labels with an object name and a role in the style sheet."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel


def make_label(role: str, object_name: str = "", text: str = "", *, wraps: bool = False, plain: bool = False) -> QLabel:
    """Return a label.

    role: property ``role`` of the style sheet, such as ``heading`` or ``muted``, empty for plain text.
    wraps: whether the text may take several lines. plain: whether tags are shown as text, where a lecturer typed it.
    """
    label = QLabel(text)
    label.setObjectName(object_name)
    label.setProperty("role", role)
    label.setWordWrap(wraps)
    if plain:
        label.setTextFormat(Qt.TextFormat.PlainText)
    return label
