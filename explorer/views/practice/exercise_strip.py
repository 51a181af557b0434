"""What the strips of exercises under the graph have in common: a number to find one again, buttons, Return."""

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QWidget

from explorer.views.widgets.spin_boxes import IntegerSpinBox


def score(good: int, tried: int, at_once: int, word: str) -> str:
    """Return how far one has come, in words, with ``word`` for what is good: right, or found. Empty before a try."""
    if not tried:
        return ""
    says = f"{good} of {tried} {word}"
    if good:
        says += ", all at once" if good == at_once else f", {at_once} at once"
    return f"{says}."


class ExerciseStrip(QFrame):
    """A strip that is hidden while no exercise is open."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("strip", True)

    def _number_spin(self, name: str, says: str, tip: str, highest: int, do: Callable[[int], object]) -> IntegerSpinBox:
        spin = IntegerSpinBox(name)
        spin.setRange(1, highest)
        spin.setPrefix("no. ")
        spin.setKeyboardTracking(False)
        spin.setToolTip(tip)
        spin.setAccessibleName(says)
        spin.valueChanged.connect(do)
        return spin

    @staticmethod
    def _show_number(spin: IntegerSpinBox, number: int) -> None:
        """Show a number that nobody typed."""
        blocked = spin.blockSignals(True)
        spin.setValue(number)
        spin.blockSignals(blocked)
