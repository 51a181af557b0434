"""Widgets that choose between longer and shorter texts."""

from collections.abc import Callable

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QWidget

_STYLE_CHANGES = (QEvent.Type.StyleChange, QEvent.Type.FontChange)


def fit_text_after(event: QEvent, widget: QWidget, fit: Callable[[], None]) -> None:
    """Call ``fit`` after an event of ``widget`` that changes which text fits: another width, style or font."""
    if event.type() in _STYLE_CHANGES:
        widget.updateGeometry()
    if event.type() in (QEvent.Type.Resize, *_STYLE_CHANGES):
        fit()
