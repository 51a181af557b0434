"""The styles of boxes and links, from the view state and the visible numbers."""

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from explorer.core.autodiff.odd_values import MARK, odd_kind
from explorer.core.autodiff.trace import Values
from explorer.core.autodiff.visible_steps import BACKWARD
from explorer.core.graph.picture import Picture
from explorer.core.graph.value_text import ValueText, value_text
from explorer.core.number_format import format_power, format_value, format_value_full
from explorer.session.autodiff.view_state import ExpressionViewState, Selection
from explorer.views.graph.items import BoxItem, BoxStyle, GraphItem, LinkItem, LinkStyle
from explorer.views.graph.scene_items import SceneItems
from explorer.views.graph.selection import emphasis
from explorer.views.graph.visible_numbers import VisibleNumbers, numbers_with_tangents

MAX_BADGE_LENGTH = 22
"""Characters of an array on the lower edge of a box; a larger one is given by its shape."""

MIN_DIGITS = 3
"""Significant digits of a number at least, so that it can be recognized as that of the panel."""

_ShownValue: TypeAlias = tuple[str, ValueText | None, bool]
"""The text of a value, how it is painted if that takes more than a line, and whether it is NaN, infinite or lost."""

_NOTHING: _ShownValue = ("", None, False)


@dataclass(frozen=True)
class ItemStyles:
    """Computes styles.

    values: number by tensor, tangents included. numbers: which of them are visible. different: the float64 values that
    differ, by tensor.
    """

    values: Values
    numbers: VisibleNumbers
    pass_: str
    step: int
    selection: Selection | None
    digits: int
    different: Values = field(default_factory=dict)

    def of_box(self, item: BoxItem) -> BoxStyle:
        """Return the style of a box."""
        box, numbers, is_backward = item.box, self.numbers, self.pass_ == BACKWARD
        is_selected, is_hidden = self.selection == ("node", box.id), numbers.hides_value(box)
        if box.kind == "gradient":
            is_done = is_backward and box.tensor in numbers.known
            is_active = is_done and box.step == self.step and self.step > 0
            value, array, is_odd = self._value(box.tensor, is_hidden, item) if is_done else _NOTHING
            return BoxStyle(value, "", is_active, is_done, is_selected, value_array=array, is_odd=is_odd)
        value, array, is_odd = self._value(box.tensor, is_hidden, item) if box.tensor in numbers.known else _NOTHING
        badge = self._badge(numbers.badges.get(box.tensor or ""), box.tensor in numbers.hidden_badges)
        is_active = box.id in numbers.active
        return BoxStyle(value, badge, is_active, is_backward, is_selected, numbers.badge_sign, array, is_odd)

    def of_link(self, item: LinkItem) -> LinkStyle:
        """Return the style of a link."""
        link, is_backward = item.link, self.pass_ == BACKWARD
        is_selected = self.selection == ("edge", link.tensor)
        if link.kind != "forward":
            is_done = is_backward and f"{link.target}:0" in self.numbers.known
            return LinkStyle("", is_done and link.step == self.step, is_done, is_selected)
        has_arrived = is_backward and link.gradient is not None and link.step <= self.step
        is_hidden = self.numbers.hides_gradient(link)
        gradient, array, is_odd = self._value(link.gradient, is_hidden, item) if has_arrived else _NOTHING
        is_new = has_arrived and link.step == self.step
        return LinkStyle(gradient, is_new, link.tensor in self.numbers.known, is_selected, array, is_odd)

    def _value(self, tensor: str | None, is_hidden: bool, item: BoxItem | LinkItem) -> _ShownValue:
        """Return how a value is shown.

        A number that could not be read in the space of its item has fewer digits, then an exponent. One that is NaN,
        infinite or lost is marked.
        """
        if tensor is None or tensor not in self.values:
            return _NOTHING
        if is_hidden:
            return "?", None, False
        value = self.values[tensor]
        is_odd = odd_kind(value, tensor in self.different) is not None
        mark = f"{MARK} " if is_odd else ""
        if not np.ndim(value):
            return f"{mark}{self._number(value, mark, item)}", None, is_odd
        written = value_text(value, self.digits)
        is_array = bool(written.cells) or written.pixels is not None
        return f"{mark}{written.text}", written if is_array else None, is_odd

    def _number(self, value: Any, mark: str, item: BoxItem | LinkItem) -> str:
        text = format_value(value, self.digits)
        if not item.has_space_for(f"{mark}{text}"):
            fewer = range(self.digits - 1, MIN_DIGITS - 1, -1)
            texts = [format_value(value, digits) for digits in fewer]
            texts.append(format_power(value, min(self.digits, MIN_DIGITS)))
            fitting = (text for text in texts if item.has_space_for(f"{mark}{text}"))
            text = next(fitting, min(texts, key=len))
        return text

    def _badge(self, tensor: str | None, is_hidden: bool) -> str:
        if tensor is None or tensor not in self.values:
            return ""
        return "?" if is_hidden else format_value(self.values[tensor], self.digits, MAX_BADGE_LENGTH)


def apply_styles(items: SceneItems, picture: Picture, state: ExpressionViewState, numbers: VisibleNumbers) -> None:
    """Set style and opacity of every item; without a trace all of them are plain."""
    styles = None
    if state.trace is not None:
        values = numbers_with_tangents(state)
        styles = ItemStyles(values, numbers, state.pass_, state.step, state.selection, state.digits, state.different)
    opacity = emphasis(picture, state.selection, state.path)
    for box in items.boxes():
        box.setOpacity(opacity.of_box(box.box.id))
        box.set_style(styles.of_box(box) if styles is not None else BoxStyle())
    for link in items.links():
        link.setOpacity(opacity.of_link(link.link))
        link.set_style(styles.of_link(link) if styles is not None else LinkStyle(done=False))


def tooltip(
    item: GraphItem | None, values: Values, numbers: VisibleNumbers, different: Values = MappingProxyType({})
) -> str:
    """Return the numbers that an item shows with all digits, a line for each tensor, and what is folded into it.

    different: the float64 values that differ, by tensor; they follow the others.
    """
    tensors: list[tuple[str, str | None]] = []
    if isinstance(item, BoxItem):
        box = item.box
        tensors = [("", box.tensor if box.tensor in numbers.known and not numbers.hides_value(box) else None)]
        badge = numbers.badges.get(box.tensor or "") if box.tensor not in numbers.hidden_badges else None
        tensors.append(("sum of gradients: ", badge))
    elif isinstance(item, LinkItem):
        link, style = item.link, item.style
        tensors = [("", link.tensor if style.done and link.tensor not in numbers.hidden else None)]
        is_shown = style.gradient and not numbers.hides_gradient(link)
        tensors.append(("gradient: ", link.gradient if is_shown else None))
    lines = [
        f"{heading}{tensor} = {format_value_full(values[tensor])}"
        for heading, tensor in tensors
        if tensor is not None and tensor in values
    ]
    lines += [
        f"{heading}{tensor} = {format_value_full(different[tensor])} in float64"
        for heading, tensor in tensors
        if tensor is not None and tensor in different
    ]
    if isinstance(item, BoxItem) and item.box.folded:
        lines.append(item.box.folded)
    return "\n".join(lines)
