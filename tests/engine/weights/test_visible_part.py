"""The visible part of weights, compared with NumPy's indexing, and saved weights."""

import numpy as np
import pytest

from explorer.core.data.dataset import load_sample
from explorer.core.errors import UserError
from explorer.core.training.settings import run_settings
from explorer.engine.models.build import build_network
from explorer.engine.services.data import DataService
from explorer.engine.services.models import ModelService
from explorer.engine.training.current_network import CurrentNetwork
from explorer.engine.training.weight_history import WeightHistory
from explorer.engine.weights.visible_part import (
    MAX_BARS,
    MAX_COLUMNS,
    MAX_IMAGES,
    MAX_ROWS,
    reduce_matrix,
    visible_part,
)

RANDOM = np.random.default_rng(1)


def make_service(**settings):
    model = build_network(run_settings(**settings))
    history = WeightHistory()
    history.add(0, model.get_weights())
    service = ModelService(DataService(print))
    service.set_network_of_run(CurrentNetwork("a network", model, history, load_sample().x_train[:8]))
    return service, model, history


def test_the_ten_templates_are_columns_of_the_kernel():
    service, model, _ = make_service(model="logistic")
    kernel, bias = service.weights({"layer": 1, "part": {}})["arrays"]
    assert (kernel["kind"], kernel["shape"]) == ("images", [784, 10])
    for digit in range(10):
        np.testing.assert_array_equal(kernel["values"][digit], model.get_weights()[0][:, digit].reshape(28, 28))
    assert bias["kind"] == "bars"
    np.testing.assert_array_equal(bias["values"], model.get_weights()[1])


def test_filters_of_a_channel_are_a_slice_of_the_kernel():
    service, model, _ = make_service(model="cnn", filters=5, hidden=12)
    first = service.weights({"layer": 1, "part": {}})["arrays"][0]
    np.testing.assert_array_equal(first["values"][4], model.layers[1].get_weights()[0][:, :, 0, 4])
    second = service.weights({"layer": 3, "part": {"channel": 3}})["arrays"][0]
    assert (second["kind"], second["shape"], second["channel"]) == ("filters", [3, 3, 5, 10], 3)
    np.testing.assert_array_equal(second["values"][7], model.layers[3].get_weights()[0][:, :, 3, 7])
    assert service.weights({"layer": 3, "part": {"channel": 99}})["arrays"][0]["channel"] == 4


def test_a_layer_that_receives_no_pixels_is_a_matrix():
    service, model, _ = make_service(model="mlp", hidden=784)  # as many inputs as pixels, but outputs of a layer
    reply = service.weights({"layer": 2, "part": {}})["arrays"][0]
    assert reply["kind"] == "matrix"
    kernel = model.layers[2].get_weights()[0]
    np.testing.assert_array_equal(reply["values"], kernel.ravel()[reply["indices"]])


def test_a_layer_without_weights_has_none():
    service, _, _ = make_service(model="logistic")
    assert service.weights({"layer": 0, "part": {}})["arrays"] == []


def test_one_page_of_many_units_is_visible():
    kernel = RANDOM.normal(size=(784, 4096)).astype(np.float32)
    reply = visible_part(kernel, True, {"start": 4000})
    assert reply["start"] == 4096 - MAX_IMAGES
    np.testing.assert_array_equal(reply["values"][-1], kernel[:, 4095].reshape(28, 28))
    assert visible_part(kernel, True, {"start": 10**9})["start"] == 4096 - MAX_IMAGES
    assert visible_part(kernel, True, {"start": -5})["start"] == 0
    assert visible_part(kernel, True, {})["values"].shape == (MAX_IMAGES, 28, 28)


@pytest.mark.parametrize("shape", [(1600, 128), (4096, 10), (100, 4096), (513, 385), (7, 3), (3, 4, 5)])
def test_a_reduced_matrix_has_the_largest_number_of_each_block_and_its_index(shape):
    kernel = RANDOM.normal(size=shape).astype(np.float32)
    reply = visible_part(kernel, False, {})
    shown = reply["values"]
    assert shown.shape[0] <= MAX_ROWS
    assert shown.shape[1] <= MAX_COLUMNS
    transposed = kernel.reshape(-1, shape[-1]).T
    if "indices" not in reply:
        np.testing.assert_array_equal(shown, transposed)
        return
    np.testing.assert_array_equal(shown, kernel.ravel()[reply["indices"]])
    down, across = -(-transposed.shape[0] // MAX_ROWS), -(-transposed.shape[1] // MAX_COLUMNS)
    for row, column in ((0, 0), (shown.shape[0] - 1, shown.shape[1] - 1), (shown.shape[0] // 2, 3)):
        block = transposed[row * down : (row + 1) * down, column * across : (column + 1) * across]
        assert abs(shown[row, column]) == np.abs(block).max()


def test_a_nan_is_always_visible():
    bias = RANDOM.normal(size=4096).astype(np.float32)
    bias[1234] = np.nan
    reply = visible_part(bias, False, {})
    assert len(reply["values"]) <= MAX_BARS
    assert reply["indices"][np.isnan(reply["values"])].tolist() == [1234]
    complete, indices = reduce_matrix(bias[:100].reshape(1, -1), 1, MAX_BARS)
    assert indices is None
    np.testing.assert_array_equal(complete[0], bias[:100])


def test_a_single_number_is_one_bar():
    assert visible_part(np.float32(3), False, {})["values"].tolist() == [3]


def test_all_arrays_of_a_snapshot_are_saved(tmp_path):
    service, model, history = make_service(model="mlp", hidden=4, batch_norm=True)
    history.add(5, [weight + 1 for weight in model.get_weights()])
    path = tmp_path / "weights.npz"
    for step, offset in ((5, 1), (0, 0)):
        reply = service.save_weights({"path": str(path), "snapshot": step})
        assert reply["step"] == step
        with np.load(path) as file:
            assert int(file["step"]) == step
            saved = [file[key] for key in file if key != "step"]
            names = [key for key in file if key != "step"]
        assert names == [f"{layer.name}/{weight.name}" for layer in model.layers for weight in layer.weights]
        for values, weight in zip(saved, [w for layer in model.layers for w in layer.weights], strict=True):
            np.testing.assert_array_equal(values, weight.numpy() + offset)
    assert [entry.name for entry in tmp_path.iterdir()] == ["weights.npz"]


def test_a_failed_save_raises_an_error_and_leaves_no_file(tmp_path):
    service, _, _ = make_service(model="logistic")
    with pytest.raises(UserError, match=r"Not saved: .*weights\.npz cannot be written: No such file or directory"):
        service.save_weights({"path": str(tmp_path / "nowhere" / "weights.npz")})
    assert list(tmp_path.iterdir()) == []


def test_the_reply_has_the_memory_of_the_snapshots():
    service, model, history = make_service(model="logistic")
    history.add(1, model.get_weights())
    reply = service.weights({"layer": 0})
    assert reply["bytes"] == 2 * sum(weight.nbytes for weight in model.get_weights())
    assert reply["budget"] == history.budget == 96_000_000
