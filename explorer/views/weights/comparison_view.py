"""The picture that is shown, and one that was kept beside it."""

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
    """Return one scale for the arrays of both pictures that have the same name and shape."""
    before = {} if kept is None else {array["name"]: array for array in kept.shown["arrays"]}
    return {
        array["name"]: max(largest_magnitude(array), largest_magnitude(before[array["name"]])) or 1.0
        for array in arrays
        if array["name"] in before and before[array["name"]]["shape"] == array["shape"]
    }


def difference_text(arrays: Arrays, kept: PinnedWeights) -> str:
    """Return how far apart the first arrays are, where the same part of both is shown whole; else nothing."""
    if not arrays or not kept.shown["arrays"]:
        return ""
    now, then = arrays[0], kept.shown["arrays"][0]
    same = all(now.get(key) == then.get(key) for key in ("kind", "shape", "start", "channel"))
    if not same or "indices" in now or "indices" in then:
        return ""
    far = float(np.linalg.norm(np.asarray(now["values"], float) - np.asarray(then["values"], float)))
    long = float(np.linalg.norm(np.asarray(then["values"], float)))
    share = f", {100 * far / long:.3g} % of the kept one's norm" if long else ""
    return f"Norm of the difference {format_number(far, 3)}{share}"


class ComparisonView(QWidget):
    """The picture that is shown, and on its left the one that was kept, if there is one: on one scale, aligned."""

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
        """Show what was kept. arrays, title: what is shown beside it, and of what that is."""
        there = kept is not None
        for widget in (self.kept, self._kept_title, self._shown_title):
            widget.setVisible(there)
        self._grid.setColumnStretch(0, int(there))
        words = "" if kept is None else difference_text(arrays, kept)
        self._difference.setText(words)
        self._difference.setVisible(bool(words))
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
