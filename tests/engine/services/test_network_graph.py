"""The numbers of a training graph: each visible tensor is summarized, and none stays in memory."""

import weakref

import numpy as np
import pytest

from explorer.core.data.dataset import load_sample
from explorer.core.network_graph.chunks import join_chunks, run_to_end
from explorer.engine.network_graph import visible_values
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


def all_tensors(traced):
    return [tensor for pair in traced.gradients.items() for tensor in pair]


def test_each_tensor_is_summarized_once_with_the_values_of_a_plain_run(cnn):
    traced, *batch = cnn
    values, names = GraphValues(traced), []
    summaries = values.summarize(*batch, all_tensors(traced), lambda name, value: names.append(name) or np.array(value))
    fetched = GraphValues(traced).run(*batch, all_tensors(traced))
    assert sorted(names) == sorted(summaries) == sorted(fetched)
    assert len(fetched) > 20
    for name, value in fetched.items():
        np.testing.assert_array_equal(summaries[name], value)


def test_summarized_tensors_are_released(cnn):
    """All tensors of a large network would fill the memory: only those in progress may be alive."""
    traced, *batch = cnn
    known, alive = [], []

    def summarize(_name, value):
        alive.append(sum(one() is not None for one in known))
        if value.ndim:
            known.append(weakref.ref(value))

    GraphValues(traced).summarize(*batch, all_tensors(traced), summarize)
    assert len(known) > 20
    assert max(alive) <= 4  # as many as there are threads that deliver one


def test_too_many_numbers_are_reported_and_not_counted(service, monkeypatch):
    number = service.open({"source": "mlp"})["graph"]
    monkeypatch.setattr(visible_values, "MAX_NUMBERS", 10_000)
    reply = service.values({"graph": number, "level": 0})
    assert "too many numbers" in reply["message"]
    assert not reply["edges"]
    assert np.isfinite(reply["loss"])
    monkeypatch.undo()
    reply = service.values({"graph": number, "level": 0})
    assert "too many" not in reply["message"]
    assert reply["edges"]


@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_pixels_and_the_loss_are_not_dead_units(service, model):
    """Most pixels at the edge of MNIST's images are black in the complete batch, and nothing is wrong with them."""
    number = service.open({"source": model})["graph"]
    nodes = service.values({"graph": number, "level": 0})["nodes"]
    layers = {layer.name for layer in create_model(model).layers if layer.weights}
    assert {"input", "loss", "truth"} <= set(nodes)
    dead = {name for name, node in nodes.items() if node["dead"] is not None}
    after = {"cnn": {"pool_1", "pool_2", "flatten"}, "mlp": set()}[model]  # computed from the outputs of units
    assert dead == layers | after


@pytest.mark.slow
@pytest.mark.parametrize("level", range(5))
def test_all_visible_edges_of_resnet50_have_numbers(service, level):
    if service._open is None or service._open.source != "keras:ResNet50":
        service.open({"source": "keras:ResNet50"})
    number = service._open.number
    request = {"graph": number, "level": level}
    visible, reply = run_to_end(join_chunks(service.view(request)["chunks"])), service.values(request)
    assert "too many" not in reply["message"]
    numeric = {edge.key for edge in visible.edges if edge.kind == "forward" and edge.dtype in ("float32", "int32")}
    assert numeric == {edge.key for edge in visible.edges if reply["edges"].get(edge.key, {}).get("value")}
    assert len(numeric) >= (10, 40, 200, 1400, 2500)[level]
    have_gradients = [edge for edge in visible.edges if set(edge.tensors) <= service._open.traced.gradients.keys()]
    assert len(have_gradients) >= (8, 35, 190, 700, 1000)[level]
    for edge in have_gradients:
        assert reply["edges"][edge.key]["gradient"]["count"] > 0
