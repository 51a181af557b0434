"""The output of the selected op as images, and a button for its gradient function."""

from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from explorer.core.protocol.network_graph import GraphOpReply
from explorer.views.painting.diverging_colours import colour_limit, diverging_image
from explorer.views.theme.theme import Theme

MAX_IMAGES = 8
"""Images side by side."""

IMAGE_HEIGHT_PX = 64
"""Height of an image at scale 1."""


class OpPictures(QWidget):
    """Hidden while no op is selected. ruleRequested: the user wants to see TensorFlow's gradient function of the op."""

    ruleRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self._scale = 1.0
        self._images: Any = None
        self.setProperty("clear", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 16, 6)
        row.setSpacing(8)
        self._label = QLabel()
        self._label.setObjectName("opPictures")
        self._label.setAccessibleName("The output of the selected op as pictures")
        self._label.setToolTip("What the op gives for the first image: green above 0, violet below")
        row.addWidget(self._label)
        row.addStretch(1)
        self._rule = QPushButton("TensorFlow's rule")
        self._rule.setObjectName("ruleButton")
        self._rule.setToolTip("The entry of TensorFlow's look-up table of gradients for this op")
        self._rule.clicked.connect(lambda _checked=False: self.ruleRequested.emit())
        row.addWidget(self._rule)
        self.hide()

    def setDetails(self, details: GraphOpReply | None) -> None:
        """Show the images in the engine's reply to ``graph_op``; hide the strip for None."""
        self.setVisible(details is not None)
        self._images = details["pictures"] if details is not None else None
        if details is not None:
            self._rule.setEnabled(bool(details["op"]["source"] or details["op"]["note"]))
        self._show_images()

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self._show_images()

    def setScale(self, scale: float) -> None:
        """Set the scale of the interface."""
        self._scale = scale
        self._show_images()

    def _show_images(self) -> None:
        self._label.setVisible(self._images is not None)
        if self._images is not None and self._theme is not None:
            self._label.setPixmap(self._pixmap(self._images[:MAX_IMAGES], self._theme))

    def _pixmap(self, images: Any, theme: Theme) -> QPixmap:
        """Return images (n, height, width) side by side, on a common colour scale."""
        spacing = np.zeros((images.shape[1], 1), np.float32)
        row = np.concatenate([part for image in images for part in (np.nan_to_num(image), spacing)][:-1], axis=1)
        pixmap = QPixmap.fromImage(diverging_image(row, colour_limit(row) or 1.0, theme))
        height = round(IMAGE_HEIGHT_PX * self._scale)
        return pixmap.scaledToHeight(height, Qt.TransformationMode.FastTransformation)
