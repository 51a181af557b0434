"""Explanations of weights, compared with a plain Keras model, its own optimizer, and one image at a time."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from explorer.core.data.dataset import load_sample
from explorer.core.errors import UserError
from explorer.core.training.settings import run_settings
from explorer.engine.models.build import build_network, build_optimizer
from explorer.engine.services.data import DataService
from explorer.engine.services.models import ModelService
from explorer.engine.training.current_network import CurrentNetwork
from explorer.engine.training.optimizer_state import OptimizerState
from explorer.engine.training.trainer import Trainer
from explorer.engine.training.weight_history import WeightHistory

DATA = load_sample()


def train(steps, **settings):
    """Return a service whose current network is a run after ``steps`` steps, the run, and its history."""
    trainer = Trainer(run_settings(xla="no", batch_size=16, **settings), DATA)
    trainer.loop.run(0, 0, steps)
    history = WeightHistory()
    history.add(steps, [weight.numpy().copy() for weight in trainer.model.weights])
    optimizer_state = OptimizerState(trainer.loop, trainer.settings)
    optimizer_state.save(steps)
    service = ModelService(DataService(print))
    service.set_network_of_run(CurrentNetwork("a run", trainer.model, history, DATA.x_train[:4], optimizer_state))
    return service, trainer, history


CASES = [
    ("logistic", 1, "kernel", (397, 3), {}),
    ("logistic", 1, "bias", (4,), {}),
    ("mlp", 1, "kernel", (406, 2), {"hidden": 12, "l2": 0.01}),
    ("mlp", 2, "gamma", (3,), {"hidden": 12, "batch_norm": True}),
    ("cnn", 3, "kernel", (1, 2, 1, 3), {"filters": 3, "hidden": 8}),
]


@pytest.mark.parametrize(("model", "layer", "array", "index", "options"), CASES)
def test_the_gradient_is_that_of_gradient_tape_and_the_sum_of_the_shares(model, layer, array, index, options):
    service, trainer, _ = train(5, model=model, **options)
    reply = service.explain_weight({"layer": layer, "array": array, "index": list(index)})
    x, y = trainer.loop.batch(0, 5)
    variable = next(weight for weight in trainer.model.layers[layer].weights if weight.name == array)
    assert reply["weight"] == float(variable.numpy()[index])
    with tf.GradientTape() as tape:
        losses = keras.losses.sparse_categorical_crossentropy(y, trainer.model(x, training=True))
        loss = tf.reduce_mean(losses) + (tf.add_n(trainer.model.losses) if trainer.model.losses else 0.0)
    gradient = float(tape.gradient(loss, variable).numpy()[index])
    assert reply["gradient"] == pytest.approx(gradient, rel=1e-4, abs=1e-7)
    assert gradient != 0
    assert float(np.sum(reply["shares"], dtype=float)) + reply["penalty"] == pytest.approx(gradient, rel=1e-3, abs=1e-7)
    assert reply["penalty"] == pytest.approx(2 * options.get("l2", 0) * reply["weight"], rel=1e-5)
    if not options.get("batch_norm"):  # with which an image's loss depends on the others
        for k in (0, 7):
            with tf.GradientTape() as tape:
                alone = keras.losses.sparse_categorical_crossentropy(
                    y[k : k + 1], trainer.model(x[k : k + 1], training=True)
                )
            share = float(tape.gradient(alone, variable).numpy()[index]) / 16
            assert reply["shares"][k] == pytest.approx(share, rel=1e-3, abs=1e-8)
    hardest = np.sort(np.abs(reply["shares"]))[::-1][:5]
    np.testing.assert_array_equal(np.abs(reply["shares"][reply["hardest"]]), hardest)
    np.testing.assert_array_equal(reply["images"], np.rint(x.numpy()[reply["hardest"]] * 255))
    np.testing.assert_array_equal(reply["labels"], y.numpy()[reply["hardest"]])


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam", "rmsprop"])
def test_the_step_is_that_of_keras_and_of_training(optimizer):
    service, trainer, _ = train(7, model="logistic", optimizer=optimizer)
    index = (350, 3)
    reply = service.explain_weight({"layer": 1, "array": "kernel", "index": list(index)})
    result, g = reply["optimizer_step"], reply["gradient"]
    # The oracle is a plain Keras model trained with the same steps.
    plain = build_network(trainer.settings)
    keras_own = build_optimizer(trainer.settings)
    for step in range(8):
        x, y = trainer.loop.batch(0, step)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, plain(x, training=True)))
        gradients = tape.gradient(loss, plain.trainable_variables)
        keras_own.apply_gradients(zip(gradients, plain.trainable_variables, strict=True))
    after = float(plain.layers[1].kernel.numpy()[index])
    assert result["after"] == pytest.approx(after, rel=1e-4)
    trainer.loop.run(0, 7, 1)
    assert result["after"] == pytest.approx(float(trainer.model.layers[1].kernel.numpy()[index]), rel=1e-5)
    assert result["after"] != reply["weight"]
    rate, w, t = result["rate"], reply["weight"], result["t"]
    match optimizer:
        case "sgd":
            expected = w - rate * g
        case "momentum":
            assert result["then"][0] == pytest.approx(0.9 * result["before"][0] - rate * g, rel=1e-4)
            expected = w + result["then"][0]
        case "adam":
            m, v = result["then"]
            assert m == pytest.approx(0.9 * result["before"][0] + 0.1 * g, rel=1e-4)
            assert v == pytest.approx(0.999 * result["before"][1] + 0.001 * g**2, rel=1e-4)
            expected = w - rate * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(v) + 1e-7)
        case _:
            assert result["then"][0] == pytest.approx(0.9 * result["before"][0] + 0.1 * g**2, rel=1e-4)
            expected = w - rate * g / np.sqrt(result["then"][0] + 1e-7)
    assert result["after"] == pytest.approx(expected, rel=1e-5, abs=1e-7)


def test_an_explanation_changes_neither_the_run_nor_the_copy():
    service, trainer, _ = train(3, model="logistic")
    before = trainer.loop.state()
    kernel = service.weights({"layer": 1})["arrays"][0]["values"].copy()
    image = {"image": DATA.x_train[0]}
    probabilities = service.activations(image)["probabilities"]
    first = service.explain_weight({"layer": 1, "array": "kernel", "index": [397, 3]})
    second = service.explain_weight({"layer": 1, "array": "kernel", "index": [397, 3]})
    assert first["optimizer_step"] == second["optimizer_step"]
    for old, new in zip(before, trainer.loop.state(), strict=True):
        np.testing.assert_array_equal(old, new)
    np.testing.assert_array_equal(service.weights({"layer": 1})["arrays"][0]["values"], kernel)
    np.testing.assert_array_equal(service.activations(image)["probabilities"], probabilities)


def test_any_batch_of_the_epoch_can_be_chosen():
    service, trainer, _ = train(3, model="logistic")
    reply = service.explain_weight({"layer": 1, "array": "kernel", "index": [397, 3], "batch": 40})
    assert (reply["batch"], reply["is_next"], reply["batches"]) == (40, False, trainer.loop.steps)
    x, _ = trainer.loop.batch(0, 40)
    np.testing.assert_array_equal(reply["images"], np.rint(x.numpy()[reply["hardest"]] * 255))
    last = service.explain_weight({"layer": 1, "array": "kernel", "index": [397, 3], "batch": 10**6})
    assert last["batch"] == trainer.loop.steps - 1


def test_the_step_after_an_older_snapshot_is_known_for_sgd_alone():
    for optimizer, known in (("sgd", True), ("adam", False)):
        service, trainer, history = train(3, model="logistic", optimizer=optimizer)
        history.add(9, trainer.model.get_weights())
        reply = service.explain_weight({"layer": 1, "array": "kernel", "index": [397, 3], "snapshot": 3})
        assert reply["step"] == 3
        assert ("after" in reply["optimizer_step"]) is True  # the optimizer's variables are still those after step 3
        reply = service.explain_weight({"layer": 1, "array": "kernel", "index": [397, 3], "snapshot": 9})
        assert ("after" in reply["optimizer_step"]) is known


def test_a_weight_without_gradient_raises_an_error():
    service, _, _ = train(1, model="mlp", hidden=4, batch_norm=True)
    for array, index, message in (
        ("moving_mean", [0], "moving_mean has no gradient"),
        ("nothing", [0], "no array nothing"),
        ("gamma", [4], r"no weight \[4\] in it"),
        ("gamma", [0, 0], "no weight"),
    ):
        with pytest.raises(UserError, match=message):
            service.explain_weight({"layer": 2, "array": array, "index": index})
    model = build_network(run_settings(model="logistic"))
    history = WeightHistory()
    history.add(0, model.get_weights())
    service.set_network_of_run(CurrentNetwork("a file", model, history, DATA.x_train[:4]))
    with pytest.raises(UserError, match="latest run"):
        service.explain_weight({"layer": 1, "array": "kernel", "index": [0, 0]})
