"""Pictures on the boxes of a network's graph: the first images and feature maps, only of what is on the screen."""

import numpy as np
import pytest

from explorer.core.data.dataset import load_sample
from explorer.core.network_graph.thumbnails import MAX_THUMBNAILS, decode_thumbnails
from explorer.views.network_graph.thumbnails import A_TIME, OF_GRADIENT, OF_VALUE


@pytest.fixture
def cnn(net):
    graph = net.sessions.network_graph
    graph.open("cnn")
    net.until(lambda: graph.state.source == "cnn" and not graph.state.pending_title)
    net.settle_network()
    return net


def told(ui, name, what=OF_VALUE):
    _, small, limit = ui.find("networkView").thumbs._told[name, what]
    return decode_thumbnails(small, limit)


def test_the_input_is_seen_as_the_first_images(cnn):
    images = np.float32(load_sample().x_train[:MAX_THUMBNAILS]) / 255
    np.testing.assert_allclose(told(cnn, "input"), images, atol=0.51 / 127)


def test_feature_maps_are_those_that_the_op_gives(cnn):
    """The engine's whole answer for the op at the end of the group says the same."""
    graph = cnn.window.sessions.network_graph
    graph.toggle("conv_1")
    cnn.settle_network()
    relu = next(node.id for node in graph.state.visible.nodes if node.title == "Relu")
    graph.selection.select("node", relu)
    cnn.until(lambda: graph.selection.details is not None)
    whole = np.asarray(graph.selection.details["pictures"])[:MAX_THUMBNAILS]
    np.testing.assert_allclose(told(cnn, relu), whole, atol=0.51 * np.abs(whole).max() / 127)


def test_the_step_brings_the_picture_of_its_gradient(cnn):
    graph, view = cnn.window.sessions.network_graph, cnn.find("networkView")
    graph.set_step(graph.state.visible.steps.index("conv_2") + 1)
    view.grab()
    cnn.until(lambda: ("conv_2", OF_GRADIENT) in view.thumbs._told)
    assert told(cnn, "conv_2", OF_GRADIENT).shape == (MAX_THUMBNAILS, 11, 11)
    assert view._stage._boxes["conv_2"].pictured == OF_GRADIENT
    assert view._stage._boxes["conv_1"].pictured == OF_VALUE


def test_only_what_is_on_the_screen_is_asked_for(cnn):
    graph, view = cnn.window.sessions.network_graph, cnn.find("networkView")
    asked = []
    view.thumbs.asked.connect(lambda boxes, gradients: asked.append([*boxes, *gradients]))
    graph.set_level(1)
    cnn.settle_network()
    view.zoom_by(5.0 / view.transform().m11())
    view.centerOn(*view._placed.centres["conv_2"])
    view.thumbs.clear()
    asked.clear()
    graph.numbers.request_values()
    cnn.until(lambda: bool(asked))
    seen = {name for name, _ in view._pictures_on_screen()}
    assert seen
    assert {name for names in asked for name in names} <= seen
    assert len(seen) < sum(node.has_thumbnails for node in graph.state.visible.nodes)
    assert all(len(names) <= A_TIME for names in asked)
    asked.clear()
    view.fit()  # the others come into view
    cnn.until(lambda: bool(asked))
    assert not seen & {name for names in asked for name in names}


def test_from_afar_nothing_is_asked_for(cnn):
    view = cnn.find("networkView")
    view.zoom_by(0.1 / view.transform().m11())
    assert list(view._pictures_on_screen()) == []


def test_boxes_without_pictures_have_no_room_for_them(cnn):
    boxes = cnn.find("networkView")._stage._boxes
    assert boxes["conv_1"].size[1] > boxes["hidden"].size[1]
    assert not boxes["hidden"].box.has_thumbnails
