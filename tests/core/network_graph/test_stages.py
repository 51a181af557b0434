"""Stages of a network's layers: told by their names, or by where the network is narrow."""

import itertools

from explorer.core.network_graph.stages import find_stages


def test_stages_follow_from_names():
    names = ["conv1_pad", "conv1_conv"]
    names += [f"conv2_block{k}_{part}" for k in (1, 2) for part in ("1_conv", "1_bn", "add", "out")]
    names += ["block1a_conv", "block1a_bn", "block1b_conv", "block1b_bn", "avg_pool"]
    made = find_stages(names)
    assert made["conv1_pad"] == ("conv1",)
    assert made["conv2_block1_1_conv"] == ("conv2", "conv2_block1")
    assert made["block1b_bn"] == ("block1", "block1b")
    assert made["avg_pool"] == ()
    assert set(find_stages(["conv1_a", "conv1_b"]).values()) == {()}


def test_layers_that_are_far_apart_are_no_stage():
    """InceptionV3 calls its convolutions conv2d_1, conv2d_2 …, whatever block they are in."""
    names = [name for k in range(20) for name in (f"conv2d_{k}", f"batch_normalization_{k}", f"activation_{k}", "x")]
    assert set(find_stages(names).values()) == {()}


def test_names_of_several_words_make_stages_too():
    names = [f"net_stage_{k}_block_{j}_{part}" for k in (0, 1) for j in range(4) for part in ("conv", "gelu")]
    made = find_stages([*names, "net_head"])
    assert made["net_stage_1_block_2_gelu"] == ("net_stage_1", "net_stage_1_block_2")
    assert made["net_head"] == ()


def inception(blocks):
    """Names and sources of layers that are numbered, as in InceptionV3: three ways to each mixed one."""
    before = {"stem": []}
    for k in range(blocks):
        source = [*before][-1]
        ways = [[f"c{9 * k + 3 * way + j}" for j in range(3)] for way in range(3)]
        for j in range(3):  # as Keras has them: all ways side by side
            for way in ways:
                before[way[j]] = [way[j - 1] if j else source]
        before[f"mixed{k}"] = [way[-1] for way in ways]
    return before


def test_where_names_tell_too_little_narrow_places_do():
    before = inception(8)
    made = find_stages([*before], before)
    assert made["stem"] == ()
    for k in range(8):
        block = {name for name, path in made.items() if path == (f"mixed{k}_block",)}
        assert block == {f"mixed{k}", *(f"c{9 * k + j}" for j in range(9))}
    few = inception(4)
    assert set(find_stages([*few], few).values()) == {()}  # they can be read as they are
    assert set(find_stages([*before]).values()) == {()}  # nothing is known of it


def test_a_cell_that_takes_two_before_it_is_a_block():
    """NASNet is never narrower than two."""
    before = {"in": [], "cell0": ["in"], "cell1": ["in", "cell0"]}
    for k in range(2, 20):
        parts = [f"part_{j}_{k}" for j in range(5)]
        before |= {part: [f"cell{k - 1}", f"cell{k - 2}"] for part in parts}
        before[f"cell{k}"] = [*parts, f"cell{k - 1}"]
    made = find_stages([*before], before)
    assert {path[0] for path in made.values() if path} >= {f"cell{k}_block" for k in range(2, 20)}
    assert made["part_3_7"][0] == made["cell7"][0] == "cell7_block"


def residual(kinds):
    """Names and sources of residual blocks, as in InceptionResNetV2: of each kind so many, with an activation after."""
    before, number = {"stem": []}, itertools.count()
    for kind, count in kinds.items():
        for k in range(1, count + 1):
            source = [*before][-1]
            ways = [f"conv2d_{next(number)}" for _ in range(3)]
            before |= {way: [source] for way in ways}
            before[f"{kind}_{k}_mixed"] = ways
            before[f"{kind}_{k}_conv"] = [f"{kind}_{k}_mixed"]
            before[f"scale_{next(number)}"] = [source, f"{kind}_{k}_conv"]
            before[f"{kind}_{k}_ac"] = [[*before][-1]]
        before[f"mixed_{kind}"] = [[*before][-1]]
    return before


def test_blocks_that_are_called_alike_are_one_stage():
    before = residual({"block35": 10, "block17": 20, "block8": 10})
    made = find_stages([*before], before)
    assert made["stem"] == made["mixed_block17"] == ()
    assert {path[0] for path in made.values() if path} == {"block35", "block17", "block8"}
    for name in ("conv2d_4", "block35_2_mixed", "block35_2_conv", "block35_2_ac"):
        assert made[name] == ("block35", "block35_2")
    assert len(set(made.values())) == 1 + 40  # each block by itself


def test_a_layer_between_those_of_a_stage_is_in_it():
    chain_of = [f"layer_{k}" for k in range(12)]
    names = ["image", "Conv1", "bn_Conv1", "Conv1_relu", *chain_of, "block9_act", "block9", "block9_bn", "side", "end"]
    before = {name: [source] for source, name in itertools.pairwise(names)}
    before["side"] = ["block9_act"]
    before["end"] = ["block9_bn", "side"]
    found = find_stages(names, before)
    assert found["Conv1"] == found["bn_Conv1"] == found["Conv1_relu"] == ("Conv1",)
    assert found["block9_act"] == found["block9"] == found["block9_bn"] == ("block9",)
    assert found["side"] == found["end"] == found["image"] == ()  # nothing of a stage comes after them
    assert find_stages(names)["bn_Conv1"] == ()
