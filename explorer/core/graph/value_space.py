"""The space that a value has on the graph: it depends on the shape, so that sliders do not move boxes."""

from collections.abc import Sequence
from functools import lru_cache
from math import prod

from explorer.core.graph.density import Density
from explorer.core.graph.measure import SANS_FAMILY, Measure, Size
from explorer.core.number_format import MAX_GRID_LENGTH, is_grid

MAX_WIDE_LENGTH = 3
"""Entries of a vector, and columns of a matrix, that have space for three decimals or larger letters."""

SHORT_POWER = "−8.88e−88"
"""The text of a very small number where there is little room."""

GRID_PX = 14.0
"""Font size of the numbers of a matrix, or of a vector of more than `MAX_WIDE_LENGTH` entries, at least."""

GRID_GAP_PX, BRACKET_PX = 9.0, 5.0
"""Space between two columns of a matrix, and between its bracket and its numbers."""

GRID_MARGIN_PX = 8.0
"""Space above and below a matrix, together."""

LINE_HEIGHT = 1.25
"""Height of a line of numbers, in em."""

PIXEL_OF_IMAGE_PX, MAX_IMAGE_PX, MAX_STRIP_PX, MIN_IMAGE_PX = 10.0, 96.0, 160.0, 12.0
"""Side of an entry in the image of an array; longest side of a matrix, and of a vector; shortest side."""

CAPTION_HEIGHT_PX = 18.0
"""Height of the line with shape and range under the image of an array."""


def grid_width(columns: int) -> int:
    """Return the characters that a number of a matrix with so many columns has space for."""
    return 6 if columns <= MAX_WIDE_LENGTH else 5


def grid_pixels(density: Density) -> float:
    """Return the font size of the numbers of a matrix."""
    return max(GRID_PX, density.name_px)


def sample_text(entries: int) -> str:
    """Return a text as long as the longest value of a number or vector that there is space for."""
    return "−0.00888" if entries == 1 else f"[{', '.join(['−0.88'] * entries)}]"


@lru_cache(maxsize=512)
def value_size(shape: Sequence[int], pixels: float, width_of: Measure, density: Density) -> Size:
    """Return width and height of a value of this shape, whose numbers are written in ``pixels``."""
    if is_grid(shape) and len(shape) == 2:
        return _grid_size(shape[0], shape[1], width_of, density)
    if prod(shape) > 1 and not is_grid(shape):
        width, height = image_size(shape)
        caption = "×".join(map(str, shape)) + "  −0.888 … −0.888"
        return max(width, width_of(SANS_FAMILY, density.name_px, caption)), height + CAPTION_HEIGHT_PX
    entries = prod(shape)
    if entries <= MAX_WIDE_LENGTH:
        texts = (sample_text(entries), SHORT_POWER) if entries <= 1 else (sample_text(entries),)
        width = max(width_of(SANS_FAMILY, pixels, text, bold=True) for text in texts)
        return (width if entries <= 1 else density.vector_scale * width), LINE_HEIGHT * pixels
    return width_of(SANS_FAMILY, grid_pixels(density), sample_text(entries), bold=True), LINE_HEIGHT * pixels


def _grid_size(rows: int, columns: int, width_of: Measure, density: Density) -> Size:
    pixels = grid_pixels(density)
    cell = width_of(SANS_FAMILY, pixels, "−0.888"[: grid_width(columns)], bold=True)
    width = columns * cell + (columns - 1) * GRID_GAP_PX + 2 * (BRACKET_PX + 2)
    return width, rows * LINE_HEIGHT * pixels + GRID_MARGIN_PX


def image_size(shape: Sequence[int]) -> Size:
    """Return the size of the image of an array, whose last axis runs across."""
    columns = shape[-1]
    rows = prod(shape[:-1])
    limit = MAX_STRIP_PX if rows == 1 else MAX_IMAGE_PX
    pixel = min(PIXEL_OF_IMAGE_PX, limit / columns, MAX_IMAGE_PX / rows)
    return max(columns * pixel, MIN_IMAGE_PX), max(rows * pixel, MIN_IMAGE_PX)


def is_tall(shape: Sequence[int]) -> bool:
    """Whether a value is taller than a line."""
    return prod(shape) > 1 and (len(shape) > 1 or shape[0] > MAX_GRID_LENGTH)
