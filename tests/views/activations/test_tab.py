"""The tab "Activations": what is shown equals what NumPy computes with the same weights."""

import itertools
import os
import signal

import keras
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtTest import QTest

from explorer.core.activations.drawn_digit import to_mnist_image
from explorer.core.data.dataset import load_sample
from explorer.core.protocol.models import ACTIVATIONS
from explorer.core.training.settings import run_settings
from explorer.engine.models.build import build_network
from explorer.session.activations.session import ActivationsSession
from explorer.views.activations.input_card import InputCard
from explorer.views.lessons.controller import LessonController
from explorer.views.models.no_network_page import COMPILING_TITLE

DATA = load_sample()


@pytest.fixture
def tab(activations):
    return activations.tab


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def test_an_image_can_be_selected_before_the_data_is_known(ui, tab, qtbot):
    session = ActivationsSession(ui.sessions.client, ui.sessions.current_network, ui.sessions.data)
    card = InputCard(session)
    qtbot.addWidget(card)
    card.number.setValue(5)
    ui.until(lambda: session.label is not None)
    assert (session.number, card.number.value(), card.number.maximum()) == (5, 5, 1499)
    np.testing.assert_array_equal(session.image, DATA.x_validation[5])
    assert session.label == DATA.y_validation[5]


def test_the_probabilities_equal_numpy(ui, activations):
    activations.show_network("logistic")
    (kernel, bias), spin = activations.weights()[1], ui.find("sampleSpin")
    assert spin.maximum() == 1499
    for number in (0, 7):
        spin.setValue(number)
        ui.until(lambda number=number: ui.find("imageTitle").text() == f"Validation image {number}")
        activations.complete()
        image, label = DATA.x_validation[number], DATA.y_validation[number]
        expected = softmax(image.ravel() / 255 @ kernel + bias)
        shown = ui.find("predictionBars").property("probabilities")
        np.testing.assert_allclose(shown, expected, atol=1e-5)
        assert all(type(share) is float for share in shown)
        assert ui.find("winnerLabel").text() == str(np.argmax(expected))
        assert f"{100 * expected.max():.1f} %" in ui.find("sureLabel").text() or expected.max() > 0.9995
        assert ui.find("sampleLabel").text() == f"label: <b>{label}</b>"
    ui.find("samplePartCombo").setCurrentIndex(1)
    ui.find("samplePartCombo").activated.emit(1)
    ui.until(lambda: ui.find("imageTitle").text() == "Training image 7")
    activations.complete()
    np.testing.assert_array_equal(ui.sessions.activations.image, DATA.x_train[7])
    assert spin.maximum() == 8499


def test_training_yields_only_to_drawing(ui, activations, monkeypatch):
    activations.show_network("logistic")
    client, drawing_flags = ui.sessions.client, []
    request = client.request

    def noted(kind, payload, *others, **more):
        if kind is ACTIVATIONS:
            drawing_flags.append(payload["is_drawing"])
        return request(kind, payload, *others, **more)

    monkeypatch.setattr(client, "request", noted)
    ui.find("drawCanvas").stroke(QPointF(60, 140), QPointF(220, 140))
    activations.complete()
    assert drawing_flags
    assert all(drawing_flags)
    drawing_flags.clear()
    ui.sessions.activations._refresh()  # as the weights of a run go on
    activations.complete()
    assert drawing_flags == [False]


def test_the_prediction_follows_a_drawing(ui, tab, activations):
    activations.show_network("logistic")
    kernel, bias = activations.weights()[1]
    canvas, painted = ui.find("drawCanvas"), []
    tab.bars.painted.connect(lambda: painted.append(tab.bars.probabilities))
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(120, 60))
    for y in range(80, 221, 20):
        QTest.mouseMove(canvas, QPoint(125, y))
        ui.until(lambda: ui.sessions.activations._done_versions["activations"] == ui.sessions.activations._version)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(125, 220))
    activations.complete()
    assert len({tuple(shown) for shown in painted}) >= 3
    np.testing.assert_array_equal(ui.sessions.activations.image, to_mnist_image(canvas.ink()))
    expected = softmax(to_mnist_image(canvas.ink()).ravel() / 255 @ kernel + bias)
    np.testing.assert_allclose(ui.find("predictionBars").property("probabilities"), expected, atol=1e-5)
    assert ui.find("sampleLabel").text() == ""
    ink = canvas.ink().astype(float)
    ui.click("drawTool_eraser")
    canvas.stroke(QPointF(137, 200), QPointF(137, 280))
    assert 0 < canvas.ink().sum() < ink.sum()
    ui.click("clearButton")
    activations.complete()
    assert not ui.sessions.activations.image.any()
    np.testing.assert_allclose(ui.find("predictionBars").property("probabilities"), softmax(bias), atol=1e-5)


def test_a_fast_pen_leaves_no_gaps_and_the_brush_has_a_width(ui, activations):
    activations.show_network("logistic")
    canvas = ui.find("drawCanvas")
    canvas.clear()
    for brush in (10, 40):
        ui.find("brushSlider").setValue(brush)
        canvas.clear()
        canvas.stroke(QPointF(30, 140), QPointF(250, 140))
        ink = canvas.ink()
        assert (ink[140, 30:250] == 255).all()
        assert (ink[:, 140] > 127).sum() == pytest.approx(brush, abs=1)
    ui.find("brushSlider").setValue(22)


def test_the_keyboard_draws(ui, activations):
    activations.show_network("logistic")
    canvas = ui.find("drawCanvas")
    canvas.clear()
    canvas.setFocus()
    ui.press(Qt.Key.Key_Left)
    assert not canvas.ink().any()
    for _ in range(4):
        ui.press(Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert canvas.ink().any()
    ui.press(Qt.Key.Key_Delete)
    assert not canvas.ink().any()


def test_the_eraser_edits_an_image_of_the_data(ui, activations):
    activations.show_network("logistic")
    ui.click("drawTool_eraser")
    canvas, before = ui.find("drawCanvas"), ui.sessions.activations.image.astype(int)
    canvas.stroke(QPointF(0, 100), QPointF(280, 100))
    ink = canvas.ink()
    assert not ink[95:105].any()
    assert ink[150:].any() == before[15:].any()


def test_the_gradient_of_a_selected_bar_equals_numpy(ui, activations):
    activations.show_network("logistic")
    kernel, bias = activations.weights()[1]
    bars, view = ui.find("predictionBars"), ui.find("gradientView")
    p = softmax(DATA.x_validation[0].ravel() / 255 @ kernel + bias)
    for digit in (int(np.argmax(p)), 3, 9):
        if digit != np.argmax(p):
            QTest.mouseClick(bars, Qt.MouseButton.LeftButton, pos=QPoint(50, round((digit + 0.5) * bars.height() / 10)))
            activations.complete()
        expected = p[digit] * (kernel[:, digit] - kernel @ p)
        np.testing.assert_allclose(view.gradient, expected.reshape(28, 28), atol=1e-6)
        assert ui.find("gradientTitle").text() == f"Which pixels speak for {digit}"
    bars.setFocus()
    ui.press(Qt.Key.Key_Up)
    assert ui.sessions.activations.output == 8
    ui.press(Qt.Key.Key_2)
    assert ui.sessions.activations.output == 2
    ui.click("followWinnerButton")
    assert ui.sessions.activations.output == np.argmax(p)
    activations.complete()


def test_the_images_have_the_colours_of_the_outputs(ui, activations):
    activations.show_network("cnn")
    for theme in ("dark", "light"):
        ui.sessions.store.set("theme", theme)
        view = ui.find("activationsView")
        image = view.grab().toImage()
        values, one = view.outputs[1], view._pictures[1]
        # The strongest and the weakest number of the layer differ in colour as far as colours go.
        colours = []
        for place in (np.argmax(values), np.argmin(values)):
            index = tuple(int(position) for position in np.unravel_index(place, values.shape))
            centre = one.cell_box(index).center() * image.devicePixelRatio()
            colours.append(image.pixelColor(centre.toPoint()))
        strong, weak = colours
        assert abs(strong.red() - weak.red()) + abs(strong.green() - weak.green()) > 60


def test_outputs_follow_training_up_to_the_last_weights(ui, tab, activations):
    activations.show_network("logistic")
    bars, painted = tab.bars, set()
    bars.painted.connect(lambda: painted.add(tuple(bars.probabilities)))
    ui.sessions.training.start({"model": "logistic", "epochs": 1000, "xla": "no"}, "sample")
    ui.until(lambda: len(painted) >= 5)
    ui.sessions.training.stop()
    ui.until(lambda: not ui.sessions.training.is_active)
    activations.complete()
    kernel, bias = activations.weights()[1]
    expected = softmax(DATA.x_validation[0].ravel() / 255 @ kernel + bias)
    np.testing.assert_allclose(bars.probabilities, expected, atol=1e-5)


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
def test_a_network_with_nan_is_shown(ui, tab, activations, tmp_path):
    for bad in (np.nan, np.inf):
        model = build_network(run_settings(model="mlp", hidden=16))
        weights = model.get_weights()
        weights[-1][3] = bad
        model.set_weights(weights)
        path = tmp_path / f"{bad}.keras"
        model.save(path)
        ui.sessions.current_network.open(str(path))
        ui.until(lambda path=path: ui.sessions.current_network.title == path.name)
        ui.window.tabs.setCurrentWidget(tab)
        activations.complete()
        for view in (tab.view, ui.find("gradientView"), ui.find("predictionBars")):
            assert not view.grab().isNull()
        last = len(ui.sessions.current_network.layers) - 1
        tab.view.chosen.emit(last, (3,))
        activations.complete()
        assert not np.isfinite(ui.find("predictionBars").property("probabilities")).all()
        assert ui.find("winnerLabel").text() == "–"
        assert ui.find("sureLabel").text().startswith("no number")
        assert ui.find("gradientLegend").text().endswith("it is no number.")
        assert not tab.grab().isNull()


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
def test_a_network_of_whole_numbers_has_no_gradient(ui, tab, activations, tmp_path):
    model = keras.Sequential([
        keras.Input((28, 28), dtype="uint8"), keras.layers.Rescaling(1 / 255), keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ])  # fmt: skip
    model.save(tmp_path / "bytes.keras")
    ui.sessions.current_network.open(str(tmp_path / "bytes.keras"))
    ui.until(lambda: ui.sessions.current_network.title == "bytes.keras")
    ui.window.tabs.setCurrentWidget(tab)
    activations.complete()
    sentence = "The network takes whole numbers (uint8), of which there is no gradient."
    ui.until(lambda: ui.find("gradientLegend").text() == sentence)
    assert not ui.find("activationsError").isVisible()
    assert ui.find("gradientView").gradient is None


def test_both_tabs_say_that_a_network_is_being_compiled(ui, tab, activations):
    ui.window.tabs.setCurrentWidget(tab)
    os.kill(ui.sessions.client.pid, signal.SIGKILL)
    ui.until(lambda: ui.find("emptyActivationsButton").isVisible())

    def page():
        heads = (ui.find("emptyActivationsHead").text(), ui.find("emptyWeightsHead").text())
        return heads, ui.find("emptyActivationsButton").isVisible()

    assert ui.call_while_compiling({"model": "logistic", "epochs": 1, "xla": "no"}, page) == (
        (COMPILING_TITLE, COMPILING_TITLE), False
    )  # fmt: skip
    ui.until(lambda: ui.sessions.training.state == "finished" and not ui.sessions.current_network.is_expected)
    ui.until(lambda: not ui.find("emptyActivations").isVisible())
    ui.sessions.training.reset()
    assert ui.find("emptyActivationsHead").text() == "There is no network yet"
    assert ui.find("emptyActivationsButton").isVisible()


def test_both_tabs_explain_what_to_do_without_a_network(ui, tab, activations):
    activations.show_network("logistic")
    canvas = ui.find("drawCanvas")
    canvas.stroke(QPointF(60, 60), QPointF(200, 200))
    drawn = canvas.ink()
    os.kill(ui.sessions.client.pid, signal.SIGKILL)
    ui.until(lambda: ui.find("emptyActivations").isVisible())
    assert ui.find("predictionBars").property("probabilities") == []
    ui.find("emptyActivationsButton").setFocus()
    QTest.keyClick(ui.find("emptyActivationsButton"), Qt.Key.Key_Return)
    assert ui.window.tabs.currentWidget() is ui.find("trainingTab")
    ui.window.tabs.setCurrentWidget(ui.find("weightsTab"))
    assert ui.find("emptyWeights").isVisible()
    assert "Train one again" in ui.find("emptyWeightsLabel").text()
    assert not ui.find("weightsTab").property("isComplete")
    ui.click("emptyWeightsButton")
    assert ui.window.tabs.currentWidget() is ui.find("trainingTab")
    ui.sessions.training.start({"model": "logistic", "epochs": 1, "xla": "no"}, "sample")
    ui.until(lambda: ui.sessions.training.state == "finished")
    ui.window.tabs.setCurrentWidget(tab)
    activations.complete()
    np.testing.assert_array_equal(canvas.ink(), drawn)
    kernel, bias = activations.weights()[1]
    expected = softmax(to_mnist_image(drawn).ravel() / 255 @ kernel + bias)
    np.testing.assert_allclose(ui.find("predictionBars").property("probabilities"), expected, atol=1e-5)


def test_parts_of_the_input_card_do_not_overlap_in_a_low_window(activations, ui):
    activations.show_network("logistic")
    ui.window.resize(1280, 700)
    ui.window.part(LessonController).set_visible(True)
    try:
        ui.window.grab()
        draw = ui.window.tab("activations").draw
        parts = [
            draw.canvas,
            draw.tool,
            draw.brush,
            draw.part,
            ui.find("openPictureButton"),
            draw.network_input,
            draw.label,
        ]
        boxes = [QRect(part.mapTo(draw, QPoint(0, 0)), part.size()) for part in parts]
        assert all(draw.rect().contains(box) for box in boxes)
        assert [(a, b) for a, b in itertools.combinations(boxes, 2) if a.intersects(b)] == []
    finally:
        ui.window.part(LessonController).set_visible(False)
