"""The output of the selected op as images with the key of their colours, and a button for its gradient function."""

from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from explorer.core.protocol.network_graph import GraphOpReply
from explorer.views.network_graph.colours.graph_key import picture_key
from explorer.views.network_graph.item_text import number_text
from explorer.views.painting.diverging_colours import colour_limit, diverging_image
from explorer.views.theme.theme import Theme
from explorer.views.widgets.colour_key_strip import ColourKeyStrip

MAX_IMAGES = 8
"""Images side by side, where there is room for them."""

IMAGE_HEIGHT_PX = 64
"""Height of an image at scale 1; one that is wider than the strip is lower."""

MARGIN_PX, SPACING_PX = 16, 8
"""Left and right of the strip, and between its parts."""


class OpPictures(QWidget):
    """Hidden while no op is selected. ruleRequested: the user wants to see TensorFlow's gradient function of the op.

    key: the key of the images' colours, which have a common scale.
    """

    ruleRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self._scale = 1.0
        self._images: Any = None
        self.setProperty("clear", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(MARGIN_PX, 4, MARGIN_PX, 6)
        row.setSpacing(SPACING_PX)
        self._label = QLabel()
        self._label.setObjectName("opPictures")
        self._label.setAccessibleName("The output of the selected op as pictures")
        self._label.setToolTip("What the op gives for the first image: green above 0, violet below")
        self._label.setMinimumWidth(1)  # so that the page can become narrower than the images are now
        row.addWidget(self._label)
        self.key = ColourKeyStrip("opPicturesKey", self)
        row.addWidget(self.key)
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
        has_images = self._images is not None and self._theme is not None
        self._label.setVisible(has_images)
        self.key.setVisible(has_images)
        if self._images is not None and self._theme is not None:
            images, theme = self._images[:MAX_IMAGES], self._theme
            limit, has_odd = colour_limit(images), not np.isfinite(images).all()
            end = number_text(limit)
            self.key.show_entries(picture_key(theme, "", f"−{end}", end, has_odd=has_odd), theme, self._scale)
            self.key.setFixedSize(self.key.row_width, self.key.row_height)
            self._label.setPixmap(self._pixmap(images, limit, theme))

    def _pixmap(self, images: Any, limit: float, theme: Theme) -> QPixmap:
        """Return as many images (n, height, width) side by side as there is room for, on a common colour scale."""
        others = self.key.width() + self._rule.sizeHint().width() + 3 * SPACING_PX + 2 * MARGIN_PX
        room, full_height = max(self.width() - others, 1), round(IMAGE_HEIGHT_PX * self._scale)
        _, height, width = images.shape
        count = max(int((room * height / full_height + 1) / (width + 1)), 1)
        spacing = np.zeros((height, 1), np.float32)
        row = np.concatenate([part for image in images[:count] for part in (image, spacing)][:-1], axis=1)
        pixmap = QPixmap.fromImage(diverging_image(row, limit, theme))
        mode = Qt.TransformationMode.FastTransformation
        if pixmap.width() * full_height > room * pixmap.height():
            return pixmap.scaledToWidth(room, mode)
        return pixmap.scaledToHeight(full_height, mode)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many images as there is room for now."""
        super().resizeEvent(event)
        self._show_images()
