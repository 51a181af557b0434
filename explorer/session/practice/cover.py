"""What an exercise covers until it is answered. It is decided here; sessions and views ask."""

from PySide6.QtCore import QObject, Signal

from explorer.core.lessons.lesson import Exercise
from explorer.session.autodiff.session import AutodiffSession

GRADIENT_KINDS = ("gradient", "derivative")
"""Exercises whose answer every gradient, local derivative and formula of the backward pass would tell."""


class AnswerCover(QObject):
    """Covers what would tell the answer to an exercise of a lesson.

    Where a gradient is asked for, the tab of the expression shows the forward pass alone, in which there are no
    gradients (`AutodiffSession.set_covered`). ``label`` and ``parameters`` say what the other tabs must not show.
    changed: emitted when something is covered or uncovered.
    """

    changed = Signal()

    def __init__(self, session: AutodiffSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._kind = ""

    @property
    def gradients(self) -> bool:
        """Whether gradients are covered."""
        return self._kind in GRADIENT_KINDS

    @property
    def label(self) -> bool:
        """Whether the labels of images, and what a network says about them, are covered."""
        return self._kind == "label"

    @property
    def parameters(self) -> bool:
        """Whether numbers of parameters are covered."""
        return self._kind == "parameters"

    def begin(self, exercise: Exercise | None) -> None:
        """Cover what would answer an exercise; None uncovers everything."""
        self._set(exercise.kind if exercise is not None else "")

    def end(self) -> None:
        """Uncover everything: the exercise is answered."""
        self._set("")

    def _set(self, kind: str) -> None:
        if kind != self._kind:
            self._kind = kind
            self._session.set_covered(self.gradients)
            self.changed.emit()
