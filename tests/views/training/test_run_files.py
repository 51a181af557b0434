"""Files of a run and its network: checkpoints, a full disk, and a reset."""

import os
import signal

import keras
import numpy as np
import pytest
from PySide6.QtWidgets import QLabel

from explorer.core.data.dataset import load_sample
from explorer.session.training.session import TrainingSession


@pytest.fixture
def tab(training_tab):
    return training_tab


def wait_until_finished(ui, tab):
    ui.until(lambda: tab.property("trainingState") == "finished")


def test_a_run_continues_without_checkpoint_on_a_full_disk(ui, tab, full_disk):
    session = TrainingSession(ui.sessions.client, full_disk)
    session.start({"model": "mlp", "epochs": 3}, "sample")
    ui.until(lambda: session.state == "finished")
    assert len(session.epochs) == 3
    assert not session._has_checkpoint
    assert list(full_disk.iterdir()) == []


def test_a_full_disk_is_reported_when_saving(ui, tab, full_disk):
    ui.click("trainButton")
    wait_until_finished(ui, tab)
    ui.until(lambda: ui.find("saveNetworkButton").isEnabled())
    (full_disk / "rest").write_bytes(bytes(64 << 10))
    messages = []
    for part in (tab, ui.find("weightsTab")):
        part.messageReported.connect(messages.append)
    tab.runs.save(str(full_disk / "runs.csv"))
    ui.until(lambda: len(messages) == 1)
    ui.window.tabs.setCurrentWidget(ui.find("weightsTab"))
    ui.until(lambda: ui.find("weightsTab").property("isComplete"))
    for count, name in enumerate(("weights.npz", "weights.png"), 2):
        ui.find("weightsTab").save(str(full_disk / name))
        ui.until(lambda count=count: len(messages) == count)
    ui.sessions.current_network.save(str(full_disk / "net.keras"))
    ui.until(lambda: any("net.keras" in text for text in messages))
    names = ("runs.csv", "weights.npz", "weights.png", "net.keras")
    assert messages == [f"Not saved: {full_disk / name} cannot be written: No space left on device" for name in names]
    assert [path.name for path in full_disk.iterdir()] == ["rest"]


def choose_file(ui, button, path):
    """Click a button that opens a file dialog, and choose a file."""
    ui.click(button)
    dialog = ui.find("networkDialog")
    assert not dialog.isModal()
    dialog.selectFile(str(path))
    dialog.accept()


def test_a_network_is_saved_and_opened_again(ui, tab, tmp_path):
    ui.click("trainButton")
    wait_until_finished(ui, tab)
    ui.until(lambda: ui.find("saveNetworkButton").isEnabled())
    path = tmp_path / "mine.keras"
    messages = []
    tab.messageReported.connect(messages.append)
    choose_file(ui, "saveNetworkButton", path)
    ui.until(lambda: f"Saved: {path}" in messages)
    trained = ui.sessions.current_network.number
    # Keras computes the accuracy that is shown.
    model = keras.saving.load_model(path)
    data = load_sample()
    _, accuracy = model.evaluate(data.x_validation / np.float32(255), data.y_validation, verbose=0)
    assert accuracy == pytest.approx(ui.sessions.training.epochs[-1]["val_accuracy"], abs=1e-6)
    choose_file(ui, "openNetworkButton", path)
    ui.until(lambda: ui.sessions.current_network.title == "mine.keras")
    opened = ui.sessions.current_network.number
    assert opened > trained
    wrong = tmp_path / "wrong.keras"
    wrong.write_bytes(path.read_bytes()[:-400])
    choose_file(ui, "openNetworkButton", wrong)
    ui.until(lambda: any("wrong.keras cannot be read" in text for text in messages))
    assert ui.sessions.current_network.number == opened
    # A network from a file is loaded again after the engine has ended.
    os.kill(ui.sessions.client.pid, signal.SIGKILL)
    ui.until(lambda: ui.sessions.current_network.info is None)
    ui.until(lambda: ui.sessions.current_network.title == "mine.keras")


def test_a_reset_removes_the_run_its_curves_and_its_network(ui, tab):
    ui.click("trainButton")
    wait_until_finished(ui, tab)
    ui.until(lambda: ui.sessions.current_network.info is not None)
    number = ui.sessions.current_network.number
    ui.click("resetButton")
    assert tab.property("trainingState") == "idle"
    assert tab.property("step") == 0
    assert ui.find("lossPlot").property("shownCurves") == {}
    assert ui.find("confusionView").matrix is None
    assert ui.sessions.current_network.info is None
    assert not ui.find("saveNetworkButton").isEnabled()
    for name, page in (("weightsTab", "emptyWeights"), ("activationsTab", "emptyActivations")):
        ui.window.tabs.setCurrentWidget(ui.find(name))
        assert ui.find(page).isVisible()
    assert "TensorFlow's process ended" not in ui.find("emptyWeightsLabel").text()
    assert ui.find("predictionBars").property("probabilities") == []
    ui.window.tabs.setCurrentWidget(tab)
    ui.click("trainButton")
    wait_until_finished(ui, tab)
    ui.until(lambda: ui.sessions.current_network.number > number)


def test_a_reset_keeps_a_network_from_a_file(ui, tab, tmp_path):
    ui.click("trainButton")
    wait_until_finished(ui, tab)
    ui.until(lambda: ui.find("saveNetworkButton").isEnabled())
    path = tmp_path / "mine.keras"
    choose_file(ui, "saveNetworkButton", path)
    ui.until(path.is_file)
    choose_file(ui, "openNetworkButton", path)
    ui.until(lambda: ui.sessions.current_network.title == "mine.keras")
    ui.click("resetButton")
    assert ui.sessions.current_network.title == "mine.keras"
    # It has neither a training history nor batches; there are messages for both.
    ui.window.tabs.setCurrentWidget(ui.find("weightsTab"))
    ui.until(lambda: ui.find("weightsTab").property("isComplete"))
    assert not ui.find("snapshotSlider").isEnabled()
    assert "as they were opened" in ui.find("momentLabel").text()
    ui.find("weightsView").chosen.emit("kernel", (300, 4))
    ui.until(lambda: bool(ui.sessions.gradient_explanation.message))
    assert ui.sessions.gradient_explanation.message == "Only the network of the latest run has batches to learn from."
    shown = [label.text() for label in ui.find("weightsTab").findChildren(QLabel) if label.isVisible()]
    assert any(ui.sessions.gradient_explanation.message in text for text in shown)
