"""Every control of the tab works for networks of all kinds, with loops, several inputs, and sequences of any length."""

import pytest

from explorer.session.network_graph.state import OVERLAYS
from tests.engine.models import people

SLOW = ("words", "any_length", "unrolled", "transformer", "two_inputs", "two_outputs", "shared", "nested", "stateful")


@pytest.mark.parametrize("name", ["lstm", *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
def test_every_control_works(net, tmp_path, name):
    graph, view, combo = net.sessions.network_graph, net.find("networkView"), net.find("overlayCombo")
    path = people.save(getattr(people, name)(), tmp_path)
    graph.open(str(path))
    net.until(lambda: view.property("shownModel") == str(path))
    net.wait_for_network()

    def check():
        net.wait_for_network()
        view.grab()
        assert not graph.state.message
        assert not net.find("networkError").isVisible()

    for level in range(1, graph.state.info["levels"] + 1):
        graph.set_level(level)
        check()
    graph.set_helpers(True)
    graph.set_backward(True)
    check()
    for overlay in OVERLAYS:
        combo.setCurrentIndex(combo.findData(overlay))
        check()
    assert graph.numbers.profile["total"]["seconds"] > 0
    nodes = [node for node in graph.state.visible.nodes if node.kind in ("op", "helper", "backward")]
    loops = [node for node in nodes if "While" in node.title]
    for node in [*nodes[:: max(1, len(nodes) // 6)], *loops]:
        graph.selection.clear()
        graph.selection.select("node", node.id)
        net.until(lambda: graph.selection.details is not None and graph.selection.trace_path is not None)
        check()
    graph.set_helpers(False)
    graph.set_backward(False)
    graph.set_level(0)
    check()
    for step in range(1, graph.state.total_steps + 1):
        graph.set_step(step)
    check()
    graph.set_step(0)
