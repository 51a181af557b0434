"""A layout is computed once for each picture, direction and room."""

from explorer.core.graph.picture import concept_picture
from explorer.views.graph.layout_cache import cached_layout

ROOM = (800.0, 450.0)


def test_values_do_not_change_a_layout(state_of):
    trace = state_of("sin(2*x)").trace
    first = cached_layout(concept_picture(trace), "TB", True, ROOM)
    assert cached_layout(concept_picture(trace), "TB", True, ROOM) is first
    assert cached_layout(concept_picture(trace), "LR", True, ROOM) is not first
    assert cached_layout(concept_picture(trace), "TB", True, (400.0, 450.0)) is not first
