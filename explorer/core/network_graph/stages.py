"""Layers whose names begin alike are one stage: ``conv2_block1_1_relu`` is in ``conv2`` and in ``conv2_block1``.

Where names tell too little, a block is what is between two narrow places: ``mixed0_block`` ends in ``mixed0``. Where
that makes too many blocks, those whose names begin alike are one stage: ``block35_1`` and others are in ``block35``.
"""

import re
from collections.abc import Mapping, Sequence

MAX_LAYERS_WITHOUT_STAGES = 14
"""Layers that need no stages: they are read at a glance."""

MAX_SPREAD = 2
"""Times as many places as layers that those of a stage may be spread over; others only happen to be called alike."""

MAX_OUTERMOST_BOXES = 50
"""Outermost boxes that a picture can be read with; for more, names tell too little."""

BOUNDARY_WIDTHS = (1, 2, 3)
"""So many tensors, or fewer, go on where a network is narrow: NASNet's cells take the outputs of two before them."""


def find_stages(names: Sequence[str], before: Mapping[str, Sequence[str]] | None = None) -> dict[str, tuple[str, ...]]:
    """Return the stages that each layer is in, outermost first; ``names`` stand in the order in which they run.

    before: the layers whose outputs each one takes, if that is known.
    """
    found = _stages(names, before)
    return found if before is None else _closed(found, names, before)


def _stages(names: Sequence[str], before: Mapping[str, Sequence[str]] | None) -> dict[str, tuple[str, ...]]:
    found = _named(names)
    if before is None or len({(*found[name], name)[0] for name in names}) <= MAX_OUTERMOST_BOXES:
        return found
    cuts = [_blocks(names, before, width) for width in BOUNDARY_WIDTHS]
    fitting = (one for one in cuts if len(one) <= MAX_OUTERMOST_BOXES and max(map(len, one)) <= len(names) / 2)
    blocks = next(fitting, None)
    if blocks is None:
        return found | _staged(_with_tails(min(cuts, key=len)))
    for block in blocks:
        for name in block if len(block) > 1 else ():
            found[name] = (f"{block[-1]}_block", *found[name])
    return found


def _closed(
    found: Mapping[str, tuple[str, ...]], names: Sequence[str], before: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, ...]]:
    """Stages with the layers through which they come back to themselves: ``bn_Conv1`` between ``Conv1`` and its relu.

    Without it the stage would stand before that layer and after it.
    """
    made = dict(found)
    places: dict[tuple[str, ...], list[int]] = {}
    for place, name in enumerate(names):
        for k in range(len(made[name])):
            places.setdefault(made[name][: k + 1], []).append(place)
    for stage in sorted(places, key=len):
        run = names[places[stage][0] : places[stage][-1] + 1]
        inside = {name for name in run if made[name][: len(stage)] == stage}
        after: set[str] = set()
        for name in run:
            if name not in inside and any(source in inside or source in after for source in before.get(name, ())):
                after.add(name)
        between: set[str] = set()
        for name in reversed(run) if after else ():
            if name in inside or name in between:
                between.update(source for source in before.get(name, ()) if source in after)
        made |= {name: stage for name in between if made[name] == stage[:-1]}
    return made


def _staged(blocks: Sequence[Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The stages of layers in blocks of which there are too many: blocks that are called alike are in one stage."""
    called = [_called(block, [name for other in blocks if other is not block for name in other]) for block in blocks]
    outer = _named(called)
    found: dict[str, tuple[str, ...]] = {}
    for block, name in zip(blocks, called, strict=True):
        found |= dict.fromkeys(block, (*outer[name], *([name] if len(block) > 1 else [])))
    return found


def _called(block: Sequence[str], others: Sequence[str]) -> str:
    """The beginning, up to a number, that layers of a block and no others share; else it is called by its end."""
    for name in reversed(block) if len(block) > 1 else ():
        for beginning in reversed(_numbered(name)):
            inside = sum(_begins(other, beginning) for other in block)
            if inside > 1 and beginning not in block and not any(_begins(other, beginning) for other in others):
                return beginning
    return f"{block[-1]}_block" if len(block) > 1 else block[-1]


def _with_tails(blocks: Sequence[list[str]]) -> list[list[str]]:
    """Blocks with the single layer after each that is called like it: the activation after a residual block."""
    found: list[list[str]] = []
    for block in blocks:
        before = found[-1] if found else []
        own = _numbered(block[-1])[-1:]
        if len(block) == 1 < len(before) and own and any(_begins(name, own[0]) for name in before):
            before += block
        else:
            found.append([*block])
    return found


def _numbered(name: str) -> list[str]:
    """``block35_1_ac``: ``block35``, ``block35_1``."""
    words = name.split("_")
    return ["_".join(words[:k]) for k in range(1, len(words)) if words[k - 1][-1:].isdigit()]


def _begins(name: str, beginning: str) -> bool:
    return name.startswith(f"{beginning}_")


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
    if len(names) <= MAX_LAYERS_WITHOUT_STAGES:
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
            if 1 < count < inside and span <= MAX_SPREAD * count:
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
