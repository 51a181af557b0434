"""Turns a drawing into an image like those of MNIST: fitted into 20 x 20 pixels, and centred by its centre of mass.

Source: the description of MNIST by LeCun, Cortes and Burges: "size normalized to fit in a 20x20 pixel box while
preserving their aspect ratio", with grey levels from anti-aliasing, "centered in a 28x28 image by computing the center
of mass of the pixels". In MNIST's own images that point lies at row 14.0, column 14.0, counted from 0.
"""

from typing import Any

import numpy as np

from explorer.core.data.dataset import UInt8Array
from explorer.core.models.architecture import IMAGE_SIDE

INK_BOX_PX = 20
"""Length of the longer side of the ink."""

CENTRE_PX = 14
"""Row and column of the centre of mass, from 0."""

MIN_INK = 24
"""Value from 0 to 255 above which a pixel belongs to the ink; others may be noise of a photograph."""


def to_mnist_image(ink: Any) -> UInt8Array:
    """Return a drawing, (height, width) from 0 to 255 for full ink, as an image, (28, 28) uint8.

    An empty drawing becomes an empty image.
    """
    ink = np.asarray(ink)
    is_ink = ink > MIN_INK
    rows, columns = (np.flatnonzero(is_ink.any(axis=axis)) for axis in (1, 0))
    image: UInt8Array = np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    if not len(rows):
        return image
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)
    scale = INK_BOX_PX / max(cut.shape)
    height, width = (max(1, round(size * scale)) for size in cut.shape)
    small = np.clip(_resize_rows(_resize_rows(cut, height).T, width).T, 0, 255)
    top, left = (_start(small.sum(axis=axis)) for axis in (1, 0))
    image[top : top + height, left : left + width] = np.rint(small)
    return image


def extract_ink(grey: Any) -> UInt8Array:
    """Return the ink in a grey image, (height, width) from 0 to 255: 255 for full ink, on bright or on dark paper.

    The brightness of the paper is the median of the border. Ink is what differs from it most, darker or brighter; its
    contrast is stretched.
    """
    grey = np.asarray(grey, dtype=np.float64)
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    paper = float(np.median(edge))
    # Squares, so that a little more light on half of the paper weighs less than a few strokes.
    ink = max(paper - grey, grey - paper, key=lambda side: float((np.maximum(side, 0.0) ** 2).sum()))
    # Light falls unevenly on paper, so up to a fifth of the strongest ink is still paper.
    strongest = float(np.percentile(ink, 99.5)) if ink.max() > 0 else 0.0
    strongest = strongest if strongest > 0.4 * ink.max() else float(ink.max())
    if strongest <= 8:
        return np.zeros(grey.shape, np.uint8)
    share = np.clip((ink / strongest - 0.2) / 0.7, 0.0, 1.0)
    return np.asarray(np.rint(255 * share), np.uint8)


def _start(sums: Any) -> int:
    """Return the index at which sums of rows or columns start, centred by their centre of mass but inside the image."""
    centre = float(sums @ np.arange(len(sums))) / float(sums.sum())
    return min(max(0, round(CENTRE_PX - centre)), IMAGE_SIDE - len(sums))


def _resize_rows(pixels: Any, rows: int) -> Any:
    """Return pixels (rows, columns) as weighted means of the original rows.

    Computed from cumulative sums: for a matrix product this small, several threads cost more than they gain.
    """
    size = len(pixels)
    sums = np.concatenate([np.zeros((1, pixels.shape[1]), np.float32), np.cumsum(pixels, axis=0)])
    edges = np.linspace(0, size, rows + 1)
    whole = np.minimum(edges.astype(int), size - 1)
    share = (edges - whole)[:, np.newaxis].astype(np.float32)
    return np.diff(sums[whole] + share * pixels[whole], axis=0) * (rows / size)
