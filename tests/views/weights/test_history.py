"""Weights of any moment of a run, and of two moments and runs side by side: they are what Keras holds."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from explorer.core.number_format import format_number
from explorer.core.training.settings import run_settings
from explorer.engine.models.build import build_network
from explorer.views.widgets.diverging_colours import colour_limit


def test_the_slider_goes_back_to_the_first_weights(ui, weights):
    weights.train(model="logistic", epochs=2, seed=5)
    slider = ui.find("snapshotSlider")
    assert slider.value() == slider.maximum() == len(ui.sessions.current_network.steps) - 1 >= 16
    newest = weights.values().copy()
    slider.setFocus()
    ui.press(Qt.Key.Key_Home)
    weights.complete()
    assert ui.find("momentLabel").text() == "before the first step"
    first = build_network(run_settings(model="logistic", seed=5)).get_weights()[0]
    np.testing.assert_array_equal(weights.values().reshape(10, 784).T, first)
    ui.press(Qt.Key.Key_Right)
    weights.complete()
    step = ui.sessions.current_network.steps[1]
    assert ui.find("momentLabel").text() == f"after step {step:,}, epoch 1 of 2"
    ui.click("newestButton")
    weights.complete()
    np.testing.assert_array_equal(weights.values(), newest)
    assert slider.value() == slider.maximum()
    assert "of at most 96 MB. When that is full, every second one goes." in ui.find("snapshotMemory").text()


def test_weights_move_while_it_trains_and_a_chosen_moment_stays(ui, weights):
    training = ui.sessions.training
    training.set_speed(20.0)
    weights.begin(model="logistic", epochs=50)
    ui.until(lambda: weights.session.shown is not None and weights.session.shown["step"] > 0)
    seen = {}
    for _ in range(3):
        step = weights.session.shown["step"]
        seen[step] = weights.values().copy()
        ui.until(lambda step=step: weights.session.shown["step"] > step)
    assert len({values.tobytes() for values in seen.values()}) == 3
    assert weights.session.step is None
    slider = ui.find("snapshotSlider")
    ui.find("snapshotSlider").setValue(1)
    chosen = weights.session.step
    ui.until(lambda: weights.session.shown["step"] == chosen)
    count = slider.maximum()
    ui.until(lambda: slider.maximum() > count)
    assert weights.session.shown["step"] == chosen
    assert slider.value() == ui.sessions.current_network.steps.index(chosen)
    training.set_speed(0.0)


def test_nothing_is_asked_while_nobody_looks(ui, weights):
    weights.train(model="logistic")
    ui.window.tabs.setCurrentIndex(0)
    before = weights.session.shown
    ui.sessions.training.start({"model": "logistic", "epochs": 1, "xla": "no"}, "sample")
    ui.until(lambda: ui.sessions.training.state == "finished")
    assert weights.session.shown in (None, before)
    ui.window.tabs.setCurrentWidget(weights.tab)
    weights.complete()
    assert weights.session.shown["network"] == ui.sessions.current_network.number


def test_weights_before_a_loss_that_was_no_number_can_be_seen(ui, weights):
    training = ui.sessions.training
    weights.begin(model="mlp", hidden=6, l2=1.0, optimizer="sgd", learning_rate=100.0)
    ui.until(lambda: training.state == "failed")
    ui.until(lambda: weights.session.shown is not None and weights.session.shown["step"] > 0)
    weights.complete()
    step = int(training.message.split("step ")[1].split(" ")[0].replace(",", ""))
    assert weights.session.shown["step"] == step - 1
    assert colour_limit(weights.values()) > 1000


def test_two_moments_and_two_runs_side_by_side_on_one_scale(ui, weights):
    weights.train(model="logistic", seed=3)
    ui.find("snapshotSlider").setValue(0)
    weights.complete()
    ui.click("keepButton")
    kept = ui.find("keptView")
    assert kept.isVisible()
    ui.click("newestButton")
    weights.complete()
    first = build_network(run_settings(model="logistic", seed=3)).get_weights()[0]
    last = weights.trained(model="logistic", seed=3).get_weights()[0]
    np.testing.assert_array_equal(kept.renderers[0].values.reshape(10, 784).T, first)
    np.testing.assert_array_equal(weights.values().reshape(10, 784).T, last)
    assert kept.renderers[0].limit == weights.view.renderers[0].limit == pytest.approx(np.abs(last).max())
    assert kept.renderers[1].limit == weights.view.renderers[1].limit < 1  # biases begin at 0, which is no scale
    far = np.linalg.norm(last.astype(float) - first)
    assert f"Norm of the difference {format_number(far, 3)}, " in ui.find("keptDifference").text()
    assert "before the first step" in ui.find("keptTitle").text()
    assert "the end of epoch 1 of 1" in ui.find("besideTitle").text()
    title = ui.find("keptTitle").text()
    weights.train(model="mlp", hidden=6)  # another run: what was kept stays
    assert ui.find("keptTitle").text() == title
    np.testing.assert_array_equal(kept.renderers[0].values.reshape(10, 784).T, first)
    weights.layer("hidden")
    assert not ui.find("keptDifference").isVisible()  # other shapes have no difference
    ui.click("keepButton")
    assert not kept.isVisible()
