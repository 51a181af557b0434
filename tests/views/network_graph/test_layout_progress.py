"""A layout that takes long is told, and can be given up: the picture that is there stays."""

import os
import signal

import pytest
from PySide6.QtCore import Qt

EVERYTHING = 120
"""Boxes of a cnn with its helper and backward ops: a process beside the window lays them out."""


@pytest.fixture
def slow(net):
    """The graph of a cnn whose process for layouts stands still, as one does that has much to do."""
    graph = net.sessions.network_graph
    graph.open("cnn")
    net.until(lambda: graph.state.source == "cnn" and not graph.state.pending_title)
    graph.set_helpers(True)  # closed groups show none
    graph.set_backward(True)
    net.settle_network()
    graph.layouts.warm_up()
    net.until(lambda: graph.layouts._process is not None and graph.layouts._process.processId() > 0)
    stopped = graph.layouts._process.processId()
    os.kill(stopped, signal.SIGSTOP)
    net.stopped = stopped
    yield net
    if graph.layouts._process is not None and graph.layouts._process.processId() == stopped:
        os.kill(stopped, signal.SIGCONT)


def ask_for_everything(ui):
    ui.sessions.network_graph.set_level(9)
    ui.until(lambda: ui.find("layoutStrip").isVisible())


def picture(ui):
    view = ui.find("networkView")
    return view.property("visibleNodes"), view.property("openGroups"), view.viewport().grab().toImage()


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("how", ["click", "key", "escape"])
def test_a_layout_is_given_up_and_the_picture_stays(slow, how):
    graph, view = slow.window.sessions.network_graph, slow.find("networkView")
    before = picture(slow)
    ask_for_everything(slow)
    assert len(graph.state.visible.nodes) > EVERYTHING
    assert f"{len(graph.state.visible.nodes):,} boxes" in slow.find("layoutLabel").text()
    assert picture(slow)[:2] == before[:2]  # also while it is laid out
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
    slow.settle_network()
    assert is_gone(slow.stopped)
    assert picture(slow) == before
    assert not graph.state.open_groups
    assert slow.find("helperOpsCheck").isChecked()
    assert slow.find("backwardOpsCheck").isChecked()
    graph.set_level(1)  # and the next layout works
    slow.settle_network()
    assert view.property("openGroups")


def test_a_layout_that_comes_after_all_is_taken(slow):
    graph, view = slow.window.sessions.network_graph, slow.find("networkView")
    ask_for_everything(slow)
    os.kill(slow.stopped, signal.SIGCONT)
    slow.until(lambda: set(view.property("openGroups")) == set(graph.state.open_groups))
    slow.settle_network()
    assert not slow.find("layoutStrip").isVisible()
    assert len(view.property("visibleNodes")) == graph.state.info["ops"]


@pytest.mark.slow
def test_another_network_that_is_given_up_leaves_the_one_that_is_there(slow, monkeypatch):
    graph, view = slow.window.sessions.network_graph, slow.find("networkView")
    graph.toggle("conv_1")
    slow.settle_network()
    before = picture(slow)
    monkeypatch.setattr(
        "explorer.views.network_graph.network_view.NEAR", 3
    )  # no first view has more than the window lays out itself
    graph.open("mlp")
    slow.until(lambda: slow.find("layoutStrip").isVisible())
    assert view.property("shownModel") == "cnn"
    slow.click("cancelLayoutButton")
    slow.until(lambda: graph.state.source == "cnn" and not graph.state.pending_title)
    slow.settle_network()
    assert picture(slow)[:2] == before[:2]
    assert slow.find("networkSource").currentText() == "cnn"
