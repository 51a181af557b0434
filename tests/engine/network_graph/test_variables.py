"""Each variable that Keras names is found in the graph, in its layer, and leads to an op that reads it."""

import keras
import pytest

from explorer.core.autodiff.trace import op_of
from explorer.core.network_graph.search import SearchIndex
from explorer.engine.network_graph.tracing import trace_network
from explorer.engine.network_graph.variables import graph_variables


def plain():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="first"), keras.layers.Dense(2, name="out")])


def normalized():
    image = keras.Input((6, 6, 1))
    x = keras.layers.Conv2D(2, 3, name="block1_conv")(image)
    x = keras.layers.BatchNormalization(name="block1_bn")(x)
    return keras.Model(image, keras.layers.Dense(2, name="out")(keras.layers.Flatten()(x)))


def nested():
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="deep")], name="inner")
    shared = keras.layers.Dense(4, name="shared")
    image = keras.Input((4,))
    return keras.Model(image, keras.layers.Dense(2, name="out")(inner(shared(shared(image)))))


@pytest.mark.parametrize("build", [plain, normalized, nested])
def test_every_variable_is_found_by_its_path(build):
    model = build()
    traced = trace_network(model, 3)
    graph, index = traced.graph, SearchIndex(traced.graph, graph_variables(traced))
    assert len(model.variables) == len(graph_variables(traced))
    for variable in model.variables:
        for query in (variable.path, "/".join(variable.path.split("/")[-2:]), f"{variable.name} {variable.path}"):
            hits = index.search(query)[0]
            assert hits[0]["kind"] == "weight", query
            assert variable.path in {hit["name"] for hit in hits}, query
        hit = next(hit for hit in index.search(variable.path)[0] if hit["name"] == variable.path)
        assert hit["shape"] == "×".join(map(str, variable.shape))
        layer = variable.path.split("/")[-2]
        assert layer in hit["group"].split("/")
        # The op that the hit leads to depends on a read of a resource, through helpers alone.
        waiting, types = [hit["id"]], set()
        while waiting:
            for name in map(op_of, graph.by_name[waiting.pop()].inputs):
                types.add(graph.by_name[name].type)
                waiting += [name] if name in graph.helper_kinds else []
        assert "ReadVariableOp" in types
        assert graph.by_name[hit["id"]].id not in graph.helper_kinds


def test_beta_of_a_block_is_found_without_the_words_between():
    traced = trace_network(normalized(), 2)
    hits = SearchIndex(traced.graph, graph_variables(traced)).search("block1/beta")[0]
    assert [hit["name"].rpartition("/")[2] for hit in hits] == ["beta"]
