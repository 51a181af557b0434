"""Repeated blocks are marked, laid out the same and opened together."""

import keras
import pytest
from PySide6.QtCore import Qt

from explorer.engine.models.keras_file import save_network

BLOCKS = ["stage2/stage2_block2", "stage2/stage2_block3"]


@pytest.fixture
def residual(net, tmp_path):
    """A network of three residual blocks; the input of the first is larger than that of the others."""
    images = keras.Input((28, 28))
    flow = keras.layers.Flatten(name="flatten")(images)
    for k in (1, 2, 3):
        name = f"stage2_block{k}"
        branch = keras.layers.Dense(16, name=f"{name}_1_dense")(flow)
        branch = keras.layers.BatchNormalization(name=f"{name}_1_bn")(branch)
        branch = keras.layers.ReLU(name=f"{name}_1_relu")(branch)
        branch = keras.layers.Dense(16, name=f"{name}_2_dense")(branch)
        flow = branch if k == 1 else keras.layers.Add(name=f"{name}_add")([flow, branch])
    digits = keras.layers.Dense(10, activation="softmax", name="digits")(flow)
    path = tmp_path / "blocks.keras"
    save_network(keras.Model(images, digits), path)
    graph = net.sessions.network_graph
    graph.open(str(path))
    net.until(lambda: graph.state.source == str(path) and not graph.state.pending_title)
    graph.toggle("stage2")
    net.wait_for_network()
    yield net
    graph.selection.clear()


def test_repeated_blocks_are_marked(residual):
    graph = residual.sessions.network_graph
    assert [node.id for node in graph.state.visible.nodes if node.repeat_count] == BLOCKS
    button = residual.find("openAlikeButton")
    assert not button.isVisible()
    graph.selection.select("node", BLOCKS[0])
    assert button.isVisible()
    assert button.text() == "Open 2 alike"
    assert "2 blocks here are made alike" in residual.find("networkDetailsBody").text()
    graph.selection.select("node", "stage2/stage2_block1")
    assert not button.isVisible()


@pytest.mark.parametrize("how", ["button", "key"])
def test_repeated_blocks_open_and_close_together(residual, how):
    graph, view = residual.sessions.network_graph, residual.find("networkView")
    graph.selection.select("node", BLOCKS[1])
    for open_groups in ({"stage2", *BLOCKS}, {"stage2"}):
        if how == "button":
            residual.click("openAlikeButton")
        else:
            view.setFocus()
            residual.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
        residual.until(lambda open_groups=open_groups: set(view.property("openGroups")) == open_groups)
        residual.wait_for_network()


def test_open_repeated_blocks_have_the_same_layout(residual):
    graph, view = residual.sessions.network_graph, residual.find("networkView")
    graph.selection.select("node", BLOCKS[0])
    graph.toggle_repeated_blocks()
    residual.wait_for_network()
    layout = view.graph.layout

    def offsets(block):
        """Return the offsets of the ops from the centre of their block, in the order of the network."""
        (x, y) = layout.centres[block]
        inside = [node.id for node in graph.state.visible.nodes if node.container == block]
        return [(round(layout.centres[name][0] - x), round(layout.centres[name][1] - y)) for name in inside]

    # The digits in their names are not all equally wide.
    assert layout.sizes[BLOCKS[0]] == pytest.approx(layout.sizes[BLOCKS[1]], abs=4)
    assert len(offsets(BLOCKS[0])) >= 5
    for one, other in zip(offsets(BLOCKS[0]), offsets(BLOCKS[1]), strict=True):
        assert one == pytest.approx(other, abs=4)
