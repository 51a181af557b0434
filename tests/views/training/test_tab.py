"""The tab "Training" with the bundled sample."""

import csv
import re

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from explorer.core.data.sources import SOURCES
from explorer.core.training.settings import DEFAULT_LEARNING_RATES, TRAINING_SETTINGS, run_settings
from explorer.views.lessons.controller import LessonController


@pytest.fixture
def tab(training_tab):
    return training_tab


def test_a_learning_rate_of_0_becomes_the_default_of_the_optimizer(ui, tab):
    rate, optimizer = ui.find("learningRateSpin"), ui.find("optimizerCombo")
    for name in ("sgd", "adam"):
        optimizer.setCurrentIndex(optimizer.findData(name))
        rate.selectAll()
        QTest.keyClicks(rate, "0")
        QTest.keyClick(rate, Qt.Key.Key_Return)
        assert rate.value() == DEFAULT_LEARNING_RATES[name]


def test_a_combo_box_shows_all_its_items(ui, tab):
    for name in ("modelCombo", "dataCombo", "trainingSpeedCombo"):
        combo = ui.find(name)
        combo.showPopup()
        view, model = combo.view(), combo.model()
        last = view.visualRect(model.index(model.rowCount() - 1, 0))
        assert view.viewport().rect().contains(last)
        assert view.parentWidget().height() <= view.height() + 4  # no scroll arrows
        combo.hidePopup()


def test_the_form_takes_the_images_of_a_kept_run(ui, tab, tmp_path, monkeypatch):
    requested = []
    monkeypatch.setattr(ui.sessions.data, "open", requested.append)
    for source in ("sample", str(tmp_path / "mine.npz"), "mnist"):
        ui.sessions.training.runRestored.emit(run_settings(model="mlp", hidden=17), source)
    assert requested == ["sample", str(tmp_path / "mine.npz")]  # data that might be downloaded is not requested
    assert ui.find("hiddenSpin").value() == 17
    ui.sessions.training.runRestored.emit(run_settings(model="logistic"), "sample")


def test_the_title_of_the_loss_mentions_l2(ui, tab):
    title = ui.find("lossPlot")._plot.getPlotItem().titleLabel
    ui.sessions.training.start({"model": "logistic", "epochs": 1, "l2": 0.01}, "sample")
    ui.until(lambda: tab.property("trainingState") == "finished")
    assert title.text == "Loss, cross-entropy + L2"
    ui.sessions.training.runs.set_visible(ui.sessions.training.run, False)
    assert title.text == "Loss, cross-entropy"


def test_a_run_from_start_to_end(ui, tab):
    assert tab.property("trainingState") == "idle"
    ui.click("trainButton")
    assert tab.property("trainingState") == "compiling"
    ui.until(lambda: tab.property("trainingState") == "finished")
    assert tab.property("dataInUse") == "MNIST sample (10,000)"
    assert tab.property("step") == 2 * ui.sessions.training.steps
    assert ui.find("lossPlot").property("shownCurves")["val_loss"] == 2
    assert ui.find("accuracyPlot").property("shownCurves")["accuracy"] >= 2
    last = ui.sessions.training.epochs[-1]
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
    ui.find("epochsSpin").setValue(1000)
    ui.click("trainButton")
    ui.until(lambda: tab.property("trainingState") == "running")
    ui.window.tabs.setCurrentIndex(0)
    ui.type("sin(3*x)*exp(x)")
    assert ui.values["Sin:0"] == pytest.approx(np.sin(3), rel=1e-5)
    assert ui.window.property("engineState") == "ready"
    assert tab.property("trainingState") == "running"
    ui.sessions.training.stop()
    ui.until(lambda: tab.property("trainingState") == "stopped")


def test_an_invalid_data_file_is_reported(ui, tab, tmp_path):
    path = tmp_path / "wrong.npz"
    np.savez(path, x_train=np.zeros(3))
    ui.sessions.training.start({"model": "logistic"}, str(path))
    ui.until(lambda: tab.property("trainingState") == "failed")
    assert "wrong.npz lacks" in ui.find("trainingLabel").text()


def wait_until_finished(ui, tab):
    ui.until(lambda: tab.property("trainingState") == "finished")


def test_one_step_and_one_epoch_start_a_paused_run(ui, tab):
    ui.click("singleStepButton")
    ui.until(lambda: tab.property("trainingState") == "paused")
    assert tab.property("step") == 1
    ui.click("epochButton")
    ui.until(lambda: tab.property("trainingState") == "paused" and tab.property("step") == ui.sessions.training.steps)
    assert len(ui.sessions.training.epochs) == 1
    ui.click("pauseButton")
    wait_until_finished(ui, tab)
    assert len(ui.sessions.training.epochs) == 2


def test_a_run_continues_after_stop_and_after_its_end(ui, tab):
    ui.click("trainButton")
    ui.until(lambda: tab.property("step") > 0)
    ui.click("stopButton")
    ui.until(lambda: not ui.sessions.training.is_active)
    if tab.property("trainingState") == "stopped":
        ui.click("pauseButton")
        wait_until_finished(ui, tab)
    cut = [epoch["val_loss"] for epoch in ui.sessions.training.epochs]
    ui.click("pauseButton")
    ui.until(lambda: len(ui.sessions.training.epochs) == 4 and tab.property("trainingState") == "finished")
    # The result is the same as without the stop.
    ui.click("trainButton")
    wait_until_finished(ui, tab)
    assert [epoch["val_loss"] for epoch in ui.sessions.training.epochs] == cut


def test_slow_motion_shows_every_step(ui, tab):
    ui.find("trainingSpeedCombo").setCurrentIndex(1)
    ui.click("trainButton")
    ui.until(lambda: tab.property("step") >= 4)
    xs, _ = ui.sessions.training.run.curves["loss"]
    np.testing.assert_allclose(np.array(xs[:4]) * ui.sessions.training.steps, [1, 2, 3, 4])
    ui.find("trainingSpeedCombo").setCurrentIndex(0)
    wait_until_finished(ui, tab)


def test_runs_are_compared_renamed_hidden_and_deleted(ui, tab, tmp_path):
    for model in (1, 2):
        ui.find("modelCombo").setCurrentIndex(model)
        ui.click("trainButton")
        wait_until_finished(ui, tab)
    first, second = ui.sessions.training.runs.all
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
    assert ui.sessions.training.runs.all == [second]
    assert rows.topLevelItemCount() == 1


def test_a_run_is_renamed_with_f2_while_an_epoch_ends(ui, tab):
    """F2 is otherwise the shortcut for lessons, and an update of the list must not close the editor."""
    ui.click("trainButton")
    wait_until_finished(ui, tab)
    rows, run = ui.find("runList"), ui.sessions.training.runs.all[-1]
    rows.setCurrentItem(rows.topLevelItem(0))
    rows.setFocus()
    ui.press(Qt.Key.Key_F2)
    assert not ui.window.part(LessonController).panel.isVisible()
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    QTest.keyClicks(editor, "a line")
    run.epochs[-1]["val_accuracy"] = 0.25
    tab.runs.refresh()
    assert rows.topLevelItem(0).text(1) == "0.2500"
    assert editor.text() == "a line"
    QTest.keyClick(editor, Qt.Key.Key_Return)
    ui.until(lambda: run.name == "a line")  # Qt commits the text in a later event


def test_curves_over_steps(ui, tab):
    ui.click("trainButton")
    wait_until_finished(ui, tab)
    ui.click("axisSwitch_steps")
    plot = ui.find("lossPlot")
    assert list(plot._lines["val_loss"].xs) == [
        ui.sessions.training.steps,
        2 * ui.sessions.training.steps,
    ]
    ui.click("axisSwitch_epochs")
    assert list(plot._lines["val_loss"].xs) == [1, 2]


def test_networks_optimizers_and_images_can_be_selected_by_key(ui, tab):
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


def test_a_learning_rate_that_is_too_large_is_reported(ui, tab):
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


def test_fields_depend_on_the_network_and_the_optimizer(ui, tab):
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
    assert set(form.settings()) == set(TRAINING_SETTINGS)
    assert run_settings(**form.settings())["learning_rate"] == 0.00002


def test_every_setting_reaches_the_network(ui, tab):
    chosen = {
        "model": "mlp", "hidden": 12, "activation": "tanh", "dropout": 0.25, "batch_norm": True, "l2": 0.001,
        "optimizer": "momentum", "learning_rate": 0.05, "batch_size": 50, "epochs": 1, "seed": 9, "xla": "no",
    }  # fmt: skip
    before = ui.find("trainingTab").form.settings()
    ui.find("trainingTab").form.setSettings(chosen)
    ui.click("trainButton")
    wait_until_finished(ui, tab)
    used = ui.sessions.training.settings
    assert {key: used[key] for key in chosen} == chosen
    ui.until(lambda: ui.sessions.current_network.info is not None and len(ui.sessions.current_network.layers) == 5)
    types = [layer["type"] for layer in ui.sessions.current_network.layers]
    assert types == ["Flatten", "Dense", "BatchNormalization", "Dropout", "Dense"]
    assert ui.sessions.current_network.layers[1]["activation"] == "tanh"
    assert ui.sessions.current_network.layers[1]["shape"] == [12]
    ui.find("trainingTab").form.setSettings(before)


def test_a_loss_of_nan_is_reported_with_layer_and_remedy(ui, tab):
    settings = {"model": "mlp", "l2": 1.0, "optimizer": "sgd", "learning_rate": 100.0, "xla": "no"}
    ui.sessions.training.start(settings, "sample")
    ui.until(lambda: tab.property("trainingState") == "failed")
    text = ui.find("trainingLabel").text()
    assert "it began in the layer hidden. Try a smaller learning rate, such as 0.1" in text
    assert ui.find("trainButton").isEnabled()
    # The bar counts the step that failed, as the sentence does.
    step, epoch = (int(number.replace(",", "")) for number in re.search(r"step ([\d,]+) of epoch (\d+)", text).groups())
    steps = ui.sessions.training.steps
    assert f"failed · epoch {epoch} of 3 · step {step:,} of {steps:,}" in ui.find("trainingWhere").text()
    assert ui.find("trainingProgress").value() == (epoch - 1) * steps + step > 0


def test_stop_works_during_compilation(ui, tab, qtbot):
    ui.find("modelCombo").setCurrentIndex(3)
    ui.click("trainButton")
    assert "compiling" in ui.find("trainingWhere").text()
    ui.click("stopButton")
    assert tab.property("trainingState") == "stopped"  # immediately, although compilation goes on
    states = []
    ui.sessions.training.stateChanged.connect(states.append)
    with qtbot.waitSignal(ui.sessions.client.training, check_params_cb=lambda event: event["state"] == "stopped"):
        pass
    ui.sessions.training.stateChanged.disconnect(states.append)
    assert states == []
    ui.find("modelCombo").setCurrentIndex(1)
    ui.click("trainButton")
    wait_until_finished(ui, tab)
    assert ui.sessions.training.run.settings["model"] == "logistic"


def test_classes_other_than_digits_are_shown_by_name(ui, tab):
    ui.click("trainButton")
    wait_until_finished(ui, tab)
    mistakes, confusion = ui.find("mistakesView"), ui.find("confusionView")
    assert tuple(mistakes.classes) == confusion.classes == tuple("0123456789")
    pictures = [view.grab().toImage() for view in (mistakes, confusion)]
    names = SOURCES["fashion"].classes
    ui.sessions.training.mistakes = {**ui.sessions.training.mistakes, "classes": list(names)}
    ui.sessions.training.epochFinished.emit(1)
    assert tuple(mistakes.classes) == confusion.classes == names
    assert all(view.grab().toImage() != was for view, was in zip((mistakes, confusion), pictures, strict=True))


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_nothing_overlaps_in_the_smallest_window(ui, tab, scale):
    ui.click("trainButton")
    wait_until_finished(ui, tab)
    size = ui.window.size()
    ui.sessions.store.set("scale", scale)
    ui.window.resize(1024, 600)
    ui.until(lambda: ui.window.width() == 1024)
    where, rate = ui.find("trainingWhere"), ui.find("trainingRate")
    ui.until(lambda: not rate.isVisible() or where.geometry().right() < rate.geometry().left())
    confusion, mistakes = ui.find("confusionView"), ui.find("mistakesView")
    ui.until(lambda: confusion.height() >= confusion.minimumHeight())
    ui.until(lambda: mistakes.height() >= mistakes.minimumHeight())
    ui.until(lambda: confusion.geometry().bottom() < mistakes.geometry().top())
    names = ui.find("runList")
    item = names.topLevelItem(0)
    ui.until(lambda: names.columnWidth(0) > names.fontMetrics().horizontalAdvance(item.text(0)) + 40)
    # The fields are not wider than the form.
    form = ui.find("modelCombo").parentWidget()
    ui.until(lambda: form.width() <= form.parentWidget().width())
    ui.sessions.store.set("scale", 1.0)
    ui.window.resize(size)


def test_the_form_is_whole_again_after_another_tab_was_presented(ui, tab):
    ui.window.resize(1280, 700)
    ui.window.show_tab("training")
    area = ui.find("formScroll")
    QApplication.processEvents()
    before = area.widget().size()
    assert before.width() == area.width()  # there is no scroll bar
    ui.window.show_tab("autodiff")
    ui.window.set_presenting(True)
    QApplication.processEvents()
    ui.window.set_presenting(False)
    ui.window.show_tab("training")
    QApplication.processEvents()
    assert area.widget().size() == before


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


def test_the_keras_code_loads_the_images_in_use(ui, tab, monkeypatch):
    """If the sample is used instead of MNIST, code that loads MNIST from Keras would train on other data."""
    data = ui.sessions.data
    ui.until(lambda: data.info is not None)
    monkeypatch.setattr(data, "requested_source", "auto")
    monkeypatch.setitem(data.info, "source", "sample")
    ui.click("kerasCodeButton")
    ui.click("copyCodeButton")
    assert "mnist-sample.npz" in QGuiApplication.clipboard().text()
    ui.find("codeDialog").close()


def test_the_focus_follows_the_state_of_the_run(ui, tab):
    """Space starts, pauses and continues; other keys must not select another speed."""
    ui.find("epochsSpin").setValue(1000)
    ui.find("trainButton").setFocus()
    ui.press(Qt.Key.Key_Space)
    ui.until(lambda: ui.sessions.training.state == "running")
    assert ui.find("pauseButton").hasFocus()
    ui.press(Qt.Key.Key_1)
    assert ui.sessions.training.speed == 0
    ui.click("stopButton")
    ui.until(lambda: not ui.sessions.training.is_active)


def test_slow_motion_shows_no_rate(ui, tab):
    ui.find("trainingSpeedCombo").setCurrentText("20 steps a second")
    ui.click("trainButton")
    ui.until(lambda: ui.sessions.training.state == "running" and ui.sessions.training.images_per_second > 0)
    assert ui.find("trainingRate").text() == ""
    ui.find("trainingSpeedCombo").setCurrentIndex(0)
    ui.until(lambda: "images a second" in ui.find("trainingRate").text())


def test_fields_count_for_the_next_run_while_one_is_in_progress(ui, tab):
    heading, note, rate = ui.find("runFormHeading"), ui.find("nextRunLabel"), ui.find("learningRateSpin")
    ui.find("epochsSpin").setValue(1000)
    chosen = rate.value()
    assert heading.text() == "Network and training"
    ui.click("trainButton")
    ui.until(lambda: ui.sessions.training.state == "running")
    assert heading.text() == "For the next run"
    assert not note.isVisible()
    colour = rate.palette().text().color()
    rate.setValue(0.5)
    assert note.isVisible()
    assert note.text() == f"The change of Learning rate counts for the next run; this one goes on with {chosen:g}."
    ui.find("epochsSpin").setValue(7)
    ui.find("dataCombo").setCurrentIndex(0)
    changed = "The changes of Learning rate and Epochs count for the next run; this one goes on as it began."
    ui.until(lambda: note.text() == changed)
    assert ui.sessions.training.settings["learning_rate"] == chosen
    rate.setValue(chosen)
    ui.find("epochsSpin").setValue(1000)
    ui.find("dataCombo").setCurrentIndex(1)
    assert not note.isVisible()
    xla, running = ui.find("xlaCombo"), ui.sessions.training.settings["xla"]
    xla.setCurrentIndex(xla.findData("no" if running == "yes" else "yes"))
    word = {"yes": "always", "no": "never"}[running]
    assert note.text() == f"The change of XLA counts for the next run; this one goes on with {word}."
    xla.setCurrentIndex(xla.findData("auto"))
    assert not note.isVisible()
    ui.click("stopButton")
    ui.until(lambda: not ui.sessions.training.is_active)
    assert heading.text() == "Network and training"
    assert rate.palette().text().color() != colour
    rate.setValue(0.5)
    assert not note.isVisible()


def test_an_old_error_leaves_when_its_cause_is_changed(ui, tab, tmp_path):
    rate, label = ui.find("learningRateSpin"), ui.find("trainingLabel")
    failing = {"model": "mlp", "hidden": 16, "l2": 1.0, "optimizer": "sgd", "learning_rate": 100.0, "xla": "no"}
    before = tab.form.settings()
    tab.form.setSettings(failing)
    ui.click("trainButton")
    ui.until(lambda: tab.property("trainingState") == "failed")
    assert "no longer a number" in label.text()
    assert label.property("role") == "error"
    rate.setValue(0.1)
    assert label.text() == "The last run failed. “Train” starts a new one."
    assert label.property("role") == "muted"
    # That images cannot be used is said until others are chosen, even the same again.
    error = ui.find("trainingDataError")
    ui.sessions.data.open(str(tmp_path / "nowhere.npz"))
    ui.until(lambda: "does not exist" in error.text())
    combo = ui.find("dataCombo")
    combo.activated.emit(combo.currentIndex())
    ui.until(lambda: not error.isVisible())
    # It also leaves when a run starts on other images.
    ui.sessions.data.open(str(tmp_path / "nowhere.npz"))
    ui.until(lambda: "does not exist" in error.text())
    tab.form.setSettings(before)
    ui.click("trainButton")
    assert not error.isVisible()
    wait_until_finished(ui, tab)


def test_a_sweep_has_names_styles_a_legend_and_a_logarithmic_axis(ui, tab):
    session = ui.sessions.training
    common = {"model": "mlp", "hidden": 16, "l2": 1.0, "optimizer": "sgd", "epochs": 1, "xla": "no"}
    for rate in (0.001, 100.0):
        session.start({**common, "learning_rate": rate}, "sample")
        ui.until(lambda: session.state in ("finished", "failed"))
    legend = ui.find("runLegend")
    assert [run.name for run in session.runs.all] == ["1: rate 0.001", "2: rate 100"]
    ui.until(lambda: len(legend.entries) == 2)
    assert legend.entries[0].name == "1: rate 0.001"
    ui.until(lambda: legend.entries[1].text.startswith("2: rate 100") and legend.entries[1].text.endswith("✕ failed"))
    first = legend.entries[0].style
    rows = ui.find("runList")
    assert (rows.topLevelItem(1).text(1), rows.topLevelItem(1).toolTip(0).count("no longer a number")) == ("failed", 1)
    session.runs.delete(session.runs.all[1])
    session.start({**common, "learning_rate": 0.001, "seed": 2}, "sample")
    ui.until(lambda: session.state == "finished")
    assert legend.entries[0].style == first  # a run keeps its style
    assert legend.entries[1].style != first
    loss = ui.find("lossPlot")
    ui.click("logAxisButton")
    assert loss._is_log
    ui.click("logAxisButton")
    ui.find("smoothingSlider").setValue(90)
    assert "loss, unsmoothed" in loss.property("shownCurves")
    assert "val_loss, unsmoothed" not in loss.property("shownCurves")
    ui.find("smoothingSlider").setValue(0)


def test_the_list_has_as_many_rows_as_there_is_room(ui, tab):
    session, rows, size = ui.sessions.training, ui.find("runList"), ui.window.size()
    for seed in range(12):
        session.runs.add(run_settings(seed=seed))
    visible = {}
    for height in (720, 1080):
        ui.window.resize(1600, height)
        ui.until(lambda height=height: ui.window.height() == height)
        ui.until(lambda: tab.curves.height() > 0)
        visible[height] = rows.viewport().height() // rows.visualItemRect(rows.topLevelItem(0)).height()
    assert visible[1080] == 12
    assert visible[720] >= 3
    for plot in (tab.loss, tab.accuracy):
        assert plot.height() >= plot.minimumHeight()
    ui.window.resize(size)


def test_an_earlier_run_is_used_again_from_the_list(ui, tab):
    session, rows = ui.sessions.training, ui.find("runList")
    for seed in (1, 2):
        session.start({"model": "logistic", "epochs": 1, "seed": seed, "xla": "no"}, "sample")
        ui.until(lambda: session.state == "finished")
    ui.until(lambda: ui.sessions.current_network.title == "run 2: logistic")
    assert "2 kept, 0." in ui.find("keptRunsLabel").text()
    assert "of 200 MB" in ui.find("keptRunsLabel").text()
    rows.setCurrentItem(rows.topLevelItem(0))
    ui.click("useRunButton")
    ui.until(lambda: ui.sessions.current_network.title == "run 1: logistic")
    assert session.run is session.runs.all[0]
    assert ui.find("seedSpin").value() == 1
    assert ui.find("validationAccuracy").text() == f"{100 * session.run.epochs[-1]['val_accuracy']:.2f} %"
    ui.click("epochButton")
    ui.until(lambda: len(session.epochs) == 2)
    ui.click("clearRunsButton")
    assert [run.number for run in session.runs.all] == [1]
    ui.until(lambda: "1 kept" in ui.find("keptRunsLabel").text())
