"""Inspecting a network, compared with NumPy, Keras and GradientTape."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from explorer.core.activations.unit_text import formula_text
from explorer.core.data.dataset import load_sample
from explorer.core.errors import UserError
from explorer.core.number_format import format_number
from explorer.core.training.settings import run_settings
from explorer.engine.models.build import build_network
from explorer.engine.services.data import DataService
from explorer.engine.services.models import ModelService
from explorer.engine.training.current_network import CurrentNetwork
from explorer.engine.training.weight_history import WeightHistory

IMAGE = load_sample().x_train[0]


def make_service(model):
    history = WeightHistory()
    history.add(0, model.get_weights())
    service = ModelService(DataService(print))
    service.set_network_of_run(CurrentNetwork("a network", model, history, load_sample().x_train[:64]))
    return service, history


@pytest.fixture(scope="module", params=["logistic", "mlp", "cnn"])
def case(request):
    model = build_network(run_settings(model=request.param, filters=4, hidden=16))
    return model, make_service(model)[0]


def test_outputs_equal_those_of_keras(case):
    model, service = case
    reply = service.activations({"image": IMAGE})
    np.testing.assert_allclose(reply["probabilities"], model(IMAGE[None] / np.float32(255))[0], atol=1e-6)
    x = IMAGE[None] / np.float32(255)
    for layer, output in zip(model.layers, reply["outputs"], strict=True):
        x = layer(x)
        np.testing.assert_allclose(output, x[0], atol=1e-5)


def test_only_the_requested_maps_and_units_are_returned(case):
    complete = case[1].activations({"image": IMAGE})
    reply = case[1].activations({"image": IMAGE, "maps": 3, "units": 12})
    for part, output in zip(reply["outputs"], complete["outputs"], strict=True):
        np.testing.assert_array_equal(part, output[..., : 3 if output.ndim == 3 else 12])
    np.testing.assert_array_equal(reply["probabilities"], complete["probabilities"])


def test_the_reply_lists_the_moments_of_training_as_that_about_weights_does():
    model = build_network(run_settings(model="logistic"))
    service, history = make_service(model)
    for step in (3, 7):
        history.add(step, model.get_weights())
        reply = service.activations({"image": IMAGE})
        assert reply["steps"] == service.weights({"layer": 1})["steps"] == [0, 3, 7][: 2 if step == 3 else 3]
        assert reply["step"] == step


def test_each_kind_of_unit_is_explained_by_numbers_that_give_its_output(case):
    service = case[1]
    outputs = service.activations({"image": IMAGE})["outputs"]
    for layer, output in enumerate(outputs):
        index = [size // 2 for size in output.shape]
        reply = service.unit({"image": IMAGE, "layer": layer, "index": index})["explanation"]
        assert reply["output"] == pytest.approx(float(output[tuple(index)]), abs=1e-6)
        if reply["kind"] == "sum":
            z = float(np.sum(reply["inputs"].astype(float) * reply["weights"])) + reply["bias"]
            assert reply["z"] == pytest.approx(z, abs=1e-5)
            if reply["activation"] == "relu":
                assert reply["output"] == pytest.approx(max(0.0, z), abs=1e-5)
            if reply["activation"] == "softmax":
                e = np.exp(reply["all_z"] - reply["all_z"].max())
                assert reply["output"] == pytest.approx(e[index[0]] / e.sum(), abs=1e-6)
        elif reply["kind"] == "max":
            assert reply["output"] == pytest.approx(reply["inputs"].max())
        elif reply["kind"] == "same":
            inputs = IMAGE / np.float32(255) if layer == 0 else outputs[layer - 1]
            assert inputs[tuple(reply["from"])] == pytest.approx(reply["output"])


@pytest.mark.parametrize(("side", "stride", "rows"), [(3, 1, 28), (4, 1, 28), (5, 2, 28), (3, 2, 27)])
def test_a_convolution_with_zero_padding_is_explained(side, stride, rows):
    parts = [keras.layers.Reshape((28, 28, 1)), keras.layers.Cropping2D(((0, 28 - rows), (0, 0)))]
    same = keras.layers.Conv2D(2, side, strides=stride, padding="same", activation="relu")
    tail = [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(10, activation="softmax")]
    model = keras.Sequential([keras.Input((28, 28)), *parts, same, *tail])
    same.bias.assign([0.1, -0.2])
    service, _ = make_service(model)
    outputs = service.activations({"image": IMAGE})["outputs"]
    height, width, _ = outputs[2].shape
    padded = np.pad(outputs[1][..., 0], 9)
    for row, column in ((0, 0), (height - 1, width - 1), (height // 2, 0), (height // 2, width // 2)):
        reply = service.unit({"image": IMAGE, "layer": 2, "index": [row, column, 1]})["explanation"]
        total = float(np.sum(reply["inputs"].astype(float) * reply["weights"]))
        assert reply["output"] == pytest.approx(max(0.0, total - 0.2), abs=1e-5)
        top, left = (position + 9 for position in reply["corner"])
        np.testing.assert_array_equal(reply["inputs"][..., 0], padded[top : top + side, left : left + side])
    mean = service.unit({"image": IMAGE, "layer": 3, "index": [1]})["explanation"]
    assert mean["output"] == pytest.approx(float(outputs[2][..., 1].mean()), abs=1e-6)
    [line] = formula_text(mean)
    assert line.startswith(f"mean of the {height * width} numbers of map 1 of the layer before = ")
    assert line.endswith(format_number(mean["output"]))


@pytest.mark.parametrize("scaled", [True, False])
def test_batch_normalization_is_explained(scaled):
    rng = np.random.default_rng(3)
    parts = [keras.layers.Reshape((28, 28, 1)), keras.layers.Conv2D(3, 5)]
    norm = keras.layers.BatchNormalization(center=scaled, scale=scaled)
    model = keras.Sequential([keras.Input((28, 28)), *parts, norm, keras.layers.Flatten(), keras.layers.Dense(10)])
    norm.set_weights([rng.uniform(0.5, 2.0, weight.shape) for weight in norm.weights])
    service, _ = make_service(model)
    outputs = service.activations({"image": IMAGE})["outputs"]
    for index in ([4, 7, 2], [12, 11, 0]):
        reply = service.unit({"image": IMAGE, "layer": 2, "index": index})["explanation"]
        assert reply["kind"] == "norm"
        unit = {weight.name: weight.numpy()[index[-1]] for weight in norm.weights}
        x = outputs[1][tuple(index)]
        expected = (x - unit["moving_mean"]) / np.sqrt(unit["moving_variance"] + norm.epsilon)
        expected = expected * unit.get("gamma", 1.0) + unit.get("beta", 0.0)
        assert reply["input"] == pytest.approx(float(x))
        assert reply["output"] == pytest.approx(float(expected), abs=1e-5)
        last = formula_text(reply)[-1]
        assert last.startswith("γ · x̂ + β = ")
        assert last.endswith(f" = {format_number(reply['output'])}")
        number = float(
            reply["gamma"] * (x - reply["mean"]) / np.sqrt(reply["variance"] + reply["epsilon"]) + reply["beta"]
        )
        assert number == pytest.approx(reply["output"], abs=1e-5)


def test_the_images_with_the_largest_activation_equal_those_of_numpy(case):
    model, service = case
    images = load_sample().x_train[:64]
    x = images / np.float32(255)
    for index, layer in enumerate(model.layers):
        x = layer(x)
        unit = x.shape[-1] - 1
        reply = service.exciting_images({"layer": index, "unit": unit})
        activations = x.numpy()[..., unit].reshape(64, -1).max(axis=1)
        np.testing.assert_allclose(reply["values"], np.sort(activations)[::-1][:8], atol=1e-5)
        np.testing.assert_allclose(activations[reply["numbers"]], reply["values"], atol=1e-5)
        np.testing.assert_array_equal(reply["images"], images[reply["numbers"]])
    with pytest.raises(UserError, match="no unit 999"):
        service.exciting_images({"layer": 1, "unit": 99999})


def test_an_index_out_of_range_raises_an_error(case):
    with pytest.raises(IndexError):
        case[1].unit({"image": IMAGE, "layer": 0, "index": [9999]})
    with pytest.raises(UserError, match="no layer 99"):
        case[1].weights({"layer": 99})


def test_the_gradient_equals_that_of_gradient_tape(case):
    model, service = case
    reply = service.image_gradient({"image": IMAGE, "output": 3})
    x = tf.constant(IMAGE[None] / np.float32(255))
    with tf.GradientTape() as tape:
        tape.watch(x)
        p = model(x)[0, 3]
    np.testing.assert_allclose(reply["gradient"], tape.gradient(p, x)[0], atol=1e-6)


def test_weights_of_a_snapshot_and_their_statistics():
    model = build_network(run_settings(model="logistic"))
    service, history = make_service(model)
    before = model.get_weights()
    changed = [weight + np.float32(1) for weight in before]
    changed[1][3] = np.nan
    history.add(10, changed)
    newest, first, nearest = (service.weights({"layer": 1, "snapshot": snapshot}) for snapshot in (None, 0, 2))
    assert (newest["step"], first["step"], nearest["step"], newest["steps"]) == (10, 0, 0, [0, 10])
    np.testing.assert_array_equal(first["arrays"][0]["values"], before[0])
    np.testing.assert_array_equal(newest["arrays"][0]["values"], changed[0])
    reply = newest["arrays"][0]["summary"]
    assert reply["mean"] == pytest.approx(changed[0].mean(), rel=1e-5)
    assert reply["std"] == pytest.approx(changed[0].std(), rel=1e-4)
    assert reply["norm"] == pytest.approx(np.linalg.norm(changed[0]), rel=1e-5)
    assert newest["arrays"][1]["summary"]["nan"] == 1
    histogram = newest["arrays"][0]["histogram"]
    assert histogram["counts"].sum() == 7840
    assert histogram["edges"][0] == -histogram["edges"][-1]


def test_dead_units_are_0_for_every_image():
    model = build_network(run_settings(model="cnn", filters=4, hidden=16))
    kernel, bias = model.layers[1].get_weights()
    kernel[..., 2], bias[2] = 0, -1
    model.layers[1].set_weights([kernel, bias])
    reply = make_service(model)[0].dead_units({"layer": 1})
    assert reply["units"].tolist() == [2]
    assert reply["images"] == 64


def test_the_history_keeps_the_first_and_the_newest_snapshot_within_its_budget():
    weight = np.zeros(1000, np.float32)
    history = WeightHistory(budget=40_000)
    for step in range(0, 5000, 7):
        history.add(step, [weight + step])
        steps = [snapshot.step for snapshot in history.all]
        assert steps[0] == 0
        assert steps[-1] == step
        assert steps == sorted(set(steps))
        assert sum(snapshot.size for snapshot in history.all) <= 40_000
    distances = np.diff(steps[:-1])
    assert distances.max() <= 2 * distances.min()
    assert len(steps) >= 5


def test_a_missing_network_raises_an_error():
    with pytest.raises(UserError, match=r"train one, or open a \.keras file"):
        ModelService(DataService(print)).info({})


def test_the_inspected_copy_does_not_change_with_the_network():
    model = build_network(run_settings(model="logistic"))
    service, _ = make_service(model)
    before = service.activations({"image": IMAGE})["probabilities"]
    model.set_weights([weight * 0 for weight in model.get_weights()])
    np.testing.assert_array_equal(service.activations({"image": IMAGE})["probabilities"], before)
    assert keras.backend.backend() == "tensorflow"


def test_weights_of_recurrent_layers_have_gates_and_names_that_differ():
    layers = [keras.layers.LSTM(24, return_sequences=True), keras.layers.Bidirectional(keras.layers.GRU(5))]
    model = keras.Sequential([keras.Input((28, 28)), *layers, keras.layers.Dense(10)])
    service, _ = make_service(model)
    lstm, both, dense = (service.weights({"layer": layer})["arrays"] for layer in range(3))
    assert [array["gates"] for array in lstm] == [["input gate", "forget gate", "candidate", "output gate"]] * 3
    # Keras begins with 1 as the bias of the forget gate, and its documentation says so.
    gate = lstm[2]["gates"].index("forget gate")
    np.testing.assert_array_equal(lstm[2]["values"].reshape(4, 24)[gate], 1)
    assert [array["gates"] for array in both] == [["update gate", "reset gate", "candidate"]] * 6
    assert [array["gates"] for array in dense] == [[], []]
    assert len({array["name"] for array in both}) == 6
    assert [weight["name"] for weight in service.info({})["layers"][1]["weights"]] == [array["name"] for array in both]
