"""Arrays as images, a pixel for each element."""

from typing import Any

import numpy as np
from PySide6.QtGui import QImage


def grey_image(values: Any) -> QImage:
    """Return a (height, width) array of grey values, converted to uint8, as an image; the data is copied."""
    data = np.ascontiguousarray(values, dtype=np.uint8)
    height, width = data.shape
    return QImage(data.data, width, height, width, QImage.Format.Format_Grayscale8).copy()


def image_from_pixels(pixels: Any) -> QImage:
    """Return a (height, width) uint32 array of colours, as Qt packs them, as an image; the data is copied."""
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
