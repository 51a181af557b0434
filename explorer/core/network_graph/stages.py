"""Stages of a network: groups of layers that are found from their names, or from where few tensors go on.

Layers whose names begin with the same numbered words are one stage: ``conv2_block1_1_relu`` is in ``conv2`` and in
``conv2_block1``. Where names say too little, a block is what lies between two narrow places: ``mixed0_block`` ends with
``mixed0``. Where that makes too many blocks, blocks with names that begin alike are one stage: ``block35_1`` and others
are in ``block35``. Where a network still does not fit on a screen, what runs beside a stage is in the stage, and
normalizations and activations are one block with the layer before them: ``conv2d_block``.
"""

import re
from collections.abc import Collection, Mapping, Sequence

MAX_LAYERS_WITHOUT_STAGES = 14
"""Networks with at most so many layers have no stages, because they can be read at a glance."""

MAX_SPREAD = 2
"""Maximum ratio of the span of a stage in the network to the number of its layers. Layers that are spread over more
only happen to have similar names."""

MAX_BOXES_ON_A_SCREEN = 20
"""Maximum number of outermost boxes that fit on a small screen with texts that can be read. Where there are more,
stages take up what runs beside them, and layers the normalization and activation behind them."""

MAX_OUTERMOST_BOXES = 50
"""Maximum number of outermost boxes of a readable graph. Where names lead to more, narrow places are looked for."""

BOUNDARY_WIDTHS = (1, 2, 3)
"""Maximum numbers of tensors that cross a block boundary, tried in this order. Three is for NASNet, whose cells take
the outputs of the two cells before them."""


def find_stages(
    names: Sequence[str], inputs: Mapping[str, Sequence[str]] | None = None, followers: Collection[str] = ()
) -> dict[str, tuple[str, ...]]:
    """Return the stages around each layer, outermost first.

    Parameters
    ----------
    names : layers in the order in which they run.
    inputs : the layers whose outputs each layer takes, None if that is unknown.
    followers : layers that only finish what the layer before them has begun: normalizations and activations.
    """
    found = _stages(names, inputs)
    if inputs is None:
        return found
    found = _with_layers_between(found, names, inputs)
    if len(_outermost(found, names)) > MAX_BOXES_ON_A_SCREEN:
        found = _with_side_branches(found, names, inputs)
        found = _with_followers(found, names, inputs, followers)
    return found


def _outermost(stages: Mapping[str, tuple[str, ...]], names: Sequence[str]) -> dict[str, list[str]]:
    """Return the layers of each outermost box, in the order in which they run."""
    units: dict[str, list[str]] = {}
    for name in names:
        units.setdefault((*stages[name], name)[0], []).append(name)
    return units


def _with_side_branches(
    stages: Mapping[str, tuple[str, ...]], names: Sequence[str], inputs: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, ...]]:
    """Add to a stage the layers that run beside it and join their results with it: a residual branch and its sum.

    These are the layers between the same two narrow places, where one tensor goes on.
    """
    result, units = dict(stages), _outermost(stages, names)
    unit_of = {name: unit for unit, layers in units.items() for name in layers}
    unit_inputs = {
        unit: [unit_of[source] for name in layers for source in inputs.get(name, ()) if unit_of[source] != unit]
        for unit, layers in units.items()
    }
    for segment in _split_at_narrow_places([*units], unit_inputs, width=1):
        inner = [unit for unit in segment if unit not in result]  # a single layer is its own box
        if len(inner) == 1 < len(segment):
            others = [unit for unit in segment if unit != inner[0]]
            result |= {name: (inner[0], *result[name]) for unit in others for name in units[unit]}
    return result


def _with_followers(
    stages: Mapping[str, tuple[str, ...]], names: Sequence[str], inputs: Mapping[str, Sequence[str]],
    followers: Collection[str],
) -> dict[str, tuple[str, ...]]:  # fmt: skip
    """Join followers with the box before them, if nothing else takes its output."""
    result = dict(stages)
    users: dict[str, list[str]] = {}
    for name in names:
        for source in inputs.get(name, ()):
            users.setdefault(source, []).append(name)
    for name in names:
        sources = [*inputs.get(name, ())]
        if name not in followers or result[name] or len(sources) != 1 or users[sources[0]] != [name]:
            continue
        before = sources[0]
        if not inputs.get(before):
            continue  # the input of the network stays a box of its own
        if not result[before]:
            result[before] = (f"{before}_block",)
        result[name] = result[before][:1]
    return result


def _stages(names: Sequence[str], inputs: Mapping[str, Sequence[str]] | None) -> dict[str, tuple[str, ...]]:
    by_name = _stages_by_name(names)
    if inputs is None or len({(*by_name[name], name)[0] for name in names}) <= MAX_OUTERMOST_BOXES:
        return by_name
    candidates = [_split_at_narrow_places(names, inputs, width) for width in BOUNDARY_WIDTHS]
    readable = (
        blocks
        for blocks in candidates
        if len(blocks) <= MAX_OUTERMOST_BOXES and max(map(len, blocks)) <= len(names) / 2
    )
    blocks = next(readable, None)
    if blocks is None:
        return by_name | _stages_of_blocks(_with_trailing_layers(min(candidates, key=len)))
    for block in blocks:
        for name in block if len(block) > 1 else ():
            by_name[name] = (f"{block[-1]}_block", *by_name[name])
    return by_name


def _with_layers_between(
    stages: Mapping[str, tuple[str, ...]], names: Sequence[str], inputs: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, ...]]:
    """Add to each stage the layers on paths from it back into it, such as ``bn_Conv1`` between ``Conv1`` and its relu.

    Without them the stage would stand both before and after such a layer.
    """
    result = dict(stages)
    indices: dict[tuple[str, ...], list[int]] = {}
    for index, name in enumerate(names):
        for k in range(len(result[name])):
            indices.setdefault(result[name][: k + 1], []).append(index)
    for stage in sorted(indices, key=len):
        span = names[indices[stage][0] : indices[stage][-1] + 1]
        inside = {name for name in span if result[name][: len(stage)] == stage}
        after: set[str] = set()
        for name in span:
            if name not in inside and any(source in inside or source in after for source in inputs.get(name, ())):
                after.add(name)
        between: set[str] = set()
        for name in reversed(span) if after else ():
            if name in inside or name in between:
                between.update(source for source in inputs.get(name, ()) if source in after)
        result |= {name: stage for name in between if result[name] == stage[:-1]}
    return result


def _stages_of_blocks(blocks: Sequence[Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return the stages of layers in too many blocks: blocks with names that begin alike are in one stage."""
    titles = [
        _block_title(block, [name for other in blocks if other is not block for name in other]) for block in blocks
    ]
    outer = _stages_by_name(titles)
    found: dict[str, tuple[str, ...]] = {}
    for block, title in zip(blocks, titles, strict=True):
        found |= dict.fromkeys(block, (*outer[title], *([title] if len(block) > 1 else [])))
    return found


def _block_title(block: Sequence[str], others: Sequence[str]) -> str:
    """Return the numbered prefix that several layers of a block and none of ``others`` share, else its last layer."""
    for name in reversed(block) if len(block) > 1 else ():
        for prefix in reversed(_numbered_prefixes(name)):
            count = sum(_starts_with(layer, prefix) for layer in block)
            if count > 1 and prefix not in block and not any(_starts_with(layer, prefix) for layer in others):
                return prefix
    return f"{block[-1]}_block" if len(block) > 1 else block[-1]


def _with_trailing_layers(blocks: Sequence[list[str]]) -> list[list[str]]:
    """Join single layers with the block before them if their names begin alike: the activation of a residual block."""
    joined: list[list[str]] = []
    for block in blocks:
        previous = joined[-1] if joined else []
        prefixes = _numbered_prefixes(block[-1])[-1:]
        if len(block) == 1 < len(previous) and prefixes and any(_starts_with(name, prefixes[0]) for name in previous):
            previous += block
        else:
            joined.append([*block])
    return joined


def _numbered_prefixes(name: str) -> list[str]:
    """Return the prefixes of a name that end with a number, as of ``block35_1_ac``: ``block35`` and ``block35_1``."""
    words = name.split("_")
    return ["_".join(words[:k]) for k in range(1, len(words)) if words[k - 1][-1:].isdigit()]


def _starts_with(name: str, prefix: str) -> bool:
    return name.startswith(f"{prefix}_")


def _split_at_narrow_places(names: Sequence[str], inputs: Mapping[str, Sequence[str]], width: int) -> list[list[str]]:
    """Split layers where at most ``width`` tensors go on to later layers.

    A layer between two such places that goes on beside others belongs to the block that takes its output: in NASNet the
    first activation of a cell.
    """
    last_use = {source: k for k, name in enumerate(names) for source in inputs.get(name, ())}
    blocks: list[list[str]] = [[]]
    ends_beside_others: list[bool] = [False]
    still_used: set[str] = set()
    for k, name in enumerate(names):
        blocks[-1].append(name)
        still_used = {source for source in still_used | {name} if last_use.get(source, -1) > k}
        if len(still_used) <= width:
            ends_beside_others[-1] = len(still_used) > 1
            blocks.append([])
            ends_beside_others.append(False)
    joined: list[list[str]] = []
    for block, is_beside_others in zip(reversed(blocks), reversed(ends_beside_others), strict=True):
        if joined and len(block) == 1 and is_beside_others and _all_users(block[0], names, inputs) <= {*joined[-1]}:
            joined[-1] = block + joined[-1]
        elif block:
            joined.append(block)
    return joined[::-1]


def _all_users(source: str, names: Sequence[str], inputs: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the layers that take the output of a layer."""
    return {name for name in names if source in inputs.get(name, ())}


def _stages_by_name(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the stages that follow from names alone.

    A stage is a prefix that several neighbours share, cut where a word with a number ends. Layers between them that do
    not share it belong to no stage.
    """
    if len(names) <= MAX_LAYERS_WITHOUT_STAGES:
        return dict.fromkeys(names, ())
    prefixes = {name: _stage_prefixes(name) for name in names}
    members: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        for prefix in prefixes[name]:
            members.setdefault(prefix, []).append(index)
    found = {}
    for name in names:
        path: list[str] = []
        outer_count = len(names)
        for prefix in prefixes[name]:
            count = len(members[prefix])
            span = members[prefix][-1] - members[prefix][0] + 1
            if 1 < count < outer_count and span <= MAX_SPREAD * count:
                path.append(prefix)
                outer_count = count
        found[name] = tuple(path)
    return found


def _stage_prefixes(name: str) -> list[str]:
    """Return the prefixes of a name that may be stages, the shortest first.

    As of ``block2a_expand_conv``: ``block2``, ``block2a``; of ``conv2_block1_1_relu``: ``conv2``, ``conv2_block1``.
    """
    match = re.match(r"([a-zA-Z]+\d+)([a-z])?(?=_|$)", name)
    if match is None:
        words = r"(?:[a-zA-Z]+_)+\d+(?=_[a-zA-Z]|$)"  # block_3_expand, convnext_tiny_stage_0_block_0_gelu
        outer = re.match(words, name)
        inner = re.match(f"{words}_{words}", name)
        return [match[0] for match in (outer, inner) if match]
    prefixes = [match[1]]
    if match[2]:
        prefixes.append(match[1] + match[2])
    inner = re.match(r"[a-zA-Z]+\d+_[a-zA-Z]+\d+(?=_)", name)
    if inner:
        prefixes.append(inner[0])
    return prefixes
