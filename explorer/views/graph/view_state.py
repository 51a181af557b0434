"""What is shown of a trace: which numbers at which step, and what stands out."""

from typing import Any

from explorer.core.autodiff.trace import Trace, Values
from explorer.core.autodiff.visible_steps import BACKWARD
from explorer.core.graph.op_graph import connected_nodes
from explorer.core.graph.picture import OUTPUT_ID, Picture
from explorer.views.graph.item_styles import ItemStyles, tip
from explorer.views.graph.items import BoxStyle, GraphItem, LinkStyle
from explorer.views.graph.scene_items import SceneItems
from explorer.views.graph.visible_numbers import VisibleNumbers, marks, shown_values, with_tangents

FADED = 0.3
"""Opacity of what has nothing to do with the selected node."""


class GraphViewState:
    """What the view was told to show; `remark` follows a change of trace, step, quiz or tangents.

    trace: None before the first. wrong: gradients that are wrong on purpose, shown instead of TensorFlow's. selection:
    ``("node", op)``, ``("edge", tensor)`` or None. path: (op, op, argument slot of the second) of each edge that stands
    out, all where there is none. tangents: the sign before them, and those pushed forward; None for none.
    """

    def __init__(self) -> None:
        self.trace: Trace | None = None
        self.values: Values = {}
        self.wrong: Values | None = None
        self.pass_, self.step = BACKWARD, 0
        self.quiz, self.revealed = False, 0
        self.digits = 4
        self.selection: tuple[str, str] | None = None
        self.path: tuple[tuple[str, str, int], ...] = ()
        self.tangents: tuple[str, Values] | None = None
        self.marks = VisibleNumbers()

    @property
    def numbers(self) -> Values:
        """The numbers of all tensors."""
        return self.values if self.wrong is None else {**self.values, **self.wrong}

    def begin(self) -> None:
        """Go to step 0, with nothing revealed or selected."""
        self.step, self.revealed, self.selection = 0, 0, None

    def remark(self) -> None:
        """Find which numbers are known, and which hidden."""
        if self.trace is not None:
            self.marks = marks(self.trace, self.pass_, self.step, self.quiz, self.revealed, self.tangents)

    def on_screen(self, picture: Picture) -> dict[str, Any]:
        """Return tensor name to the number that is shown, lists for vectors and matrices."""
        return shown_values(picture, self.marks, self.numbers, self.pass_, self.step)

    def tip(self, item: GraphItem | None) -> str:
        """Return all digits of what an item shows."""
        return tip(item, self.numbers, self.marks)

    def dress(self, stage: SceneItems, picture: Picture | None) -> None:
        """Give everything on the stage its looks."""
        if self.trace is None:
            looks = None
        else:
            values = with_tangents(self.numbers, self.tangents)
            looks = ItemStyles(values, self.marks, self.pass_, self.step, self.selection, self.digits)
        related = self._related(picture)
        for item in stage.boxes():
            item.setOpacity(1.0 if related is None or item.box.id in related else FADED)
            item.set_style(looks.of_box(item.box) if looks is not None else BoxStyle())
        for link in stage.links():
            near = related is None or (link.link.source in related and link.link.target in related)
            if near and self.path:
                near = (
                    link.link.source,
                    link.link.target,
                    link.link.slot,
                ) in self.path or link.link.target == OUTPUT_ID
            link.setOpacity(1.0 if near else FADED)
            link.set_style(looks.of_link(link.link) if looks is not None else LinkStyle(done=False))

    def _related(self, picture: Picture | None) -> set[str] | None:
        """Boxes that lead to the selected one or that it leads to, or on the chosen path; None where all are."""
        if self.path:
            return {OUTPUT_ID, *(name for edge in self.path for name in edge[:2])}
        if self.selection is None or self.selection[0] != "node" or picture is None:
            return None
        name = self.selection[1]
        return connected_nodes([(link.source, link.target) for link in picture.links], name) | {name}
