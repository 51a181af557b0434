"""Channels between rows: wires turn there, each on a level of its own, and the channel is as high as they need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explorer.core.graph.edge_geometry import GRADIENT_OFFSET_PX

LEVEL_SPACING_PX = 5.0
"""Half of the space between two levels."""

GRADIENT_LEVEL_PX = GRADIENT_OFFSET_PX + 6.0
"""Space on the side of a level on which a gradient runs."""

UPRIGHT_SPACING_PX, GRADIENT_UPRIGHT_SPACING_PX = 18.0, 24.0
"""Distance between two upright wires below which they may not have a common height, without and with gradients."""

MAX_CURVE_PX = 26.0
"""Largest shift across for which a wire makes a smooth curve instead of two corners."""


@dataclass(frozen=True)
class Piece:
    """The part of a wire in a channel, between two places across.

    a, b: places, a nearer to the source of the wire. a_above, b_above: whether each end is at the upper row.
    has_gradient: a gradient runs to the left of the wire in its direction. net: pieces of one net may touch.
    """

    net: str
    a: float
    b: float
    a_above: bool
    b_above: bool
    has_gradient: bool = False

    @property
    def is_straight(self) -> bool:
        """Whether the wire runs straight through the channel."""
        return self.a_above != self.b_above and abs(self.a - self.b) < 0.6

    @property
    def is_curve(self) -> bool:
        """Whether the wire is shifted so little that it can make a smooth curve over the height of the channel."""
        return self.a_above != self.b_above and abs(self.a - self.b) <= MAX_CURVE_PX

    @property
    def low(self) -> float:
        """Smallest place that the piece occupies."""
        return min(self.a, self.b) - 6.0

    @property
    def high(self) -> float:
        """Largest place that the piece occupies."""
        return max(self.a, self.b) + (GRADIENT_OFFSET_PX + 8.0 if self.has_gradient else 6.0)

    def room(self) -> tuple[float, float]:
        """Return the space that the piece needs above and below its level."""
        if not self.has_gradient:
            return LEVEL_SPACING_PX, LEVEL_SPACING_PX
        return (GRADIENT_LEVEL_PX, LEVEL_SPACING_PX) if self.b > self.a else (LEVEL_SPACING_PX, GRADIENT_LEVEL_PX)


@dataclass(frozen=True)
class Border:
    """A border of a channel: how far from it something may run across it, in pixels.

    wire, gradient: for a wire, and for the gradient beside it. over_heads: for a gradient that passes arrow heads.
    lead: height in which smooth curves are straight.
    """

    wire: float
    gradient: float
    over_heads: float
    lead: float = 0.0


PORTS, GRADIENT_PORTS = Border(16.0, 7.0, 17.0, 6.0), Border(25.0, 12.0, 25.0, 8.0)
"""Borders at a row of boxes where arrows arrive, and where those of gradients do."""

BARE_PORTS = Border(10.0, 7.0, 10.0)
"""Border at a row of boxes that no arrow reaches."""

TEXTS = Border(13.0, 10.0, 10.0, 8.0)
"""Border at a row of texts."""


@dataclass(frozen=True)
class Channel:
    """The height of a channel, the level of each piece that turns, from its top, and where smooth curves begin and end.

    A piece without a level is a smooth curve.
    """

    height: float
    levels: Mapping[Piece, float]
    curves: tuple[float, float]


def fill_channel(pieces: Sequence[Piece], upper: Border, lower: Border, minimum: float) -> Channel:
    """Return the channel of ``minimum`` height or higher for distinct pieces between two rows."""
    height = minimum
    turning = [piece for piece in pieces if not piece.is_straight and not _is_free_curve(piece, pieces)]
    for piece in pieces:
        if piece not in turning and not piece.is_straight:
            needed = 0.85 * abs(piece.a - piece.b) + 8.0 + (6.0 if piece.has_gradient else 0.0)
            height = max(height, needed + upper.lead + lower.lead)
    levels: dict[Piece, float] = {}
    below: dict[Piece, float] = {}
    for piece in _in_order(turning):
        room = piece.room()
        level = _distance(piece, pieces, upper, room[0], True)
        for other, placed in levels.items():
            if piece.low < other.high and other.low < piece.high:
                level = max(level, placed + other.room()[1] + room[0])
        levels[piece] = level
        below[piece] = level + _distance(piece, pieces, lower, room[1], False)
        height = max(height, below[piece])
    if levels:  # in the middle if there is room, so that a single level does not hang at the upper row
        shift = (height - max(below.values())) / 2
        levels = {piece: level + shift for piece, level in levels.items()}
    return Channel(height, levels, (upper.lead, height - lower.lead))


def _is_free_curve(piece: Piece, pieces: Sequence[Piece]) -> bool:
    """Return whether a piece can be a smooth curve: it is close to no upright part of another piece."""
    return piece.is_curve and not any(
        other.net != piece.net and (_is_over(piece, other) or _is_over(other, piece)) for other in pieces
    )


def _distance(piece: Piece, pieces: Sequence[Piece], border: Border, room: float, is_upper: bool) -> float:
    """Return the distance that the level of a piece needs from a border."""
    if room <= LEVEL_SPACING_PX:
        return border.wire
    passes = any(
        piece.low < place < piece.high
        for other in pieces
        if other is not piece
        for place, above in ((other.a, other.a_above), (other.b, other.b_above))
        if above == is_upper
    )
    return max(border.wire, GRADIENT_OFFSET_PX + (border.over_heads if passes else border.gradient))


def _in_order(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces so that each is above those whose ends at the lower row are below its ends at the upper one."""
    after: dict[int, set[int]] = {k: set() for k in range(len(pieces))}
    for k, one in enumerate(pieces):
        for j, other in enumerate(pieces):
            if j != k and one.net != other.net and _is_over(one, other):
                after[j].add(k)  # j comes after k
    order: list[int] = []
    left = set(range(len(pieces)))
    while left:
        free = [k for k in left if not after[k] & left]
        chosen = min(free or left, key=lambda k: (len(after[k] & left), abs(pieces[k].a - pieces[k].b), k))
        order.append(chosen)
        left.discard(chosen)
    return [pieces[k] for k in order]


def _is_over(one: Piece, other: Piece) -> bool:
    """Return whether an upright end of ``one`` from the upper row is where ``other`` goes to the lower row."""
    uppers = [place for place, above in ((one.a, one.a_above), (one.b, one.b_above)) if above]
    lowers = [place for place, above in ((other.a, other.a_above), (other.b, other.b_above)) if not above]
    spacing = GRADIENT_UPRIGHT_SPACING_PX if one.has_gradient or other.has_gradient else UPRIGHT_SPACING_PX
    return any(abs(upper - lower) < spacing for upper in uppers for lower in lowers)
