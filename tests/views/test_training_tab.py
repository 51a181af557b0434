"""Training in the window, on the sample that is shipped."""

import csv
import os
import signal

import keras
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from explorer.core.checkpoint import load_checkpoint
from explorer.core.data_sources import SOURCES
from explorer.core.dataset import sample
from explorer.core.training import SETTINGS, run_settings
from explorer.session.training import TrainingSession


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
    for run in list(ui.window.training.runs.all):
        ui.window.training.runs.delete(run)
    ui.find("trainingSpeedCombo").setCurrentIndex(0)
    ui.find("modelCombo").setCurrentIndex(1)
    ui.find("optimizerCombo").setCurrentText("adam")
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
    assert "images a second" in ui.find("trainingRate").text()
    assert ui.find("validationAccuracy").text() == f"{100 * last['val_accuracy']:.2f} %"
    assert set(ui.find("normsView").norms) == {"probabilities"}
    wrong = matrix - np.diag(np.diag(matrix))
    assert len(ui.find("mistakesView").shown) == 12
    assert all(wrong[truth, said] for truth, said in ui.find("mistakesView").shown)
    assert "finished" in ui.find("trainingWhere").text()


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


def finished(ui, tab):
    ui.until(lambda: tab.property("trainingState") == "finished")


def test_one_step_and_one_epoch_begin_a_run_that_waits(ui, tab):
    ui.click("singleStepButton")
    ui.until(lambda: tab.property("trainingState") == "paused")
    assert tab.property("step") == 1
    ui.click("epochButton")
    ui.until(lambda: tab.property("trainingState") == "paused" and tab.property("step") == ui.window.training.steps)
    assert len(ui.window.training.epochs) == 1
    ui.click("pauseButton")
    finished(ui, tab)
    assert len(ui.window.training.epochs) == 2


def test_a_run_goes_on_after_stop_and_after_its_end(ui, tab):
    ui.click("trainButton")
    ui.until(lambda: tab.property("step") > 0)
    ui.click("stopButton")
    ui.until(lambda: not ui.window.training.is_under_way)
    if tab.property("trainingState") == "stopped":
        ui.click("pauseButton")
        finished(ui, tab)
    cut = [epoch["val_loss"] for epoch in ui.window.training.epochs]
    ui.click("pauseButton")
    ui.until(lambda: len(ui.window.training.epochs) == 4 and tab.property("trainingState") == "finished")
    # As if it had never been stopped.
    ui.click("trainButton")
    finished(ui, tab)
    assert [epoch["val_loss"] for epoch in ui.window.training.epochs] == cut


def test_slow_motion_shows_every_step(ui, tab):
    ui.find("trainingSpeedCombo").setCurrentIndex(1)
    ui.click("trainButton")
    ui.until(lambda: tab.property("step") >= 4)
    xs, _ = ui.window.training.run.curves["loss"]
    np.testing.assert_allclose(np.array(xs[:4]) * ui.window.training.steps, [1, 2, 3, 4])
    ui.find("trainingSpeedCombo").setCurrentIndex(0)
    finished(ui, tab)


def test_runs_are_laid_over_each_other_named_hidden_and_deleted(ui, tab, tmp_path):
    for model in (1, 2):
        ui.find("modelCombo").setCurrentIndex(model)
        ui.click("trainButton")
        finished(ui, tab)
    first, second = ui.window.training.runs.all
    assert first.settings["model"] == "logistic"
    shown = ui.find("accuracyPlot").property("shownCurves")
    assert set(shown) == {"accuracy", "val_accuracy", f"{first.name}: accuracy", f"{first.name}: val_accuracy"}
    rows = ui.find("runList")
    rows.topLevelItem(0).setText(0, "a line alone")
    assert first.name == "a line alone"
    assert "a line alone: loss" in ui.find("lossPlot").property("shownCurves")
    rows.topLevelItem(0).setCheckState(0, Qt.CheckState.Unchecked)
    assert set(ui.find("lossPlot").property("shownCurves")) == {"loss", "val_loss"}
    assert rows.topLevelItem(1).text(1) == f"{second.epochs[-1]['val_accuracy']:.4f}"
    ui.find("trainingTab").runs.save(str(tmp_path / "runs.csv"))
    table = list(csv.DictReader((tmp_path / "runs.csv").read_text().splitlines()))
    ends = [row for row in table if row["val_loss"]]
    assert [(row["run"], float(row["epoch"])) for row in ends] == [
        ("a line alone", 1), ("a line alone", 2), (second.name, 1), (second.name, 2),
    ]  # fmt: skip
    assert [float(row["val_loss"]) for row in ends[2:]] == [epoch["val_loss"] for epoch in second.epochs]
    ui.find("trainingTab").runs.save(str(tmp_path / "nowhere" / "runs.csv"))
    rows.setCurrentItem(rows.topLevelItem(0))
    rows.setFocus()
    ui.press(Qt.Key.Key_Delete)
    assert ui.window.training.runs.all == [second]
    assert rows.topLevelItemCount() == 1


def test_curves_over_steps(ui, tab):
    ui.click("trainButton")
    finished(ui, tab)
    ui.click("axisSwitch_steps")
    plot = ui.find("lossPlot")
    assert list(plot._lines["val_loss"].xs) == [ui.window.training.steps, 2 * ui.window.training.steps]
    ui.click("axisSwitch_epochs")
    assert list(plot._lines["val_loss"].xs) == [1, 2]


def test_networks_optimizers_and_images_are_chosen_by_their_keys_too(ui, tab):
    for name, keys in (
        ("modelCombo", ("perceptron", "logistic", "mlp", "cnn", "own")),
        ("optimizerCombo", ("sgd", "momentum", "adam", "rmsprop")),
        ("dataCombo", ("auto", "sample")),
    ):
        combo = ui.find(name)
        for key in keys:
            combo.setCurrentText(key)
            assert combo.currentData() == key
            assert combo.findText(key) == combo.currentIndex() == combo.findText(combo.currentText())
        combo.setCurrentText("no such thing")
        assert combo.currentData() == keys[-1]


def test_any_learning_rate_can_be_tried_and_one_that_is_too_large_is_told(ui, tab):
    ui.find("modelCombo").setCurrentText("mlp")
    ui.find("optimizerCombo").setCurrentText("sgd")
    ui.find("learningRateSpin").setValue(1e25)
    assert ui.find("learningRateSpin").value() == 1e25
    ui.click("trainButton")
    ui.until(lambda: tab.property("trainingState") == "failed")
    assert (
        "it began in the layer probabilities. Try a smaller learning rate, such as 0.1"
        in ui.find("trainingLabel").text()
    )


def test_fields_follow_the_network_and_the_optimizer(ui, tab):
    form = ui.find("trainingTab").form
    assert not ui.find("hiddenSpin").isVisible()
    ui.find("modelCombo").setCurrentIndex(0)
    assert ui.find("hiddenSpin").value() == 10
    ui.find("modelCombo").setCurrentIndex(3)
    assert ui.find("hiddenSpin").value() == 128
    assert ui.find("filtersSpin").isVisible()
    ui.find("hiddenSpin").setValue(64)
    ui.find("modelCombo").setCurrentIndex(0)
    assert ui.find("hiddenSpin").value() == 64
    ui.find("hiddenSpin").setValue(10)
    ui.find("optimizerCombo").setCurrentText("sgd")
    assert ui.find("learningRateSpin").value() == 0.1
    assert ui.find("learningRateSpin").text() == "0.1"
    ui.find("learningRateSpin").setValue(0.00002)
    assert ui.find("learningRateSpin").text() == "0.00002"
    assert set(form.settings()) == set(SETTINGS)
    assert run_settings(**form.settings())["learning_rate"] == 0.00002


def test_every_setting_reaches_the_network(ui, tab):
    chosen = {
        "model": "mlp", "hidden": 12, "activation": "tanh", "dropout": 0.25, "batch_norm": True, "l2": 0.001,
        "optimizer": "momentum", "learning_rate": 0.05, "batch_size": 50, "epochs": 1, "seed": 9, "xla": "no",
    }  # fmt: skip
    before = ui.find("trainingTab").form.settings()
    ui.find("trainingTab").form.setSettings(chosen)
    ui.click("trainButton")
    finished(ui, tab)
    used = ui.window.training.settings
    assert {key: used[key] for key in chosen} == chosen
    ui.until(lambda: ui.window.network.info is not None and len(ui.window.network.layers) == 5)
    types = [layer["type"] for layer in ui.window.network.layers]
    assert types == ["Flatten", "Dense", "BatchNormalization", "Dropout", "Dense"]
    assert ui.window.network.layers[1]["activation"] == "tanh"
    assert ui.window.network.layers[1]["shape"] == [12]
    ui.find("trainingTab").form.setSettings(before)


def test_a_loss_that_is_no_number_is_told_with_layer_and_remedy(ui, tab):
    settings = {"model": "mlp", "l2": 1.0, "optimizer": "sgd", "learning_rate": 100.0, "xla": "no"}
    ui.window.training.start(settings, "sample")
    ui.until(lambda: tab.property("trainingState") == "failed")
    assert "it began in the layer hidden. Try a smaller learning rate, such as 0.1" in ui.find("trainingLabel").text()
    assert ui.find("trainButton").isEnabled()


def test_stop_works_while_it_compiles(ui, tab, qtbot):
    ui.find("modelCombo").setCurrentIndex(3)
    ui.click("trainButton")
    assert "compiling" in ui.find("trainingWhere").text()
    ui.click("stopButton")
    assert tab.property("trainingState") == "stopped"  # at once, however long it still compiles
    states = []
    ui.window.training.stateChanged.connect(states.append)
    with qtbot.waitSignal(ui.window.client.training, check_params_cb=lambda event: event["state"] == "stopped"):
        pass
    ui.window.training.stateChanged.disconnect(states.append)
    assert states == []
    ui.find("modelCombo").setCurrentIndex(1)
    ui.click("trainButton")
    finished(ui, tab)
    assert ui.window.training.run.settings["model"] == "logistic"


@pytest.mark.parametrize("heard", ["all", "one epoch less than was kept", "one epoch more than was kept"])
def test_after_the_engine_was_killed_a_run_goes_on_from_its_last_epoch(ui, tab, heard):
    ui.find("epochsSpin").setValue(40)
    ui.click("trainButton")
    ui.until(lambda: len(ui.window.training.epochs) >= 2)
    os.kill(ui.window.client.pid, signal.SIGKILL)
    run, session = ui.window.training.run, ui.window.training
    ui.window.client.training.disconnect(session._take)  # what was not heard by now is not heard any more
    if heard == "one epoch less than was kept":
        del run.epochs[-1]
    elif heard == "one epoch more than was kept":  # as after a checkpoint for which the disk was too full
        told = load_checkpoint(ui.window.training._checkpoint).epochs
        run.epochs[:] = [*told, {**told[-1], "val_loss": 77.0}]
    ui.until(lambda: tab.property("trainingState") == "failed")
    ui.window.client.training.connect(session._take)
    done = len(load_checkpoint(ui.window.training._checkpoint).epochs)
    assert f"“Go on” continues after epoch {done}" in ui.find("trainingLabel").text()
    kept = [epoch["val_loss"] for epoch in ui.window.training.epochs[:done]]
    assert len(kept) == done
    ui.click("pauseButton")
    ui.until(lambda: len(ui.window.training.epochs) >= done + 2)
    ui.click("stopButton")
    ui.until(lambda: tab.property("trainingState") == "stopped")
    resumed = [epoch["val_loss"] for epoch in ui.window.training.epochs]
    assert resumed[:done] == kept
    assert 77.0 not in resumed
    # The oracle: the same run, never killed.
    ui.window.training.start(
        {"model": "logistic", "epochs": done + 2, "xla": ui.window.training.settings["xla"]}, "sample"
    )
    finished(ui, tab)
    assert [epoch["val_loss"] for epoch in ui.window.training.epochs] == resumed[: done + 2]


def test_after_the_window_was_killed_the_next_one_offers_to_go_on(ui, tab, tmp_path):
    client = ui.window.client
    session = TrainingSession(client, tmp_path)
    session.start({"model": "logistic", "epochs": 40}, "sample")
    ui.until(lambda: len(session.epochs) >= 1)
    client.training.disconnect(session._take)  # it is gone, without a word
    ui.until(lambda: (tmp_path / "interrupted-run.npz").is_file())
    session._client.request("train_control", {"wish": "stop"}, lambda _reply: None)
    later = TrainingSession(client, tmp_path)
    later.look_for_interrupted()
    done = len(later.epochs)
    assert done >= 1
    assert f"was interrupted after epoch {done} of 40" in later.sentence
    assert later.can_go_on
    later.go_on()
    ui.until(lambda: len(later.epochs) >= done + 1)
    assert later.state == "running"
    later.stop()
    ui.until(lambda: later.state == "stopped")
    later.reset()
    assert not (tmp_path / "interrupted-run.npz").exists()
    (tmp_path / "interrupted-run.npz").write_bytes(b"noise")
    later.look_for_interrupted()
    assert later.state == "idle"


def test_a_full_disk_costs_the_checkpoint_and_not_the_run(ui, tab, full_disk):
    session = TrainingSession(ui.window.client, full_disk)
    session.start({"model": "mlp", "epochs": 3}, "sample")
    ui.until(lambda: session.state == "finished")
    assert len(session.epochs) == 3
    assert not session._has_checkpoint
    assert list(full_disk.iterdir()) == []


def test_what_does_not_fit_on_the_disk_is_a_sentence(ui, tab, full_disk):
    ui.click("trainButton")
    finished(ui, tab)
    ui.until(lambda: ui.find("saveNetworkButton").isEnabled())
    (full_disk / "rest").write_bytes(bytes(64 << 10))
    told = []
    for part in (tab, ui.find("weightsTab")):
        part.told.connect(told.append)
    tab.runs.save(str(full_disk / "runs.csv"))
    ui.until(lambda: len(told) == 1)
    ui.window.tabs.setCurrentWidget(ui.find("weightsTab"))
    ui.until(lambda: ui.find("weightsTab").property("isComplete"))
    for count, name in enumerate(("weights.npz", "weights.png"), 2):
        ui.find("weightsTab").save(str(full_disk / name))
        ui.until(lambda count=count: len(told) == count)
    ui.window.network.save(str(full_disk / "net.keras"))
    ui.until(lambda: any("net.keras" in text for text in told))
    assert all("could not be saved" in text or "ot saved" in text for text in told)
    assert [path.name for path in full_disk.iterdir()] == ["rest"]


def chosen_file(ui, button, path):
    """Press a button that asks for a file, and choose it."""
    ui.click(button)
    dialog = ui.find("networkDialog")
    assert not dialog.isModal()
    dialog.selectFile(str(path))
    dialog.accept()


def test_a_network_is_saved_and_opened_again(ui, tab, tmp_path):
    ui.click("trainButton")
    finished(ui, tab)
    ui.until(lambda: ui.find("saveNetworkButton").isEnabled())
    path = tmp_path / "mine.keras"
    told = []
    tab.told.connect(told.append)
    chosen_file(ui, "saveNetworkButton", path)
    ui.until(lambda: f"Saved: {path}" in told)
    trained = ui.window.network.number
    # Keras itself finds the accuracy that the screen shows.
    model = keras.saving.load_model(path, compile=False)
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    data = sample()
    _, accuracy = model.evaluate(data.x_validation / np.float32(255), data.y_validation, verbose=0)
    assert accuracy == pytest.approx(ui.window.training.epochs[-1]["val_accuracy"], abs=1e-6)
    chosen_file(ui, "openNetworkButton", path)
    ui.until(lambda: ui.window.network.title == "mine.keras")
    opened = ui.window.network.number
    assert opened > trained
    wrong = tmp_path / "wrong.keras"
    wrong.write_bytes(path.read_bytes()[:-400])
    chosen_file(ui, "openNetworkButton", wrong)
    ui.until(lambda: any("wrong.keras cannot be read" in text for text in told))
    assert ui.window.network.number == opened
    # A network of a file comes back when the engine was lost.
    os.kill(ui.window.client.pid, signal.SIGKILL)
    ui.until(lambda: ui.window.network.info is None)
    ui.until(lambda: ui.window.network.title == "mine.keras")


def test_reset_forgets_the_run_its_curves_and_its_network(ui, tab):
    ui.click("trainButton")
    finished(ui, tab)
    ui.until(lambda: ui.window.network.info is not None)
    number = ui.window.network.number
    ui.click("resetButton")
    assert tab.property("trainingState") == "idle"
    assert tab.property("step") == 0
    assert ui.find("lossPlot").property("shownCurves") == {}
    assert ui.find("confusionView").matrix is None
    assert ui.window.network.info is None
    assert not ui.find("saveNetworkButton").isEnabled()
    for name, page in (("weightsTab", "emptyWeights"), ("activationsTab", "activationsEmpty")):
        ui.window.tabs.setCurrentWidget(ui.find(name))
        assert ui.find(page).isVisible()
    assert "TensorFlow's process ended" not in ui.find("emptyWeightsLabel").text()
    assert ui.find("predictionBars").property("probabilities") == []
    ui.window.tabs.setCurrentWidget(tab)
    ui.click("trainButton")
    finished(ui, tab)
    ui.until(lambda: ui.window.network.number > number)


def test_reset_leaves_a_network_from_a_file(ui, tab, tmp_path):
    ui.click("trainButton")
    finished(ui, tab)
    ui.until(lambda: ui.find("saveNetworkButton").isEnabled())
    path = tmp_path / "mine.keras"
    chosen_file(ui, "saveNetworkButton", path)
    ui.until(path.is_file)
    chosen_file(ui, "openNetworkButton", path)
    ui.until(lambda: ui.window.network.title == "mine.keras")
    ui.click("resetButton")
    assert ui.window.network.title == "mine.keras"
    # It has no steps to go back to, and no batches to learn from: both are told.
    ui.window.tabs.setCurrentWidget(ui.find("weightsTab"))
    ui.until(lambda: ui.find("weightsTab").property("isComplete"))
    assert not ui.find("snapshotSlider").isEnabled()
    assert "as they were opened" in ui.find("momentLabel").text()
    ui.find("weightsView").chosen.emit("kernel", (300, 4))
    ui.until(lambda: bool(ui.window.explain.sentence))
    assert ui.window.explain.sentence == "Only the network of the latest run has batches to learn from."
    shown = [label.text() for label in ui.find("weightsTab").findChildren(QLabel) if label.isVisible()]
    assert any(ui.window.explain.sentence in text for text in shown)


def test_classes_that_are_no_digits_are_named(ui, tab):
    ui.click("trainButton")
    finished(ui, tab)
    mistakes, confusion = ui.find("mistakesView"), ui.find("confusionView")
    assert tuple(mistakes.classes) == confusion.classes == tuple("0123456789")
    pictures = [view.grab().toImage() for view in (mistakes, confusion)]
    names = SOURCES["fashion"].classes
    ui.window.training.mistakes = {**ui.window.training.mistakes, "classes": list(names)}
    ui.window.training.epochDone.emit(1)
    assert tuple(mistakes.classes) == confusion.classes == names
    assert all(view.grab().toImage() != was for view, was in zip((mistakes, confusion), pictures, strict=True))


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_nothing_overlaps_in_the_smallest_window(ui, tab, scale):
    ui.click("trainButton")
    finished(ui, tab)
    size = ui.window.size()
    ui.window.set_setting("scale", scale)
    ui.window.resize(1024, 600)
    ui.until(lambda: ui.window.width() == 1024)
    where, rate = ui.find("trainingWhere"), ui.find("trainingRate")
    assert not rate.isVisible() or where.geometry().right() < rate.geometry().left()
    confusion, mistakes = ui.find("confusionView"), ui.find("mistakesView")
    assert confusion.height() >= confusion.minimumHeight()
    assert mistakes.height() >= mistakes.minimumHeight()
    assert confusion.geometry().bottom() < mistakes.geometry().top()
    names = ui.find("runList")
    item = names.topLevelItem(0)
    assert names.columnWidth(0) > names.fontMetrics().horizontalAdvance(item.text(0)) + 40
    # Each field of the form is as wide as its words, or as the form.
    form = ui.find("modelCombo").parentWidget()
    assert form.width() <= form.parentWidget().width()
    ui.window.set_setting("scale", 1.0)
    ui.window.resize(size)


def test_the_keras_code_is_shown(ui, tab):
    ui.find("hiddenSpin").setValue(77)
    ui.find("modelCombo").setCurrentIndex(2)
    ui.click("kerasCodeButton")
    ui.click("copyCodeButton")
    code = QGuiApplication.clipboard().text()
    assert 'layers.Dense(77, activation="relu")' in code
    assert "mnist-sample.npz" in code
    ui.find("codeDialog").close()
    ui.find("hiddenSpin").setValue(128)


def test_the_keys_stay_with_the_run(ui, tab):
    """Space begins, pauses and goes on; no letter typed meanwhile may choose another speed."""
    ui.find("epochsSpin").setValue(30)
    ui.find("trainButton").setFocus()
    ui.press(Qt.Key.Key_Space)
    ui.until(lambda: ui.window.training.state == "running")
    assert ui.find("pauseButton").hasFocus()
    ui.press(Qt.Key.Key_1)
    assert ui.window.training.speed == 0
    ui.click("stopButton")
    ui.until(lambda: not ui.window.training.is_under_way)


def test_slow_motion_does_not_say_how_fast_it_could_be(ui, tab):
    ui.find("trainingSpeedCombo").setCurrentText("20 steps a second")
    ui.click("trainButton")
    ui.until(lambda: ui.window.training.state == "running" and ui.window.training.rate > 0)
    assert ui.find("trainingRate").text() == ""
    ui.find("trainingSpeedCombo").setCurrentIndex(0)
    ui.until(lambda: "images a second" in ui.find("trainingRate").text())
