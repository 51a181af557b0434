"""Files of a run and its network: checkpoints, a full disk, and a reset."""

import os
import signal

import keras
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMainWindow, QPushButton

from explorer.core.data.dataset import load_sample
from explorer.core.protocol.data import DATA_INFO
from explorer.core.protocol.models import EXPLAIN_WEIGHT, WEIGHTS
from explorer.core.training.checkpoint import load_checkpoint
from explorer.session.training.session import TrainingSession
from explorer.views.training.close_guard import CloseDialog, CloseGuard


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
    assert session.run.is_kept is False
    assert session.message.startswith("This run cannot be kept on disk")
    assert [path for path in full_disk.rglob("*") if path.is_file() and path.suffix != ".lock"] == []


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


def ask(ui, kind, **payload):
    """Return the engine's reply to a request."""
    replies = []
    ui.sessions.client.request(kind, payload, replies.append)
    ui.until(lambda: replies)
    assert "error" not in replies[0], replies[0]
    return replies[0]


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
    assert ui.find("resetButton").toolTip() == "Delete the run, its curves and its file"
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
    assert not ui.find("weightsSnapshotSlider").isEnabled()
    assert "as they were opened" in ui.find("weightsMomentLabel").text()
    ui.find("weightsView").chosen.emit("kernel", (300, 4))
    ui.until(lambda: bool(ui.sessions.gradient_explanation.message))
    assert ui.sessions.gradient_explanation.message == "Only the network of the latest run has batches to learn from."
    shown = [label.text() for label in ui.find("weightsTab").findChildren(QLabel) if label.isVisible()]
    assert any(ui.sessions.gradient_explanation.message in text for text in shown)


def test_a_run_is_there_again_at_the_next_start(ui, tab, tmp_path):
    """Curves, settings, weights at every kept moment, the optimizer, and what comes next."""
    client = ui.sessions.client
    first = TrainingSession(client, tmp_path)
    settings = {"model": "mlp", "hidden": 12, "epochs": 2, "xla": "no", "dropout": 0.1}
    before = ui.sessions.current_network.number  # of an earlier test's network, which has an info already
    first.start(settings, "sample")
    ui.until(lambda: first.state == "finished")
    ui.until(lambda: ui.sessions.current_network.number > before and ui.sessions.current_network.info is not None)
    number, reply = ui.sessions.current_network.number, ask(ui, WEIGHTS, layer=1)
    steps, weights = reply["steps"], reply["arrays"][0]["values"]
    explained = ask(ui, EXPLAIN_WEIGHT, layer=1, array="kernel", index=[300, 4])
    client.training.disconnect(first._handle_event)
    first.store.unlock(first.run.path)

    second = TrainingSession(client, tmp_path)
    assert second.restore_runs() == ""
    assert (second.state, second.run.name, second.settings) == ("finished", first.run.name, first.settings)
    for name, (xs, ys) in first.run.curves.items():
        np.testing.assert_allclose(second.run.curves[name][0], xs, rtol=1e-12)
        assert second.run.curves[name][1] == ys
    assert second.epochs == first.epochs
    np.testing.assert_array_equal(second.confusion, first.confusion)
    np.testing.assert_array_equal(second.mistakes["images"], first.mistakes["images"])
    assert second.gradient_norms == pytest.approx(first.gradient_norms)
    second.show_network()
    ui.until(lambda: ui.sessions.current_network.number > number and ui.sessions.current_network.info is not None)
    assert second.state == "finished"
    reply = ask(ui, WEIGHTS, layer=1)
    shown = reply["steps"]
    assert set(shown) <= set(steps)
    assert (shown[0], shown[-1]) == (steps[0], steps[-1])
    assert len(shown) > 5
    np.testing.assert_array_equal(reply["arrays"][0]["values"], weights)
    again = ask(ui, EXPLAIN_WEIGHT, layer=1, array="kernel", index=[300, 4])
    assert again["optimizer_step"]["before"] == explained["optimizer_step"]["before"]
    second.resume()
    ui.until(lambda: len(second.epochs) == 4 and second.state == "finished")
    # Oracle: the same run without a break.
    third = TrainingSession(client, tmp_path / "other")
    third.start({**settings, "epochs": 4}, "sample")
    ui.until(lambda: third.state == "finished")
    assert [epoch["val_loss"] for epoch in second.epochs] == [epoch["val_loss"] for epoch in third.epochs]
    assert [epoch["loss"] for epoch in second.epochs] == [epoch["loss"] for epoch in third.epochs]
    third.reset()


def test_without_its_images_a_kept_run_shows_its_weights(ui, tab, tmp_path):
    data, client = load_sample(), ui.sessions.client
    path = tmp_path / "mine.npz"
    np.savez(
        path, x_train=data.x_train[:300], y_train=data.y_train[:300], x_test=data.x_train[300:400],
        y_test=data.y_train[300:400],
    )  # fmt: skip
    first = TrainingSession(client, tmp_path)
    first.start({"model": "logistic", "epochs": 1, "xla": "no"}, str(path))
    ui.until(lambda: first.state == "finished")
    ui.until(lambda: ui.sessions.current_network.info is not None)
    number = ui.sessions.current_network.number
    weights = ask(ui, WEIGHTS, layer=1)["arrays"][0]["values"]
    client.training.disconnect(first._handle_event)
    path.unlink()
    ask(ui, DATA_INFO, data="sample")  # the engine holds the images that were used last
    second = TrainingSession(client, tmp_path)
    second.restore_runs()
    second.show_network()
    ui.until(lambda: ui.sessions.current_network.number > number and ui.sessions.current_network.info is not None)
    np.testing.assert_array_equal(ask(ui, WEIGHTS, layer=1)["arrays"][0]["values"], weights)
    assert second.state == "finished"
    assert "mine.npz does not exist. The weights of the run can be seen, but it cannot go on." in second.message
    second.resume()
    ui.until(lambda: second.state == "failed")
    assert "mine.npz does not exist" in second.message
    second.reset()


def test_a_run_that_is_stopped_in_an_epoch_is_kept_there(ui, tab, tmp_path):
    session = TrainingSession(ui.sessions.client, tmp_path)
    session.set_speed(20)
    session.start({"model": "logistic", "epochs": 3, "xla": "no"}, "sample")
    ui.until(lambda: session.step >= 3)
    assert session.keep_before_close() == ""
    assert session.state == "stopped"
    record = load_checkpoint(session.run.path).record
    assert (record.status, record.step, len(record.epochs)) == ("stopped", session.step, 0)
    session.set_speed(0)
    session.reset()
    ui.until(lambda: not (tmp_path / "runs").exists() or not list((tmp_path / "runs").glob("*.run")))


@pytest.mark.parametrize("button", ["stayButton", "closeAnywayButton"])
def test_closing_asks_about_what_cannot_be_kept_alone(ui, tab, tmp_path, qtbot, button):
    session = TrainingSession(ui.sessions.client, tmp_path)
    window = QMainWindow()
    qtbot.addWidget(window)
    CloseGuard(session, window)
    window.show()
    session.start({"model": "logistic", "epochs": 1000}, "sample")
    ui.until(lambda: len(session.epochs) >= 1)
    assert window.close()  # the run is stopped and kept
    assert session.state == "stopped"
    assert load_checkpoint(session.run.path).record.status == "stopped"
    # Its file is gone, so what was trained would be lost.
    session.run.path.unlink()
    window.show()
    assert not window.close()
    dialog = window.findChild(CloseDialog)
    assert not dialog.isModal()
    assert "The run 1: logistic cannot be kept on disk, and would be lost." in dialog.findChild(QLabel).text()
    qtbot.mouseClick(dialog.findChild(QPushButton, button), Qt.MouseButton.LeftButton)
    ui.until(lambda: window.isVisible() == (button == "stayButton"))
    session.reset()
