"""A slow layout is reported and can be cancelled; the graph on the screen stays."""

import os
import signal

import pytest
from PySide6.QtCore import Qt

ALL_BOXES = 120
"""Number that the boxes of a cnn with its helper and backward ops exceed: the layout process lays them out."""


@pytest.fixture
def slow(net):
    """The graph of a cnn, with a layout process that has been stopped, like one that is busy."""
    graph = net.sessions.network_graph
    graph.open("cnn")
    net.until(lambda: graph.state.source == "cnn" and not graph.state.pending_title)
    graph.set_helpers(True)  # closed groups show none
    graph.set_backward(True)
    net.wait_for_network()
    graph.layouts.warm_up()
    net.until(lambda: graph.layouts._process is not None and graph.layouts._process.processId() > 0)
    stopped = graph.layouts._process.processId()
    os.kill(stopped, signal.SIGSTOP)
    net.stopped = stopped
    yield net
    if graph.layouts._process is not None and graph.layouts._process.processId() == stopped:
        os.kill(stopped, signal.SIGCONT)


def open_all_groups(ui):
    ui.sessions.network_graph.set_level(9)
    ui.until(lambda: ui.find("layoutStrip").isVisible())


def picture(ui):
    view = ui.find("networkView")
    return view.property("visibleNodes"), view.property("openGroups"), view.viewport().grab().toImage()


def has_ended(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("how", ["click", "key", "escape"])
def test_a_cancelled_layout_leaves_the_picture(slow, how):
    graph, view = slow.sessions.network_graph, slow.find("networkView")
    before = picture(slow)
    open_all_groups(slow)
    boxes = len(graph.state.visible.nodes)
    assert boxes > ALL_BOXES
    assert f"{boxes:,} boxes" in slow.find("layoutLabel").text()
    assert picture(slow)[:2] == before[:2]  # also while the layout is in progress
    button = slow.find("cancelLayoutButton")
    if how == "click":
        slow.click("cancelLayoutButton")
    elif how == "key":
        button.setFocus()
        slow.press(Qt.Key.Key_Space)
    else:
        view.setFocus()
        slow.press(Qt.Key.Key_Escape)
    assert not slow.find("layoutStrip").isVisible()
    slow.wait_for_network()
    assert has_ended(slow.stopped)
    assert picture(slow) == before
    assert not graph.state.open_groups
    assert slow.find("helperOpsCheck").isChecked()
    assert slow.find("backwardOpsCheck").isChecked()
    graph.set_level(1)  # the next layout works
    slow.wait_for_network()
    assert view.property("openGroups")


def test_a_layout_that_is_not_cancelled_is_shown(slow):
    graph, view = slow.sessions.network_graph, slow.find("networkView")
    open_all_groups(slow)
    os.kill(slow.stopped, signal.SIGCONT)
    slow.until(lambda: set(view.property("openGroups")) == graph.state.open_groups)
    slow.wait_for_network()
    assert not slow.find("layoutStrip").isVisible()
    assert len(view.property("visibleNodes")) == graph.state.info["ops"]


@pytest.mark.slow
def test_cancelling_another_network_returns_to_the_one_on_the_screen(slow, monkeypatch):
    graph, view = slow.sessions.network_graph, slow.find("networkView")
    graph.toggle("conv_1")
    slow.wait_for_network()
    before = picture(slow)
    # The first view of any network is so small that the window would lay it out itself.
    monkeypatch.setattr("explorer.views.network_graph.layout_pipeline.MAX_LOCAL_LAYOUT", 3)
    graph.open("mlp")
    slow.until(lambda: slow.find("layoutStrip").isVisible())
    assert view.property("shownModel") == "cnn"
    slow.click("cancelLayoutButton")
    slow.until(lambda: graph.state.source == "cnn" and not graph.state.pending_title)
    slow.wait_for_network()
    assert picture(slow)[:2] == before[:2]
    assert slow.find("networkSource").currentText() == "cnn"
