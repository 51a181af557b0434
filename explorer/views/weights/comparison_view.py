"""The current weights beside weights that were kept for comparison."""

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


def common_limits(arrays: Arrays, kept: PinnedWeights | None) -> dict[str, float]:
    """Return common colour limits, by name, for arrays that both views show in the same shape."""
    before = {} if kept is None else {array["name"]: array for array in kept.shown["arrays"]}
    return {
        array["name"]: max(largest_magnitude(array), largest_magnitude(before[array["name"]])) or 1.0
        for array in arrays
        if array["name"] in before and before[array["name"]]["shape"] == array["shape"]
    }


def difference_text(arrays: Arrays, kept: PinnedWeights) -> str:
    """Return the norm of the difference of the first arrays as text, empty if they are not comparable.

    They are comparable if both views show the same part completely.
    """
    if not arrays or not kept.shown["arrays"]:
        return ""
    current, earlier = arrays[0], kept.shown["arrays"][0]
    is_same_part = all(current.get(key) == earlier.get(key) for key in ("kind", "shape", "start", "channel"))
    if not is_same_part or "indices" in current or "indices" in earlier:
        return ""
    distance = float(np.linalg.norm(np.asarray(current["values"], float) - np.asarray(earlier["values"], float)))
    norm = float(np.linalg.norm(np.asarray(earlier["values"], float)))
    share = f", {100 * distance / norm:.3g} % of the kept one's norm" if norm else ""
    return f"Norm of the difference {format_number(distance, 3)}{share}"


class ComparisonView(QWidget):
    """Shows the current weights and, on their left, those that were kept, aligned and on one scale."""

    def __init__(self, shown: WeightsView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = shown
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(4)
        self.kept = WeightsView("keptView")
        self._kept_title = make_label("", "keptTitle")
        self._shown_title = make_label("", "besideTitle")
        self._difference = make_label("muted", "keptDifference")
        for column, title in enumerate((self._kept_title, self._shown_title)):
            title.setWordWrap(True)
            title.setAlignment(Qt.AlignmentFlag.AlignTop)
            grid.addWidget(title, 0, column)
        grid.addWidget(self._difference, 1, 0, 1, 2)
        grid.addWidget(self.kept, 2, 0)
        grid.addWidget(shown, 2, 1)
        grid.setRowStretch(2, 1)
        grid.setColumnStretch(1, 1)
        self._grid = grid
        for widget in (self.kept, self._kept_title, self._shown_title, self._difference):
            widget.hide()

    def setKept(
        self, kept: PinnedWeights | None, arrays: Arrays, own: bool, limits: Mapping[str, float], title: str
    ) -> None:
        """Show kept weights, or hide them for None; ``arrays`` and ``title`` are those of the current weights."""
        is_visible = kept is not None
        for widget in (self.kept, self._kept_title, self._shown_title):
            widget.setVisible(is_visible)
        self._grid.setColumnStretch(0, int(is_visible))
        text = "" if kept is None else difference_text(arrays, kept)
        self._difference.setText(text)
        self._difference.setVisible(bool(text))
        if kept is None:
            self.kept.clear()
            return
        self._kept_title.setText(f"Kept: {kept.title}")
        self._shown_title.setText(f"Shown: {title}")
        digits = kept.is_last and kept.layer["shape"] == [NUM_CLASSES]
        self.kept.setArrays(kept.layer["name"], kept.shown["arrays"], own, digits, limits)

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._shown.setTheme(theme)
        self.kept.setTheme(theme)

    def setScale(self, scale: float) -> None:
        """Scale the texts."""
        self._shown.setScale(scale)
        self.kept.setScale(scale)
