"""Layers whose names begin alike are one stage: ``conv2_block1_1_relu`` is in ``conv2`` and in ``conv2_block1``."""

import re
from collections.abc import Sequence

FEW = 14
"""Layers that need no stages: they are read at a glance."""

SPREAD = 2
"""Times as many places as layers that those of a stage may be spread over; others only happen to be called alike."""


def stages(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the stages that each layer is in, outermost first; ``names`` stand in the order in which they run.

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
        match = re.match(r"([a-zA-Z]+_\d+)(?=_[a-zA-Z])", name)  # block_3_expand
        return [match[1]] if match else []
    found = [match[1]]
    if match[2]:
        found.append(match[1] + match[2])
    inner = re.match(r"[a-zA-Z]+\d+_[a-zA-Z]+\d+(?=_)", name)
    if inner:
        found.append(inner[0])
    return found
