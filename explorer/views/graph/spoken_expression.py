"""What screen readers say about the graph of an expression: what is painted, in words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF

from explorer.core.graph.graph_walk import ItemKey, WalkEdge
from explorer.core.graph.picture import Box, Link, Picture
from explorer.core.number_format import format_value
from explorer.session.autodiff.view_state import ExpressionViewState
from explorer.views.graph.accessible_graph import SpokenItem
from explorer.views.graph.items import BoxItem, LinkItem
from explorer.views.graph.scene_items import SceneItems
from explorer.views.graph.visible_numbers import SUM, numbers_with_tangents

HIDDEN = "?"
"""What is painted instead of a number that is asked for."""

_KINDS = {"input": "input", "constant": "constant", "output": "output", "gradient": "backward op"}
"""Words for the kinds of boxes; an op is called by its type."""


@dataclass(frozen=True)
class ShownGraph:
    """The graph on the screen: its picture, None for none, and the state."""

    picture: Picture | None
    state: ExpressionViewState


class SpokenExpression:
    """A `SpokenGraph` of the items of a scene.

    It reads the styles of the items, so that it says no number that is not painted. shown: returns what is on the
    screen, after the styles have been updated. current: returns the item that has the focus.
    """

    def __init__(
        self, items: SceneItems, shown: Callable[[], ShownGraph], current: Callable[[], ItemKey | None]
    ) -> None:
        self._items, self._shown, self._current = items, shown, current
        self._listed: tuple[Picture | None, Sequence[str], Sequence[WalkEdge]] = (None, (), ())
        self._gradient_boxes: Mapping[str, str] = {}

    def nodes(self) -> Sequence[str]:
        """Return the ids of the boxes."""
        return self._list()[1]

    def edges(self) -> Sequence[WalkEdge]:
        """Return the links."""
        return self._list()[2]

    def current(self) -> ItemKey | None:
        """Return the item that has the focus."""
        return self._current()

    def step(self) -> str:
        """Return pass and step."""
        state = self._shown().state
        return f"{state.pass_} pass, step {state.step} of {state.total_steps}" if state.trace is not None else ""

    def area(self, key: ItemKey) -> QRectF:
        """Return where an item is in the scene; of a link where its line and its number are."""
        found = self._items.find(key)
        if isinstance(found, BoxItem):
            return found.mapRectToScene(found.rect())
        return found.polygon().boundingRect().united(found.text_rect()) if found is not None else QRectF()

    def item(self, key: ItemKey) -> SpokenItem:
        """Return what is said about a box or a link."""
        shown, found = self._shown(), self._items.find(key)
        if found is None or shown.picture is None:
            return SpokenItem("")
        if isinstance(found, BoxItem):
            return self._box(found, shown.picture, shown.state)
        return self._link(found, shown.state)

    def _list(self) -> tuple[Picture | None, Sequence[str], Sequence[WalkEdge]]:
        picture = self._shown().picture
        if picture is not self._listed[0]:
            boxes = picture.boxes if picture is not None else ()
            order = {box.id: number for number, box in enumerate(boxes)}
            links = sorted(picture.links if picture is not None else (), key=lambda link: order.get(link.source, 0))
            edges = [WalkEdge(link.key, link.source, link.target) for link in links]
            self._listed = picture, list(order), edges
            self._gradient_boxes = {box.tensor: box.id for box in boxes if box.kind == "gradient" and box.tensor}
        return self._listed

    def _box(self, item: BoxItem, picture: Picture, state: ExpressionViewState) -> SpokenItem:
        box, style = item.box, item.style
        leaving = [link for link in picture.links if link.source == box.id and link.kind == "forward"]
        entering = [link for link in picture.links if link.target == box.id]
        gradient, is_new = self._gradient_of(item, leaving, state)
        parts = [
            gradient,
            f"from {self._names(link.source for link in entering)}" if entering else "",
            f"to {self._names(link.target for link in leaving)}" if leaving else "",
            "belongs to this step" if style.active else "",
            box.folded,
        ]
        value = _number(style.value, box.tensor, state)
        if box.kind == "output":
            value = self._output_value(entering, state)
        return SpokenItem(_box_name(box), value, _joined(parts), is_new=is_new or (style.active and bool(value)))

    def _output_value(self, entering: Sequence[Link], state: ExpressionViewState) -> str:
        """Return the value that arrives at the output, which is written at the op before it.

        It is "" where the output stands for the sum of what arrives, which is no tensor of the graph.
        """
        if state.trace is not None and state.trace.summed:
            return ""
        values = [self._link_value(link, state) for link in entering if link.kind == "forward"]
        return values[0] if len(values) == 1 else ""

    def _link_value(self, link: Link, state: ExpressionViewState) -> str:
        """Return the value that goes along a link, "" before the forward pass has computed it."""
        item, source = self._items.link(link.key), self._items.box(link.source)
        is_known = item is not None and item.style.done and source is not None
        return _number(source.style.value, link.tensor, state) if source is not None and is_known else ""

    def _gradient_of(self, item: BoxItem, leaving: Sequence[Link], state: ExpressionViewState) -> tuple[str, bool]:
        """Return the gradient of a box's tensor in words, and whether the step brought it."""
        style, trace = item.style, state.trace
        if style.badge and trace is not None:
            if style.badge_sign == SUM:
                total = trace.tensor_gradients.get(item.box.tensor or "")
                is_new = trace.last_step_of(item.box.tensor or "") == state.step
                return f"sum of gradients {_number(style.badge, total, state)}", is_new
            return f"{style.badge_sign} {style.badge}", False
        links = [self._items.link(link.key) for link in leaving]
        known = [link for link in links if link is not None and link.style.gradient]
        if not known:
            return self._computed_gradient(item, state)
        numbers = [_number(link.style.gradient, link.link.gradient, state) for link in known]
        text = "gradient " + " and ".join(numbers)
        missing = len(leaving) - len(known)
        text += f", {missing} more to come" if missing else ""
        return text, any(link.style.is_new for link in known)

    def _computed_gradient(self, item: BoxItem, state: ExpressionViewState) -> tuple[str, bool]:
        """Return the same where the gradient is painted at the backward op that computes it."""
        self._list()
        tensor, trace = item.box.tensor or "", state.trace
        total = trace.tensor_gradients.get(tensor, "") if trace is not None else ""
        source = self._items.box(self._gradient_boxes.get(total, ""))
        if trace is None or source is None or not source.style.value:
            return "", False
        return f"gradient {_number(source.style.value, total, state)}", trace.last_step_of(tensor) == state.step

    def _link(self, item: LinkItem, state: ExpressionViewState) -> SpokenItem:
        link, style = item.link, item.style
        value = self._link_value(link, state) if link.kind == "forward" else ""
        gradient = _number(style.gradient, link.gradient, state) if style.gradient else ""
        kinds = {"backward": "gradient", "uses": "value that a backward op uses"}
        parts = [
            f"gradient {gradient}" if gradient else "",
            "new in this step" if style.is_new else "",
            f"argument {link.slot + 1}",
        ]
        name = f"{kinds.get(link.kind, 'edge')} from {self._names([link.source])} to {self._names([link.target])}"
        return SpokenItem(name, value, _joined(parts), is_new=style.is_new)

    def _names(self, boxes: Iterable[str]) -> str:
        items = [self._items.box(name) for name in boxes]
        return " and ".join(_short_name(item.box) for item in items if item is not None)


def _box_name(box: Box) -> str:
    """Return symbol and TensorFlow's name of a box: ``sin, op Sin``."""
    kind = _KINDS.get(box.kind, "op")
    if box.kind in ("input", "constant", "output"):
        return f"{kind} {box.symbol}"
    return f"{box.symbol}, {kind} {box.name}"


def _short_name(box: Box) -> str:
    return box.symbol if box.kind in ("input", "constant", "output") else box.name or box.symbol


def _number(painted: str, tensor: str | None, state: ExpressionViewState) -> str:
    """Return a number with all digits of the setting: a box without room paints fewer."""
    if not painted or painted == HIDDEN:
        return "hidden" if painted else ""
    numbers = numbers_with_tangents(state)
    return format_value(numbers[tensor], state.digits) if tensor is not None and tensor in numbers else painted


def _joined(parts: Iterable[str]) -> str:
    return "; ".join(part for part in parts if part)
