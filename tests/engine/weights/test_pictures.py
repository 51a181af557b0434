"""What of the weights is sent to be shown, against NumPy's own indexing; and the arrays of a moment in a file."""

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
from explorer.engine.weights.pictures import BARS, COLUMNS, ROWS, TILES, is_on_pixels, picture_of, thinned

RANDOM = np.random.default_rng(1)


def service_of(**settings):
    model = build_network(run_settings(**settings))
    snapshots = WeightHistory()
    snapshots.add(0, model.get_weights())
    service = ModelService(DataService(print))
    service.set_network_of_run(CurrentNetwork("a network", model, snapshots, load_sample().x_train[:8]))
    return service, model, snapshots


def test_the_ten_templates_are_columns_of_the_kernel():
    service, model, _ = service_of(model="logistic")
    kernel, bias = service.weights({"layer": 1, "part": {}})["arrays"]
    assert (kernel["kind"], kernel["shape"]) == ("images", [784, 10])
    for digit in range(10):
        np.testing.assert_array_equal(kernel["values"][digit], model.get_weights()[0][:, digit].reshape(28, 28))
    assert bias["kind"] == "bars"
    np.testing.assert_array_equal(bias["values"], model.get_weights()[1])


def test_filters_of_a_channel_are_a_slice_of_the_kernel():
    service, model, _ = service_of(model="cnn", filters=5, hidden=12)
    first = service.weights({"layer": 1, "part": {}})["arrays"][0]
    np.testing.assert_array_equal(first["values"][4], model.layers[1].get_weights()[0][:, :, 0, 4])
    second = service.weights({"layer": 3, "part": {"channel": 3}})["arrays"][0]
    assert (second["kind"], second["shape"], second["channel"]) == ("filters", [3, 3, 5, 10], 3)
    np.testing.assert_array_equal(second["values"][7], model.layers[3].get_weights()[0][:, :, 3, 7])
    assert service.weights({"layer": 3, "part": {"channel": 99}})["arrays"][0]["channel"] == 4


def test_a_layer_behind_others_is_a_matrix_and_not_images():
    service, model, _ = service_of(model="mlp", hidden=784)  # as many inputs as an image has pixels, but they are none
    told = service.weights({"layer": 2, "part": {}})["arrays"][0]
    assert told["kind"] == "matrix"
    kernel = model.layers[2].get_weights()[0]
    np.testing.assert_array_equal(told["values"], kernel.ravel()[told["indices"]])
    assert is_on_pixels(["Flatten", "Dropout"])
    assert not is_on_pixels(["Flatten", "Dense"])


def test_a_layer_without_weights_has_none():
    service, _, _ = service_of(model="logistic")
    assert service.weights({"layer": 0, "part": {}})["arrays"] == []


def test_of_many_units_one_page_is_sent():
    kernel = RANDOM.normal(size=(784, 4096)).astype(np.float32)
    told = picture_of(kernel, True, {"start": 4000})
    assert told["start"] == 4096 - TILES
    np.testing.assert_array_equal(told["values"][-1], kernel[:, 4095].reshape(28, 28))
    assert picture_of(kernel, True, {"start": 10**9})["start"] == 4096 - TILES
    assert picture_of(kernel, True, {"start": -5})["start"] == 0
    assert picture_of(kernel, True, {})["values"].shape == (TILES, 28, 28)


@pytest.mark.parametrize("shape", [(1600, 128), (4096, 10), (100, 4096), (513, 385), (7, 3), (3, 4, 5)])
def test_a_thinned_matrix_keeps_the_largest_of_each_block_and_knows_where_it_was(shape):
    kernel = RANDOM.normal(size=shape).astype(np.float32)
    told = picture_of(kernel, False, {})
    shown = told["values"]
    assert shown.shape[0] <= ROWS
    assert shown.shape[1] <= COLUMNS
    turned = kernel.reshape(-1, shape[-1]).T
    if "indices" not in told:
        np.testing.assert_array_equal(shown, turned)
        return
    np.testing.assert_array_equal(shown, kernel.ravel()[told["indices"]])
    down, across = -(-turned.shape[0] // ROWS), -(-turned.shape[1] // COLUMNS)
    for row, column in ((0, 0), (shown.shape[0] - 1, shown.shape[1] - 1), (shown.shape[0] // 2, 3)):
        block = turned[row * down : (row + 1) * down, column * across : (column + 1) * across]
        assert abs(shown[row, column]) == np.abs(block).max()


def test_a_nan_is_never_thinned_away():
    bias = RANDOM.normal(size=4096).astype(np.float32)
    bias[1234] = np.nan
    told = picture_of(bias, False, {})
    assert len(told["values"]) <= BARS
    assert told["indices"][np.isnan(told["values"])].tolist() == [1234]
    whole, indices = thinned(bias[:100].reshape(1, -1), 1, BARS)
    assert indices is None
    np.testing.assert_array_equal(whole[0], bias[:100])


def test_a_number_alone_is_one_bar():
    assert picture_of(np.float32(3), False, {})["values"].tolist() == [3]


def test_all_arrays_of_a_moment_are_saved(tmp_path):
    service, model, snapshots = service_of(model="mlp", hidden=4, batch_norm=True)
    snapshots.add(5, [weight + 1 for weight in model.get_weights()])
    path = tmp_path / "weights.npz"
    for step, more in ((5, 1), (0, 0)):
        told = service.save_weights({"path": str(path), "snapshot": step})
        assert told["step"] == step
        with np.load(path) as file:
            assert int(file["step"]) == step
            saved = [file[key] for key in file if key != "step"]
            names = [key for key in file if key != "step"]
        assert names == [f"{layer.name}/{weight.name}" for layer in model.layers for weight in layer.weights]
        for values, weight in zip(saved, [w for layer in model.layers for w in layer.weights], strict=True):
            np.testing.assert_array_equal(values, weight.numpy() + more)
    assert [entry.name for entry in tmp_path.iterdir()] == ["weights.npz"]


def test_what_cannot_be_saved_is_a_sentence_and_leaves_nothing(tmp_path):
    service, _, _ = service_of(model="logistic")
    with pytest.raises(UserError, match=r"Not saved: .*weights\.npz cannot be written: No such file or directory"):
        service.save_weights({"path": str(tmp_path / "nowhere" / "weights.npz")})
    assert list(tmp_path.iterdir()) == []


def test_the_memory_of_the_moments_is_told():
    service, model, snapshots = service_of(model="logistic")
    snapshots.add(1, model.get_weights())
    told = service.weights({"layer": 0})
    assert told["bytes"] == 2 * sum(weight.nbytes for weight in model.get_weights())
    assert told["budget"] == snapshots.budget == 96_000_000
