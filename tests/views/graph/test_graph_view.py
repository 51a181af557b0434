"""The view updates only what differs between two states."""

from dataclasses import replace

import pytest

from explorer.core.expression.parser import parse
from explorer.core.graph.graph_walk import Move
from explorer.session.autodiff.view_state import ExpressionViewState
from explorer.views.graph import graph_view as module
from explorer.views.graph.graph_view import GraphView
from explorer.views.graph.items import text_width
from tests.core.graph.picture_collisions import collisions


@pytest.fixture
def view(qtbot):
    view = GraphView()
    qtbot.addWidget(view)
    view.resize(800, 600)
    return view


@pytest.fixture
def work(monkeypatch, view):
    """What the view has computed: numbers, styles and pictures."""
    done = []
    for name in ("visible_numbers", "apply_styles"):
        function = getattr(module, name)
        monkeypatch.setattr(
            module, name, lambda *arguments, name=name, function=function: done.append(name) or function(*arguments)
        )
    show_picture = view._show_picture
    monkeypatch.setattr(view, "_show_picture", lambda *a, **k: done.append("picture") or show_picture(*a, **k))
    return done


def test_a_parsed_graph_is_shown_until_there_is_a_trace(view, state_of):
    view.setState(ExpressionViewState(program=parse("sin(2*x)"), theme="light"))
    assert {item.box.symbol for item in view._scene_items.boxes()} == {"2", "x", "×", "sin", "y"}
    view.grab()
    assert view.property("shownExpression") == ""
    state = state_of("sin(2*x)")
    view.setState(state)
    view.setState(replace(state, program=parse("x")))
    assert len(list(view._scene_items.boxes())) == 5


def test_a_trace_is_shown_once_with_its_step_and_layout(view, work, state_of):
    view.setState(state_of("sin(2*x)", step=2, direction="LR", depth="full"))
    view.grab()
    assert work == ["visible_numbers", "picture", "apply_styles"]
    assert (view.property("shownExpression"), view.property("shownStep")) == ("sin(2*x)", 2)


def test_setting_the_same_state_does_nothing(view, work, state_of):
    state = state_of("sin(2*x)")
    view.setState(state)
    view.grab()
    work.clear()
    view.setState(replace(state))
    view.grab()
    assert work == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"step": 1}, ["visible_numbers", "apply_styles"]),
        ({"values": {}}, ["apply_styles"]),
        ({"selection": ("node", "Sin")}, ["apply_styles"]),
        ({"digits": 2}, ["apply_styles"]),
        ({"direction": "LR"}, ["picture", "apply_styles"]),
        ({"depth": "full"}, ["picture", "apply_styles"]),
        ({"text": "sin(", "busy": True, "notice": "…"}, []),
    ],
)
def test_a_change_updates_what_depends_on_it(view, work, state_of, change, expected):
    state = state_of("sin(2*x)")
    view.setState(state)
    view.grab()
    work.clear()
    view.setState(replace(state, **change))
    view.grab()
    assert work == expected


def test_values_that_arrive_faster_than_the_screen_are_styled_once(view, work, state_of):
    state = state_of("sin(2*x)")
    view.setState(state)
    view.grab()
    work.clear()
    for factor in range(5):
        view.setState(replace(state, values={name: value * factor for name, value in state.values.items()}))
    view.grab()
    assert work == ["apply_styles"]
    assert view.property("shownValues")["x:0"] == 2.0


def test_shown_values_are_those_of_the_painted_trace(view, state_of):
    assert view.property("shownValues") == {}
    view.setState(state_of("sin(2*x)"))
    assert (view.property("shownValues"), view.property("shownStep")) == ({}, 0)
    view.grab()
    assert view.property("shownValues")["x:0"] == 0.5


def test_another_function_resets_a_manual_zoom_another_trace_of_it_does_not(view, state_of):
    view.setState(state_of("sin(2*x)"))
    view.zoom_by(2.0)
    assert not view._camera.is_automatic
    view.setState(state_of("sin(2*x)"))
    assert not view._camera.is_automatic
    view.setState(state_of("x*y+sin(x)"))
    assert view._camera.is_automatic


def test_the_keys_select_boxes_in_forward_order(view, state_of):
    selected = []
    view.nodeSelected.connect(selected.append)
    view.walk(Move.NEXT)
    state = state_of("sin(2*x)")
    view.setState(state)
    view.walk(Move.NEXT)
    view.setState(replace(state, selection=("node", selected[0])))
    view.walk(Move.NEXT)
    assert len(selected) == 2
    assert selected[0] != selected[1]


def test_wrong_gradients_cannot_be_saved(view, state_of, tmp_path):
    with pytest.raises(ValueError, match="no graph yet"):
        view.drawing()
    view.setState(state_of("sin(2*x)", wrong={}))
    with pytest.raises(ValueError, match="broken"):
        view.save(str(tmp_path / "graph.svg"))
    view.setState(state_of("sin(2*x)"))
    view.save(str(tmp_path / "graph.svg"))
    assert (tmp_path / "graph.svg").stat().st_size > 1000


def test_links_find_their_ways_anew_when_a_box_is_dropped(view, state_of):
    view.setState(state_of("sin(2*x)"))
    box = next(item for item in view._scene_items.boxes() if item.box.symbol == "×")
    before = dict(view._placed.curves)
    view.drag_box(box, 260.0, 40.0)
    view.drop_box(box)
    assert view._placed.centres[box.box.id] == (box.x(), box.y())
    changed = {key for key, curve in view._placed.curves.items() if curve != before[key]}
    ends = {link.key for link in view._placed.picture.links if box.box.id in (link.source, link.target)}
    assert ends <= changed
    assert {item.link.key: tuple(item.points) for item in view._scene_items.links()} == dict(view._placed.curves)
    assert {kind for kind, *_ in collisions(view._placed, text_width)} <= {"outside of the graph"}


@pytest.mark.parametrize(("dx", "dy"), [(-900.0, -700.0), (1500.0, 20.0), (30.0, 1200.0)])
def test_a_box_that_was_dropped_far_outside_is_part_of_the_whole_graph(view, state_of, dx, dy):
    view.setState(state_of("sin(2*x)"))
    box = next(item for item in view._scene_items.boxes() if item.box.symbol == "×")
    size = view.drawing().size
    view.drag_box(box, dx, dy)
    view.drop_box(box)
    view.fit()
    shown = view.mapToScene(view.viewport().rect()).boundingRect()
    items = view._scene_items
    drawn = [item.mapRectToScene(item.rect()) for item in items.boxes()]
    drawn += [rect for item in items.links() for rect in (item.text_rect(), item.polygon().boundingRect())]
    assert all(shown.contains(rect) for rect in drawn if not rect.isEmpty())
    assert view.drawing().size.width() >= size.width()
    assert view.drawing().size.height() >= size.height()
    assert view.drawing().size != size
