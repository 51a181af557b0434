"""What the strips of exercises below the graph have in common."""

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QWidget

from explorer.views.widgets.fields.spin_boxes import IntegerSpinBox


class ExerciseStrip(QFrame):
    """A strip that is hidden while no exercise is open."""

    def __init__(self, object_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(object_name)
        self.setProperty("strip", True)


class ExerciseNumberSpin(IntegerSpinBox):
    """The number of an exercise, by which it is found again."""

    def __init__(
        self, object_name: str, accessible_name: str, tooltip: str, highest: int, on_change: Callable[[int], object]
    ) -> None:
        super().__init__(object_name)
        self.setRange(1, highest)
        self.setPrefix("no. ")
        self.setKeyboardTracking(False)
        self.setToolTip(tooltip)
        self.setAccessibleName(accessible_name)
        self.valueChanged.connect(on_change)

    def showNumber(self, number: int) -> None:
        """Show a number that the user did not enter, without a signal."""
        blocked = self.blockSignals(True)
        self.setValue(number)
        self.blockSignals(blocked)


def score_text(good: int, tried: int, at_once: int, word: str) -> str:
    """Return the score as a sentence, with ``word`` for what is good: right, or found. Empty before the first try."""
    if not tried:
        return ""
    text = f"{good} of {tried} {word}"
    if good:
        text += ", all at once" if good == at_once else f", {at_once} at once"
    return f"{text}."
