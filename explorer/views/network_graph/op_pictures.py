"""What a selected op gives, as pictures, and the way to TensorFlow's rule for it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from explorer.views.theme.theme import Theme
from explorer.views.widgets.diverging_colours import colour_limit, diverging_image

MAPS = 8
"""Pictures beside each other."""

SIDE = 64
"""Pixels of a picture's height at scale 1."""


class OpPictures(QWidget):
    """Hidden while no op is selected. ruleAsked: somebody wants to see the entry of the look-up table."""

    ruleAsked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self._scale = 1.0
        self._pictures: Any = None
        self.setProperty("clear", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 16, 6)
        row.setSpacing(8)
        self._maps = QLabel(objectName="opPictures")
        self._maps.setAccessibleName("The output of the selected op as pictures")
        self._maps.setToolTip("What the op gives for the first image: green above 0, violet below")
        row.addWidget(self._maps)
        row.addStretch(1)
        self._rule = QPushButton("TensorFlow's rule", objectName="ruleButton")
        self._rule.setToolTip("The entry of TensorFlow's look-up table of gradients for this op")
        self._rule.clicked.connect(lambda _checked=False: self.ruleAsked.emit())
        row.addWidget(self._rule)
        self.hide()

    def setDetails(self, details: Mapping[str, Any] | None) -> None:
        """Show the pictures of the engine's ``graph_op``, or nothing."""
        self.setVisible(details is not None)
        self._pictures = details["pictures"] if details is not None else None
        if details is not None:
            self._rule.setEnabled(bool(details["op"]["source"] or details["op"]["note"]))
        self._show()

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self._show()

    def setScale(self, scale: float) -> None:
        """Scale the pictures."""
        self._scale = scale
        self._show()

    def _show(self) -> None:
        self._maps.setVisible(self._pictures is not None)
        if self._pictures is not None and self._theme is not None:
            self._maps.setPixmap(self._row(self._pictures[:MAPS], self._theme))

    def _row(self, maps: Any, theme: Theme) -> QPixmap:
        """The maps beside each other, all on one scale."""
        apart = np.zeros((maps.shape[1], 1), np.float32)
        row = np.concatenate([part for one in maps for part in (np.nan_to_num(one), apart)][:-1], axis=1)
        image = diverging_image(row, colour_limit(row) or 1.0, theme)
        return QPixmap.fromImage(image).scaledToHeight(
            round(SIDE * self._scale), Qt.TransformationMode.FastTransformation
        )
