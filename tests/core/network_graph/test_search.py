"""Searching a training graph, and the paths through one of its boxes."""

import re
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.core.network_graph.connected_boxes import trace_path
from explorer.core.network_graph.search import GraphVariable, SearchIndex, shape_text
from explorer.core.network_graph.visible_graph import build_visible_graph
from tests.core.network_graph.toy_graph import toy_graph

GRAPH = toy_graph()
VARIABLES = (GraphVariable("toy/a/kernel", "wa", (3, 3), "float32"), GraphVariable("toy/a/beta", "wa", (3,), "float32"))
INDEX = SearchIndex(GRAPH, VARIABLES)
EVERYTHING = len(GRAPH.groups) + len(VARIABLES) + len(GRAPH.ops)


def found(text):
    """Return the hits of a search as sets of (kind, name, id)."""
    hits, total = INDEX.search(text, limit=EVERYTHING)
    assert len(hits) == total
    return {(hit["kind"], hit["name"], hit["id"]) for hit in hits}


def test_search_finds_by_name_type_and_shape():
    assert INDEX.search("relu")[0][0]["id"] == "a/relu"
    assert {hit["id"] for hit in INDEX.search("ReluGrad")[0]} == {"gradients/a"}
    inner = {
        "id": "b/inner", "name": "inner", "kind": "group", "type": "Dense", "group": "b", "shape": "",
        "backward": False, "hidden": False,
    }  # fmt: skip
    assert INDEX.search("inner")[0][0] == inner
    hits = {hit["id"]: (hit["backward"], hit["shape"]) for hit in INDEX.search("relu")[0]}
    assert hits["gradients/a"] == (True, "2×3")
    assert not hits["a/relu"][0]
    assert INDEX.search("2x3", limit=4)[1] == 15
    assert INDEX.search("nothing like it") == ([], 0)


@pytest.mark.parametrize("text", ["2x3", "2×3", "2, 3", "(2, 3)", "[2,3]", "2 × 3"])
def test_a_shape_is_found_as_people_write_it(text):
    assert found(text) == found("2x3") != set()


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("a relu", {"a/relu", "gradients/a"}),
        ("relu forward", {"a/relu"}),
        ("relu backward", {"gradients/a"}),
        ("dense mul", {"a/mul", "b/mul", "gradients/b", "unsaid"}),  # the class of the layer around, and an op's type
        ("inner mul forward", {"b/mul"}),
        ("mean scalar", {"loss/Mean"}),
        ("cast b/inner", {"b/cast", "gradients/k"}),
        ("b/add 2x3", {"b/add"}),
        ("dense float32 zebra", set()),
    ],
)
def test_all_words_match_in_any_order(text, ids):
    for words in permutations(text.split()):
        hits, _total = INDEX.search(" ".join(words), limit=EVERYTHING)
        assert {hit["id"] for hit in hits if hit["kind"] == "op"} == ids, words


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("toy/a/kernel", ["toy/a/kernel"]),
        ("a/kernel", ["toy/a/kernel"]),
        ("kernel", ["toy/a/kernel"]),
        ("KERNEL 3x3", ["toy/a/kernel"]),
        ("toy/beta", ["toy/a/beta"]),  # parts between may be left out
        ("dense beta", ["toy/a/beta"]),
        ("weights dense 3", ["toy/a/beta", "toy/a/kernel"]),  # the shape of the first is 3
        ("beta/kernel", []),
    ],
)
def test_weights_are_found_by_keras_names(text, names):
    hits = [hit for hit in INDEX.search(text, limit=EVERYTHING)[0] if hit["kind"] == "weight"]
    assert [hit["name"] for hit in hits] == names
    for hit in hits:
        assert (hit["id"], hit["group"], hit["type"]) == ("a/mul", "a", "weights of Mul")


def test_all_weights_are_found_by_what_they_are():
    assert {name for kind, name, _ in found("weights")} == {variable.path for variable in VARIABLES}
    assert {name for kind, name, _ in found("weights 3x3")} == {"toy/a/kernel"}


def test_a_weight_that_is_named_exactly_comes_before_everything_that_contains_the_name():
    assert INDEX.search("a/kernel")[0][0]["name"] == "toy/a/kernel"


def test_hidden_ops_come_last_and_say_so():
    hits = INDEX.search("2x3", limit=EVERYTHING)[0]
    flags = [hit["hidden"] for hit in hits]
    assert flags == sorted(flags)
    assert {hit["id"] for hit in hits if hit["hidden"]} == {
        op.id for op in GRAPH.ops if op.id in GRAPH.helper_kinds and op.shape == (2, 3)
    }


WORD = st.one_of(
    st.sampled_from(
        ["relu", "mul", "dense", "inner", "2x3", "a", "b", "kernel", "backward", "float32", "b/inner", "x"]
    ),
    st.text("abrelmu/x23", min_size=1, max_size=4),
)


@given(st.lists(WORD, min_size=1, max_size=4), st.randoms())
def test_the_order_of_words_does_not_matter_and_another_word_finds_no_more(words, random):
    hits = found(" ".join(words))
    shuffled = random.sample(words, len(words))
    assert found(" ".join(shuffled)) == hits
    assert found("  ".join([*words, random.choice(words)]).upper()) == hits
    whole = [word for word in words if word.strip("/")]
    assert hits <= set().union(*(found(word) for word in whole))  # one of them matches the hit itself


@given(st.data())
def test_each_part_of_a_name_type_or_shape_finds_its_op(data):
    op = data.draw(st.sampled_from([*GRAPH.ops]))
    text = data.draw(st.sampled_from([op.id, op.type, shape_text(op.shape)]))
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    if re.search(r"\w", part):
        assert ("op", op.id.rpartition("/")[2], op.id) in found(part)


def test_ancestors_and_descendants_of_a_box():
    visible = build_visible_graph(toy_graph(), ("b",))
    before, after = trace_path(visible, "b/inner")
    assert {"input", "a"} <= before
    assert {"b/add", "loss"} <= after
    assert "loss" not in before
    assert "a" not in after
    assert not {"b/inner"} & (before | after)
    assert trace_path(visible, "unknown") == (set(), set())
