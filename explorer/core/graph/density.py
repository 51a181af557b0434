"""How closely a graph is set: sizes of its texts and boxes, and the space between them."""

from dataclasses import dataclass, replace

NAME_PX, VALUE_PX, SMALL_PX, GRADIENT_PX = 12.5, 18, 15, 17
"""Font sizes at scale 1: of names, values, what stands in a backward op or on the edge of a box, and gradients."""

SYMBOL_PX, OUTPUT_PX = 30, 28
"""Font sizes at scale 1 of the symbols of boxes, and of the output's name."""

MIN_TEXT_PX = 11.0
"""Size on the screen, at scale 1, below which text cannot be read."""


@dataclass(frozen=True)
class Density:
    """Sizes in pixels at scale 1 and zoom 1. Larger names stay legible at a smaller zoom.

    name_px, value_px, small_px, gradient_px, symbol_px, output_px: font sizes. has_tensor_names: whether the names of
    tensors stand beside the links.
    vector_scale: width reserved for the value of a vector as a share of its full width, and with it its font size.
    box_height, box_width: height of a box, and its width at least. padding_x, padding_y: space around its texts.
    box_gap: between boxes side by side. box_spare: width that a box has to spare. has_constant_values: whether name and
    value of a constant stand beside the number that it is.
    """

    name_px: float = NAME_PX
    value_px: float = VALUE_PX
    small_px: float = SMALL_PX
    gradient_px: float = GRADIENT_PX
    symbol_px: float = SYMBOL_PX
    output_px: float = OUTPUT_PX
    has_tensor_names: bool = True
    vector_scale: float = 0.8
    box_height: float = 66.0
    box_width: float = 118.0
    padding_x: float = 16.0
    padding_y: float = 8.0
    box_gap: float = 24.0
    box_spare: float = 10.0
    has_constant_values: bool = True

    @property
    def min_text_px(self) -> int:
        """The smallest font size that can be read at the smallest zoom."""
        return int(min(self.name_px, self.small_px, self.gradient_px, self.vector_scale * self.value_px))

    @property
    def min_zoom(self) -> float:
        """The smallest zoom at scale 1 at which every text can be read; fonts have whole pixels."""
        return MIN_TEXT_PX / self.min_text_px


NORMAL = Density()

CLOSE = Density(
    name_px=15.0,
    vector_scale=0.9,
    box_height=56.0,
    box_width=104.0,
    padding_x=12.0,
    padding_y=5.0,
    box_gap=18.0,
)
"""For graphs that are shown a little smaller."""

COMPACT = Density(
    name_px=VALUE_PX, small_px=VALUE_PX, gradient_px=VALUE_PX, has_tensor_names=False, vector_scale=1.0,
    box_height=50.0, box_width=84.0, padding_x=6.0, padding_y=3.0, box_gap=12.0, has_constant_values=False,
)  # fmt: skip
"""For graphs that are shown small."""


def _dense(pixels: float) -> Density:
    """Return the density of a graph that is shown so small that only letters of a size can be read.

    Wires need no larger letters, so they and the space around them take less of the screen than at a closer look.
    """
    return replace(
        COMPACT,
        name_px=pixels, value_px=pixels, small_px=pixels, gradient_px=pixels,
        symbol_px=max(SYMBOL_PX, 1.2 * pixels), output_px=max(OUTPUT_PX, 1.1 * pixels),
        box_height=round(2.45 * pixels), box_spare=2.0,
    )  # fmt: skip


DENSE = tuple(_dense(pixels) for pixels in (22, 28, 36))
"""For graphs that are shown smaller and smaller."""
