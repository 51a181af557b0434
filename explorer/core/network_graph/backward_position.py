"""The position in the backward pass when groups open or close, and other boxes have steps."""

from explorer.core.network_graph.graph import ancestry
from explorer.core.network_graph.visible_graph import VisibleGraph


def matching_step(before: VisibleGraph, step: int, visible: VisibleGraph) -> int:
    """Return the step of ``visible`` at the position of ``step`` in ``before``.

    The start and the end stay the start and the end. If the box of the step has been opened, its first op is taken; if
    a group around it has been closed, that group.
    """
    last = len(visible.steps)
    if step == 0 or step >= len(before.steps):
        return last if step else 0
    name = before.steps[step - 1]
    if name in visible.steps:
        return visible.steps.index(name) + 1
    containers = {node.id: node.container for node in visible.nodes}
    for number, box in enumerate(visible.steps, 1):
        if name in ancestry(containers[box]):
            return number
    container = next((node.container for node in before.nodes if node.id == name), "")
    for group in reversed(ancestry(container)):
        if group in visible.steps:
            return visible.steps.index(group) + 1
    return min(step, last)
