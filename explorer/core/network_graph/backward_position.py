"""Where one is in the backward pass when groups open and close: other boxes have other steps."""

from explorer.core.network_graph.graph import ancestry
from explorer.core.network_graph.visible_graph import VisibleGraph


def same_place(before: VisibleGraph, step: int, seen: VisibleGraph) -> int:
    """Return the step of ``seen`` that is where ``step`` was in the view before.

    The start stays the start and the end the end. In a group that has been opened the first of its ops is taken, to
    walk on through it; of an op whose group has been closed, that group.
    """
    last = len(seen.steps)
    if step == 0 or step >= len(before.steps):
        return last if step else 0
    name = before.steps[step - 1]
    if name in seen.steps:
        return seen.steps.index(name) + 1
    containers = {node.id: node.container for node in seen.nodes}
    for number, other in enumerate(seen.steps, 1):
        if name in ancestry(containers[other]):
            return number
    around = next((node.container for node in before.nodes if node.id == name), "")
    for group in reversed(ancestry(around)):
        if group in seen.steps:
            return seen.steps.index(group) + 1
    return min(step, last)
