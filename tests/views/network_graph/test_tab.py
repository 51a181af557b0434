"""The tab "Network", driven like by a user."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtTest import QTest

from explorer.core.data.dataset import load_sample
from explorer.core.training.settings import run_settings
from explorer.engine.models.build import build_network
from explorer.engine.models.keras_file import save_network
from explorer.views.network_graph.item_text import number_text


def item(ui, name):
    return ui.find("networkView").scene_items.box(name)


def click(ui, name, point=None, double=False):
    """Click on a box, at a point in its coordinates, or at its centre."""
    view, click_at = ui.find("networkView"), QTest.mouseDClick if double else QTest.mouseClick
    position = view.mapFromScene(item(ui, name).mapToScene(point or QPointF(0, 0)))
    click_at(view.viewport(), Qt.MouseButton.LeftButton, pos=position)


def details(ui):
    """Return the text of the details strip without its markup."""
    return QTextDocumentFragment.fromHtml(ui.find("networkDetailsBody").text()).toPlainText()


def inside(graph, group):
    return {node.id for node in graph.state.visible.nodes if node.container == group}


def test_the_groups_are_the_layers(net):
    view = net.find("networkView")
    assert view.property("shownModel") == "mlp"
    assert view.property("visibleNodes") == ["input", "truth", "flatten", "hidden", "probabilities", "loss"]
    assert view.property("openGroups") == []
    assert view.property("shownStep") == 0


def test_inputs_of_the_softmax_are_called_logits(net):
    graph, view = net.sessions.network_graph, net.find("networkView")
    view.grab()
    assert graph.numbers.values["nodes"]["probabilities"]["value"]["min"] < 0  # these are no probabilities
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
    net.wait_for_network()
    types = {node.title for node in net.sessions.network_graph.state.visible.nodes if node.container == "hidden"}
    assert {"MatMul", "BiasAdd", "Relu"} <= types
    click(net, "hidden", item(net, "hidden").sign_rect().center())
    net.until(lambda: view.property("openGroups") == [])


def test_groups_open_by_double_click_enter_and_level(net):
    view = net.find("networkView")
    click(net, "flatten", double=True)
    net.until(lambda: view.property("openGroups") == ["flatten"])
    net.wait_for_network()
    click(net, "probabilities")
    net.until(lambda: net.sessions.network_graph.selection.item == ("node", "probabilities"))
    view.setFocus()
    net.press(Qt.Key.Key_Return)
    net.until(lambda: set(view.property("openGroups")) == {"flatten", "probabilities"})
    net.wait_for_network()
    net.click("openLevelButton")
    net.wait_for_network()
    assert net.sessions.network_graph.state.open_groups == {
        g["id"] for g in net.sessions.network_graph.state.info["groups"]
    }
    net.click("closeLevelButton")
    net.until(lambda: view.property("openGroups") == [])


def test_boxes_move_to_their_places_when_a_group_opens(net):
    view = net.find("networkView")
    view.setAnimated(True)
    try:
        before, progress = item(net, "loss").pos(), []
        view.transition.progressed.connect(progress.append)
        net.sessions.network_graph.toggle("hidden")
        net.until(lambda: view.property("openGroups") == ["hidden"] and not view.isMoving)
        view.transition.progressed.disconnect(progress.append)
        assert progress[-1] == 1.0
        layout = view.graph.layout
        for name in ("loss", "hidden"):
            assert (item(net, name).x(), item(net, name).y()) == pytest.approx(layout.centres[name])
        assert item(net, "hidden").size == pytest.approx(layout.sizes["hidden"])
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
    styles = {edge.edge.key: edge.style for edge in view.scene_items.links()}
    assert styles["hidden probabilities forward"].gradient
    assert styles["hidden probabilities forward"].is_new
    assert not styles["flatten hidden forward"].gradient  # a later step shows this gradient
    graph.set_level(1)
    net.wait_for_network()
    assert len(graph.state.visible.steps) > 5
    net.click("networkStepLastButton")
    assert view.property("shownStep") == graph.state.total_steps
    net.press(Qt.Key.Key_PageUp)
    assert view.property("shownStep") == graph.state.total_steps - 1
    net.click("networkStepFirstButton")
    assert view.property("shownStep") == 0


def test_statistics_of_an_edge_agree_with_numpy(net):
    values = net.sessions.network_graph.numbers.values
    images = np.float32(load_sample().x_train[:32]) / 255
    statistics = values["edges"]["input flatten forward"]["value"]
    assert statistics["mean"] == pytest.approx(images.mean(dtype=np.float64), rel=1e-6)
    assert statistics["norm"] == pytest.approx(np.linalg.norm(images.astype(np.float64)), rel=1e-6)
    assert statistics["zeros"] == pytest.approx(np.mean(images == 0))
    assert 1.5 < values["loss"] < 4  # ten classes and random weights


def test_a_hit_in_a_closed_group_is_opened_and_selected(net):
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
    assert 'href="term:relu"' in net.find("networkDetailsBody").text()  # a term of the glossary
    text = details(net)
    assert "Relu on" in text
    assert "32×128 float32" in text
    assert 0 < text.index("value: mean") < text.index("gradient, gradients/")
    assert net.find("breadcrumbLabel").text().count("›") == 2
    search.clear()


def test_a_search_without_a_hit_shows_a_message(net):
    graph, search = net.sessions.network_graph, net.find("searchEdit")
    search.setFocus()
    search.setText("zebra")
    net.until(lambda: graph.search.query == "zebra")
    net.until(lambda: "zebra" in (search.hits.item(0).text() if search.hits.count() else ""))
    search.clear()


def test_a_backward_op_shows_its_forward_op_and_its_gradient_function(net):
    graph = net.sessions.network_graph
    graph.set_backward(True)
    graph.toggle("hidden")
    net.wait_for_network()
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


def test_helper_ops_are_counted_and_can_be_shown(net):
    graph = net.sessions.network_graph
    check = net.find("helperOpsCheck")
    hidden = sum(graph.state.visible.hidden.values())
    assert check.text() == f"Helper ops ({hidden})"
    graph.set_level(9)
    check.setChecked(True)
    net.wait_for_network()
    net.find("backwardOpsCheck").setChecked(True)
    net.until(lambda: len(net.find("networkView").property("visibleNodes")) == graph.state.info["ops"])


def test_boxes_on_no_path_through_the_selected_one_fade(net):
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
    style = item(net, "hidden").style
    assert style.heat is not None
    assert style.heat_text
    gradient = net.sessions.network_graph.numbers.values["nodes"]["hidden"]["gradient"]
    if overlay == "gradient":
        assert style.heat_text == f"|g| {number_text(gradient['norm'])}"
    if overlay == "size":
        assert style.heat_text == f"rms ∇ {number_text(gradient['norm'] / gradient['count'] ** 0.5)}"
    if overlay == "parameters":
        assert style.heat_text == "100,480 weights"
        assert style.heat == 1.0


@pytest.mark.parametrize(("overlay", "unit"), [("time", "s"), ("memory", "B")])
def test_boxes_are_coloured_by_the_profile(net, overlay, unit):
    graph, view, combo = net.sessions.network_graph, net.find("networkView"), net.find("overlayCombo")
    combo.setCurrentIndex(combo.findData(overlay))
    if graph.numbers.is_profile_pending:
        assert "measures" in net.find("networkError").text()
    net.wait_for_network()
    assert not net.find("networkError").isVisible()
    view.grab()
    profile = graph.numbers.profile["nodes"]
    assert item(net, "hidden").style.heat_text.endswith(unit)
    key = {"time": "seconds", "memory": "bytes"}[overlay]
    largest = max(
        (name for name in profile if item(net, name).style.heat is not None), key=lambda name: profile[name][key]
    )
    assert item(net, largest).style.heat == 1.0
    graph.toggle("hidden")
    net.wait_for_network()
    view.grab()
    name = next(node.id for node in graph.state.visible.nodes if node.title == "MatMul")
    assert item(net, name).style.heat_text
    graph.selection.select("node", name)
    net.until(lambda: graph.selection.details is not None)
    assert "in one step of a batch it took" in details(net)


def test_a_file_is_opened_and_a_broken_one_is_reported(net, tmp_path):
    graph, source = net.sessions.network_graph, net.find("networkSource")
    path = tmp_path / "small.keras"
    save_network(build_network(run_settings(model="logistic")), path)
    graph.open(str(path))
    net.until(lambda: net.find("networkView").property("shownModel") == str(path))
    net.wait_for_network()
    assert source.currentText() == "small.keras"
    broken = tmp_path / "broken.keras"
    broken.write_bytes(path.read_bytes()[:2000])
    graph.open(str(broken))
    net.until(lambda: bool(graph.state.message))
    assert "broken.keras" in net.find("networkError").text()
    assert net.find("networkView").property("shownModel") == str(path)  # the former graph stays
    source.setCurrentIndex(source.findData("cnn"))
    net.until(lambda: net.find("networkView").property("shownModel") == "cnn")
    assert not graph.state.message
    net.wait_for_network()


def test_object_names_are_unique(net):
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


def test_the_step_stays_in_its_layer_when_groups_open_and_close(net):
    graph = net.sessions.network_graph
    graph.set_level(0)
    net.wait_for_network()
    graph.set_step(graph.state.visible.steps.index("probabilities") + 1)
    steps = len(graph.state.visible.steps)
    graph.set_level(1)  # the layers before it have many steps now
    net.wait_for_network()
    assert len(graph.state.visible.steps) > steps

    def layer():
        name = graph.state.visible.steps[graph.state.step - 1]
        return next(node.container for node in graph.state.visible.nodes if node.id == name)

    assert layer() == "probabilities"
    before = graph.state.visible.steps[: graph.state.step - 1]
    assert not before or before[-1] not in inside(graph, "probabilities")  # this is its first step
    graph.set_step(graph.state.step + 1)
    assert layer() == "probabilities"
    graph.toggle("probabilities")
    net.wait_for_network()
    assert graph.state.visible.steps[graph.state.step - 1] == "probabilities"
    graph.set_level(0)
    net.wait_for_network()
    assert graph.state.visible.steps[graph.state.step - 1] == "probabilities"
    graph.set_step(graph.state.total_steps)
    graph.set_level(1)
    net.wait_for_network()
    assert graph.state.step == graph.state.total_steps
