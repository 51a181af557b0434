"""How each box and link looks at a step: texts and states, from values and marks."""

from dataclasses import dataclass

from explorer.core.autodiff.trace import Values
from explorer.core.autodiff.visible_steps import BACKWARD
from explorer.core.graph.picture import Box, Link
from explorer.core.graph.placement import max_value_length
from explorer.core.number_format import format_value, format_value_full
from explorer.views.graph.items import BoxItem, BoxStyle, GraphItem, LinkItem, LinkStyle
from explorer.views.graph.visible_numbers import VisibleNumbers


@dataclass(frozen=True)
class ItemStyles:
    """Where we are, and what is known there."""

    values: Values
    marks: VisibleNumbers
    pass_: str
    step: int
    selection: tuple[str, str] | None
    digits: int

    def of_box(self, box: Box) -> BoxStyle:
        """Return how a box looks."""
        marks, backward = self.marks, self.pass_ == BACKWARD
        selected, hidden = self.selection == ("node", box.id), marks.hides_value(box)
        if box.kind == "gradient":
            done = backward and box.tensor in marks.known
            active = done and box.step == self.step and self.step > 0
            return BoxStyle(self._text(box.tensor, hidden) if done else "", "", active, done, selected)
        value = self._text(box.tensor, hidden) if box.tensor in marks.known else ""
        total = self._text(marks.sums.get(box.tensor or ""), box.tensor in marks.blank_sums)
        return BoxStyle(value, total, box.id in marks.active, backward, selected, marks.sign)

    def of_link(self, link: Link) -> LinkStyle:
        """Return how a link looks."""
        backward = self.pass_ == BACKWARD
        selected = self.selection == ("edge", link.tensor)
        if link.kind != "forward":
            done = backward and f"{link.target}:0" in self.marks.known
            return LinkStyle("", done and link.step == self.step, done, selected)
        arrived = backward and link.gradient is not None and link.step <= self.step
        gradient = self._text(link.gradient, self.marks.hides_gradient(link)) if arrived else ""
        return LinkStyle(gradient, arrived and link.step == self.step, link.tensor in self.marks.known, selected)

    def _text(self, tensor: str | None, hidden: bool) -> str:
        if tensor is None or tensor not in self.values:
            return ""
        return "?" if hidden else format_value(self.values[tensor], self.digits, max_value_length(self.values[tensor]))


def tip(item: GraphItem | None, values: Values, marks: VisibleNumbers) -> str:
    """Return all digits of what an item shows, a line for each tensor."""
    tensors: list[tuple[str, str | None]] = []
    if isinstance(item, BoxItem):
        box = item.box
        tensors = [("", box.tensor if box.tensor in marks.known and not marks.hides_value(box) else None)]
        total = marks.sums.get(box.tensor or "") if box.tensor not in marks.blank_sums else None
        tensors.append(("sum of gradients: ", total))
    elif isinstance(item, LinkItem):
        link, style = item.link, item.style
        tensors = [("", link.tensor if style.done and link.tensor not in marks.hidden else None)]
        tensors.append(("gradient: ", link.gradient if style.gradient and not marks.hides_gradient(link) else None))
    return "\n".join(
        f"{head}{tensor} = {format_value_full(values[tensor])}"
        for head, tensor in tensors
        if tensor is not None and tensor in values
    )
