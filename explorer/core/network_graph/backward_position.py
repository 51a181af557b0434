"""Where one is in the backward pass when groups open and close: other boxes have other steps."""

from explorer.core.network_graph.graph import ancestry
from explorer.core.network_graph.visible_graph import VisibleGraph


def matching_step(before: VisibleGraph, step: int, visible: VisibleGraph) -> int:
    """Return the step of ``visible`` that is where ``step`` was in the view before.

    The start stays the start and the end the end. In a group that has been opened the first of its ops is taken, to
    walk on through it; of an op whose group has been closed, that group.
    """
    last = len(visible.steps)
    if step == 0 or step >= len(before.steps):
        return last if step else 0
    name = before.steps[step - 1]
    if name in visible.steps:
        return visible.steps.index(name) + 1
    containers = {node.id: node.container for node in visible.nodes}
    for number, other in enumerate(visible.steps, 1):
        if name in ancestry(containers[other]):
            return number
    around = next((node.container for node in before.nodes if node.id == name), "")
    for group in reversed(ancestry(around)):
        if group in visible.steps:
            return visible.steps.index(group) + 1
    return min(step, last)
