"""A network from a file in the tab "Activations": scale, outputs and moment are said, and the prediction is Keras's."""

import keras
import numpy as np
import pytest
from keras import layers as kl
from PySide6.QtCore import Qt

from explorer.core.data.dataset import load_sample
from explorer.engine.models.keras_file import save_network

DATA = load_sample()
IMAGE = DATA.x_validation[:1]


@pytest.fixture
def show_file(ui, activations, tmp_path):
    """Return a function that opens a model and returns the numbers that are shown for the first validation image."""
    network = ui.sessions.current_network

    def show(model):
        path, number = str(tmp_path / f"{model.name}.keras"), network.number
        save_network(model, tmp_path / path)
        network.open(path)
        ui.until(lambda: network.path == path and network.number != number)
        ui.window.show_tab("activations")
        ui.sessions.activations.show_sample("validation", 0)
        ui.until(lambda: ui.sessions.activations.label is not None)
        activations.complete()
        return ui.find("predictionBars").property("probabilities")

    return show


def predict(model, divisor):
    return model.predict(IMAGE / np.float32(divisor), verbose=0)[0]


def choose_scale(ui, activations, index):
    combo = ui.find("inputScaleCombo")
    combo.setCurrentIndex(index)
    combo.activated.emit(index)
    activations.complete()


def test_the_scale_is_the_networks_own_and_another_one_can_be_chosen(ui, activations, show_file):
    model = keras.Sequential(
        [keras.Input((28, 28)), kl.Rescaling(1 / 255), kl.Flatten(), kl.Dense(10, activation="softmax")], name="own"
    )
    np.testing.assert_allclose(show_file(model), predict(model, 1), atol=1e-5)
    combo, bars = ui.find("inputScaleCombo"), ui.find("predictionBars")
    assert combo.isVisible()
    assert combo.currentText() == "0 to 255, its own"
    assert combo.toolTip() == "own.keras gets pixels from 0 to 255, because its own first layers scale them."
    ui.window.show_tab("data")
    ui.until(lambda: ui.find("pixelLabel").text().endswith(", fed as it is"))
    assert ui.find("pixelLabel").toolTip().endswith("because its own first layers scale them.")
    ui.window.show_tab("activations")
    choose_scale(ui, activations, 0)
    np.testing.assert_allclose(bars.property("probabilities"), predict(model, 255), atol=1e-5)
    # A network without a scale of its own may have been trained on bytes.
    raw = keras.Sequential([keras.Input((28, 28)), kl.Flatten(), kl.Dense(10, activation="softmax")], name="raw")
    np.testing.assert_allclose(show_file(raw), predict(raw, 255), atol=1e-5)
    assert [combo.itemText(index) for index in range(combo.count())] == ["pixels / 255", "0 to 255"]
    choose_scale(ui, activations, 1)
    np.testing.assert_allclose(bars.property("probabilities"), predict(raw, 1), atol=1e-5)
    assert combo.toolTip().endswith("because you chose so.")


def test_the_outputs_are_named_and_said(ui, show_file):
    def ends_with(last, name):
        return keras.Sequential([keras.Input((28, 28)), kl.Flatten(), last], name=name)

    five = ends_with(kl.Dense(5, activation="softmax"), "five")
    np.testing.assert_allclose(show_file(five), predict(five, 255), atol=1e-5)
    assert ui.find("outputText").text() == "Probabilities, made by its own softmax."
    one = ends_with(kl.Dense(1, activation="sigmoid"), "one")
    [value] = show_file(one)
    assert ui.find("winnerLabel").text() == f"{100 * value:.1f} %"
    assert ui.find("outputText").text() == "One output from 0 to 1, made by its own sigmoid."
    logits = ends_with(kl.Dense(10), "logits")
    z = predict(logits, 255).astype(np.float64)
    np.testing.assert_allclose(show_file(logits), np.exp(z) / np.exp(z).sum(), atol=1e-5)
    assert "assumed" in ui.find("outputText").text()
    many = ends_with(kl.Dense(30, activation="softmax"), "many")
    shares = np.array(show_file(many))
    bars = ui.find("predictionBars")
    assert sorted(bars.shownUnits()) == sorted(np.argsort(-shares)[:10].tolist())
    bars.setFocus()
    ui.press(Qt.Key.Key_Down)
    assert ui.sessions.activations.output in bars.shownUnits()
    values = ends_with(kl.Dense(3, activation="tanh"), "values")
    np.testing.assert_allclose(show_file(values), predict(values, 255), atol=1e-5)
    assert ui.find("outputText").text() == "Its outputs as they are, which are no probabilities."


def test_weights_that_are_no_numbers_are_said_and_the_sentence_leaves_with_the_network(ui, show_file):
    model = keras.Sequential([keras.Input((28, 28)), kl.Flatten(), kl.Dense(10, name="last")], name="broken")
    kernel, bias = model.get_layer("last").get_weights()
    kernel[5] = np.nan
    model.get_layer("last").set_weights([kernel, bias])
    show_file(model)
    notice = ui.find("activationsNotice")
    assert notice.isVisible()
    assert "last/kernel" in notice.text()
    kernel[5] = 0
    model.get_layer("last").set_weights([kernel, bias])
    show_file(model)
    assert not notice.isVisible()


def test_a_refused_file_is_explained_and_the_sentence_leaves_with_the_next(ui, activations, show_file, tmp_path):
    def classifier(name, shape=(28, 28)):
        return keras.Sequential([keras.Input(shape), kl.Flatten(), kl.Dense(10, activation="softmax")], name=name)

    show_file(classifier("good"))
    save_network(classifier("colour", (32, 32, 3)), tmp_path / "colour.keras")
    ui.sessions.current_network.open(str(tmp_path / "colour.keras"))
    error = ui.find("activationsRefusal")
    ui.until(error.isVisible)
    assert not ui.find("weightsRefusal").isVisible()
    assert error.text().startswith("colour.keras takes inputs of shape (32, 32, 3) (layer “")
    assert ui.sessions.current_network.title == "good.keras"
    show_file(classifier("next"))
    assert not error.isVisible()


def test_both_tabs_show_the_same_moment_of_training(ui, activations):
    activations.show_network("logistic")
    network, tab = ui.sessions.current_network, ui.sessions.activations
    slider = ui.find("activationsSnapshotSlider")
    assert network.steps[-1] == tab.shown_step == ui.sessions.training.steps  # all moments, up to the one that is shown
    assert slider.value() == slider.maximum() == len(network.steps) - 1 > 0
    newest = list(ui.find("predictionBars").property("probabilities"))
    slider.setFocus()
    ui.press(Qt.Key.Key_Home)
    activations.complete()
    assert tab.shown_step == 0
    assert ui.find("activationsMomentLabel").text() == "before the first step"
    (kernel, bias) = weights_at(ui, 0)
    z = DATA.x_validation[0].ravel() / 255 @ kernel + bias
    np.testing.assert_allclose(
        ui.find("predictionBars").property("probabilities"), np.exp(z) / np.exp(z).sum(), atol=1e-5
    )
    ui.window.show_tab("weights")
    ui.until(lambda: ui.find("weightsTab").property("isComplete"))
    assert ui.find("weightsMomentLabel").text() == "before the first step"
    assert ui.sessions.weights.shown["step"] == 0
    network.move(1)
    ui.until(lambda: ui.find("weightsTab").property("isComplete"))
    ui.window.show_tab("activations")
    activations.complete()
    assert tab.shown_step == network.steps[1] == ui.sessions.weights.shown["step"]
    ui.click("activationsNewestButton")
    activations.complete()
    np.testing.assert_allclose(ui.find("predictionBars").property("probabilities"), newest, atol=1e-6)


def weights_at(ui, step):
    from explorer.core.protocol.models import WEIGHTS

    replies = []
    ui.sessions.client.request(WEIGHTS, {"layer": 1, "snapshot": step}, replies.append)
    ui.until(lambda: bool(replies))
    return [array["values"].astype(np.float64) for array in replies[0]["arrays"]]


@pytest.mark.parametrize(("shape", "first"), [
    ((28, 28, 1), kl.Flatten), ((1, 28, 28), kl.Flatten), ((784,), lambda: kl.Reshape((28, 28, 1))),
])  # fmt: skip
def test_a_number_that_is_passed_on_is_shown_at_its_pixel(ui, activations, show_file, shape, first):
    name = f"pixels{len(shape)}{shape[0]}"
    parts = [keras.Input(shape), first(), kl.Flatten(), kl.Dense(10, activation="softmax")]
    show_file(keras.Sequential(parts, name=name))
    row, column = 14, 15
    ui.sessions.activations.select(0, (row, column, 0) if len(shape) == 1 else (28 * row + column,))
    activations.complete()
    picture = ui.find("unitPicture")
    np.testing.assert_array_equal(picture._map, IMAGE[0] / 255)
    assert tuple(picture._position) == (row, column)
