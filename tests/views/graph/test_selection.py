"""What stands out because of a selection or a path."""

import pytest

from explorer.core.graph.picture import OUTPUT_ID, concept_picture
from explorer.views.graph.selection import FADED_OPACITY, emphasis


@pytest.fixture
def picture(state_of):
    return concept_picture(state_of("x*y+sin(x)").trace)


def bright(picture, opacity):
    boxes = {box.id for box in picture.boxes if opacity.of_box(box.id) == 1.0}
    links = {(link.source, link.target) for link in picture.links if opacity.of_link(link) == 1.0}
    return boxes, links


@pytest.mark.parametrize("selection", [None, ("edge", "Sin:0")])
def test_without_a_selected_op_everything_stands_out(picture, selection):
    boxes, links = bright(picture, emphasis(picture, selection, ()))
    assert (len(boxes), len(links)) == (len(picture.boxes), len({(one.source, one.target) for one in picture.links}))


def test_ancestors_and_descendants_of_the_selected_op_stand_out(picture):
    boxes, links = bright(picture, emphasis(picture, ("node", "Sin"), ()))
    assert boxes == {"x", "Sin", "add", OUTPUT_ID}
    assert ("x", "mul") not in links


def test_a_path_comes_before_the_selection(picture):
    path = (("x", "mul", 0), ("mul", "add", 0))
    boxes, links = bright(picture, emphasis(picture, ("node", "Sin"), path))
    assert boxes == {"x", "mul", "add", OUTPUT_ID}
    assert links == {("x", "mul"), ("mul", "add"), ("add", OUTPUT_ID)}
    assert FADED_OPACITY < 1
