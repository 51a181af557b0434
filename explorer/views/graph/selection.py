"""Which boxes and links stand out because of the selected op or the highlighted path."""

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.core.graph.op_graph import connected_nodes
from explorer.core.graph.picture import OUTPUT_ID, Link, Picture
from explorer.session.autodiff.view_state import Selection

PathEdge = tuple[str, str, int]
"""(op, op, argument slot of the second)."""

FADED_OPACITY = 0.3
"""Opacity of everything that does not stand out."""


@dataclass(frozen=True)
class Emphasis:
    """What stands out: ``boxes``, None for all of them, and of the links between them those of ``path``, if any."""

    boxes: frozenset[str] | None = None
    path: frozenset[PathEdge] = frozenset()

    def of_box(self, name: str) -> float:
        """Return the opacity of a box."""
        return 1.0 if self.boxes is None or name in self.boxes else FADED_OPACITY

    def of_link(self, link: Link) -> float:
        """Return the opacity of a link."""
        is_between = self.boxes is None or (link.source in self.boxes and link.target in self.boxes)
        is_on_path = not self.path or (link.source, link.target, link.slot) in self.path or link.target == OUTPUT_ID
        return 1.0 if is_between and is_on_path else FADED_OPACITY


def emphasis(picture: Picture, selection: Selection | None, path: Sequence[PathEdge]) -> Emphasis:
    """Return the boxes and links of the path, else the selected op with its ancestors and descendants, else all."""
    if path:
        return Emphasis(frozenset({OUTPUT_ID, *(name for edge in path for name in edge[:2])}), frozenset(path))
    if selection is None or selection[0] != "node":
        return Emphasis()
    name = selection[1]
    return Emphasis(frozenset(connected_nodes([(link.source, link.target) for link in picture.links], name) | {name}))
