"""Thumbnails of the first images and feature maps, on the boxes that are on the screen."""

import numpy as np
import pytest

from explorer.core.data.dataset import load_sample
from explorer.core.network_graph.thumbnails import MAX_THUMBNAILS
from explorer.views.network_graph.thumbnails import MAX_REQUESTED, OF_GRADIENT, OF_VALUE


@pytest.fixture
def cnn(net):
    graph = net.sessions.network_graph
    graph.open("cnn")
    net.until(lambda: graph.state.source == "cnn" and not graph.state.pending_title)
    net.wait_for_network()
    return net


def numbers(ui, name, kind=OF_VALUE):
    return ui.find("networkView").thumbnails.numbers(name, kind)


def test_the_thumbnails_of_the_input_are_the_first_images(cnn):
    images = np.float32(load_sample().x_train[:MAX_THUMBNAILS]) / 255
    np.testing.assert_allclose(numbers(cnn, "input"), images, atol=0.51 / 127)


def test_feature_maps_are_the_output_of_the_op(cnn):
    """They agree with the engine's complete reply for the op at the end of the group."""
    graph = cnn.sessions.network_graph
    graph.toggle("conv_1")
    cnn.wait_for_network()
    relu = next(node.id for node in graph.state.visible.nodes if node.title == "Relu")
    graph.selection.select("node", relu)
    cnn.until(lambda: graph.selection.details is not None)
    complete = np.asarray(graph.selection.details["pictures"])[:MAX_THUMBNAILS]
    np.testing.assert_allclose(numbers(cnn, relu), complete, atol=0.51 * np.abs(complete).max() / 127)


def test_a_step_shows_its_gradient(cnn):
    graph, view = cnn.sessions.network_graph, cnn.find("networkView")
    graph.set_step(graph.state.visible.steps.index("conv_2") + 1)
    view.grab()
    cnn.until(lambda: ("conv_2", OF_GRADIENT) in view.thumbnails._received)
    assert numbers(cnn, "conv_2", OF_GRADIENT).shape == (MAX_THUMBNAILS, 11, 11)
    assert view.scene_items.box("conv_2").pictured == OF_GRADIENT
    assert view.scene_items.box("conv_1").pictured == OF_VALUE


def test_thumbnails_are_requested_for_visible_boxes_only(cnn):
    graph, view = cnn.sessions.network_graph, cnn.find("networkView")
    requested = []
    view.thumbnails.requested.connect(lambda boxes, gradients: requested.append([*boxes, *gradients]))
    graph.set_level(1)
    cnn.wait_for_network()
    view.zoom_by(5.0 / view.transform().m11())
    view.centerOn(*view.graph.layout.centres["conv_2"])
    view.thumbnails.clear()
    requested.clear()
    graph.numbers.request_values()
    cnn.until(lambda: bool(requested))
    visible = {name for name, _ in view._thumbnails_on_screen()}
    assert visible
    assert {name for names in requested for name in names} <= visible
    assert len(visible) < sum(node.has_thumbnails for node in graph.state.visible.nodes)
    assert all(len(names) <= MAX_REQUESTED for names in requested)
    requested.clear()
    view.fit()  # the others come into view
    cnn.until(lambda: bool(requested))
    assert not visible & {name for names in requested for name in names}


def test_zoomed_out_no_thumbnails_are_requested(cnn):
    view = cnn.find("networkView")
    view.zoom_by(0.1 / view.transform().m11())
    assert list(view._thumbnails_on_screen()) == []


def test_boxes_without_thumbnails_are_lower(cnn):
    items = cnn.find("networkView").scene_items
    assert items.box("conv_1").size[1] > items.box("hidden").size[1]
    assert not items.box("hidden").node.has_thumbnails
