"""Numbers of what is seen of a training graph: all of it is looked at, and nothing is kept that is not told."""

import weakref

import numpy as np
import pytest

from explorer.core.data.dataset import load_sample
from explorer.core.network_graph.chunks import join_chunks, run_to_end
from explorer.engine.network_graph import visible_values as graph_flow
from explorer.engine.network_graph.sources import create_model, trace_model
from explorer.engine.network_graph.values import GraphValues
from explorer.engine.services.data import DataService
from explorer.engine.services.models import ModelService
from explorer.engine.services.network_graph import NetworkGraphService


@pytest.fixture(scope="module")
def service():
    data = DataService(lambda _message: None)
    return NetworkGraphService(ModelService(data), data)


@pytest.fixture(scope="module")
def cnn():
    traced = trace_model(create_model("cnn"), "cnn")
    images = np.float32(load_sample().x_train[:32, :, :, None]) / 255
    return traced, images.reshape(traced.specs[0].shape), np.int32(load_sample().y_train[:32])


def tensors_of(traced):
    return [tensor for pair in traced.gradients.items() for tensor in pair]


def test_each_tensor_is_seen_once_and_as_it_is(cnn):
    traced, *batch = cnn
    values, seen = GraphValues(traced), []
    looked = values.summarize(*batch, tensors_of(traced), lambda name, value: seen.append(name) or np.array(value))
    fetched = GraphValues(traced).run(*batch, tensors_of(traced))
    assert sorted(seen) == sorted(looked) == sorted(fetched)
    assert len(fetched) > 20
    for name, value in fetched.items():
        np.testing.assert_array_equal(looked[name], value)


def test_what_was_looked_at_is_let_go(cnn):
    """All tensors of a large network would fill the memory: no more than are just computed may be alive."""
    traced, *batch = cnn
    known, alive = [], []

    def look(_name, value):
        alive.append(sum(one() is not None for one in known))
        if value.ndim:
            known.append(weakref.ref(value))

    GraphValues(traced).summarize(*batch, tensors_of(traced), look)
    assert len(known) > 20
    assert max(alive) <= 4  # as many as there are threads that hand one over


def test_where_there_are_too_many_numbers_a_sentence_says_so(service, monkeypatch):
    number = service.open({"source": "mlp"})["graph"]
    monkeypatch.setattr(graph_flow, "MAX_NUMBERS", 10_000)
    told = service.values({"graph": number, "level": 0})
    assert "too many numbers" in told["message"]
    assert not told["edges"]
    assert np.isfinite(told["loss"])
    monkeypatch.undo()
    told = service.values({"graph": number, "level": 0})
    assert "too many" not in told["message"]
    assert told["edges"]


@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_neither_pixels_nor_the_loss_are_units_that_could_be_dead(service, model):
    """Most pixels at the edge of MNIST's images are black in the whole batch, and nothing is wrong with them."""
    number = service.open({"source": model})["graph"]
    nodes = service.values({"graph": number, "level": 0})["nodes"]
    layers = {layer.name for layer in create_model(model).layers if layer.weights}
    assert {"input", "loss", "truth"} <= set(nodes)
    dead = {name for name, told in nodes.items() if told["dead"] is not None}
    after = {"cnn": {"pool_1", "pool_2", "flatten"}, "mlp": set()}[model]  # made of what units gave
    assert dead == layers | after


@pytest.mark.slow
@pytest.mark.parametrize("level", range(5))
def test_everything_that_is_seen_of_resnet50_has_its_numbers(service, level):
    if service._open is None or service._open.source != "keras:ResNet50":
        service.open({"source": "keras:ResNet50"})
    number = service._open.number
    request = {"graph": number, "level": level}
    seen, told = run_to_end(join_chunks(service.view(request)["chunks"])), service.values(request)
    assert "too many" not in told["message"]
    numeric = {wire.key for wire in seen.edges if wire.kind == "forward" and wire.dtype in ("float32", "int32")}
    assert numeric == {wire.key for wire in seen.edges if told["edges"].get(wire.key, {}).get("value")}
    assert len(numeric) >= (10, 40, 200, 1400, 2500)[level]
    have_gradients = [wire for wire in seen.edges if set(wire.tensors) <= service._open.traced.gradients.keys()]
    assert len(have_gradients) >= (8, 35, 190, 700, 1000)[level]
    for wire in have_gradients:
        assert told["edges"][wire.key]["gradient"]["count"] > 0
