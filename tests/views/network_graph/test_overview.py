"""Zoomed out, boxes that look the same are painted in one call, and each box once."""

from types import SimpleNamespace

import numpy as np
import pytest

from explorer.views.network_graph.overview import HEAT_LEVELS, Overview

KINDS = ("op", "group", "open", "backward", "helper", "entry", "exit")


def expected_look(node, heats, step):
    """Return how a box must be painted; None for a port."""
    if node.kind in ("entry", "exit"):
        return None
    if node.id in heats:
        return "heat", round(HEAT_LEVELS * min(max(heats[node.id], 0.0), 1.0))
    return ("reached" if node.kind != "open" and 0 < node.step <= step else node.kind), 0


@pytest.mark.parametrize("coloured", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("step", [0, 3])
def test_each_box_is_painted_once_as_it_must_look(qapp, coloured, step):
    random = np.random.default_rng(7)
    nodes = [
        SimpleNamespace(id=f"n{k}", kind=KINDS[random.integers(len(KINDS))], step=int(random.integers(6)))
        for k in range(500)
    ]
    heats = {node.id: random.uniform(-0.2, 1.2) for node in nodes if random.random() < coloured}
    index = SimpleNamespace(
        nodes=nodes, kinds=np.array([node.kind for node in nodes]), steps=np.array([node.step for node in nodes])
    )
    overview = Overview()
    overview.set_heats(heats, step)
    groups = overview._group_boxes(index)
    found = {k: look for look, numbers in groups.items() for k in numbers.tolist()}
    expected = {k: expected_look(node, heats, step) for k, node in enumerate(nodes)}
    assert found == {k: look for k, look in expected.items() if look is not None}
    assert sum(len(numbers) for numbers in groups.values()) == len(found)
