"""Each box and each link of an expression's graph is an accessible object."""

import gc
from dataclasses import replace

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest

from explorer.core.number_format import format_value
from explorer.views.graph.accessible_graph import MAX_ANNOUNCED, SpokenItem, announcement
from explorer.views.graph.graph_view import GraphView
from tests.session.expression_traces import EXPRESSIONS
from tests.views.graph.accessible_tree import ROLE, TEXT, interface, items, screen_reader, texts


@pytest.fixture
def view(qtbot):
    view = GraphView()
    qtbot.addWidget(view)
    view.resize(800, 600)
    view.setAnimated(False)
    return view


def shown(view, state):
    view.setState(state)
    view.grab()
    return state


@pytest.mark.parametrize("depth", ["concept", "full"])
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_box_and_every_link_has_role_name_and_place(view, state_of, name, depth):
    trace = state_of(name).trace
    state = state_of(name, depth=depth, total_steps=len(trace.steps), step=len(trace.steps))
    shown(view, state)
    boxes, links = list(view._scene_items.boxes()), list(view._scene_items.links())
    found = items(view)
    assert [item.role() for item in found] == [ROLE.ListItem] * len(boxes) + [ROLE.Link] * len(links)
    assert all(item.text(TEXT.Name) for item in found)
    screen = QRect(view.viewport().mapToGlobal(view.viewport().rect().topLeft()), view.viewport().size())
    for item in found:
        place = item.rect()
        assert not place.isEmpty() or item.state().offscreen
        assert place.isEmpty() or screen.contains(place)
        assert item.parent() is interface(view)
        assert interface(view).indexOfChild(item) == found.index(item)
    for box in boxes:
        centre = view.viewport().mapToGlobal(view.mapFromScene(box.pos()))
        if screen.contains(centre):
            assert interface(view).childAt(centre.x(), centre.y()).key == ("node", box.box.id)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_values_and_gradients_are_those_of_tensorflow(view, state_of, name):
    trace = state_of(name).trace
    state = shown(view, state_of(name, depth="concept", total_steps=len(trace.steps), step=len(trace.steps)))
    found = {item.key: item for item in items(view)}
    for link in view._placed.picture.links:
        said = found["edge", link.key].text(TEXT.Description)
        if link.gradient in state.values:
            assert f"gradient {format_value(state.values[link.gradient], state.digits)}" in said
    arriving = {link.target: link.tensor for link in view._placed.picture.links if link.kind == "forward"}
    for box in view._placed.picture.boxes:
        tensor = arriving[box.id] if box.kind == "output" else box.tensor
        is_sum = box.kind == "output" and box.symbol.startswith("Σ")  # no tensor of the graph
        expected = "" if is_sum else format_value(state.values[tensor], state.digits)
        assert found["node", box.id].text(TEXT.Value) == expected


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_each_box_has_its_gradient_where_backward_ops_are_boxes(view, state_of, name):
    trace = state_of(name).trace
    state = state_of(name, depth="full", total_steps=len(trace.steps))
    for step in (0, len(trace.steps)):
        shown(view, replace(state, step=step))
        found = {item.key: item.text(TEXT.Description) for item in items(view)}
        boxes = [box for box in view._placed.picture.boxes if box.kind != "gradient"]
        painted = {box.tensor for box in view._placed.picture.boxes if box.kind == "gradient"}
        for box in boxes:
            total = trace.tensor_gradients.get(box.tensor)
            if total in painted and step and trace.last_step_of(box.tensor):
                number = format_value(state.values[total], state.digits)
                assert number in found["node", box.id]
                assert "gradient" in found["node", box.id]
        inputs = [found["node", box.id] for box in boxes if box.kind == "input"]
        assert step or not any("gradient" in said for said in inputs)


def test_the_texts_of_a_small_graph(view, state_of):
    shown(view, state_of("sin(2*x)", depth="concept", step=1, total_steps=2))
    said = texts(view)
    assert said["input x"] == ("0.5", "to mul")
    assert said["sin, op Sin"] == ("0.8415", "gradient 1; from mul; to y; belongs to this step")
    assert said["edge from mul to Sin"] == ("1", "gradient 0.5403; new in this step; argument 1")
    assert said["edge from x to mul"][0] == "0.5"
    assert "gradient" not in said["edge from x to mul"][1]
    assert interface(view).text(TEXT.Description) == "5 nodes, 4 edges, backward pass, step 1 of 2"


def test_an_output_has_its_value_once_the_forward_pass_has_computed_it(view, state_of):
    state = state_of("sin(2*x)", depth="concept", pass_="forward", total_steps=3)
    values = [texts_of(view, replace(state, step=step))["output y"][0] for step in (0, 3)]
    assert values == ["", "0.8415"]


def test_numbers_that_are_asked_for_are_not_said(view, state_of):
    state = state_of("sin(2*x)", depth="concept", step=1, total_steps=2, quiz=True)
    said = " ".join(f"{value} {text}" for value, text in texts_of(view, state).values())
    assert "0.5403" not in said
    assert "gradient hidden" in said
    assert "0.5403" in str(texts_of(view, replace(state, revealed=1)))


def texts_of(view, state):
    shown(view, state)
    return texts(view)


def test_a_sum_of_gradients_is_said_once_it_is_complete(view, state_of):
    trace = state_of("x*y+sin(x)").trace
    state = state_of("x*y+sin(x)", depth="concept", total_steps=len(trace.steps))
    last = len(trace.steps)
    before = texts_of(view, replace(state, step=last - 1))["input x"][1]
    after = texts_of(view, replace(state, step=last))["input x"][1]
    assert "1 more to come" in before
    total = state.values[trace.tensor_gradients["x:0"]]
    assert f"sum of gradients {format_value(total, 4)}" in after


def test_a_step_tells_what_has_changed(view, state_of, monkeypatch):
    state = shown(view, state_of("sin(2*x)", depth="concept", total_steps=2))
    with screen_reader(monkeypatch) as told:
        view._reporter.report()
        told.clear()
        shown(view, replace(state, step=1))
        view._reporter.report()
    assert ("edge from mul to Sin", "DescriptionChanged") in told
    assert ("sin, op Sin", "DescriptionChanged") in told
    assert not [name for name, _ in told if name == "constant 2"]
    (message,) = [message for message, kind in told if kind == "announcement"]
    assert message.startswith("Backward pass, step 1 of 2. ")
    assert "edge from mul to Sin: gradient 0.5403" in message


def test_a_slider_tells_the_values_that_follow(view, state_of, monkeypatch):
    state = shown(view, state_of("sin(2*x)", depth="concept", total_steps=2))
    with screen_reader(monkeypatch) as told:
        view._reporter.report()
        told.clear()
        shown(view, replace(state, values={name: value + 1 for name, value in state.values.items()}))
        view._reporter.report()
    assert ("input x", "ValueChanged") in told
    assert not [message for message, kind in told if kind == "announcement"]


def test_changes_are_reported_by_themselves(view, state_of, monkeypatch, qtbot):
    state = shown(view, state_of("sin(2*x)", depth="concept", total_steps=2))
    with screen_reader(monkeypatch) as told:
        view._reporter.report()
        shown(view, replace(state, step=1))
        qtbot.waitUntil(lambda: any("step 1 of 2" in message for message, _ in told))


def test_nothing_is_compared_without_a_screen_reader(view, state_of, monkeypatch):
    monkeypatch.setattr(QAccessible, "isActive", staticmethod(lambda: False))
    state = shown(view, state_of("sin(2*x)", total_steps=2))
    shown(view, replace(state, step=1))
    assert not view._reporter._timer.isActive()


def test_the_arrow_keys_reach_everything_and_tell_so(qtbot, view, state_of, monkeypatch):
    state = shown(view, state_of("x*y+sin(x)", depth="full", total_steps=3, step=3))
    view.nodeSelected.connect(lambda name: view.setState(replace(state, selection=("node", name))))
    view.edgeSelected.connect(lambda tensor: view.setState(replace(state, selection=("edge", tensor))))
    view.selectionCleared.connect(lambda: view.setState(state))
    view.show()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    wanted, reached = {item.key for item in items(view)}, set()
    with screen_reader(monkeypatch) as told:
        for _ in view._placed.picture.boxes:
            QTest.keyClick(view, Qt.Key.Key_Right)
            node = interface(view).focusChild()
            assert node.state().focused
            assert node.state().selected
            reached.add(node.key)
            assert told.count((node.text(TEXT.Name), "Focus")) == 1
            told.clear()
            QTest.keyClick(view, Qt.Key.Key_Down)
            while (edge := interface(view).focusChild()).key not in reached:
                reached.add(edge.key)
                QTest.keyClick(view, Qt.Key.Key_Right)
            if edge.role() == ROLE.Link:
                QTest.keyClick(view, Qt.Key.Key_Up)
            assert interface(view).focusChild().key == node.key
    assert reached == wanted


def test_objects_of_another_graph_are_invalid_and_removed(view, state_of, monkeypatch):
    shown(view, state_of("x*y+sin(x)"))
    with screen_reader(monkeypatch):
        old = next(item for item in items(view) if item.text(TEXT.Name) == "input y")
        shown(view, state_of("sin(2*x)"))
        assert not old.isValid()
        assert old.text(TEXT.Name) == ""
        assert old.state().invalid
        view._reporter.report()
    assert ("node", "y") not in interface(view)._items
    assert len(items(view)) == 9


def test_views_come_and_go(qtbot, state_of, monkeypatch):
    with screen_reader(monkeypatch):
        for _ in range(20):
            view = GraphView()
            shown(view, state_of("sin(2*x)", total_steps=2))
            assert len(items(view)) == 9
            view._reporter.report()
            del view
            gc.collect()


def test_an_announcement_names_a_few_items_and_counts_the_others():
    news = [SpokenItem(f"op {k}", description="gradient 1") for k in range(MAX_ANNOUNCED + 3)]
    message = announcement("backward pass, step 1 of 1", news)
    assert message.endswith(". and 3 more")
    assert f"op {MAX_ANNOUNCED - 1}: gradient 1" in message
    assert f"op {MAX_ANNOUNCED}:" not in message
