"""Layout of backward ops in blocks beside their forward ops."""

from collections.abc import Mapping, Sequence

from explorer.core.graph.graphviz_layout import Layout, LayoutEdge, Point, Size, beside_centre, lay_out

BLOCK_GAP_PX = 14.0
"""Space between two boxes of a block."""


def pack_block(
    names: Sequence[str], sizes: Mapping[str, Size], direction: str, tall: bool = False
) -> tuple[Size, dict[str, Point]]:
    """Return the size of a block, and the centre of each box relative to that of the block.

    Boxes stand in the given order, in which they run: upwards in columns for ``TB``, as gradients flow upwards there,
    leftwards in rows for ``LR``.

    tall: for ``TB``, columns of at least two boxes, which make the block narrower.
    """
    count = len(names)
    lane = (1 if count <= 2 and not tall else 2 if count <= 6 else 3) if direction == "TB" else (1 if count <= 3 else 2)
    width = max(sizes[name][0] for name in names)
    height = max(sizes[name][1] for name in names)
    lanes = -(-count // lane)
    columns, rows = (lanes, min(lane, count)) if direction == "TB" else (min(lane, count), lanes)
    block = (columns * width + (columns - 1) * BLOCK_GAP_PX, rows * height + (rows - 1) * BLOCK_GAP_PX)
    offsets = {}
    for index, name in enumerate(names):
        major, minor = divmod(index, lane)
        column, row = (major, rows - 1 - minor) if direction == "TB" else (columns - 1 - minor, major)
        x = -block[0] / 2 + width / 2 + column * (width + BLOCK_GAP_PX)
        y = -block[1] / 2 + height / 2 + row * (height + BLOCK_GAP_PX)
        offsets[name] = (x, y)
    return block, offsets


def lay_out_blocks(
    sizes: Mapping[str, Size],
    edges: Sequence[LayoutEdge],
    direction: str,
    beside: Mapping[str, str],
    tall: bool = False,
    ports: Mapping[str, tuple[float, float]] | None = None,
) -> Layout:
    """Return the layout of `lay_out`, with the boxes of ``beside`` packed in blocks next to their forward boxes.

    beside: forward box by backward op, in the order in which the ops run.
    tall: narrow blocks, for a graph that is wide already.
    """
    blocks: dict[str, list[str]] = {}
    for name, owner in beside.items():
        blocks.setdefault(owner, []).append(name)
    packed = {owner: pack_block(names, sizes, direction, tall) for owner, names in blocks.items()}
    forward_sizes = {name: size for name, size in sizes.items() if name not in beside}
    block_sizes = {owner: size for owner, (size, _) in packed.items()}
    layout = lay_out(forward_sizes, edges, direction, block_sizes, (), ports)
    centres = dict(layout.centres)
    for owner, (size, offsets) in packed.items():
        x, y = beside_centre(layout.centres[owner], sizes[owner], size, direction)
        centres |= {name: (x + dx, y + dy) for name, (dx, dy) in offsets.items()}
    return Layout(centres, layout.paths, layout.labels, layout.size)


def connecting_curve(a: Point, size_a: Size, b: Point, size_b: Size) -> tuple[Point, Point, Point, Point]:
    """Return the control points of a cubic Bézier between the facing sides of two boxes."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    if abs(dy) > (size_a[1] + size_b[1]) / 2:
        sign = 1.0 if dy > 0 else -1.0
        start, end = (a[0], a[1] + sign * size_a[1] / 2), (b[0], b[1] - sign * size_b[1] / 2)
        bend = 0.45 * abs(end[1] - start[1])
        return start, (start[0], start[1] + sign * bend), (end[0], end[1] - sign * bend), end
    sign = 1.0 if dx > 0 else -1.0
    start, end = (a[0] + sign * size_a[0] / 2, a[1]), (b[0] - sign * size_b[0] / 2, b[1])
    bend = 0.45 * abs(end[0] - start[0])
    return start, (start[0] + sign * bend, start[1]), (end[0] - sign * bend, end[1]), end
