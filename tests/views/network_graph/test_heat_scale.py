"""An overlay colours boxes by their numbers; the ends of its scale are the numbers that have its end colours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.core.network_graph.visible_graph import VisibleGraph, VisibleNode
from explorer.views.network_graph.colours.heat_scale import LINEAR, LOGARITHMIC, OVERLAY_TITLES, heat_scale


def boxes(count):
    return VisibleGraph(tuple(VisibleNode(f"b{k}", "op", "", "Mul", "mul") for k in range(count)), (), ())


def replies(overlay, numbers):
    """Return values and profile in which an overlay finds these numbers."""
    entries = {
        "gradient": lambda number: {"gradient": {"norm": number, "count": 1}},
        "size": lambda number: {"gradient": {"norm": number, "count": 1}},
        "spread": lambda number: {"value": {"std": number}},
        "dead": lambda number: {"dead": number},
        "time": lambda number: {"seconds": number},
        "memory": lambda number: {"bytes": number},
    }
    reply = {"nodes": {f"b{k}": entries[overlay](number) for k, number in enumerate(numbers)}, "edges": {}}
    return reply, reply


MEASURED = [name for name in OVERLAY_TITLES if name not in ("none", "parameters")]


@given(
    st.sampled_from([name for name in MEASURED if name != "dead"]),
    st.lists(st.one_of(st.just(0.0), st.floats(1e-9, 1e9)), min_size=1, max_size=8),
)
def test_the_place_on_the_scale_follows_from_its_ends(overlay, numbers):
    """Interpolating between the ends, by logarithms, gives back each number: so the key can be read."""
    values, profile = replies(overlay, numbers)
    scale = heat_scale(boxes(len(numbers)), values, overlay, profile)
    assert scale.kind == LOGARITHMIC
    assert scale.has_zero == (0.0 in numbers)
    for k, number in enumerate(numbers):
        share = scale.heats[f"b{k}"][0]
        assert 0 <= share <= 1
        if number > 0:
            assert scale.low * (scale.high / scale.low) ** share == pytest.approx(number, rel=1e-6)
        else:
            assert share == 0.0
            assert scale.end_texts[0].startswith("0")
    if any(numbers):
        assert scale.high >= 9.99 * scale.low  # a scale spans a power of ten at least


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_the_share_of_dead_units_is_linear_from_0_to_1(numbers):
    scale = heat_scale(boxes(len(numbers)), *replies("dead", numbers)[:1], "dead")
    assert (scale.kind, scale.end_texts) == (LINEAR, ("0%", "100%"))
    assert [scale.heats[f"b{k}"][0] for k in range(len(numbers))] == numbers


@pytest.mark.parametrize(
    ("overlay", "numbers", "ends"),
    [
        ("time", [12e-6, 0.0021], ("12 µs", "2.1 ms")),
        ("memory", [64.0, 3.4e6], ("64 bytes", "3.4 MB")),
        ("gradient", [0.001, 1.0], ("0.001", "1")),
        ("spread", [0.0, 0.5, 50.0], ("0, 0.5", "50")),
        ("gradient", [0.0], ("0", "0")),
    ],
)
def test_the_ends_are_written_in_the_unit_of_the_overlay(overlay, numbers, ends):
    values, profile = replies(overlay, numbers)
    assert heat_scale(boxes(len(numbers)), values, overlay, profile).end_texts == ends


@pytest.mark.parametrize("overlay", ["none", *MEASURED])
def test_without_numbers_nothing_is_coloured(overlay):
    assert heat_scale(boxes(2), None, overlay).heats == {}


@pytest.fixture
def values(visible_graph):
    """Values whose gradients are ten times smaller from box to box."""
    nodes = {node.id: {"gradient": {"norm": 10.0**-k}} for k, node in enumerate(visible_graph().nodes)}
    return {"nodes": nodes, "edges": {}}


def test_heats_compare_logarithms(visible_graph, values):
    found = heat_scale(visible_graph(), values, "gradient").heats
    assert [round(heat, 3) for heat, _ in found.values()] == [1.0, 0.667, 0.333, 0.0]
    assert found["l1"][1] == "|g| 0.01"


def test_heats_of_nearly_equal_numbers_are_nearly_equal(visible_graph):
    nodes = {"l0": {"gradient": {"norm": 1.0}}, "l1": {"gradient": {"norm": 1.1}}}
    found = heat_scale(visible_graph(), {"nodes": nodes, "edges": {}}, "gradient").heats
    assert found["l1"][0] - found["l0"][0] < 0.05


@pytest.mark.parametrize("norm", [float("nan"), float("inf"), None])
def test_boxes_without_a_number_have_no_heat(visible_graph, norm):
    nodes = {"l0": {"gradient": {"norm": norm} if norm is not None else None}}
    assert heat_scale(visible_graph(), {"nodes": nodes, "edges": {}}, "gradient").heats == {}


@pytest.mark.parametrize(("overlay", "text"), [("time", "2 ms"), ("memory", "5 kB")])
def test_the_profile_has_overlays(visible_graph, overlay, text):
    profile = {"nodes": {"l0": {"seconds": 0.002, "bytes": 5000}}}
    assert heat_scale(visible_graph(), None, overlay, profile).heats == {"l0": (1.0, text)}
