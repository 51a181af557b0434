"""Channels between rows: wires turn there, each on a level of its own, and the channel is as high as they need."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import pairwise
from math import inf, isfinite
from typing import NamedTuple

from explorer.core.graph.edge_geometry import GRADIENT_OFFSET_PX

LEVEL_SPACING_PX = 5.0
"""Half of the space between two levels."""

GRADIENT_LEVEL_PX = GRADIENT_OFFSET_PX + 6.0
"""Space on the side of a level on which a gradient runs."""

UPRIGHT_SPACING_PX, GRADIENT_UPRIGHT_SPACING_PX = 18.0, 24.0
"""Distance between two upright wires below which they may not have a common height, without and with gradients."""

MAX_CURVE_PX = 26.0
"""Largest shift across for which a wire makes a smooth curve instead of two corners."""


class Piece(NamedTuple):
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

    A piece without a level is a smooth curve. detours: the two parts of a piece that turns on two levels.
    """

    height: float
    levels: Mapping[Piece, float]
    curves: tuple[float, float]
    detours: Mapping[Piece, tuple[Piece, Piece]] = field(default_factory=dict)

    def parts(self, piece: Piece) -> tuple[Piece, ...]:
        """Return the parts of a piece that have levels of their own, from its source to its target."""
        return self.detours.get(piece, (piece,))


def fill_channel(pieces: Sequence[Piece], upper: Border, lower: Border, minimum: float) -> Channel:
    """Return the channel of ``minimum`` height or higher for distinct pieces between two rows."""
    height = minimum
    bent = [piece for piece in pieces if not piece.is_straight]
    if not bent:
        return Channel(height, {}, (upper.lead, height - lower.lead))
    ends = _Ends(pieces)
    turning = [piece for piece in bent if not (piece.is_curve and ends.leave_free(piece))]
    for piece in set(bent).difference(turning):
        needed = 0.85 * abs(piece.a - piece.b) + 8.0 + (6.0 if piece.has_gradient else 0.0)
        height = max(height, needed + upper.lead + lower.lead)
    order, detours = _with_detours(turning, pieces)
    if detours:
        ends = _Ends([part for piece in pieces for part in detours.get(piece, (piece,))])
    levels: dict[Piece, float] = {}
    below: dict[Piece, float] = {}
    placed: list[tuple[float, float, float]] = []
    for piece in order:
        above, under = piece.room()
        low, high = piece.low, piece.high
        level = ends.distance(piece, upper, above, True)
        for other_low, other_high, free in placed:
            if low < other_high and other_low < high:
                level = max(level, free + above)
        placed.append((low, high, level + under))
        levels[piece] = level
        below[piece] = level + ends.distance(piece, lower, under, False)
        height = max(height, below[piece])
    if levels:  # in the middle if there is room, so that a single level does not hang at the upper row
        shift = (height - max(below.values())) / 2
        levels = {piece: level + shift for piece, level in levels.items()}
    return Channel(height, levels, (upper.lead, height - lower.lead), detours)


class _Ends:
    """The ends of pieces at the two rows, sorted by place, so that those near a piece are found without a search."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._sorted: dict[bool, list[tuple[float, int]]] = {True: [], False: []}
        for k, piece in enumerate(pieces):
            self._sorted[piece.a_above].append((piece.a, k))
            self._sorted[piece.b_above].append((piece.b, k))
        for ends in self._sorted.values():
            ends.sort()
        self._pieces = pieces

    def near(self, place: float, above: bool, distance: float) -> Iterator[int]:
        """Yield the number of each piece that has an end at a row closer than a distance to a place."""
        ends = self._sorted[above]
        for k in range(bisect_right(ends, (place - distance, len(self._pieces))), len(ends)):
            if ends[k][0] >= place + distance:
                break
            yield ends[k][1]

    def over(self, one: Piece) -> Iterator[int]:
        """Yield the numbers of the pieces that go to the lower row where an end of ``one`` is at the upper row."""
        for place in _ends(one, True):
            for k in self.near(place, False, GRADIENT_UPRIGHT_SPACING_PX):
                if _is_over(one, self._pieces[k]):
                    yield k

    def under(self, one: Piece) -> Iterator[int]:
        """Yield the numbers of the pieces that have an end at the upper row where ``one`` goes to the lower row."""
        for place in _ends(one, False):
            for k in self.near(place, True, GRADIENT_UPRIGHT_SPACING_PX):
                if _is_over(self._pieces[k], one):
                    yield k

    def leave_free(self, piece: Piece) -> bool:
        """Return whether a piece is close to no upright part of another one."""
        pieces = self._pieces
        return all(pieces[k].net == piece.net for found in (self.over(piece), self.under(piece)) for k in found)

    def distance(self, piece: Piece, border: Border, room: float, is_upper: bool) -> float:
        """Return the distance that the level of a piece needs from a border."""
        if room <= LEVEL_SPACING_PX:
            return border.wire
        ends = self._sorted[is_upper]
        first = bisect_right(ends, (piece.low, len(self._pieces)))
        own = sum(piece.low < place < piece.high for place in _ends(piece, is_upper))
        passes = bisect_left(ends, (piece.high, -1)) - first > own
        return max(border.wire, GRADIENT_OFFSET_PX + (border.over_heads if passes else border.gradient))


def _ends(piece: Piece, above: bool) -> tuple[float, ...]:
    """Return the places of the ends of a piece at one of the rows."""
    if piece.a_above == above:
        return (piece.a, piece.b) if piece.b_above == above else (piece.a,)
    return (piece.b,) if piece.b_above == above else ()


def _with_detours(
    turning: Sequence[Piece], pieces: Sequence[Piece]
) -> tuple[list[Piece], dict[Piece, tuple[Piece, Piece]]]:
    """Return the pieces that turn in the order of their levels, and the parts of those that need two levels.

    Pieces of which each must be above the next, and the last above the first, have no order unless one of them makes a
    detour: it goes to a free place on a level of its own first.
    """
    detours: dict[Piece, tuple[Piece, Piece]] = {}
    parts = list(turning)
    while True:
        order, circle = _in_order(parts)
        if not circle:
            return order, detours
        places = sorted({place for piece in (*pieces, *parts) for place in (piece.a, piece.b)})
        ways = [
            (abs(piece.a - free) + abs(free - piece.b), k, free)
            for k, piece in enumerate(circle)
            if piece in turning and (free := _free_place(piece, places)) is not None
        ]
        if not ways:
            return order, detours
        _, k, free = min(ways)
        piece = circle[k]
        detours[piece] = (
            Piece(piece.net, piece.a, free, piece.a_above, not piece.a_above, piece.has_gradient),
            Piece(piece.net, free, piece.b, not piece.b_above, piece.b_above, piece.has_gradient),
        )
        parts.remove(piece)
        parts += detours[piece]


def _free_place(piece: Piece, places: Sequence[float]) -> float | None:
    """Return the place that makes the shortest detour of a piece and keeps its distance from sorted places."""
    if piece.a_above == piece.b_above:
        return None
    margin = GRADIENT_UPRIGHT_SPACING_PX
    free = [
        place
        for one, other in pairwise((-inf, *places, inf))
        if other - one >= 2 * margin
        for place in (one + margin, other - margin)
        if isfinite(place)
    ]
    return min(free, key=lambda place: abs(piece.a - place) + abs(place - piece.b), default=None)


def _in_order(pieces: Sequence[Piece]) -> tuple[list[Piece], list[Piece]]:
    """Return the pieces so that each is above those whose ends at the lower row are below its ends at the upper one.

    The second list has pieces of which each must be above the next, and the last above the first, [] if there are none.
    """
    ends = _Ends(pieces)
    following: list[set[int]] = []
    waiting = [0] * len(pieces)
    for k, one in enumerate(pieces):
        following.append({j for j in ends.over(one) if j != k and pieces[j].net != one.net})
        for j in following[k]:
            waiting[j] += 1
    lengths = [abs(piece.a - piece.b) for piece in pieces]
    free = [(length, k) for k, length in enumerate(lengths) if not waiting[k]]
    heapify(free)
    left = set(range(len(pieces)))
    order: list[Piece] = []
    circle: list[Piece] = []
    while left:
        if not free and not circle:
            circle = [pieces[k] for k in _circle(left, following)]
        chosen = heappop(free)[1] if free else min(left, key=lambda k: (waiting[k], lengths[k], k))
        left.discard(chosen)
        order.append(pieces[chosen])
        for k in following[chosen]:
            waiting[k] -= 1
            if not waiting[k] and k in left:
                heappush(free, (lengths[k], k))
    return order, circle


def _circle(left: set[int], following: Sequence[set[int]]) -> list[int]:
    """Return numbers of which each follows the next, and the last the first; each that is left follows another one."""
    path = [min(left)]
    while True:
        before = min(k for k in left if path[-1] in following[k])
        if before in path:
            return path[path.index(before) :]
        path.append(before)


def _is_over(one: Piece, other: Piece) -> bool:
    """Return whether an upright end of ``one`` from the upper row is where ``other`` goes to the lower row."""
    uppers, lowers = _ends(one, True), _ends(other, False)
    spacing = GRADIENT_UPRIGHT_SPACING_PX if one.has_gradient or other.has_gradient else UPRIGHT_SPACING_PX
    return any(abs(upper - lower) < spacing for upper in uppers for lower in lowers)
