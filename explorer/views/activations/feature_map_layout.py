"""The layout of a layer's output: feature maps side by side, or a strip of units."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF

MAP_GAP_PX = 6
"""Space between two maps at scale 1."""


@dataclass(frozen=True)
class FeatureMapLayout:
    """Positions of the tiles of one layer: maps, or single units.

    tiles: number of tiles. rows, columns: cells of a tile, (1, 1) for units. across: tiles in a line.
    cell, gap, left, top: in pixels.
    """

    layer: int
    values: Any
    tiles: int
    rows: int
    columns: int
    cell: int
    gap: int
    across: int
    left: float
    top: float

    @property
    def height(self) -> float:
        """Height of all tiles together."""
        lines = -(-self.tiles // self.across)
        return lines * (self.rows * self.cell + self.gap) - self.gap

    @property
    def is_maps(self) -> bool:
        """Whether the output has rows and columns."""
        return bool(self.values.ndim == 3)

    def box(self, tile: int) -> QRectF:
        """Return the rectangle of a tile."""
        line, place = divmod(tile, self.across)
        wide, high = self.columns * self.cell, self.rows * self.cell
        return QRectF(self.left + place * (wide + self.gap), self.top + line * (high + self.gap), wide, high)

    def map_index(self, index: tuple[int, ...]) -> tuple[int, ...]:
        """Return the index into `values` for an index into the output: an output (h, w) is one map."""
        return (*index, 0) if self.is_maps and len(index) == 2 else index

    def cell_box(self, index: tuple[int, ...]) -> QRectF:
        """Return the rectangle of a number."""
        box = self.box(index[-1])
        row, column = index[:2] if self.is_maps else (0, 0)
        return QRectF(box.left() + column * self.cell, box.top() + row * self.cell, self.cell, self.cell)

    def index_at(self, x: float, y: float) -> tuple[int, ...] | None:
        """Return the index of the number at a point, or None."""
        wide, high = self.columns * self.cell + self.gap, self.rows * self.cell + self.gap
        place, line = int((x - self.left) // wide), int((y - self.top) // high)
        tile = line * self.across + place
        if not (0 <= place < self.across and line >= 0 and tile < self.tiles):
            return None
        box = self.box(tile)
        if not self.is_maps:
            return (tile,)
        row = min(max(int((y - box.top()) // self.cell), 0), self.rows - 1)
        column = min(max(int((x - box.left()) // self.cell), 0), self.columns - 1)
        return row, column, tile

    def moved(self, index: tuple[int, ...], right: int, down: int, tiles: int) -> tuple[int, ...]:
        """Return an index moved by cells and tiles, within the limits of the output."""
        if not self.is_maps:
            tile = index[0] + right + down * self.across + tiles
            return (tile,) if 0 <= tile < self.tiles else index
        row, column, tile = index
        return (
            min(max(row + down, 0), self.rows - 1),
            min(max(column + right, 0), self.columns - 1),
            min(max(tile + tiles, 0), self.tiles - 1),
        )

    def mosaic(self, colours: Any, background: int, border: int) -> Any:
        """Return all tiles as one (height, width) uint32 image, which starts a pixel left of and above the first tile.

        colours: (uint32) in the shape of `values`. With gaps, each tile has a border of one pixel. One image is painted
        ten times as fast as a hundred.
        """
        lines = -(-self.tiles // self.across)
        wide, high, edge = self.columns * self.cell, self.rows * self.cell, 1 if self.gap else 0
        blocks = np.full((lines * self.across, high + self.gap, wide + self.gap), background, np.uint32)
        maps = colours if self.is_maps else colours[np.newaxis, np.newaxis, :]
        large = maps.transpose(2, 0, 1).repeat(self.cell, axis=1).repeat(self.cell, axis=2)
        if edge:
            blocks[: self.tiles, : high + 2, : wide + 2] = border
        blocks[: self.tiles, edge : high + edge, edge : wide + edge] = large
        shape = lines, self.across, high + self.gap, wide + self.gap
        return blocks.reshape(shape).transpose(0, 2, 1, 3).reshape(lines * shape[2], self.across * shape[3])


def arrange(layer: int, output: Any, left: float, top: float, width: float, scale: float) -> FeatureMapLayout:
    """Lay out the output of one layer in ``width`` pixels: (h, w, maps), (h, w) for one map, or (n,) for a strip."""
    values = output[..., np.newaxis] if output.ndim == 2 else output
    if values.ndim == 3:
        rows, columns, tiles = values.shape
        cell = max(1, round(min(6, max(2, round(44 / rows))) * scale))
        gap = max(3, round(MAP_GAP_PX * scale))
    else:
        values = values.reshape(-1)
        rows, columns, tiles, gap = 1, 1, len(values), 0
        cell = max(3, round((5 if tiles > 600 else 10 if tiles > 16 else 22) * scale))
    across = max(1, int((width + gap) // (columns * cell + gap)))
    return FeatureMapLayout(layer, values, tiles, rows, columns, cell, gap, min(across, tiles), left, top)


def output_summary(layer: Mapping[str, Any], output: Any) -> str:
    """Return the share of zeros in an output, and how many of its channels are shown, as text."""
    parts = []
    if output.size:
        parts.append(f"{100 * float(np.mean(output == 0)):.0f} % zero")
    if output.shape[-1] < layer["shape"][-1]:
        parts.append(f"the first {output.shape[-1]:,} are shown")
    return " · ".join(parts)
