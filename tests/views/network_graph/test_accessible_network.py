"""Each group, op and edge of a network's graph is an accessible object."""

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest

from explorer.views.network_graph.network_view import NetworkView
from explorer.views.theme.theme import load_theme
from tests.views.graph.accessible_tree import ROLE, TEXT, interface, items, screen_reader, texts

STATISTICS = {"count": 6, "nan": 0, "mean": 0.25, "std": 0.5, "norm": 1.5, "min": -1.0, "max": 1.0, "zeros": 0.5}
GRADIENT = STATISTICS | {"mean": 0.125}


@pytest.fixture
def view(qtbot):
    view = NetworkView()
    qtbot.addWidget(view)
    view.resize(900, 600)
    view.setTheme(load_theme("light"))
    view.setAnimated(False)
    view.nodeSelected.connect(lambda name: view.setSelection(("node", name)))
    view.edgeSelected.connect(lambda key: view.setSelection(("edge", key)))
    return view


@pytest.fixture
def show(view, visible_graph):
    """A function that shows layers of which some are open."""

    def show(count=3, open_groups=()):
        visible = visible_graph(count, open_groups)
        view.setGraph("toy", visible)
        view.finish()
        view.grab()
        return visible

    return show


def values_of(visible):
    both = {"value": STATISTICS, "gradient": GRADIENT}
    nodes = {node.id: both for node in visible.nodes}
    edges = {edge.key: both for edge in visible.edges}
    return {"graph": 1, "number": 1, "step": None, "loss": 1.0, "nodes": nodes, "edges": edges, "message": ""}


@pytest.mark.parametrize("open_groups", [(), ("l1",), ("l0", "l1", "l2")])
def test_every_item_has_role_name_and_place(view, show, open_groups):
    visible = show(open_groups=open_groups)
    boxes = [node for node in visible.nodes if node.kind not in ("entry", "exit")]
    found = items(view)
    assert [item.role() for item in found] == [ROLE.ListItem] * len(boxes) + [ROLE.Link] * len(visible.edges)
    assert all(item.text(TEXT.Name) for item in found)
    screen = QRect(view.viewport().mapToGlobal(view.viewport().rect().topLeft()), view.viewport().size())
    assert all(screen.contains(item.rect()) for item in found)
    for box in boxes:
        if box.kind != "open":
            centre = view.viewport().mapToGlobal(view.mapFromScene(*view.graph.layout.centres[box.id]))
            assert interface(view).childAt(centre.x(), centre.y()).key == ("node", box.id)


def test_groups_say_whether_they_are_open(view, show):
    show(open_groups=("l1",))
    states = {item.text(TEXT.Name): item.state() for item in items(view)}
    assert states["l0, group"].collapsed
    assert states["l1, group"].expanded
    assert not states["Mul, mul"].expandable


def test_values_and_gradients_are_said(view, show):
    visible = show()
    view.setValues(values_of(visible))
    view.setStep(len(visible.steps))
    said = texts(view)
    assert said["l1, group"][0].startswith("mean 0.25")
    assert "gradient: mean 0.125" in said["l1, group"][1]
    edge = next(text for name, text in said.items() if name.startswith("edge from l0 to l1"))
    assert edge[0].startswith("mean 0.25")
    assert "gradient: mean 0.125" in edge[1]


def test_the_gradient_of_an_edge_is_said_when_its_step_is_reached(view, show, monkeypatch):
    visible = show()
    view.setValues(values_of(visible))
    with screen_reader(monkeypatch) as told:
        view._reporter.report()
        told.clear()
        view.setStep(1)
        view._reporter.report()
    said = texts(view)
    assert "gradient:" in said["edge from l1 to l2"][1]
    assert "gradient:" not in said["edge from l0 to l1"][1]
    assert "gradient:" in said["l2, group"][1]
    assert "gradient:" not in said["l1, group"][1]
    assert ("edge from l1 to l2", "DescriptionChanged") in told
    (message,) = [message for message, kind in told if kind == "announcement"]
    assert message.startswith("Backward pass, step 1 of 3. l2, group: the backward pass is here")


@pytest.mark.parametrize("open_groups", [(), ("l0", "l2")])
def test_the_arrow_keys_reach_everything(qtbot, view, show, open_groups, monkeypatch):
    visible = show(open_groups=open_groups)
    view.show()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    keys = Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Up
    wanted, reached = {item.key for item in items(view)}, set()
    with screen_reader(monkeypatch) as told:
        QTest.keyClick(view, Qt.Key.Key_Right)
        waiting = [interface(view).focusChild().key]
        while waiting:
            here = waiting.pop()
            reached.add(here)
            for key in keys:
                view.setSelection(here)
                QTest.keyClick(view, key)
                item = interface(view).focusChild()
                assert item.state().focused
                assert item.key == here or (item.text(TEXT.Name), "Focus") in told
                waiting += [item.key] if item.key not in reached and item.key not in waiting else []
    assert reached == wanted
    assert len(wanted) == len([node for node in visible.nodes if node.kind not in ("entry", "exit")]) + len(
        visible.edges
    )


def test_enter_opens_the_group_that_has_the_focus(qtbot, view, show):
    show()
    view.setSelection(("node", "l1"))
    with qtbot.waitSignal(view.toggled) as toggled:
        QTest.keyClick(view, Qt.Key.Key_Return)
    assert toggled.args == ["l1"]


def test_an_opened_group_is_told(view, show, monkeypatch):
    show()
    with screen_reader(monkeypatch) as told:
        view._reporter.report()
        told.clear()
        show(open_groups=("l1",))
        view._reporter.report()
        contents = interface(view).text(TEXT.Description)
        assert ("l1, group", "StateChanged") in told
        assert [message for message, kind in told if kind == "announcement"] == [f"l1, group: open. {contents}"]
        told.clear()
        show()
        view._reporter.report()
    assert [message.split(". ")[0] for message, kind in told if kind == "announcement"] == ["l1, group: closed"]
