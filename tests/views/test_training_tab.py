"""Training in the window, on the sample that is shipped."""

import numpy as np
import pytest


@pytest.fixture
def tab(ui):
    ui.window.tabs.setCurrentWidget(ui.find("trainingTab"))
    ui.find("dataCombo").setCurrentIndex(1)
    ui.find("modelCombo").setCurrentIndex(1)
    ui.find("epochsSpin").setValue(2)
    yield ui.find("trainingTab")
    if ui.find("stopButton").isEnabled():
        ui.click("stopButton")
        ui.until(lambda: not ui.window.training.is_under_way)
    ui.find("resetButton").click()
    ui.window.tabs.setCurrentIndex(0)


def test_a_run_from_start_to_end(ui, tab):
    assert tab.property("trainingState") == "idle"
    ui.click("trainButton")
    assert tab.property("trainingState") == "compiling"
    ui.until(lambda: tab.property("trainingState") == "finished")
    assert tab.property("dataInUse") == "MNIST sample (10,000)"
    assert tab.property("step") == 2 * ui.window.training.steps
    assert ui.find("lossPlot").property("shownCurves")["val_loss"] == 2
    assert ui.find("accuracyPlot").property("shownCurves")["accuracy"] >= 2
    last = ui.window.training.epochs[-1]
    assert last["val_accuracy"] > 0.85
    matrix = np.asarray(ui.find("confusionView").matrix)
    assert matrix.sum() == 1500
    assert np.trace(matrix) / 1500 == pytest.approx(last["val_accuracy"])
    assert "images a second" in ui.find("trainingLabel").text()


def test_pause_step_and_stop(ui, tab):
    ui.find("epochsSpin").setValue(500)
    ui.click("trainButton")
    ui.until(lambda: tab.property("trainingState") == "running" and tab.property("step") > 0)
    ui.click("pauseButton")
    ui.until(lambda: tab.property("trainingState") == "paused")
    before = tab.property("step")
    ui.click("singleStepButton")
    ui.until(lambda: tab.property("step") == before + 1 and tab.property("trainingState") == "paused")
    ui.click("pauseButton")
    ui.until(lambda: tab.property("step") > before + 50)
    ui.click("stopButton")
    ui.until(lambda: tab.property("trainingState") == "stopped")
    assert ui.find("trainButton").isEnabled()


def test_expressions_are_answered_while_it_trains(ui, tab):
    ui.find("epochsSpin").setValue(500)
    ui.click("trainButton")
    ui.until(lambda: tab.property("trainingState") == "running")
    ui.window.tabs.setCurrentIndex(0)
    ui.type("sin(3*x)*exp(x)")
    assert ui.values["Sin:0"] == pytest.approx(np.sin(3), rel=1e-5)
    assert ui.window.property("engineState") == "ready"
    assert tab.property("trainingState") == "running"
    ui.window.training.stop()
    ui.until(lambda: tab.property("trainingState") == "stopped")


def test_a_file_that_is_no_data_is_a_sentence(ui, tab, tmp_path):
    path = tmp_path / "wrong.npz"
    np.savez(path, x_train=np.zeros(3))
    ui.window.training.start({"model": "logistic"}, str(path))
    ui.until(lambda: tab.property("trainingState") == "failed")
    assert "wrong.npz lacks" in ui.find("trainingLabel").text()
