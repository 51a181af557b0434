"""One weight explained, against a plain Keras model, its own optimizer, and one image at a time."""

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


def trained(steps, **settings):
    """A run after so many steps, in view."""
    trainer = Trainer(run_settings(xla="no", batch_size=16, **settings), DATA)
    trainer.loop.run(0, 0, steps)
    snapshots = WeightHistory()
    snapshots.add(steps, [weight.numpy().copy() for weight in trainer.model.weights])
    optimizer_state = OptimizerState(trainer.loop, trainer.settings)
    optimizer_state.save(steps)
    service = ModelService(DataService(print))
    service.set_network_of_run(CurrentNetwork("a run", trainer.model, snapshots, DATA.x_train[:4], optimizer_state))
    return service, trainer, snapshots


CASES = [
    ("logistic", 1, "kernel", (397, 3), {}),
    ("logistic", 1, "bias", (4,), {}),
    ("mlp", 1, "kernel", (406, 2), {"hidden": 12, "l2": 0.01}),
    ("mlp", 2, "gamma", (3,), {"hidden": 12, "batch_norm": True}),
    ("cnn", 3, "kernel", (1, 2, 1, 3), {"filters": 3, "hidden": 8}),
]


@pytest.mark.parametrize(("model", "layer", "array", "index", "more"), CASES)
def test_the_gradient_is_a_tapes_and_the_shares_add_up_to_it(model, layer, array, index, more):
    service, trainer, _ = trained(5, model=model, **more)
    told = service.explain_weight({"layer": layer, "array": array, "index": list(index)})
    x, y = trainer.loop.batch(0, 5)
    variable = next(weight for weight in trainer.model.layers[layer].weights if weight.name == array)
    assert told["weight"] == float(variable.numpy()[index])
    with tf.GradientTape() as tape:
        losses = keras.losses.sparse_categorical_crossentropy(y, trainer.model(x, training=True))
        loss = tf.reduce_mean(losses) + (tf.add_n(trainer.model.losses) if trainer.model.losses else 0.0)
    gradient = float(tape.gradient(loss, variable).numpy()[index])
    assert told["gradient"] == pytest.approx(gradient, rel=1e-4, abs=1e-7)
    assert gradient != 0
    assert float(np.sum(told["shares"], dtype=float)) + told["penalty"] == pytest.approx(gradient, rel=1e-3, abs=1e-7)
    assert told["penalty"] == pytest.approx(2 * more.get("l2", 0) * told["weight"], rel=1e-5)
    if not more.get("batch_norm"):  # with it an image's loss depends on the others
        for place in (0, 7):
            with tf.GradientTape() as tape:
                alone = keras.losses.sparse_categorical_crossentropy(
                    y[place : place + 1], trainer.model(x[place : place + 1], training=True)
                )
            share = float(tape.gradient(alone, variable).numpy()[index]) / 16
            assert told["shares"][place] == pytest.approx(share, rel=1e-3, abs=1e-8)
    hardest = np.sort(np.abs(told["shares"]))[::-1][:5]
    np.testing.assert_array_equal(np.abs(told["shares"][told["hardest"]]), hardest)
    np.testing.assert_array_equal(told["images"], np.rint(x.numpy()[told["hardest"]] * 255))
    np.testing.assert_array_equal(told["labels"], y.numpy()[told["hardest"]])


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam", "rmsprop"])
def test_the_step_is_what_keras_makes_and_what_training_does(optimizer):
    service, trainer, _ = trained(7, model="logistic", optimizer=optimizer)
    index = (350, 3)
    told = service.explain_weight({"layer": 1, "array": "kernel", "index": list(index)})
    made, g = told["made"], told["gradient"]
    # A plain Keras model that made the same steps.
    plain = build_network(trainer.settings)
    keras_own = build_optimizer(trainer.settings)
    for step in range(8):
        x, y = trainer.loop.batch(0, step)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, plain(x, training=True)))
        gradients = tape.gradient(loss, plain.trainable_variables)
        keras_own.apply_gradients(zip(gradients, plain.trainable_variables, strict=True))
    after = float(plain.layers[1].kernel.numpy()[index])
    assert made["after"] == pytest.approx(after, rel=1e-4)
    trainer.loop.run(0, 7, 1)
    assert made["after"] == pytest.approx(float(trainer.model.layers[1].kernel.numpy()[index]), rel=1e-5)
    assert made["after"] != told["weight"]
    rate, w, t = made["rate"], told["weight"], made["t"]
    match optimizer:
        case "sgd":
            by_hand = w - rate * g
        case "momentum":
            assert made["then"][0] == pytest.approx(0.9 * made["before"][0] - rate * g, rel=1e-4)
            by_hand = w + made["then"][0]
        case "adam":
            m, v = made["then"]
            assert m == pytest.approx(0.9 * made["before"][0] + 0.1 * g, rel=1e-4)
            assert v == pytest.approx(0.999 * made["before"][1] + 0.001 * g**2, rel=1e-4)
            by_hand = w - rate * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(v) + 1e-7)
        case _:
            assert made["then"][0] == pytest.approx(0.9 * made["before"][0] + 0.1 * g**2, rel=1e-4)
            by_hand = w - rate * g / np.sqrt(made["then"][0] + 1e-7)
    assert made["after"] == pytest.approx(by_hand, rel=1e-5, abs=1e-7)


def test_looking_leaves_the_run_and_the_copy_as_they_were():
    service, trainer, _ = trained(3, model="logistic")
    before = trainer.loop.state()
    kernel = service.weights({"layer": 1})["arrays"][0]["values"].copy()
    image = {"image": DATA.x_train[0]}
    chances = service.activations(image)["probabilities"]
    first = service.explain_weight({"layer": 1, "array": "kernel", "index": [397, 3]})
    again = service.explain_weight({"layer": 1, "array": "kernel", "index": [397, 3]})
    assert first["made"] == again["made"]
    for was, now in zip(before, trainer.loop.state(), strict=True):
        np.testing.assert_array_equal(was, now)
    np.testing.assert_array_equal(service.weights({"layer": 1})["arrays"][0]["values"], kernel)
    np.testing.assert_array_equal(service.activations(image)["probabilities"], chances)


def test_any_batch_of_the_epoch_can_be_chosen():
    service, trainer, _ = trained(3, model="logistic")
    told = service.explain_weight({"layer": 1, "array": "kernel", "index": [397, 3], "batch": 40})
    assert (told["batch"], told["is_next"], told["batches"]) == (40, False, trainer.loop.steps)
    x, _ = trainer.loop.batch(0, 40)
    np.testing.assert_array_equal(told["images"], np.rint(x.numpy()[told["hardest"]] * 255))
    last = service.explain_weight({"layer": 1, "array": "kernel", "index": [397, 3], "batch": 10**6})
    assert last["batch"] == trainer.loop.steps - 1


def test_of_an_older_moment_only_sgd_can_tell_the_step():
    for optimizer, known in (("sgd", True), ("adam", False)):
        service, trainer, snapshots = trained(3, model="logistic", optimizer=optimizer)
        snapshots.add(9, trainer.model.get_weights())
        told = service.explain_weight({"layer": 1, "array": "kernel", "index": [397, 3], "snapshot": 3})
        assert told["step"] == 3
        assert ("after" in told["made"]) is True  # its memory is still that after step 3
        told = service.explain_weight({"layer": 1, "array": "kernel", "index": [397, 3], "snapshot": 9})
        assert ("after" in told["made"]) is known


def test_what_has_no_gradient_is_a_sentence():
    service, _, _ = trained(1, model="mlp", hidden=4, batch_norm=True)
    for array, index, words in (
        ("moving_mean", [0], "moving_mean has no gradient"),
        ("nothing", [0], "no array nothing"),
        ("gamma", [4], r"no weight \[4\] in it"),
        ("gamma", [0, 0], "no weight"),
    ):
        with pytest.raises(UserError, match=words):
            service.explain_weight({"layer": 2, "array": array, "index": index})
    model = build_network(run_settings(model="logistic"))
    snapshots = WeightHistory()
    snapshots.add(0, model.get_weights())
    service.set_network_of_run(CurrentNetwork("a file", model, snapshots, DATA.x_train[:4]))
    with pytest.raises(UserError, match="latest run"):
        service.explain_weight({"layer": 1, "array": "kernel", "index": [0, 0]})
