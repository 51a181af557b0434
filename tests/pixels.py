"""Pixels of pictures as arrays: to ask Qt for each of them takes a second for a screenshot."""

import numpy as np
from PySide6.QtGui import QImage


def argb(image, area=None):
    """Return the pixels of a QImage, or of a QRect in it, as an array (height, width) of 0xAARRGGBB."""
    part = image if area is None else image.copy(area.intersected(image.rect()))
    plain = part.convertToFormat(QImage.Format.Format_ARGB32)
    return np.frombuffer(plain.constBits(), np.uint32).reshape(plain.height(), plain.width()).copy()


def rgb(image, area=None):
    """Return the same without the alpha channel: 0xRRGGBB."""
    return argb(image, area) & 0xFFFFFF
