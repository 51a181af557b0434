"""A training graph as it is read: what is folded, what is open, and where it stands. No TensorFlow."""

import itertools

import pytest

from explorer.core.graph.graphviz_layout import LayoutEdge, lay_out
from explorer.core.network_graph.chunks import CHUNK_SIZE, join_chunks, run_to_end, split_into_chunks
from explorer.core.network_graph.dot_export import dot_text
from explorer.core.network_graph.gradient_health import PassedGradient, diagnose_gradients
from explorer.core.network_graph.graph import ROOT, GraphLayer, NetworkGraph, ancestry
from explorer.core.network_graph.layout import lay_out_graph
from explorer.core.network_graph.ops import GraphOp
from explorer.core.network_graph.path_tracing import trace_path
from explorer.core.network_graph.search import search_graph
from explorer.core.network_graph.visible_graph import ENTRY_PREFIX, EXIT_PREFIX, build_visible_graph

MEAN = "loss/Mean"


def op(name, type_, *inputs, path=(), backward=False, forward=None, shape=(2, 3), dtype="float32"):
    return GraphOp(name, type_, inputs, (shape,), (dtype,), path, backward, forward)


def chain():
    """x goes through a and b (with a weight each, and a skip from a to the sum) into a loss."""
    return NetworkGraph(
        "toy",
        (
            op("x", "Placeholder", path=("input",)),
            op("wa", "Placeholder", path=("a",), dtype="resource"),
            op("a/read", "ReadVariableOp", "wa:0", path=("a",)),
            op("a/mul", "Mul", "x:0", "a/read:0", path=("a",)),
            op("a/relu", "Relu", "a/mul:0", path=("a",)),
            op("b/cast", "Cast", "a/relu:0", path=("b", "inner")),
            op("b/mul", "Mul", "b/cast:0", "b/cast:0", path=("b", "inner")),
            op("b/add", "AddV2", "b/mul:0", "a/relu:0", path=("b",)),
            op("loss/Mean", "Mean", "b/add:0", path=("loss",), shape=()),
            op("gradients/g", "Fill", path=("loss",), backward=True, forward=MEAN),
            op("gradients/c", "Const", path=("loss",), backward=True, forward=MEAN),
            op("gradients/m", "Tile", "gradients/g:0", "gradients/c:0", path=("loss",), backward=True, forward=MEAN),
            op("gradients/b", "Mul", "gradients/m:0", "b/cast:0", path=("loss",), backward=True, forward="b/mul"),
            op("gradients/k", "Cast", "gradients/b:0", path=("loss",), backward=True, forward="b/cast"),
            op("gradients/a", "ReluGrad", "gradients/k:0", "a/relu:0", path=("loss",), backward=True, forward="a/relu"),
            op("unsaid", "Mul", "gradients/a:0", path=("loss",), backward=True),
        ),
        {"a": GraphLayer("Dense", 6, (3,)), "b": GraphLayer("Block", 0), "b/inner": GraphLayer("Dense", 4)},
    )  # fmt: skip


ORDER = {"loss/Mean": 0, "b/add": 1, "b/mul": 2, "b/cast": 3, "a/relu": 4, "a/mul": 5}


def test_what_only_serves_others_is_hidden_and_counted():
    graph = chain()
    assert {kind: count for kind, count in graph.hidden_counts.items() if count} == {
        "variables": 1, "reads": 1, "casts": 2, "constants": 1
    }  # fmt: skip
    assert len(graph.shown_ops) + sum(graph.hidden_counts.values()) == len(graph.ops)
    assert graph.owner_of["wa"] == graph.owner_of["a/read"] == "a/mul"
    assert graph.owner_of["b/cast"] == "b/mul"


def test_backward_ops_belong_to_shown_forward_ops():
    graph = chain()
    # A gradient of the cast belongs to what the cast serves, and what TensorFlow says nothing of to its neighbours.
    assert graph.forward_op_of["gradients/k"] == "b/mul"
    assert graph.forward_op_of["unsaid"] == "a/relu"
    assert graph.group_of["gradients/a"] == graph.group_of["unsaid"] == "a"
    assert graph.group_of["gradients/b"] == "b/inner"


def test_groups_hold_each_op_once():
    groups = chain().groups
    assert {name: group.ops for name, group in groups.items()} == {
        "input": 1, "a": 6, "b": 5, "loss": 4, "b/inner": 4
    }  # fmt: skip
    assert groups["b"].parameters == 4
    assert [group.parent for group in groups.values()] == [None, None, None, None, "b"]


def test_edges_between_closed_groups_are_bundled():
    seen = build_visible_graph(chain(), ())
    assert [node.id for node in seen.nodes] == ["input", "a", "b", "loss"]
    wires = {(wire.source, wire.target): wire for wire in seen.edges}
    assert set(wires) == {("input", "a"), ("a", "b"), ("b", "loss")}
    # Two slots of b/mul by way of the cast, and one of b/add.
    assert wires["a", "b"].count == 3
    assert wires["a", "b"].tensors == ("a/relu:0",)


def test_an_edge_into_an_open_group_goes_through_its_port():
    seen = build_visible_graph(chain(), ("b", "b/inner"), ORDER)
    wires = {(wire.container, wire.source, wire.target): wire.count for wire in seen.edges}
    assert wires == {
        (ROOT, "input", "a"): 1,
        (ROOT, "a", "b"): 3,
        ("b", f"{ENTRY_PREFIX}b", "b/inner"): 2,
        ("b/inner", f"{ENTRY_PREFIX}b/inner", "b/mul"): 2,
        ("b/inner", "b/mul", f"{EXIT_PREFIX}b/inner"): 1,
        ("b", "b/inner", "b/add"): 1,
        ("b", f"{ENTRY_PREFIX}b", "b/add"): 1,
        ("b", "b/add", f"{EXIT_PREFIX}b"): 1,
        (ROOT, "b", "loss"): 1,
    }
    assert seen.steps == ("loss", "b/add", "b/mul", "a")


def test_a_group_is_only_open_where_those_around_it_are():
    assert build_visible_graph(chain(), ("b/inner",)).open == ()
    assert chain().with_ancestors(["b/inner"]) == {"b", "b/inner"}
    with pytest.raises(KeyError, match="nothing"):
        chain().with_ancestors(["nothing"])


def test_every_slot_of_a_shown_op_is_drawn_at_the_last_level():
    graph = chain()
    seen = build_visible_graph(graph, graph.open_at_level(graph.max_level))
    ends = sum(wire.count for wire in seen.edges if wire.target in graph.by_name)
    assert ends == len(graph.forward_edges) == 7


def outermost(graph, opened, name):
    """The boxes by which an op is seen, outermost first: its open groups, then a closed one or itself."""
    path = []
    for group in ancestry(graph.group_of[name]):
        path.append(group)
        if group not in opened:
            return path
    return [*path, name]


@pytest.mark.parametrize("with_helpers", [False, True])
@pytest.mark.parametrize("with_backward", [False, True])
def test_whatever_is_open_each_box_and_edge_is_where_the_first_op_brings_it(with_helpers, with_backward):
    """Op by op, as one would do it by hand, in the order of the ops."""
    graph = chain()
    for count in range(len(graph.groups) + 1):
        for names in itertools.combinations(graph.groups, count):
            seen = build_visible_graph(graph, names, ORDER, helpers=with_helpers, backward=with_backward)
            boxes, between = [], {}
            for one in graph.ops:
                path = outermost(graph, seen.open, one.id)
                is_hidden = one.id in graph.helper_kinds
                if path[-1] == one.id and ((is_hidden and not with_helpers) or (one.backward and not with_backward)):
                    path.pop()
                boxes += [name for name in path if name not in boxes]
            assert [node.id for node in seen.nodes if node.kind not in ("entry", "exit")] == boxes
            for edge in graph.edges_between_shown(with_helpers, with_backward):
                a, b = (outermost(graph, seen.open, name) for name in (edge.source, edge.target))
                while len(a) > 1 and len(b) > 1 and a[0] == b[0]:
                    del a[0], b[0]
                if a != b:
                    between.setdefault((a[0], b[0]), []).append(edge.tensor)
            across = {}
            for wire in seen.edges:
                if not {wire.source[0], wire.target[0]} & {ENTRY_PREFIX, EXIT_PREFIX}:
                    across[wire.source, wire.target] = across.get((wire.source, wire.target), 0) + wire.count
                    carried = between[wire.source, wire.target]
                    assert set(wire.tensors) <= set(carried)
            assert across == {pair: len(tensors) for pair, tensors in between.items()}


def test_helpers_and_backward_ops_can_be_seen():
    graph = chain()
    everything = build_visible_graph(graph, graph.open_at_level(9), ORDER, helpers=True, backward=True)
    ops = {node.id for node in everything.nodes if node.kind in ("op", "helper", "backward")}
    assert ops == {one.id for one in graph.ops}
    ends = sum(wire.count for wire in everything.edges if wire.target in graph.by_name)
    assert ends == graph.edge_count
    beside = {node.id: node.beside for node in everything.nodes if node.kind == "backward"}
    assert beside["gradients/a"] == "a/relu"
    back = [wire for wire in everything.edges if wire.source == "gradients/m"]
    assert [(wire.target, wire.kind) for wire in back] == [(f"{ENTRY_PREFIX}loss", "backward")]


@pytest.mark.parametrize(("helpers", "backward"), [*itertools.product((False, True), repeat=2)])
def test_wires_are_between_boxes_that_are_seen(helpers, backward):
    graph = chain()
    copies = (op("Identity", "Identity", "gradients/a:0", path=("loss",)),)  # what the function gives back
    graph = NetworkGraph("toy", graph.ops + copies, graph.layers)
    for level in range(3):
        seen = build_visible_graph(graph, graph.open_at_level(level), ORDER, helpers=helpers, backward=backward)
        containers = {node.id: node.container for node in seen.nodes}
        assert len(containers) == len(seen.nodes)
        for wire in seen.edges:
            assert containers[wire.source] == containers[wire.target] == wire.container


def test_a_view_survives_the_pipe():
    seen = build_visible_graph(chain(), ("b",), ORDER, helpers=True)
    parts = split_into_chunks(seen)
    made = run_to_end(join_chunks(parts))
    assert made == seen
    assert split_into_chunks(made) == parts  # it goes on as it came


def test_a_large_view_comes_in_parts():
    ops = tuple(op(f"op{k}", "AddN", *([f"op{k - 1}:0"] if k else []), path=("g",)) for k in range(3 * CHUNK_SIZE + 5))
    graph = NetworkGraph("long", ops)
    seen = build_visible_graph(graph, ("g",))
    parts = split_into_chunks(seen)
    assert len(parts) == 1 + 4 + 4  # a head, nodes, wires
    assert len(list(join_chunks(parts))) == 8
    assert run_to_end(join_chunks(parts)) == seen


@pytest.mark.parametrize("level", range(3))
def test_layout_is_deterministic_and_nothing_overlaps(level):
    graph = chain()
    seen = build_visible_graph(graph, graph.open_at_level(level), ORDER)
    sizes = {node.id: (12.0, 12.0) if node.kind in ("entry", "exit") else (150.0, 70.0) for node in seen.nodes}
    labels = {wire.key: (100.0, 60.0) for wire in seen.edges}
    heads = dict.fromkeys(seen.open, 200.0)
    closed = {name: size for name, size in sizes.items() if name not in seen.open}
    made = lay_out_graph(seen, closed, labels, 1.8, heads)
    assert made == lay_out_graph(seen, closed, labels, 1.8, heads)
    assert set(made.centres) == {node.id for node in seen.nodes}
    assert set(made.paths) == {wire.key for wire in seen.edges}
    assert all(len(path) % 3 == 1 for path in made.paths.values())
    by_id = {node.id: node for node in seen.nodes}

    def box(name):
        (x, y), (width, height) = made.centres[name], made.sizes[name]
        return x - width / 2, y - height / 2, x + width / 2, y + height / 2

    for a, b in itertools.combinations([n for n in by_id if by_id[n].kind not in ("entry", "exit")], 2):
        (ax, ay, au, av), (bx, by, bu, bv) = box(a), box(b)
        overlap = min(au, bu) > max(ax, bx) + 0.5 and min(av, bv) > max(ay, by) + 0.5
        inside = a in ancestry_of(by_id[b]) or b in ancestry_of(by_id[a])
        assert overlap == inside, (a, b)
    for name, node in by_id.items():
        if node.container and node.kind not in ("entry", "exit"):
            (ax, ay, au, av), (bx, by, bu, bv) = box(name), box(node.container)
            assert bx <= ax
            assert by <= ay
            assert au <= bu
            assert av <= bv


def ancestry_of(node):
    return ancestry(node.container)


def test_a_long_chain_is_broken_into_rows():
    names = [f"layer{k}" for k in range(12)]
    ops = [op("in", "Placeholder", path=(names[0],))]
    for before, name in itertools.pairwise(names):
        ops.append(op(f"{name}/op", "Relu", f"{ops[-1].id}:0", path=(name,)))
        assert before
    graph = NetworkGraph("chain", tuple(ops))
    seen = build_visible_graph(graph, ())
    made = lay_out_graph(seen, {node.id: (150.0, 90.0) for node in seen.nodes}, {}, 1.8, {})
    assert len({round(y) for _, y in made.centres.values()}) >= 2
    assert made.size[0] / made.size[1] < 4
    for wire in seen.edges:  # a link still begins and ends at its boxes
        start, end = made.paths[wire.key][0], made.paths[wire.key][-1]
        assert start[0] == pytest.approx(made.centres[wire.source][0] + 75, abs=2)
        assert end[0] == pytest.approx(made.centres[wire.target][0] - 75, abs=2)


def test_search_finds_by_name_type_and_shape():
    graph = chain()
    assert search_graph(graph, "relu")[0][0]["id"] in ("a/relu", "gradients/a")
    assert {hit["id"] for hit in search_graph(graph, "ReluGrad")[0]} == {"gradients/a"}
    inner = {"id": "b/inner", "kind": "group", "type": "Dense", "group": "b", "shape": "", "backward": False}
    assert search_graph(graph, "inner")[0][0] == inner
    told = {hit["id"]: (hit["backward"], hit["shape"]) for hit in search_graph(graph, "relu")[0]}
    assert told["gradients/a"] == (True, "2×3")
    assert not told["a/relu"][0]
    assert search_graph(graph, "2x3", limit=4)[1] == 15
    assert search_graph(graph, "2×3", limit=4)[1] == 15
    assert search_graph(graph, "nothing like it") == ([], 0)


def test_what_leads_to_a_box_and_from_it():
    seen = build_visible_graph(chain(), ("b",))
    before, after = trace_path(seen, "b/inner")
    assert {"input", "a"} <= before
    assert {"b/add", "loss"} <= after
    assert "loss" not in before
    assert "a" not in after


def test_the_sentence_says_where_gradients_vanish_and_why():
    layers = [
        PassedGradient("out", 0.1),
        PassedGradient("c", 0.08, activation="sigmoid"),
        PassedGradient("b", 0.001),
        PassedGradient("a", 0.00005),
    ]
    said = diagnose_gradients(layers)
    assert "vanish" in said
    assert "at a " in said
    assert "2,000 times smaller" in said
    assert "begins at c" in said
    assert "0.25" in said
    dead = [PassedGradient("out", 0.1), PassedGradient("c", 0.1, dead=0.9), PassedGradient("b", 1e-5)]
    assert "90% of its units are 0" in diagnose_gradients(dead)
    assert "explode" in diagnose_gradients(
        [PassedGradient("out", 0.1), PassedGradient("b", 3.0), PassedGradient("a", 500.0)]
    )
    assert "No gradient comes to a" in diagnose_gradients(
        [PassedGradient("out", 0.1), PassedGradient("b", 0.1, dead=1.0), PassedGradient("a", 0.0)]
    )
    assert "begin at b" in diagnose_gradients([PassedGradient("out", 0.1), PassedGradient("b", 0.1, nan=3)])
    assert diagnose_gradients([PassedGradient("out", 0.1), PassedGradient("b", 0.05)]) == ""
    assert diagnose_gradients([]) == ""


def test_dot_is_read_by_graphviz():
    import pygraphviz

    seen = build_visible_graph(chain(), ("b",), ORDER)
    graph = pygraphviz.AGraph(string=dot_text('a "toy"', seen))
    assert {"input", "a", "b/inner", "b/add", "loss"} <= set(graph.nodes())
    assert graph.get_edge("a", ">b").attr["label"] == "3 edges"
    assert graph.get_subgraph("cluster_b") is not None


def test_large_groups_that_give_to_each_other_are_laid_out():
    sizes = {f"n{k}": (100.0, 50.0) for k in range(200)}
    edges = [LayoutEdge(f"e{k}", f"n{k}", f"n{k + 1}") for k in range(199)] + [LayoutEdge("back", "n150", "n20")]
    made = lay_out(sizes, edges, "LR")
    assert all(made.centres[f"n{k}"][0] < made.centres[f"n{k + 1}"][0] for k in range(199))
    assert set(made.paths) == {edge.key for edge in edges}


def test_small_groups_that_give_to_each_other_are_laid_out():
    sizes = dict.fromkeys("abc", (100.0, 50.0))
    edges = [LayoutEdge("1", "a", "b"), LayoutEdge("2", "b", "a"), LayoutEdge("3", "b", "c")]
    made = lay_out(sizes, edges, "LR")
    assert set(made.paths) == {"1", "2", "3"}
    assert made.centres["c"][0] > made.centres["b"][0]
