"""A drawing made into an image like MNIST's: fitted into 20 x 20 pixels, centred by its centre of mass.

Source: the description of MNIST by LeCun, Cortes and Burges: "size normalized to fit in a 20x20 pixel box while
preserving their aspect ratio", with grey levels from anti-aliasing, "centered in a 28x28 image by computing the center
of mass of the pixels". In MNIST's own images that point lies at row 14.0, column 14.0, counted from 0.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from explorer.core.models.architecture import SIDE

Bytes = npt.NDArray[np.uint8]

BOX = 20
"""Pixels that the longer side of the ink takes."""

MIDDLE = 14
"""Row and column, from 0, of the centre of mass."""

INK = 24
"""Of 255: what is fainter does not count when the ink's edges are looked for, as a little noise of a photograph."""


def as_digit(ink: Any) -> Bytes:
    """Return (28, 28) uint8 made of a drawing (height, width), 0 where nothing is and 255 for full ink.

    An empty drawing stays empty.
    """
    ink = np.asarray(ink)
    strong = ink > INK
    rows, columns = (np.flatnonzero(strong.any(axis=axis)) for axis in (1, 0))
    made: Bytes = np.zeros((SIDE, SIDE), np.uint8)
    if not len(rows):
        return made
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)
    scale = BOX / max(cut.shape)
    height, width = (max(1, round(size * scale)) for size in cut.shape)
    small = np.clip(_averaged(_averaged(cut, height).T, width).T, 0, 255)
    top, left = (_place(small.sum(axis=axis)) for axis in (1, 0))
    made[top : top + height, left : left + width] = np.rint(small)
    return made


def as_ink(grey: Any) -> Bytes:
    """Return a picture (height, width) of 0 to 255 as ink: 255 for what was written, whichever way it was written.

    The paper is what most of the edge shows, ink what differs from it most, darker or brighter. Contrast is stretched.
    """
    grey = np.asarray(grey, dtype=np.float64)
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    paper = float(np.median(edge))
    # By squares: a little more light on half of the paper weighs less than a few strokes.
    ink = max(paper - grey, grey - paper, key=lambda side: float((np.maximum(side, 0.0) ** 2).sum()))
    # Light falls unevenly on paper: a fifth of the strongest ink is still paper.
    strongest = float(np.percentile(ink, 99.5)) if ink.max() > 0 else 0.0
    strongest = strongest if strongest > 0.4 * ink.max() else float(ink.max())
    if strongest <= 8:
        return np.zeros(grey.shape, np.uint8)
    share = np.clip((ink / strongest - 0.2) / 0.7, 0.0, 1.0)
    return np.asarray(np.rint(255 * share), np.uint8)


def _place(sums: Any) -> int:
    """Return where a row or column of sums begins so that its centre of mass is in the middle, and all of it inside."""
    centre = float(sums @ np.arange(len(sums))) / float(sums.sum())
    return min(max(0, round(MIDDLE - centre)), SIDE - len(sums))


def _averaged(pixels: Any, wanted: int) -> Any:
    """Return (wanted, columns): rows averaged over as many stretches of one length, each by how much of it lies there.

    Through running sums and not as a product of matrices: several threads for so small a one cost more than they bring.
    """
    size = len(pixels)
    sums = np.concatenate([np.zeros((1, pixels.shape[1]), np.float32), np.cumsum(pixels, axis=0)])
    edges = np.linspace(0, size, wanted + 1)
    whole = np.minimum(edges.astype(int), size - 1)
    share = (edges - whole)[:, np.newaxis].astype(np.float32)
    return np.diff(sums[whole] + share * pixels[whole], axis=0) * (wanted / size)
