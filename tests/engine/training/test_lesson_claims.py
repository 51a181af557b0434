"""What the lessons say about their training runs holds for several seeds, not only for that of the scenes."""

import numpy as np
import pytest
import tensorflow as tf

from explorer.core.data.dataset import load_sample
from explorer.core.lessons.lesson import load_lesson
from explorer.core.resources import resource_path
from explorer.core.training.settings import run_settings
from explorer.engine.training.trainer import Trainer

SEEDS = (1, 2, 3)
PROBED = 256
"""Images of which gradients are computed."""


def scene(name, number):
    path = resource_path("lessons") / f"{name}.md"
    return load_lesson(path, path.stem).scenes[number - 1]


def trained(name, number, seed, epochs=None):
    """Return the network of a scene's run with another seed, trained for all epochs or fewer."""
    settings = run_settings(**{**scene(name, number).view_state["train"], "seed": seed, "xla": "no"})
    trainer = Trainer(settings, load_sample())
    trainer.train(epochs or settings["epochs"])
    return trainer.model


def accuracy(model):
    digits = load_sample()
    outputs = model(digits.x_validation.astype("float32") / 255, training=False)
    return float(np.mean(np.argmax(outputs, axis=1) == digits.y_validation))


def gradient_norms(model):
    """Return the norm of the gradient of each layer with weights, from the first to the last."""
    digits = load_sample()
    images, labels = digits.x_train[:PROBED].astype("float32") / 255, digits.y_train[:PROBED]
    layers = [layer for layer in model.layers if layer.trainable_variables]
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.keras.losses.sparse_categorical_crossentropy(labels, model(images)))
    gradients = tape.gradient(loss, [layer.trainable_variables for layer in layers])
    return [float(tf.linalg.global_norm(of_layer)) for of_layer in gradients]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_each_kind_of_network_makes_fewer_mistakes_than_the_one_before(seed):
    steps = [
        scene(*each).view_state["train"] for each in (("09-multilayer-perceptron", 3), ("10-convolutional-network", 4))
    ]
    assert run_settings(**steps[0])["batch_size"] == run_settings(**steps[1])["batch_size"]
    assert run_settings(**steps[0])["epochs"] == run_settings(**steps[1])["epochs"]
    logistic, mlp = ("08-logistic-regression", 3), ("09-multilayer-perceptron", 3)
    assert accuracy(trained(*logistic, seed, epochs=1)) < accuracy(trained(*mlp, seed, epochs=1))
    by_mlp = accuracy(trained(*mlp, seed))
    assert accuracy(trained(*logistic, seed)) < by_mlp < accuracy(trained("10-convolutional-network", 4, seed))


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_deep_network_learns_with_relu_and_hardly_with_sigmoids(seed):
    sigmoid, relu = trained("13-deep-sigmoid", 5, seed), trained("13-deep-sigmoid", 6, seed)
    assert accuracy(sigmoid) < 0.4
    assert accuracy(relu) > 0.8
    assert [layer.name for layer in sigmoid.layers if layer.trainable_variables][1:3] == ["dense_2", "dense_3"]
    norms = gradient_norms(sigmoid)
    assert max(norms[1:3]) < 0.15 * norms[-1] == 0.15 * max(norms)


@pytest.mark.slow
def test_random_weights_are_still_seen_in_the_templates_of_hidden_units():
    settings = run_settings(**scene("09-multilayer-perceptron", 4).view_state["train"], xla="no")
    trainer = Trainer(settings, load_sample())
    before = trainer.model.get_weights()[0].copy()
    trainer.train(settings["epochs"])
    after = trainer.model.get_weights()[0]
    assert np.median([np.corrcoef(before[:, unit], after[:, unit])[0, 1] for unit in range(before.shape[1])]) > 0.6


@pytest.mark.slow
def test_weights_of_pixels_without_ink_stay_as_they_were():
    train = scene("11-inside-a-trained-network", 2).view_state["train"]
    trainer = Trainer(run_settings(**train, xla="no"), load_sample())
    before = trainer.model.get_weights()[0].copy()
    trainer.train(1)
    after = trainer.model.get_weights()[0]
    has_ink = load_sample().x_train.reshape(len(load_sample().x_train), -1).any(axis=0)
    assert 0 < has_ink.sum() < len(has_ink)
    np.testing.assert_array_equal(after[~has_ink], before[~has_ink])
    assert (after[has_ink] != before[has_ink]).any(axis=1).all()
    assert np.abs(after).max() > 1.2 * np.abs(before).max()  # the scale of colours reaches further
