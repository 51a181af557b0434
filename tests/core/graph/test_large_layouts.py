"""The work for the layout of a large graph is bounded, and nothing in it overlaps."""

import random
from itertools import pairwise

import pytest

from explorer.core.expression.parser import parse
from explorer.core.graph import channels, row_order, row_sweeps
from explorer.core.graph.channels import PORTS, Piece, fill_channel
from explorer.core.graph.density import NORMAL
from explorer.core.graph.fitting import AUTO, MAX_FITTED_BOXES, place_in_room, zoom_to_fit
from explorer.core.graph.picture import parsed_picture
from explorer.core.graph.placement import arrange, place_picture
from explorer.core.graph.row_folding import FoldEstimate

ROOM = (800.0, 440.0)


def width_of(family, pixels, text, *, bold=False, italic=False):
    return 0.6 * pixels * len(text)


def sum_of(count):
    return parsed_picture(parse("+".join(f"cos({k}*x)*y" for k in range(2, count + 2))))


def chain(count):
    lines = ["a0=sin(x)", *(f"a{k}=sin(a{k - 1})" for k in range(1, count))]
    return parsed_picture(parse(";".join(lines) + f";a{count - 1}"))


@pytest.fixture
def dot_sizes(monkeypatch):
    """The number of cells of each layout by dot."""
    sizes = []
    original = row_order._shape
    monkeypatch.setattr(row_order, "_shape", lambda cell: (sizes.append(cell.id), original(cell))[1])
    return sizes


@pytest.mark.parametrize("picture", [sum_of(25), sum_of(49), sum_of(79)], ids=["25", "49", "79"])
def test_dot_does_not_lay_out_a_large_graph(picture, dot_sizes):
    place_in_room(picture, AUTO, True, width_of, ROOM)
    assert len(picture.boxes) > MAX_FITTED_BOXES
    assert dot_sizes == []


def test_the_estimates_of_folds_are_bounded(monkeypatch):
    counts = []
    original = FoldEstimate.size
    monkeypatch.setattr(FoldEstimate, "size", lambda self, cuts=(): (counts.append(1), original(self, cuts))[1])
    work = []
    for count in (60, 240):
        counts.clear()
        place_in_room(chain(count), AUTO, True, width_of, ROOM)
        work.append(len(counts))
    assert work[1] < 5 * work[0] < 1000


@pytest.mark.parametrize("direction", ["TB", "LR"])
@pytest.mark.parametrize("count", [15, 49])
def test_the_cells_of_a_row_do_not_overlap(count, direction):
    arranged = arrange(sum_of(count), direction, True, width_of, NORMAL)
    assert len(arranged.rows.cells) > row_order.MAX_DOT_CELLS
    by_row = {}
    for cell in sorted(arranged.rows.cells.values(), key=lambda cell: arranged.places[cell.id]):
        by_row.setdefault(cell.row, []).append(cell)
    for cells in by_row.values():
        for left, right in pairwise(cells):
            space = arranged.places[right.id] - right.before - arranged.places[left.id] - left.after
            assert space >= NORMAL.box_gap - 0.01


def test_the_arguments_of_a_difference_keep_their_order():
    picture = parsed_picture(parse("+".join(f"(sin({k}*x)-cos({k}*y))" for k in range(2, 32))))
    differences = [box.id for box in picture.boxes if box.symbol in ("-", "−")]
    arranged = arrange(picture, "TB", True, width_of, NORMAL)
    places = row_sweeps.places_in_sweeps(arranged.rows, 24.0, differences)
    arriving = {name: [] for name in differences}
    for stations in arranged.rows.stations.values():
        if stations[-1] in arriving:
            arriving[stations[-1]].append(places[stations[-2]])
    assert arriving
    assert all(places == sorted(places) for places in arriving.values())


def test_a_wire_of_a_large_graph_runs_straight():
    arranged = arrange(sum_of(49), "TB", True, width_of, NORMAL)
    for stations in arranged.rows.stations.values():
        assert len({round(arranged.places[name], 6) for name in stations[1:-1]}) <= 1


@pytest.mark.parametrize("picture", [chain(60), chain(240)], ids=["60", "240"])
def test_a_long_chain_is_folded_until_it_is_much_larger(picture):
    column = place_picture(picture, "TB", True, width_of)
    placed = place_in_room(picture, AUTO, True, width_of, ROOM)
    assert zoom_to_fit(placed.size, ROOM) > 2 * zoom_to_fit(column.size, ROOM)


def test_the_levels_of_a_channel_are_found_in_sorted_lists(monkeypatch):
    calls = []
    original = channels._is_over
    monkeypatch.setattr(channels, "_is_over", lambda *pieces: (calls.append(1), original(*pieces))[1])
    work = []
    for count in (50, 200):
        draw = random.Random(count)
        calls.clear()
        width = 100 * count
        fill_channel([Piece(str(k), draw.uniform(0, width), draw.uniform(0, width), True, False) for k in range(count)],
                     PORTS, PORTS, 10.0)  # fmt: skip
        work.append(len(calls))
    assert work[1] < 8 * work[0] + 100
