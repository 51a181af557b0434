"""A stop of the tour."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget


@dataclass(frozen=True)
class TourStop:
    """One card of the tour.

    text: one sentence. target: returns the widget beside which the card stands. show_target: shows the target and
    gives it the focus. keep_visible: another widget that the card should not cover. answer: the widget directly below
    the target in which the program answers; both have one frame.
    """

    text: str
    target: Callable[[], QWidget]
    show_target: Callable[[], None]
    keep_visible: QWidget | None = None
    answer: QWidget | None = None
