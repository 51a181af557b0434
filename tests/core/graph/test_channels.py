"""Wires in a channel turn on levels on which they meet no upright part of another wire."""

from itertools import combinations, pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from explorer.core.graph.channels import GRADIENT_PORTS, PORTS, TEXTS, Piece, fill_channel

SPACING_PX = 30.0
"""Distance between two ends at one row."""

SLOTS = st.lists(st.integers(0, 9), min_size=10, max_size=10, unique=True)


def uprights(channel, piece):
    """Yield the place, the top and the bottom of each upright part of a piece in a channel."""
    parts = channel.parts(piece)
    if parts[0] not in channel.levels:
        assert piece.is_straight or piece.is_curve
        yield (piece.a + piece.b) / 2, 0.0, channel.height
        return
    ends = {True: 0.0, False: channel.height}
    yield piece.a, *sorted((ends[piece.a_above], channel.levels[parts[0]]))
    for one, other in pairwise(parts):
        assert one.b == other.a
        yield one.b, *sorted((channel.levels[one], channel.levels[other]))
    yield piece.b, *sorted((ends[piece.b_above], channel.levels[parts[-1]]))


@pytest.mark.parametrize(("upper", "lower"), [(GRADIENT_PORTS, TEXTS), (TEXTS, PORTS)])
@settings(max_examples=150, deadline=None)
@given(uppers=SLOTS, lowers=SLOTS, count=st.integers(2, 10), has_gradient=st.booleans())
@example(uppers=[0, 3, 1, *range(4, 10), 2], lowers=[3, 0, 1, *range(4, 10), 2], count=2, has_gradient=True)
@example(uppers=[0, 2, 4, *range(5, 10), 1, 3], lowers=[2, 4, 0, *range(5, 10), 1, 3], count=3, has_gradient=False)
def test_no_upright_parts_lie_on_each_other(upper, lower, uppers, lowers, count, has_gradient):
    """Two ends above each other are at one place exactly, as those of lanes of one column are."""
    pieces = [
        Piece(f"net {k}", SPACING_PX * uppers[k], SPACING_PX * lowers[k], True, False, has_gradient)
        for k in range(count)
    ]
    channel = fill_channel(pieces, upper, lower, 10.0)
    for one, other in combinations(pieces, 2):
        for place, top, bottom in uprights(channel, one):
            for other_place, other_top, other_bottom in uprights(channel, other):
                if abs(place - other_place) < 2.5:
                    assert min(bottom, other_bottom) - max(top, other_top) < 1.0
    assert all(0 <= level <= channel.height for level in channel.levels.values())
