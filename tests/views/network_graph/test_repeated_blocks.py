"""Blocks that are made alike are marked, look alike when they are open, and are opened together."""

import keras
import pytest
from PySide6.QtCore import Qt

from explorer.engine.models.keras_file import save_network

KIN = ["stage2/stage2_block2", "stage2/stage2_block3"]


@pytest.fixture
def blocks(net, tmp_path):
    """A network of three residual blocks, of which the first takes more numbers than the others."""
    images = keras.Input((28, 28))
    flow = keras.layers.Flatten(name="flatten")(images)
    for k in (1, 2, 3):
        name = f"stage2_block{k}"
        way = keras.layers.Dense(16, name=f"{name}_1_dense")(flow)
        way = keras.layers.BatchNormalization(name=f"{name}_1_bn")(way)
        way = keras.layers.ReLU(name=f"{name}_1_relu")(way)
        way = keras.layers.Dense(16, name=f"{name}_2_dense")(way)
        flow = way if k == 1 else keras.layers.Add(name=f"{name}_add")([flow, way])
    digits = keras.layers.Dense(10, activation="softmax", name="digits")(flow)
    path = tmp_path / "blocks.keras"
    save_network(keras.Model(images, digits), path)
    graph = net.sessions.network_graph
    graph.open(str(path))
    net.until(lambda: graph.state.source == str(path) and not graph.state.pending_title)
    graph.toggle("stage2")
    net.settle_network()
    yield net
    graph.selection.clear()


def test_blocks_that_are_alike_say_so(blocks):
    graph = blocks.window.sessions.network_graph
    assert [node.id for node in graph.state.visible.nodes if node.repeat_count] == KIN
    button = blocks.find("openAlikeButton")
    assert not button.isVisible()
    graph.selection.select("node", KIN[0])
    assert button.isVisible()
    assert button.text() == "Open 2 alike"
    assert "2 blocks here are made alike" in blocks.find("networkDetailsBody").text()
    graph.selection.select("node", "stage2/stage2_block1")
    assert not button.isVisible()


@pytest.mark.parametrize("how", ["button", "key"])
def test_they_open_and_close_together(blocks, how):
    graph, view = blocks.window.sessions.network_graph, blocks.find("networkView")
    graph.selection.select("node", KIN[1])
    for opened in ({"stage2", *KIN}, {"stage2"}):
        if how == "button":
            blocks.click("openAlikeButton")
        else:
            view.setFocus()
            blocks.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
        blocks.until(lambda opened=opened: set(view.property("openGroups")) == opened)
        blocks.settle_network()


def test_they_look_alike_when_they_are_open(blocks):
    graph, view = blocks.window.sessions.network_graph, blocks.find("networkView")
    graph.selection.select("node", KIN[0])
    graph.toggle_repeated_blocks()
    blocks.settle_network()
    placed = view._placed

    def layout(block):
        """Where what is in a block stands from its middle, in the order of the network."""
        (x, y) = placed.centres[block]
        inside = [node.id for node in graph.state.visible.nodes if node.container == block]
        return [(round(placed.centres[name][0] - x), round(placed.centres[name][1] - y)) for name in inside]

    # Their names have other digits, which are not all as wide.
    assert placed.sizes[KIN[0]] == pytest.approx(placed.sizes[KIN[1]], abs=4)
    assert len(layout(KIN[0])) >= 5
    for one, other in zip(layout(KIN[0]), layout(KIN[1]), strict=True):
        assert one == pytest.approx(other, abs=4)
