"""The current weights beside weights that are pinned for comparison."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from explorer.core.models.architecture import NUM_CLASSES
from explorer.core.number_format import format_number
from explorer.session.weights.session import PinnedWeights
from explorer.views.theme.theme import Theme
from explorer.views.weights.array_renderers import largest_magnitude
from explorer.views.weights.weights_view import WeightsView
from explorer.views.widgets.labels import make_label

Arrays = Sequence[Mapping[str, Any]]


def common_limits(arrays: Arrays, pinned: PinnedWeights | None) -> dict[str, float]:
    """Return common colour limits, by name, for arrays that both views show in the same shape."""
    before = {} if pinned is None else {array["name"]: array for array in pinned.shown["arrays"]}
    return {
        array["name"]: max(largest_magnitude(array), largest_magnitude(before[array["name"]])) or 1.0
        for array in arrays
        if array["name"] in before and before[array["name"]]["shape"] == array["shape"]
    }


def difference_text(arrays: Arrays, pinned: PinnedWeights) -> str:
    """Return the norm of the difference of the first arrays as text, empty if they are not comparable.

    They are comparable if both views show the same part completely.
    """
    if not arrays or not pinned.shown["arrays"]:
        return ""
    current, earlier = arrays[0], pinned.shown["arrays"][0]
    is_same_part = all(current.get(key) == earlier.get(key) for key in ("kind", "shape", "start", "channel"))
    if not is_same_part or "indices" in current or "indices" in earlier:
        return ""
    distance = float(np.linalg.norm(np.asarray(current["values"], float) - np.asarray(earlier["values"], float)))
    norm = float(np.linalg.norm(np.asarray(earlier["values"], float)))
    share = f", {100 * distance / norm:.3g} % of the kept one's norm" if norm else ""
    return f"Norm of the difference {format_number(distance, 3)}{share}"


class ComparisonView(QWidget):
    """Shows the current weights and, on their left, pinned ones, aligned and on one scale."""

    def __init__(self, shown: WeightsView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = shown
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(4)
        self.pinned = WeightsView("keptView")
        self._pinned_title = make_label("", "keptTitle")
        self._shown_title = make_label("", "besideTitle")
        self._difference = make_label("muted", "keptDifference")
        for column, title in enumerate((self._pinned_title, self._shown_title)):
            title.setWordWrap(True)
            title.setAlignment(Qt.AlignmentFlag.AlignTop)
            grid.addWidget(title, 0, column)
        grid.addWidget(self._difference, 1, 0, 1, 2)
        grid.addWidget(self.pinned, 2, 0)
        grid.addWidget(shown, 2, 1)
        grid.setRowStretch(2, 1)
        grid.setColumnStretch(1, 1)
        self._grid = grid
        for widget in (self.pinned, self._pinned_title, self._shown_title, self._difference):
            widget.hide()

    def setPinned(
        self, pinned: PinnedWeights | None, arrays: Arrays, own: bool, limits: Mapping[str, float], title: str
    ) -> None:
        """Show pinned weights, or hide them for None; ``arrays`` and ``title`` are those of the current weights."""
        is_visible = pinned is not None
        for widget in (self.pinned, self._pinned_title, self._shown_title):
            widget.setVisible(is_visible)
        self._grid.setColumnStretch(0, int(is_visible))
        text = "" if pinned is None else difference_text(arrays, pinned)
        self._difference.setText(text)
        self._difference.setVisible(bool(text))
        if pinned is None:
            self.pinned.clear()
            return
        self._pinned_title.setText(f"Kept: {pinned.title}")
        self._shown_title.setText(f"Shown: {title}")
        digits = pinned.is_last and pinned.layer["shape"] == [NUM_CLASSES]
        self.pinned.setArrays(pinned.layer["name"], pinned.shown["arrays"], own, digits, limits)

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._shown.setTheme(theme)
        self.pinned.setTheme(theme)

    def setScale(self, scale: float) -> None:
        """Scale the texts."""
        self._shown.setScale(scale)
        self.pinned.setScale(scale)
