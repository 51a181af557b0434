"""The styler gives boxes and edges the styles that follow from values, step, selection, paths and overlay."""

import pytest
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem

from explorer.views.network_graph.node_items import NodeItem, NodeStyle
from explorer.views.network_graph.styler import FADED_OPACITY, NodeStyler
from explorer.views.theme.theme import load_theme


def statistics(mean, norm):
    value = {"count": 6, "mean": mean, "std": 0.5, "norm": norm, "min": 0.0, "max": 1.0, "zeros": 0.0}
    return {"value": value, "gradient": {**value, "norm": norm}}


@pytest.fixture
def values(visible_graph):
    visible = visible_graph()
    return {
        "number": 1,
        "nodes": {node.id: statistics(0.25, 10.0**-k) for k, node in enumerate(visible.nodes)},
        "edges": {edge.key: statistics(0.25, 0.125) for edge in visible.edges},
    }


@pytest.fixture
def styler(parts):
    made = NodeStyler(parts.graph, parts.items, parts.overview)
    made.set_theme(load_theme("dark"))
    made.apply(is_overview=False, is_moving=False)
    return made


def apply(styler):
    styler.apply(is_overview=False, is_moving=False)


def opacities(parts):
    return {item.node.id: item.opacity() for item in parts.items.boxes()}


def test_each_setter_marks_the_styles_as_stale(styler, values, qtbot):
    for change in (
        lambda: styler.set_values(values),
        lambda: styler.set_profile({"nodes": {}}),
        lambda: styler.set_step(1),
        lambda: styler.set_selection(("node", "l1")),
        lambda: styler.set_trace_path((frozenset(), frozenset())),
        lambda: styler.set_overlay("gradient"),
    ):
        apply(styler)
        assert not styler.is_stale
        with qtbot.waitSignal(styler.changed):
            change()
        assert styler.is_stale


def test_setting_the_same_step_or_selection_changes_nothing(styler):
    assert not styler.set_step(0)
    assert not styler.set_selection(None)
    assert not styler.is_stale


def test_values_stand_on_boxes_and_gradients_on_edges_that_were_reached(parts, styler, values):
    styler.set_values(values)
    apply(styler)
    assert parts.items.box("l1").style.value == "0.25 ± 0.5"
    assert all(edge.style.gradient == "" for edge in parts.items.links())
    styler.set_step(1)
    apply(styler)
    last = parts.items.box("l2")
    assert last.style.active
    assert last.style.done
    assert not parts.items.box("l1").style.done
    reached = {edge.edge.target for edge in parts.items.links() if edge.style.gradient}
    assert reached == {"l2"}


def test_a_selected_box_is_marked_and_what_is_not_on_its_paths_fades(parts, styler):
    styler.set_selection(("node", "l1"))
    styler.set_trace_path((frozenset({"l0"}), frozenset()))
    apply(styler)
    assert [item.node.id for item in parts.items.boxes() if item.is_selected] == ["l1"]
    assert opacities(parts) == {"input": FADED_OPACITY, "l0": 1.0, "l1": 1.0, "l2": FADED_OPACITY}
    edges = {edge.edge.key: edge.opacity() for edge in parts.items.links()}
    assert edges["l0 l1 forward"] == 1.0
    assert edges["l1 l2 forward"] == FADED_OPACITY
    styler.set_selection(None)
    apply(styler)
    assert set(opacities(parts).values()) == {1.0}


def test_frames_around_related_boxes_do_not_fade(parts, styler):
    parts.show(open_groups=("l1",))
    styler.set_selection(("node", "l1/mul"))
    styler.set_trace_path((frozenset(), frozenset()))
    apply(styler)
    assert opacities(parts)["l1"] == 1.0
    assert opacities(parts)["l1/relu"] == FADED_OPACITY


def test_items_that_fade_in_keep_their_opacity(parts, styler, spatial_index, visible_graph):
    index = spatial_index(visible_graph(open_groups=("l1",)))
    parts.graph.set("toy", index)
    parts.items.put(index.placed)
    for item in parts.items.new_items():
        item.setOpacity(0.3)
    styler.apply(is_overview=False, is_moving=True)
    assert parts.items.box("l1/mul").opacity() == pytest.approx(0.3)
    assert parts.items.box("l0").opacity() == 1.0


def test_the_overview_is_updated_when_its_look_changes(styler, values, qtbot):
    styler.set_values(values)
    with qtbot.waitSignal(styler.overviewChanged):
        apply(styler)
    with qtbot.assertNotEmitted(styler.overviewChanged):
        apply(styler)


def test_items_of_a_large_graph_stay_stale_while_only_the_overview_is_painted(parts, styler, monkeypatch):
    monkeypatch.setattr("explorer.views.network_graph.displayed_graph.MAX_ITEMS", 1)
    styler.set_step(1)
    styler.apply(is_overview=True, is_moving=False)
    assert styler.is_stale
    assert not parts.items.box("l2").style.active


def test_new_items_are_stale_if_something_changed_meanwhile(parts, styler):
    apply_style = styler.item_styler()
    apply_style(parts.items.box("l1"))
    styler.check_new_items()
    assert not styler.is_stale
    styler.set_step(1)
    styler.check_new_items()
    assert styler.is_stale


@pytest.mark.parametrize(("heat_text", "expected"), [("|g| 0.5", ["|g| 0.5"]), ("2 ms", ["|g| 0.5", "2 ms"])])
def test_a_compact_box_whose_colour_is_its_gradient_shows_it_once(qapp, visible_graph, heat_text, expected):
    node = next(node for node in visible_graph().nodes if node.kind == "group")
    item = NodeItem(node, (190, 96), compact=True)
    item.theme = load_theme("dark")
    item.set_style(NodeStyle("0.1 ± 0.2", "|g| 0.5", done=True, heat=0.7, heat_text=heat_text))
    drawn = []
    item.draw_text = lambda _painter, _box, _flags, text, *_rest, **_options: drawn.append(text)
    image = QImage(200, 100, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        item.paint(painter, QStyleOptionGraphicsItem())
    assert drawn[-len(expected) :] == expected
    assert len(drawn) == 2 + len(expected)  # the name and the small line
