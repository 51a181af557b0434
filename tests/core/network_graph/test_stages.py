"""Stages of a network: found by the names of layers, or where few tensors cross a boundary."""

import itertools

from explorer.core.network_graph.stages import find_stages


def test_stages_from_names():
    names = ["conv1_pad", "conv1_conv"]
    names += [f"conv2_block{k}_{part}" for k in (1, 2) for part in ("1_conv", "1_bn", "add", "out")]
    names += ["block1a_conv", "block1a_bn", "block1b_conv", "block1b_bn", "avg_pool"]
    stages = find_stages(names)
    assert stages["conv1_pad"] == ("conv1",)
    assert stages["conv2_block1_1_conv"] == ("conv2", "conv2_block1")
    assert stages["block1b_bn"] == ("block1", "block1b")
    assert stages["avg_pool"] == ()
    assert set(find_stages(["conv1_a", "conv1_b"]).values()) == {()}


def test_distant_layers_form_no_stage():
    """InceptionV3 names its convolutions conv2d_1, conv2d_2 …, whatever block they are in."""
    names = [name for k in range(20) for name in (f"conv2d_{k}", f"batch_normalization_{k}", f"activation_{k}", "x")]
    assert set(find_stages(names).values()) == {()}


def test_names_with_several_parts_make_stages():
    names = [f"net_stage_{k}_block_{j}_{part}" for k in (0, 1) for j in range(4) for part in ("conv", "gelu")]
    stages = find_stages([*names, "net_head"])
    assert stages["net_stage_1_block_2_gelu"] == ("net_stage_1", "net_stage_1_block_2")
    assert stages["net_head"] == ()


def inception(blocks):
    """Return the inputs of layers that are numbered, as in InceptionV3: three branches to each mixed layer."""
    inputs = {"stem": []}
    for k in range(blocks):
        source = [*inputs][-1]
        branches = [[f"c{9 * k + 3 * branch + j}" for j in range(3)] for branch in range(3)]
        for j in range(3):  # in Keras's order: all branches side by side
            for branch in branches:
                inputs[branch[j]] = [branch[j - 1] if j else source]
        inputs[f"mixed{k}"] = [branch[-1] for branch in branches]
    return inputs


def test_with_numbered_names_stages_end_where_few_tensors_cross():
    inputs = inception(8)
    stages = find_stages([*inputs], inputs)
    assert stages["stem"] == ()
    for k in range(8):
        block = {name for name, path in stages.items() if path == (f"mixed{k}_block",)}
        assert block == {f"mixed{k}", *(f"c{9 * k + j}" for j in range(9))}
    small = inception(4)
    assert set(find_stages([*small], small).values()) == {()}  # so few layers need no stages
    assert set(find_stages([*inputs]).values()) == {()}  # the connections are unknown


def test_a_cell_with_the_outputs_of_two_others_is_a_block():
    """In NASNet at least two tensors cross each boundary."""
    inputs = {"in": [], "cell0": ["in"], "cell1": ["in", "cell0"]}
    for k in range(2, 20):
        parts = [f"part_{j}_{k}" for j in range(5)]
        inputs |= {part: [f"cell{k - 1}", f"cell{k - 2}"] for part in parts}
        inputs[f"cell{k}"] = [*parts, f"cell{k - 1}"]
    stages = find_stages([*inputs], inputs)
    assert {path[0] for path in stages.values() if path} >= {f"cell{k}_block" for k in range(2, 20)}
    assert stages["part_3_7"][0] == stages["cell7"][0] == "cell7_block"


def residual(kinds):
    """Return the inputs of residual blocks with activations, as in InceptionResNetV2: so many of each kind."""
    inputs, number = {"stem": []}, itertools.count()
    for kind, count in kinds.items():
        for k in range(1, count + 1):
            source = [*inputs][-1]
            branches = [f"conv2d_{next(number)}" for _ in range(3)]
            inputs |= {branch: [source] for branch in branches}
            inputs[f"{kind}_{k}_mixed"] = branches
            inputs[f"{kind}_{k}_conv"] = [f"{kind}_{k}_mixed"]
            inputs[f"scale_{next(number)}"] = [source, f"{kind}_{k}_conv"]
            inputs[f"{kind}_{k}_ac"] = [[*inputs][-1]]
        inputs[f"mixed_{kind}"] = [[*inputs][-1]]
    return inputs


def test_blocks_with_similar_names_are_one_stage():
    inputs = residual({"block35": 10, "block17": 20, "block8": 10})
    stages = find_stages([*inputs], inputs)
    assert stages["stem"] == stages["mixed_block17"] == ()
    assert {path[0] for path in stages.values() if path} == {"block35", "block17", "block8"}
    for name in ("conv2d_4", "block35_2_mixed", "block35_2_conv", "block35_2_ac"):
        assert stages[name] == ("block35", "block35_2")
    assert len(set(stages.values())) == 1 + 40  # each block by itself


def test_a_layer_between_layers_of_a_stage_is_in_it():
    chain_of = [f"layer_{k}" for k in range(12)]
    names = ["image", "Conv1", "bn_Conv1", "Conv1_relu", *chain_of, "block9_act", "block9", "block9_bn", "side", "end"]
    inputs = {name: [source] for source, name in itertools.pairwise(names)}
    inputs["side"] = ["block9_act"]
    inputs["end"] = ["block9_bn", "side"]
    stages = find_stages(names, inputs)
    assert stages["Conv1"] == stages["bn_Conv1"] == stages["Conv1_relu"] == ("Conv1",)
    assert stages["block9_act"] == stages["block9"] == stages["block9_bn"] == ("block9",)
    assert stages["side"] == stages["end"] == stages["image"] == ()  # no layer of a stage comes after them
    assert find_stages(names)["bn_Conv1"] == ()


def chain(*names):
    return {name: [before] if before else [] for before, name in zip((None, *names), names, strict=False)}


def outermost(stages):
    return list(dict.fromkeys((*path, name)[0] for name, path in stages.items()))


def test_in_a_large_network_what_runs_beside_a_stage_is_in_it():
    """The residual branches of Xception, and the sums behind them, have names that say nothing of their block."""
    inputs = chain("input", "block1_conv", "block1_bn")
    before = "block1_bn"
    for k in range(2, 14):
        inputs |= {f"block{k}_sepconv": [before], f"block{k}_pool": [f"block{k}_sepconv"]}
        branch = before
        if k % 3 == 0:
            inputs |= {f"conv2d_{k}": [before], f"batch_normalization_{k}": [f"conv2d_{k}"]}
            branch = f"batch_normalization_{k}"
        before = f"add_{k}"
        inputs[before] = [f"block{k}_pool", branch]
    inputs["predictions"] = [before]
    stages = find_stages([*inputs], inputs)
    assert outermost(stages) == ["input", *(f"block{k}" for k in range(1, 14)), "predictions"]
    assert stages["add_6"] == stages["conv2d_6"] == ("block6",)


def test_in_a_large_network_normalizations_and_activations_are_with_the_layer_before_them():
    names = [name for k in range(9) for name in (f"conv_{k}x", f"bn_{k}x", f"act_{k}x")]
    inputs = chain("input", *names, "pool", "out")
    followers = {name for name in names if not name.startswith("conv")}
    stages = find_stages([*inputs], inputs, followers)
    assert outermost(stages) == ["input", *(f"conv_{k}x_block" for k in range(9)), "pool", "out"]
    assert stages["act_4x"] == ("conv_4x_block",)


def test_a_follower_of_a_layer_with_other_users_stays_a_box_and_so_does_one_of_the_input():
    names = [f"layer{chr(97 + k)}" for k in range(22)]
    inputs = chain("input", "first", *names)
    inputs["sum"] = [names[-1], names[3]]
    stages = find_stages([*inputs], inputs, {"first", names[4], names[10]})
    assert stages["first"] == stages[names[4]] == ()
    assert stages[names[10]] == stages[names[9]] == (f"{names[9]}_block",)


def test_a_network_that_fits_on_a_screen_keeps_its_layers():
    names = [name for k in range(6) for name in (f"conv_{k}x", f"bn_{k}x", f"act_{k}x")]
    inputs = chain("input", *names)
    assert set(find_stages([*inputs], inputs, set(names[1:])).values()) == {()}
