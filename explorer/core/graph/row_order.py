"""Order and places of the cells in their rows, by Graphviz's dot in this process, or by sweeps if they are many."""

import warnings
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from explorer.core.graph.row_sweeps import places_in_sweeps
from explorer.core.graph.rows import Cell, Rows

MAX_DOT_CELLS = 250
"""Cells up to which dot is used; it takes 15 ms by then, and five times as long for twice as many."""

_POINTS_PER_INCH = 72.0


def places_across(
    rows: Rows,
    spacing: float,
    ordered: Collection[str] = (),
    near: Mapping[str, str] | None = None,
    cuts: Sequence[int] = (),
) -> dict[str, float]:
    """Return the place of each cell across the flow: of the middle of a box, and of a wire.

    spacing: pixels between neighbours. ordered: boxes at which wires arrive in the order in which they are given.
    near: boxes that stand to the right of another box of their row. cuts: rows at which a further column of rows
    begins, whose places do not depend on those of another one.
    """
    if cuts:
        parts = rows.parts(cuts)
        chosen = ([name for name in ordered if name in part.cells] for part in parts)
        found = (places_across(part, spacing, kept, near) for part, kept in zip(parts, chosen, strict=True))
        return {name: place for places in found for name, place in places.items()}
    if len(rows.cells) > MAX_DOT_CELLS:
        return places_in_sweeps(rows, spacing, ordered, near)
    import pygraphviz

    number = {name: index for index, name in enumerate(rows.cells)}
    lines = [
        "digraph {",
        f"graph [ranksep=0.1, nodesep={spacing / _POINTS_PER_INCH:.3f}, splines=none];",
        'node [shape=box, fixedsize=true, label="", height=0.1]; edge [dir=none];',
    ]
    by_row: dict[int, list[int]] = {}
    for name, cell in rows.cells.items():
        by_row.setdefault(cell.row, []).append(number[name])
        lines.append(f"{number[name]} [{_shape(cell)}];")
    lines += [f"{{rank=same; {'; '.join(map(str, row))}}}" for row in by_row.values() if len(row) > 1]
    lines += [f'{number[name]} [ordering="in"];' for name in ordered]
    drawn = set()
    for one, other in (near or {}).items():
        lines.append(f"{number[other]} -> {number[one]} [weight=20];")
    for stations in rows.stations.values():
        for one, other in pairwise(stations):
            upper, lower = rows.cells[one], rows.cells[other]
            if upper.row > lower.row:
                upper, lower = lower, upper
            lanes = (not upper.is_box) + (not lower.is_box)
            if upper.row == lower.row or ((upper.id, lower.id) in drawn and lanes):
                continue
            drawn.add((upper.id, lower.id))
            weight = (1, 3, 8)[lanes]
            lines.append(f"{_end(number, upper, 's')} -> {_end(number, lower, 'n')} [weight={weight}];")
    by_rank = sorted(by_row)
    lines += [f"{by_row[a][0]} -> {by_row[b][0]} [style=invis, weight=0];" for a, b in pairwise(by_rank)]
    lines.append("}")
    graph = pygraphviz.AGraph(string="\n".join(lines))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            drawn_plainly = graph.draw(format="plain", prog="dot")
    finally:
        graph.close()
    nodes = (line.split(maxsplit=3) for line in drawn_plainly.splitlines() if line.startswith(b"node"))
    middles = {int(node): float(across) * _POINTS_PER_INCH for _, node, across, _ in nodes}
    # dot knows the middle of a cell; a wire is nearer to its left border if a text stands beside it
    return {name: middles[k] + (rows.cells[name].before - rows.cells[name].after) / 2 for name, k in number.items()}


def _shape(cell: Cell) -> str:
    width = cell.before + cell.after
    if cell.before == cell.after:
        return f"width={width / _POINTS_PER_INCH:.3f}"
    cells = "".join(
        f'<TD{port} FIXEDSIZE="TRUE" WIDTH="{size:.0f}" HEIGHT="6"></TD>'
        for port, size in ((' PORT="w"', 2 * cell.before), ("", cell.after - cell.before))
    )
    table = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"><TR>{cells}</TR></TABLE>'
    return f"shape=plain, fixedsize=false, label=<{table}>"


def _end(number: Mapping[str, int], cell: Cell, compass: str) -> str:
    return f"{number[cell.id]}" + (f":w:{compass}" if cell.before != cell.after else "")


def crossings(rows: Rows, places: Mapping[str, float], cuts: Sequence[int] = ()) -> int:
    """Return how often wires cross between rows, counted by their order; those between columns of rows are left out."""
    by_channel: dict[int, list[tuple[float, float]]] = {}
    for stations in rows.stations.values():
        for a, b in pairwise(stations):
            one, other = rows.cells[a], rows.cells[b]
            if one.row > other.row:
                one, other = other, one
            if one.row != other.row and bisect_right(cuts, one.row) == bisect_right(cuts, other.row):
                by_channel.setdefault(one.row, []).append((places[one.id], places[other.id]))
    return sum(_inversions(pairs) for pairs in by_channel.values())


def _inversions(pairs: Sequence[tuple[float, float]]) -> int:
    return sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for k, a in enumerate(pairs) for b in pairs[k + 1 :])
