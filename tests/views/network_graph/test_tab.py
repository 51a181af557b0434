"""The tab "Network", driven as a user does."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtTest import QTest

from explorer.core.data.dataset import load_sample
from explorer.core.training.settings import run_settings
from explorer.engine.models.build import build_network
from explorer.engine.models.keras_file import save_network
from explorer.views.network_graph.labels import number_text


def settle(ui):
    ui.settle_network()


def item(ui, name):
    return ui.find("networkView").scene_items.box(name)


def where(ui, point, name):
    view, box = ui.find("networkView"), item(ui, name)
    return view.mapFromScene(box.mapToScene(point))


def click(ui, name, point=None, double=False):
    act = QTest.mouseDClick if double else QTest.mouseClick
    act(ui.find("networkView").viewport(), Qt.MouseButton.LeftButton, pos=where(ui, point or QPointF(0, 0), name))


def test_the_groups_are_the_layers(net):
    view = net.find("networkView")
    assert view.property("shownModel") == "mlp"
    assert view.property("visibleNodes") == ["input", "truth", "flatten", "hidden", "probabilities", "loss"]
    assert view.property("openGroups") == []
    assert view.property("shownStep") == 0


def test_numbers_before_the_softmax_are_called_logits(net):
    graph, view = net.sessions.network_graph, net.find("networkView")
    view.grab()
    told = graph.numbers.values["nodes"]["probabilities"]["value"]
    assert told["min"] < 0  # no probabilities
    assert item(net, "probabilities").style.value.startswith("logits ")
    assert item(net, "hidden").style.value[0].isdigit()
    assert "before softmax" in view.item_tooltip(item(net, "probabilities"))
    graph.selection.select("node", "probabilities")
    assert "logits" in net.find("networkDetailsBody").text()
    view.grab()
    assert view.whatIsChosen() == ("group", view.item_tooltip(item(net, "probabilities")))


def test_a_group_opens_and_closes_by_its_sign(net):
    view = net.find("networkView")
    click(net, "hidden", item(net, "hidden").sign_rect().center())
    net.until(lambda: view.property("openGroups") == ["hidden"])
    settle(net)
    types = {node.title for node in net.sessions.network_graph.state.visible.nodes if node.container == "hidden"}
    assert {"MatMul", "BiasAdd", "Relu"} <= types
    click(net, "hidden", item(net, "hidden").sign_rect().center())
    net.until(lambda: view.property("openGroups") == [])


def test_groups_open_by_double_click_enter_and_level(net):
    view = net.find("networkView")
    click(net, "flatten", double=True)
    net.until(lambda: view.property("openGroups") == ["flatten"])
    settle(net)
    click(net, "probabilities")
    net.until(lambda: net.sessions.network_graph.selection.item == ("node", "probabilities"))
    view.setFocus()
    net.press(Qt.Key.Key_Return)
    net.until(lambda: set(view.property("openGroups")) == {"flatten", "probabilities"})
    settle(net)
    net.click("openLevelButton")
    settle(net)
    assert net.sessions.network_graph.state.open_groups == {
        g["id"] for g in net.sessions.network_graph.state.info["groups"]
    }
    net.click("closeLevelButton")
    net.until(lambda: view.property("openGroups") == [])


def test_opening_moves_smoothly_and_ends_where_it_belongs(net):
    view = net.find("networkView")
    view.setAnimated(True)
    try:
        before = item(net, "loss").pos()
        net.sessions.network_graph.toggle("hidden")
        net.until(lambda: view.isMoving)
        net.until(lambda: not view.isMoving)
        placed = view.graph.layout
        for name in ("loss", "hidden"):
            assert (item(net, name).x(), item(net, name).y()) == pytest.approx(placed.centres[name])
        assert item(net, "hidden").size == pytest.approx(placed.sizes["hidden"])
        assert item(net, "loss").pos() != before
        assert all(one.opacity() == 1.0 for one in view.scene_items.items())
    finally:
        view.setAnimated(False)


def test_steps_go_backward_layer_by_layer_and_then_op_by_op(net):
    graph, view = net.sessions.network_graph, net.find("networkView")
    assert graph.state.visible.steps == ("loss", "probabilities", "hidden")
    net.click("networkStepForwardButton")
    assert view.property("shownStep") == 1
    net.press(Qt.Key.Key_PageDown)
    assert view.property("shownStep") == 2
    view.grab()
    looks = {one.edge.key: one.style for one in view.scene_items.links()}
    assert looks["hidden probabilities forward"].gradient
    assert looks["hidden probabilities forward"].is_new
    assert not looks["flatten hidden forward"].gradient  # a gradient that has not come is not drawn
    graph.set_level(1)
    settle(net)
    assert len(graph.state.visible.steps) > 5
    net.click("networkStepLastButton")
    assert view.property("shownStep") == graph.state.total_steps
    net.press(Qt.Key.Key_PageUp)
    assert view.property("shownStep") == graph.state.total_steps - 1
    net.click("networkStepFirstButton")
    assert view.property("shownStep") == 0


def test_the_numbers_on_the_edges_are_those_of_numpy(net):
    values = net.sessions.network_graph.numbers.values
    images = np.float32(load_sample().x_train[:32]) / 255
    told = values["edges"]["input flatten forward"]["value"]
    assert told["mean"] == pytest.approx(images.mean(dtype=np.float64), rel=1e-6)
    assert told["norm"] == pytest.approx(np.linalg.norm(images.astype(np.float64)), rel=1e-6)
    assert told["zeros"] == pytest.approx(np.mean(images == 0))
    assert 1.5 < values["loss"] < 4  # ten classes and weights at random


def test_search_goes_to_an_op_that_is_in_a_closed_group(net):
    graph, search = net.sessions.network_graph, net.find("searchEdit")
    search.setFocus()
    QTest.keyClicks(search, "relu")
    net.until(lambda: graph.search.query == "relu" and bool(graph.search.hits))
    assert graph.search.hits[0]["id"].endswith("hidden_1/Relu")
    rows = [search.hits.item(k).text() for k in range(search.hits.count())]
    assert rows[0] == "Relu   32×128   in hidden"
    assert "ReluGrad   32×128   backward   in hidden" in rows
    net.press(Qt.Key.Key_Return)
    net.until(lambda: graph.selection.item is not None and graph.selection.item[1].endswith("/Relu"))
    assert "hidden" in graph.state.open_groups
    net.until(lambda: graph.selection.details is not None)
    body = net.find("networkDetailsBody").text()
    assert 'href="term:relu"' in body  # a word of the glossary
    said = QTextDocumentFragment.fromHtml(body).toPlainText()
    assert "Relu on" in said
    assert "32×128 float32" in said
    assert 0 < said.index("value: mean") < said.index("gradient, gradients/")
    assert net.find("breadcrumbLabel").text().count("›") == 2
    search.clear()


def test_a_search_without_a_hit_says_so(net):
    graph, search = net.sessions.network_graph, net.find("searchEdit")
    search.setFocus()
    search.setText("zebra")
    net.until(lambda: graph.search.query == "zebra")
    net.until(lambda: "zebra" in (search.hits.item(0).text() if search.hits.count() else ""))
    search.clear()


def test_a_backward_op_tells_its_forward_op_and_its_rule(net):
    graph = net.sessions.network_graph
    graph.set_backward(True)
    graph.toggle("hidden")
    settle(net)
    backward = [node for node in graph.state.visible.nodes if node.kind == "backward"]
    assert {node.title for node in backward} == {"ReluGrad", "BiasAddGrad", "MatMul"}
    name = next(node.id for node in backward if node.title == "ReluGrad")
    graph.selection.select("node", name)
    net.until(lambda: graph.selection.details is not None)
    assert graph.selection.details["op"]["forward"].endswith("hidden_1/Relu")
    assert "def _ReluGrad" in graph.selection.details["op"]["source"]
    net.click("ruleButton")
    dialog = net.find("codeDialog")
    assert "gen_nn_ops.relu_grad" in graph.selection.details["op"]["source"]
    dialog.close()


def test_helper_ops_are_counted_and_can_be_seen(net):
    graph = net.sessions.network_graph
    check = net.find("helperOpsCheck")
    hidden = sum(graph.state.visible.hidden.values())
    assert check.text() == f"Helper ops ({hidden})"
    graph.set_level(9)
    check.setChecked(True)
    settle(net)
    net.find("backwardOpsCheck").setChecked(True)
    net.until(lambda: len(net.find("networkView").property("visibleNodes")) == graph.state.info["ops"])


def test_tracing_fades_what_has_nothing_to_do_with_it(net):
    graph, view = net.sessions.network_graph, net.find("networkView")
    click(net, "flatten")
    net.until(lambda: graph.selection.trace_path is not None)
    view.grab()
    assert item(net, "truth").opacity() < 0.5
    assert item(net, "input").opacity() == item(net, "loss").opacity() == 1.0
    net.press(Qt.Key.Key_Escape)
    net.until(lambda: graph.selection.item is None)
    view.grab()
    assert item(net, "truth").opacity() == 1.0


@pytest.mark.parametrize("overlay", ["gradient", "size", "spread", "dead", "parameters"])
def test_boxes_are_coloured_by_a_number(net, overlay):
    combo, view = net.find("overlayCombo"), net.find("networkView")
    combo.setCurrentIndex(combo.findData(overlay))
    view.grab()
    look = item(net, "hidden").style
    assert look.heat is not None
    assert look.heat_text
    gradient = net.sessions.network_graph.numbers.values["nodes"]["hidden"]["gradient"]
    if overlay == "gradient":
        assert look.heat_text == f"|g| {number_text(gradient['norm'])}"
    if overlay == "size":
        assert look.heat_text == f"rms ∇ {number_text(gradient['norm'] / gradient['count'] ** 0.5)}"
    if overlay == "parameters":
        assert look.heat_text == "100,480 weights"
        assert look.heat == 1.0


@pytest.mark.parametrize(("overlay", "unit"), [("time", "s"), ("memory", "B")])
def test_boxes_are_coloured_by_what_tensorflow_measures(net, overlay, unit):
    graph, view, combo = net.sessions.network_graph, net.find("networkView"), net.find("overlayCombo")
    combo.setCurrentIndex(combo.findData(overlay))
    if graph.numbers.is_profile_pending:
        assert "measures" in net.find("networkError").text()
    net.settle_network()
    assert not net.find("networkError").isVisible()
    view.grab()
    told = graph.numbers.profile["nodes"]
    assert item(net, "hidden").style.heat_text.endswith(unit)
    key = {"time": "seconds", "memory": "bytes"}[overlay]
    largest = max((name for name in told if item(net, name).style.heat is not None), key=lambda name: told[name][key])
    assert item(net, largest).style.heat == 1.0
    graph.toggle("hidden")
    net.settle_network()
    view.grab()
    name = next(node.id for node in graph.state.visible.nodes if node.title == "MatMul")
    assert item(net, name).style.heat_text
    graph.selection.select("node", name)
    net.until(lambda: graph.selection.details is not None)
    said = QTextDocumentFragment.fromHtml(net.find("networkDetailsBody").text()).toPlainText()
    assert "in one step of a batch it took" in said


def test_a_file_is_opened_and_a_broken_one_is_a_sentence(net, tmp_path):
    graph, source = net.sessions.network_graph, net.find("networkSource")
    path = tmp_path / "small.keras"
    save_network(build_network(run_settings(model="logistic")), path)
    graph.open(str(path))
    net.until(lambda: net.find("networkView").property("shownModel") == str(path))
    settle(net)
    assert source.currentText() == "small.keras"
    broken = tmp_path / "broken.keras"
    broken.write_bytes(path.read_bytes()[:2000])
    graph.open(str(broken))
    net.until(lambda: bool(graph.state.message))
    assert "broken.keras" in net.find("networkError").text()
    assert net.find("networkView").property("shownModel") == str(path)  # the one before stays
    source.setCurrentIndex(source.findData("cnn"))
    net.until(lambda: net.find("networkView").property("shownModel") == "cnn")
    assert not graph.state.message
    settle(net)


def test_names_are_found_once(net):
    """Lessons and tests find widgets by name: the step bar of this tab has names of its own."""
    for name in (
        "detailsTitle",
        "stepForwardButton",
        "networkStepForwardButton",
        "networkView",
        "searchEdit",
        "overlayCombo",
    ):
        assert len(net.window.findChildren(type(net.find(name)), name)) == 1


def test_the_step_stays_at_its_layer_when_groups_open_and_close(net):
    graph = net.sessions.network_graph
    graph.set_level(0)
    settle(net)
    graph.set_step(graph.state.visible.steps.index("probabilities") + 1)
    steps = len(graph.state.visible.steps)
    graph.set_level(1)  # what was passed before has many steps now
    settle(net)
    assert len(graph.state.visible.steps) > steps

    def layer():
        name = graph.state.visible.steps[graph.state.step - 1]
        return next(node.container for node in graph.state.visible.nodes if node.id == name)

    assert layer() == "probabilities"
    before = graph.state.visible.steps[: graph.state.step - 1]
    assert not before or before[-1] not in inside(graph, "probabilities")  # its first one
    graph.set_step(graph.state.step + 1)
    assert layer() == "probabilities"
    graph.toggle("probabilities")
    settle(net)
    assert graph.state.visible.steps[graph.state.step - 1] == "probabilities"
    graph.set_level(0)
    settle(net)
    assert graph.state.visible.steps[graph.state.step - 1] == "probabilities"
    graph.set_step(graph.state.total_steps)
    graph.set_level(1)
    settle(net)
    assert graph.state.step == graph.state.total_steps


def inside(graph, group):
    return {node.id for node in graph.state.visible.nodes if node.container == group}
