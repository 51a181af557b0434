"""A layout is computed once for each picture and direction."""

from explorer.core.graph.picture import concept_picture
from explorer.views.graph.layout_cache import cached_layout


def test_values_do_not_change_a_layout(state_of):
    trace = state_of("sin(2*x)").trace
    first = cached_layout(concept_picture(trace), "TB", True)
    assert cached_layout(concept_picture(trace), "TB", True) is first
    assert cached_layout(concept_picture(trace), "LR", True) is not first
