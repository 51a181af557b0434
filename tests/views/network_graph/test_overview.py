"""From far away boxes that look alike are painted at once: each box once, in the look that is its own."""

from types import SimpleNamespace

import numpy as np
import pytest

from explorer.views.network_graph.overview import HEATS, Overview

KINDS = ("op", "group", "open", "backward", "helper", "entry", "exit")


def look(node, shares, step):
    if node.kind in ("entry", "exit"):
        return None
    if node.id in shares:
        return "heat", round(HEATS * min(max(shares[node.id], 0.0), 1.0))
    return ("reached" if node.kind != "open" and 0 < node.step <= step else node.kind), 0


@pytest.mark.parametrize("coloured", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("step", [0, 3])
def test_each_box_is_painted_once_in_its_look(qapp, coloured, step):
    random = np.random.default_rng(7)
    nodes = [
        SimpleNamespace(id=f"n{k}", kind=KINDS[random.integers(len(KINDS))], step=int(random.integers(6)))
        for k in range(500)
    ]
    shares = {node.id: random.uniform(-0.2, 1.2) for node in nodes if random.random() < coloured}
    crowd = SimpleNamespace(
        nodes=nodes, kinds=np.array([node.kind for node in nodes]), steps=np.array([node.step for node in nodes])
    )
    overview = Overview()
    overview.set_looks(shares, step)
    found = {k: kind for kind, numbers in overview._alike(crowd).items() for k in numbers.tolist()}
    assert found == {k: look(node, shares, step) for k, node in enumerate(nodes) if look(node, shares, step)}
    assert sum(len(numbers) for numbers in overview._alike(crowd).values()) == len(found)
