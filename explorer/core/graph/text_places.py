"""Possible places of a wire's texts: beside it, above it or below it, anywhere along its way."""

import numpy as np
import numpy.typing as npt

TEXT_GAP_PX, GRADIENT_TEXT_GAP_PX = 8.0, 9.0
"""Space between a wire, or the gradient beside it, and their texts."""

SHARES = sorted((share / 40 for share in range(2, 39)), key=lambda share: abs(share - 0.5))
"""Places along a wire that are tried, as shares of its length."""

Floats = npt.NDArray[np.float64]


def text_places(
    line: Floats, band: Floats, size: tuple[float, float], sign: float, has_gradient: bool
) -> tuple[Floats, Floats]:
    """Return rectangles (n, 4) for the texts of a wire, and their prices in pixels: the middle of the wire is best.

    line, band: points (m, 2) of the wire, and of the gradient that runs between it and the texts. sign: 1 for texts to
    the left of the wire in its direction, -1 for the right.
    """
    width, height = size
    gap = GRADIENT_TEXT_GAP_PX if has_gradient else TEXT_GAP_PX
    rects, prices = [], []
    for rank, share in enumerate(SHARES):
        k = min(max(round(share * (len(line) - 1)), 1), len(line) - 2)
        x, y = line[k]
        tangent = line[k + 1] - line[k - 1]
        across, down = sign * np.array([tangent[1], -tangent[0]]) / (np.hypot(*tangent) or 1.0)
        if abs(across) > 0.3:
            near = band[np.abs(band[:, 1] - y) < height / 2 + 2, 0]
            edges = near if len(near) else np.array([x])
            left = edges.max() + gap if across > 0 else edges.min() - gap - width
            rects.append((left, y - height / 2, left + width, y + height / 2))
            prices.append(0.6 * rank + 1.5 * (across < 0))
        if abs(down) > 0.5:
            near = band[np.abs(band[:, 0] - x) < width / 2 + 2, 1]
            edges = near if len(near) else np.array([y])
            top = edges.max() + gap if down > 0 else edges.min() - gap - height
            rects.append((x - width / 2, top, x + width / 2, top + height))
            prices.append(0.6 * rank + 1.5 * (down < 0))
    return np.array(rects).reshape(-1, 4), np.array(prices)
