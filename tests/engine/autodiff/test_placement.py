"""Placement of boxes, links and texts of graphs that TensorFlow built."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from explorer.core.graph.density import NORMAL, VALUE_PX
from explorer.core.graph.edge_geometry import backward_line, label_side, sample_curve
from explorer.core.graph.measure import SANS_FAMILY
from explorer.core.graph.picture import concept_picture
from explorer.core.graph.placement import box_size, link_text_rect, link_text_size, place_picture
from explorer.core.graph.value_space import BRACKET_PX, GRID_GAP_PX, grid_pixels, value_size
from explorer.core.graph.value_text import value_text
from explorer.engine.in_process import trace_and_run

TEXTS = ("x^2 + log(x)", "x^3 - 2*x + 1", "x^2 - x", "x^2/(1+x)", "x*y + sin(x)", "sin(2*x)", "log(x)/x")


def width_of(family, pixels, text, *, bold=False, italic=False):
    return 0.55 * pixels * len(text)


def place(text):
    trace, _ = trace_and_run(text, {}, "float32")
    return place_picture(concept_picture(trace), "TB", True, width_of)


def crosses(one, other):
    """Return whether two polylines cross."""

    def side(a, b, c):
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) > 0

    return any(
        side(a, b, c) != side(a, b, d) and side(c, d, a) != side(c, d, b)
        for a, b in pairwise(one)
        for c, d in pairwise(other)
    )


@pytest.mark.parametrize("text", ["x^2 + log(x)", "x^2 + x", "log(x)/x"])
def test_links_do_not_cross_where_an_order_without_crossings_exists(text):
    lines = [sample_curve(curve) for curve in place(text).curves.values()]
    assert not any(crosses(one, other) for one, other in combinations(lines, 2))


@pytest.mark.parametrize("text", TEXTS)
def test_no_gradient_edge_crosses_the_number_beside_it(text):
    drawn = place(text)
    links = {link.key: link for link in drawn.picture.links}
    for key in (key for key, link in links.items() if link.gradient is not None):
        label = drawn.labels[key]
        line = sample_curve(drawn.curves[key])
        side = label_side(line, label)
        left, top, width, height = link_text_rect(label, link_text_size(links[key], width_of))
        number = top + 4, top + height / 2  # the upper half is the gradient's number, with some air above it
        struck = [(x, y) for x, y in backward_line(line, side) if left < x < left + width and number[0] < y < number[1]]
        assert not struck, f"{key}: {struck}"


@pytest.mark.parametrize(
    ("entries", "text"),
    [
        (1, "−0.123"),
        (2, "[−0.12, −0.46]"),
        (3, "[−0.12, −0.46, −7.9]"),
        (4, "[−0.12, −0.46, −7.89, −1.25]"),
        (6, "[−0.12, −0.46, −7.89, −1.25, −0.50, 4.00]"),
    ],
)
def test_the_box_of_a_short_vector_is_wide_enough_for_its_numbers(entries, text):
    value = np.array([-0.123, -0.456, -7.89, -1.25, -0.5, 4][:entries], np.float32)
    trace, _ = trace_and_run("sum(v*v)", {"v": value if entries > 1 else value[0]}, "float32")
    drawn = place_picture(concept_picture(trace), "TB", True, width_of)
    v = next(box for box in drawn.picture.boxes if box.kind == "input")
    beside = next(link for link in drawn.picture.links if link.source == v.id)
    assert v.shape == beside.shape == ((entries,) if entries > 1 else ())
    written = value_text(value if entries > 1 else value[0], 4)
    assert written.text == text
    assert not written.cells
    pixels = NORMAL.vector_scale * VALUE_PX if 1 < entries <= 3 else grid_pixels(NORMAL)
    needed = width_of(SANS_FAMILY, pixels, written.text)
    assert box_size(v, width_of)[0] > needed
    assert link_text_size(beside, width_of)[0] > 0.9 * needed


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (3, 2), (2, 3), (6, 6), (10, 10), (50, 50), (7,), (20,)])
def test_the_size_of_a_box_depends_on_the_shape_and_not_on_the_numbers(shape):
    sizes = set()
    for value in (np.zeros(shape), np.full(shape, -123456.789), np.linspace(-1e-7, 1e9, np.prod(shape)).reshape(shape)):
        trace, _ = trace_and_run("sum(v*v)", {"v": value}, "float32")
        drawn = place_picture(concept_picture(trace), "TB", True, width_of)
        sizes.add(tuple((box.id, *box_size(box, width_of)) for box in drawn.picture.boxes))
    assert len(sizes) == 1


@pytest.mark.parametrize("digits", [2, 4, 8])
@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (3, 3), (2, 5), (6, 6)])
def test_the_numbers_of_a_matrix_fit_into_their_box(shape, digits):
    generator = np.random.default_rng(3)
    for scale in (1e-9, 1e-3, 1.0, 1e3, 1e9):
        value = (generator.normal(size=shape) * scale).astype(np.float32)
        cells = value_text(value, digits).cells
        pixels = grid_pixels(NORMAL)
        columns = [
            max(width_of(SANS_FAMILY, pixels, text, bold=True) for text in column)
            for column in zip(*cells, strict=True)
        ]
        needed = sum(columns) + GRID_GAP_PX * (len(columns) - 1) + 2 * (BRACKET_PX + 2)
        assert needed <= 1.2 * value_size(shape, VALUE_PX, width_of, NORMAL)[0]
