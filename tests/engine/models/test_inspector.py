"""Looking into a network, against NumPy, Keras and GradientTape."""

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


def service_of(model):
    snapshots = WeightHistory()
    snapshots.add(0, model.get_weights())
    service = ModelService(DataService(print))
    service.set_network_of_run(CurrentNetwork("a network", model, snapshots, load_sample().x_train[:64]))
    return service, snapshots


@pytest.fixture(scope="module", params=["logistic", "mlp", "cnn"])
def case(request):
    model = build_network(run_settings(model=request.param, filters=4, hidden=16))
    return model, service_of(model)[0]


def test_outputs_are_keras_own(case):
    model, service = case
    told = service.activations({"image": IMAGE})
    np.testing.assert_allclose(told["probabilities"], model(IMAGE[None] / np.float32(255))[0], atol=1e-6)
    x = IMAGE[None] / np.float32(255)
    for layer, output in zip(model.layers, told["outputs"], strict=True):
        x = layer(x)
        np.testing.assert_allclose(output, x[0], atol=1e-5)


def test_no_more_is_sent_than_was_asked_for(case):
    whole = case[1].activations({"image": IMAGE})
    told = case[1].activations({"image": IMAGE, "maps": 3, "units": 12})
    for sent, output in zip(told["outputs"], whole["outputs"], strict=True):
        np.testing.assert_array_equal(sent, output[..., : 3 if output.ndim == 3 else 12])
    np.testing.assert_array_equal(told["probabilities"], whole["probabilities"])


def test_every_kind_of_unit_is_explained_by_its_numbers(case):
    service = case[1]
    outputs = service.activations({"image": IMAGE})["outputs"]
    for layer, output in enumerate(outputs):
        index = [size // 2 for size in output.shape]
        told = service.unit({"image": IMAGE, "layer": layer, "index": index})["explanation"]
        assert told["output"] == pytest.approx(float(output[tuple(index)]), abs=1e-6)
        if told["kind"] == "sum":
            z = float(np.sum(told["inputs"].astype(float) * told["weights"])) + told["bias"]
            assert told["z"] == pytest.approx(z, abs=1e-5)
            if told["activation"] == "relu":
                assert told["output"] == pytest.approx(max(0.0, z), abs=1e-5)
            if told["activation"] == "softmax":
                e = np.exp(told["all_z"] - told["all_z"].max())
                assert told["output"] == pytest.approx(e[index[0]] / e.sum(), abs=1e-6)
        elif told["kind"] == "max":
            assert told["output"] == pytest.approx(told["inputs"].max())
        elif told["kind"] == "same":
            before = IMAGE / np.float32(255) if layer == 0 else outputs[layer - 1]
            assert before[tuple(told["from"])] == pytest.approx(told["output"])


@pytest.mark.parametrize(("side", "stride", "rows"), [(3, 1, 28), (4, 1, 28), (5, 2, 28), (3, 2, 27)])
def test_a_convolution_with_zeros_around_is_taken_apart(side, stride, rows):
    parts = [keras.layers.Reshape((28, 28, 1)), keras.layers.Cropping2D(((0, 28 - rows), (0, 0)))]
    same = keras.layers.Conv2D(2, side, strides=stride, padding="same", activation="relu")
    tail = [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(10, activation="softmax")]
    model = keras.Sequential([keras.Input((28, 28)), *parts, same, *tail])
    same.bias.assign([0.1, -0.2])
    service, _ = service_of(model)
    outputs = service.activations({"image": IMAGE})["outputs"]
    high, wide, _ = outputs[2].shape
    around = np.pad(outputs[1][..., 0], 9)
    for row, column in ((0, 0), (high - 1, wide - 1), (high // 2, 0), (high // 2, wide // 2)):
        told = service.unit({"image": IMAGE, "layer": 2, "index": [row, column, 1]})["explanation"]
        total = float(np.sum(told["inputs"].astype(float) * told["weights"]))
        assert told["output"] == pytest.approx(max(0.0, total - 0.2), abs=1e-5)
        top, left = (position + 9 for position in told["corner"])
        np.testing.assert_array_equal(told["inputs"][..., 0], around[top : top + side, left : left + side])
    mean = service.unit({"image": IMAGE, "layer": 3, "index": [1]})["explanation"]
    assert mean["output"] == pytest.approx(float(outputs[2][..., 1].mean()), abs=1e-6)
    [line] = formula_text(mean)
    assert line.startswith(f"mean of the {high * wide} numbers of map 1 of the layer before = ")
    assert line.endswith(format_number(mean["output"]))


@pytest.mark.parametrize("scaled", [True, False])
def test_batch_normalisation_is_taken_apart(scaled):
    rng = np.random.default_rng(3)
    parts = [keras.layers.Reshape((28, 28, 1)), keras.layers.Conv2D(3, 5)]
    norm = keras.layers.BatchNormalization(center=scaled, scale=scaled)
    model = keras.Sequential([keras.Input((28, 28)), *parts, norm, keras.layers.Flatten(), keras.layers.Dense(10)])
    norm.set_weights([rng.uniform(0.5, 2.0, weight.shape) for weight in norm.weights])
    service, _ = service_of(model)
    outputs = service.activations({"image": IMAGE})["outputs"]
    for index in ([4, 7, 2], [12, 11, 0]):
        told = service.unit({"image": IMAGE, "layer": 2, "index": index})["explanation"]
        assert told["kind"] == "norm"
        unit = {weight.name: weight.numpy()[index[-1]] for weight in norm.weights}
        x = outputs[1][tuple(index)]
        by_hand = (x - unit["moving_mean"]) / np.sqrt(unit["moving_variance"] + norm.epsilon)
        by_hand = by_hand * unit.get("gamma", 1.0) + unit.get("beta", 0.0)
        assert told["input"] == pytest.approx(float(x))
        assert told["output"] == pytest.approx(float(by_hand), abs=1e-5)
        last = formula_text(told)[-1]
        assert last.startswith("γ · x̂ + β = ")
        assert last.endswith(f" = {format_number(told['output'])}")
        number = float(told["gamma"] * (x - told["mean"]) / np.sqrt(told["variance"] + told["epsilon"]) + told["beta"])
        assert number == pytest.approx(told["output"], abs=1e-5)


def test_the_images_that_excite_a_unit_most_are_numpys(case):
    model, service = case
    images = load_sample().x_train[:64]
    x = images / np.float32(255)
    for place, layer in enumerate(model.layers):
        x = layer(x)
        unit = x.shape[-1] - 1
        told = service.exciting_images({"layer": place, "unit": unit})
        strengths = x.numpy()[..., unit].reshape(64, -1).max(axis=1)
        np.testing.assert_allclose(told["values"], np.sort(strengths)[::-1][:8], atol=1e-5)
        np.testing.assert_allclose(strengths[told["numbers"]], told["values"], atol=1e-5)
        np.testing.assert_array_equal(told["images"], images[told["numbers"]])
    with pytest.raises(UserError, match="no unit 999"):
        service.exciting_images({"layer": 1, "unit": 99999})


def test_an_index_outside_is_refused(case):
    with pytest.raises(IndexError):
        case[1].unit({"image": IMAGE, "layer": 0, "index": [9999]})
    with pytest.raises(UserError, match="no layer 99"):
        case[1].weights({"layer": 99})


def test_the_gradient_is_a_tapes(case):
    model, service = case
    told = service.image_gradient({"image": IMAGE, "output": 3})
    x = tf.constant(IMAGE[None] / np.float32(255))
    with tf.GradientTape() as tape:
        tape.watch(x)
        p = model(x)[0, 3]
    np.testing.assert_allclose(told["gradient"], tape.gradient(p, x)[0], atol=1e-6)


def test_weights_of_a_moment_and_their_statistics():
    model = build_network(run_settings(model="logistic"))
    service, snapshots = service_of(model)
    before = model.get_weights()
    changed = [weight + np.float32(1) for weight in before]
    changed[1][3] = np.nan
    snapshots.add(10, changed)
    new, old, near = (service.weights({"layer": 1, "snapshot": snapshot}) for snapshot in (None, 0, 2))
    assert (new["step"], old["step"], near["step"], new["steps"]) == (10, 0, 0, [0, 10])
    np.testing.assert_array_equal(old["arrays"][0]["values"], before[0])
    np.testing.assert_array_equal(new["arrays"][0]["values"], changed[0])
    told = new["arrays"][0]["summary"]
    assert told["mean"] == pytest.approx(changed[0].mean(), rel=1e-5)
    assert told["std"] == pytest.approx(changed[0].std(), rel=1e-4)
    assert told["norm"] == pytest.approx(np.linalg.norm(changed[0]), rel=1e-5)
    assert new["arrays"][1]["summary"]["nan"] == 1
    shown = new["arrays"][0]["histogram"]
    assert shown["counts"].sum() == 7840
    assert shown["edges"][0] == -shown["edges"][-1]


def test_dead_units_are_those_that_give_0_for_every_image():
    model = build_network(run_settings(model="cnn", filters=4, hidden=16))
    kernel, bias = model.layers[1].get_weights()
    kernel[..., 2], bias[2] = 0, -1
    model.layers[1].set_weights([kernel, bias])
    told = service_of(model)[0].dead_units({"layer": 1})
    assert told["units"].tolist() == [2]
    assert told["images"] == 64


def test_snapshots_keep_the_first_the_newest_and_the_budget():
    weight = np.zeros(1000, np.float32)
    kept = WeightHistory(budget=40_000)
    for step in range(0, 5000, 7):
        kept.add(step, [weight + step])
        steps = [snapshot.step for snapshot in kept.all]
        assert steps[0] == 0
        assert steps[-1] == step
        assert steps == sorted(set(steps))
        assert sum(snapshot.size for snapshot in kept.all) <= 40_000
    distances = np.diff(steps[:-1])
    assert distances.max() <= 2 * distances.min()
    assert len(steps) >= 5


def test_nothing_to_look_into_is_a_sentence():
    with pytest.raises(UserError, match=r"train one, or open a \.keras file"):
        ModelService(DataService(print)).info({})


def test_a_copy_is_looked_at_while_the_network_changes():
    model = build_network(run_settings(model="logistic"))
    service, _ = service_of(model)
    before = service.activations({"image": IMAGE})["probabilities"]
    model.set_weights([weight * 0 for weight in model.get_weights()])
    np.testing.assert_array_equal(service.activations({"image": IMAGE})["probabilities"], before)
    assert keras.backend.backend() == "tensorflow"
