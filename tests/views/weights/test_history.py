"""The training history of weights, and weights pinned for comparison, equal those of Keras."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from explorer.core.number_format import format_number
from explorer.core.training.settings import run_settings
from explorer.engine.models.build import build_network
from explorer.views.painting.diverging_colours import colour_limit


def test_the_slider_goes_back_to_the_first_weights(ui, weights):
    weights.train(model="logistic", epochs=2, seed=5)
    slider = ui.find("weightsSnapshotSlider")
    assert slider.value() == slider.maximum() == len(ui.sessions.current_network.steps) - 1 >= 16
    newest = weights.values().copy()
    slider.setFocus()
    ui.press(Qt.Key.Key_Home)
    weights.complete()
    assert ui.find("weightsMomentLabel").text() == "before the first step"
    first = build_network(run_settings(model="logistic", seed=5)).get_weights()[0]
    np.testing.assert_array_equal(weights.values().reshape(10, 784).T, first)
    ui.press(Qt.Key.Key_Right)
    weights.complete()
    step = ui.sessions.current_network.steps[1]
    assert ui.find("weightsMomentLabel").text() == f"after step {step:,}, epoch 1 of 2"
    ui.click("weightsNewestButton")
    weights.complete()
    np.testing.assert_array_equal(weights.values(), newest)
    assert slider.value() == slider.maximum()
    assert "of at most 96 MB. When that is full, every second one is deleted." in ui.find("snapshotMemory").text()


def test_weights_follow_the_training_unless_a_step_is_selected(ui, weights):
    training = ui.sessions.training
    training.set_speed(20.0)
    weights.begin(model="logistic", epochs=50)
    ui.until(lambda: weights.session.shown is not None and weights.session.shown["step"] > 0)
    values_at = {}
    for _ in range(3):
        step = weights.session.shown["step"]
        values_at[step] = weights.values().copy()
        ui.until(lambda step=step: weights.session.shown["step"] > step)
    assert len({values.tobytes() for values in values_at.values()}) == 3
    assert weights.session.step is None
    slider = ui.find("weightsSnapshotSlider")
    ui.find("weightsSnapshotSlider").setValue(1)
    chosen = weights.session.step
    ui.until(lambda: weights.session.shown["step"] == chosen)
    count = slider.maximum()
    ui.until(lambda: slider.maximum() > count)
    assert weights.session.shown["step"] == chosen
    assert slider.value() == ui.sessions.current_network.steps.index(chosen)
    training.set_speed(0.0)


def test_no_weights_are_requested_while_the_tab_is_hidden(ui, weights):
    weights.train(model="logistic")
    ui.window.tabs.setCurrentIndex(0)
    before = weights.session.shown
    ui.sessions.training.start({"model": "logistic", "epochs": 1, "xla": "no"}, "sample")
    ui.until(lambda: ui.sessions.training.state == "finished")
    assert weights.session.shown in (None, before)
    ui.window.tabs.setCurrentWidget(weights.tab)
    weights.complete()
    assert weights.session.shown["network"] == ui.sessions.current_network.number


def test_the_weights_before_a_loss_of_nan_are_available(ui, weights):
    training = ui.sessions.training
    weights.begin(model="mlp", hidden=6, l2=1.0, optimizer="sgd", learning_rate=100.0)
    ui.until(lambda: training.state == "failed")
    ui.until(lambda: weights.session.shown is not None and weights.session.shown["step"] > 0)
    weights.complete()
    step = int(training.message.split("step ")[1].split(" ")[0].replace(",", ""))
    assert weights.session.shown["step"] == step - 1
    assert colour_limit(weights.values()) > 1000


def test_pinned_weights_are_shown_on_a_common_scale(ui, weights):
    weights.train(model="logistic", seed=3)
    ui.find("weightsSnapshotSlider").setValue(0)
    weights.complete()
    ui.click("keepButton")
    pinned = ui.find("keptView")
    assert pinned.isVisible()
    ui.click("weightsNewestButton")
    weights.complete()
    first = build_network(run_settings(model="logistic", seed=3)).get_weights()[0]
    last = weights.trained(model="logistic", seed=3).get_weights()[0]
    np.testing.assert_array_equal(pinned.renderers[0].values.reshape(10, 784).T, first)
    np.testing.assert_array_equal(weights.values().reshape(10, 784).T, last)
    assert pinned.renderers[0].limit == weights.view.renderers[0].limit == pytest.approx(np.abs(last).max())
    assert (
        pinned.renderers[1].limit == weights.view.renderers[1].limit < 1
    )  # initial biases are 0, which would be no scale
    distance = np.linalg.norm(last.astype(float) - first)
    assert f"Norm of the difference {format_number(distance, 3)}, " in ui.find("keptDifference").text()
    assert "before the first step" in ui.find("keptTitle").text()
    assert "the end of epoch 1 of 1" in ui.find("besideTitle").text()
    title = ui.find("keptTitle").text()
    weights.train(model="mlp", hidden=6)  # the pinned weights stay during another run
    assert ui.find("keptTitle").text() == title
    np.testing.assert_array_equal(pinned.renderers[0].values.reshape(10, 784).T, first)
    weights.layer("hidden")
    assert not ui.find("keptDifference").isVisible()  # other shapes have no difference
    ui.click("keepButton")
    assert not pinned.isVisible()
