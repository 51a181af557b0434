"""Layers whose names begin alike are one stage: ``conv2_block1_1_relu`` is in ``conv2`` and in ``conv2_block1``.

Where names tell too little, a block is what is between two narrow places: ``mixed0_block`` ends in ``mixed0``.
"""

import re
from collections.abc import Mapping, Sequence

FEW = 14
"""Layers that need no stages: they are read at a glance."""

SPREAD = 2
"""Times as many places as layers that those of a stage may be spread over; others only happen to be called alike."""

MOST = 50
"""Outermost boxes that a picture can be read with; for more, names tell too little."""

NARROW = (1, 2, 3)
"""So many tensors, or fewer, go on where a network is narrow: NASNet's cells take the outputs of two before them."""


def stages(names: Sequence[str], before: Mapping[str, Sequence[str]] | None = None) -> dict[str, tuple[str, ...]]:
    """Return the stages that each layer is in, outermost first; ``names`` stand in the order in which they run.

    before: the layers whose outputs each one takes, if that is known.
    """
    found = _named(names)
    if before is None or len({(*found[name], name)[0] for name in names}) <= MOST:
        return found
    cuts = [_blocks(names, before, width) for width in NARROW]
    fitting = (one for one in cuts if len(one) <= MOST and max(map(len, one)) <= len(names) / 2)
    blocks = next(fitting, min(cuts, key=len))
    for block in blocks:
        for name in block if len(block) > 1 else ():
            found[name] = (f"{block[-1]}_block", *found[name])
    return found


def _blocks(names: Sequence[str], before: Mapping[str, Sequence[str]], width: int) -> list[list[str]]:
    """Layers between places where at most ``width`` tensors go on to later ones."""
    last = {source: k for k, name in enumerate(names) for source in before.get(name, ())}
    found: list[list[str]] = [[]]
    going_on: set[str] = set()
    for k, name in enumerate(names):
        found[-1].append(name)
        going_on = {source for source in going_on | {name} if last.get(source, -1) > k}
        if len(going_on) <= width:
            found.append([])
    return [block for block in found if block]


def _named(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The stages that follow from names.

    A stage is a beginning that several neighbours share, cut where a word with a number ends. What it leaves out of
    the names stays in order: layers in between belong to nothing.
    """
    if len(names) <= FEW:
        return dict.fromkeys(names, ())
    beginnings = {name: _beginnings(name) for name in names}
    members: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        for beginning in beginnings[name]:
            members.setdefault(beginning, []).append(place)
    found = {}
    for name in names:
        path: list[str] = []
        inside = len(names)
        for beginning in beginnings[name]:
            count = len(members[beginning])
            span = members[beginning][-1] - members[beginning][0] + 1
            if 1 < count < inside and span <= SPREAD * count:
                path.append(beginning)
                inside = count
        found[name] = tuple(path)
    return found


def _beginnings(name: str) -> list[str]:
    """``block2a_expand_conv``: ``block2``, ``block2a``; ``conv2_block1_1_relu``: ``conv2``, ``conv2_block1``."""
    match = re.match(r"([a-zA-Z]+\d+)([a-z])?(?=_|$)", name)
    if match is None:
        words = r"(?:[a-zA-Z]+_)+\d+(?=_[a-zA-Z]|$)"  # block_3_expand, convnext_tiny_stage_0_block_0_gelu
        outer = re.match(words, name)
        inner = re.match(f"{words}_{words}", name)
        return [match[0] for match in (outer, inner) if match]
    found = [match[1]]
    if match[2]:
        found.append(match[1] + match[2])
    inner = re.match(r"[a-zA-Z]+\d+_[a-zA-Z]+\d+(?=_)", name)
    if inner:
        found.append(inner[0])
    return found
