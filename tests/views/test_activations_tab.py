"""Looking into a network: what is shown is what NumPy makes of the same weights."""

import itertools
import os
import signal

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtTest import QTest

from explorer.core.dataset import sample
from explorer.core.drawing import as_digit
from explorer.core.training import run_settings
from explorer.engine.networks import build_network
from explorer.session.activations import ActivationsSession
from explorer.views.draw_card import DrawCard
from explorer.views.no_network import COMING

DATA = sample()


@pytest.fixture
def tab(looking):
    return looking.tab


def weights(ui):
    """Ask the engine for all weights in view, by layer."""
    found = {}
    for place, layer in enumerate(ui.window.network.layers):
        if layer["parameters"]:
            replies = []
            ui.window.client.request("weights", {"layer": place}, replies.append)
            ui.until(lambda replies=replies: bool(replies))
            found[place] = [array["values"].astype(np.float64) for array in replies[0]["arrays"]]
    return found


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def test_an_image_can_be_chosen_before_it_is_known_how_many_there_are(ui, tab, qtbot):
    session = ActivationsSession(ui.window.client, ui.window.network, ui.window.data)
    card = DrawCard(session)
    qtbot.addWidget(card)
    card.number.setValue(5)
    ui.until(lambda: session.label is not None)
    assert (session.number, card.number.value(), card.number.maximum()) == (5, 5, 1499)
    np.testing.assert_array_equal(session.image, DATA.x_validation[5])
    assert session.label == DATA.y_validation[5]


def test_the_ten_bars_of_a_sample_are_numpys(ui, looking):
    looking.look("logistic")
    (kernel, bias), spin = weights(ui)[1], ui.find("sampleSpin")
    assert spin.maximum() == 1499
    for number in (0, 7):
        spin.setValue(number)
        ui.until(lambda number=number: ui.find("imageTitle").text() == f"Validation image {number}")
        looking.settle()
        image, label = DATA.x_validation[number], DATA.y_validation[number]
        wanted = softmax(image.ravel() / 255 @ kernel + bias)
        shown = ui.find("predictionBars").property("probabilities")
        np.testing.assert_allclose(shown, wanted, atol=1e-5)
        assert all(type(share) is float for share in shown)
        assert ui.find("winnerLabel").text() == str(np.argmax(wanted))
        assert f"{100 * wanted.max():.1f} %" in ui.find("sureLabel").text() or wanted.max() > 0.9995
        assert ui.find("sampleLabel").text() == f"label: <b>{label}</b>"
    ui.find("samplePartCombo").setCurrentIndex(1)
    ui.find("samplePartCombo").activated.emit(1)
    ui.until(lambda: ui.find("imageTitle").text() == "Training image 7")
    np.testing.assert_array_equal(ui.window.activations.image, DATA.x_train[7])
    assert spin.maximum() == 8499


def test_a_number_that_is_asked_for_comes_into_sight(ui, looking):
    looking.look("cnn")
    scroll, view = ui.find("activationsScroll"), ui.find("activationsView")
    size = ui.window.size()
    ui.window.resize(1000, 640)
    scroll.verticalScrollBar().setValue(0)
    layers = [layer["name"] for layer in ui.window.network.layers]
    for name, index in (("conv_2", (3, 4, 1)), ("probabilities", (4,)), ("conv_1", (12, 12, 0))):
        ui.window.activations.select(layers.index(name), index)

        def is_seen():
            box, sight = view.selected_box(), scroll.viewport()
            return box is not None and sight.rect().contains(view.mapTo(sight, box.center().toPoint()))

        ui.until(is_seen)
        looking.settle()
        assert is_seen()
    assert scroll.height() >= 190  # name and maps, whatever the formula below takes
    ui.window.resize(size)


def test_a_run_stands_aside_for_what_is_drawn_alone(ui, looking, monkeypatch):
    looking.look("logistic")
    client, asked = ui.window.client, []
    request = client.request

    def noted(kind, payload, *others, **more):
        if kind == "activations":
            asked.append(payload["drawn"])
        return request(kind, payload, *others, **more)

    monkeypatch.setattr(client, "request", noted)
    ui.find("drawCanvas").stroke(QPointF(60, 140), QPointF(220, 140))
    looking.settle()
    assert asked
    assert all(asked)
    asked.clear()
    ui.window.activations._renew()  # as the weights of a run go on
    looking.settle()
    assert asked == [False]


def test_a_drawing_goes_through_while_it_is_drawn(ui, tab, looking):
    looking.look("logistic")
    kernel, bias = weights(ui)[1]
    canvas, seen = ui.find("drawCanvas"), []
    tab.bars.painted.connect(lambda: seen.append(tab.bars.probabilities))
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(120, 60))
    for y in range(80, 221, 20):
        QTest.mouseMove(canvas, QPoint(125, y))
        ui.until(lambda: ui.window.activations._done["activations"] == ui.window.activations._version)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(125, 220))
    looking.settle()
    assert len({tuple(shown) for shown in seen}) >= 3
    np.testing.assert_array_equal(ui.window.activations.image, as_digit(canvas.ink()))
    wanted = softmax(as_digit(canvas.ink()).ravel() / 255 @ kernel + bias)
    np.testing.assert_allclose(ui.find("predictionBars").property("probabilities"), wanted, atol=1e-5)
    assert ui.find("sampleLabel").text() == ""
    ink = canvas.ink().astype(float)
    ui.click("drawTool_eraser")
    canvas.stroke(QPointF(137, 200), QPointF(137, 280))
    assert 0 < canvas.ink().sum() < ink.sum()
    ui.click("clearButton")
    looking.settle()
    assert not ui.window.activations.image.any()
    np.testing.assert_allclose(ui.find("predictionBars").property("probabilities"), softmax(bias), atol=1e-5)


def test_a_fast_pen_leaves_no_gaps_and_the_brush_has_a_width(ui, looking):
    looking.look("logistic")
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


def test_the_keyboard_draws(ui, looking):
    looking.look("logistic")
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


def test_an_image_of_the_data_can_be_erased_from(ui, looking):
    looking.look("logistic")
    ui.click("drawTool_eraser")
    canvas, before = ui.find("drawCanvas"), ui.window.activations.image.astype(int)
    canvas.stroke(QPointF(0, 100), QPointF(280, 100))
    ink = canvas.ink()
    assert not ink[95:105].any()
    assert ink[150:].any() == before[15:].any()


def test_the_gradient_of_a_chosen_bar_is_numpys(ui, looking):
    looking.look("logistic")
    kernel, bias = weights(ui)[1]
    bars, view = ui.find("predictionBars"), ui.find("gradientView")
    p = softmax(DATA.x_validation[0].ravel() / 255 @ kernel + bias)
    for digit in (int(np.argmax(p)), 3, 9):
        if digit != np.argmax(p):
            QTest.mouseClick(bars, Qt.MouseButton.LeftButton, pos=QPoint(50, round((digit + 0.5) * bars.height() / 10)))
            looking.settle()
        wanted = p[digit] * (kernel[:, digit] - kernel @ p)
        np.testing.assert_allclose(view.gradient, wanted.reshape(28, 28), atol=1e-6)
        assert ui.find("gradientTitle").text() == f"Which pixels speak for {digit}"
    bars.setFocus()
    ui.press(Qt.Key.Key_Up)
    assert ui.window.activations.digit == 8
    ui.press(Qt.Key.Key_2)
    assert ui.window.activations.digit == 2
    ui.click("followWinnerButton")
    assert ui.window.activations.digit == np.argmax(p)
    looking.settle()


def test_a_dense_unit_is_the_sum_of_image_times_template(ui, looking):
    looking.look("logistic")
    kernel, bias = weights(ui)[1]
    ui.window.activations.select(1, (4,))
    looking.settle()
    z = DATA.x_validation[0].ravel() / 255 @ kernel + bias
    told = ui.window.activations.unit
    assert told["z"] == pytest.approx(z[4], abs=1e-4)
    np.testing.assert_allclose(told["all_z"], z, atol=1e-4)
    formula = ui.find("unitFormula").text()
    assert "e^z / Σ e^z" in formula
    assert ui.find("unitWhere").text() == "probabilities: unit 4"
    # The picture beside it: the unit's template, not another's.
    np.testing.assert_allclose(told["weights"], kernel[:, 4], atol=1e-6)


def test_a_convolution_is_taken_apart_and_walked_through_by_keys(ui, looking):
    looking.look("cnn")
    view, session, found = ui.find("activationsView"), ui.window.activations, weights(ui)
    names = [layer["name"] for layer in ui.window.network.layers]
    assert view.property("shownLayers") == names
    first, pool, second = names.index("conv_1"), names.index("pool_1"), names.index("conv_2")
    x = DATA.x_validation[0] / 255
    session.select(first, (12, 10, 1))
    looking.settle()
    (kernel, bias), output = found[first], view.outputs[first]
    z = np.sum(x[12:15, 10:13] * kernel[:, :, 0, 1]) + bias[1]
    assert output[12, 10, 1] == pytest.approx(max(z, 0), abs=1e-5)
    assert session.unit["z"] == pytest.approx(z, abs=1e-5)
    assert not ui.find("unitChannelSpin").isVisible()
    view.setFocus()
    ui.press(Qt.Key.Key_Right)
    ui.press(Qt.Key.Key_Up)
    assert session.selected == (first, (11, 11, 1))
    ui.press(Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert session.selected == (first, (11, 11, 2))
    ui.press(Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert session.selected[0] == pool
    session.select(pool, (3, 4, 2))
    looking.settle()
    assert session.unit["output"] == pytest.approx(view.outputs[first][6:8, 8:10, 2].max())
    assert ui.find("unitFormula").text().startswith("max(")
    session.select(second, (5, 6, 3))
    looking.settle()
    kernel, bias = found[second]
    patch = view.outputs[pool][5:8, 6:9].astype(float)
    assert session.unit["z"] == pytest.approx(np.sum(patch * kernel[..., 3]) + bias[3], abs=1e-5)
    spin = ui.find("unitChannelSpin")
    assert spin.isVisible()
    assert spin.maximum() == 3
    spin.setValue(2)
    part = float(ui.find("unitFormula").text().partition(" products = ")[2].partition(",")[0].replace("−", "-"))
    assert part == pytest.approx(np.sum(patch[..., 2] * kernel[:, :, 2, 3]), rel=1e-3, abs=1e-6)


def test_the_images_that_excite_a_unit_are_those_with_its_largest_sums(ui, looking):
    looking.look("logistic")
    kernel, bias = weights(ui)[1]
    ui.window.activations.select(1, (4,))
    looking.settle()
    ui.click("unitSwitch_images")
    for digit in (4, 7):
        ui.window.activations.select(1, (digit,))
        ui.until(lambda digit=digit: (ui.window.activations.exciting or {}).get("unit") == digit)
        told = ui.window.activations.exciting
        shares = np.array([softmax(image.ravel() / 255 @ kernel + bias)[digit] for image in DATA.x_train[: told["of"]]])
        np.testing.assert_allclose(told["values"], np.sort(shares)[::-1][:8], atol=1e-5)
        assert ui.find("unitPicture")._images is told
    ui.click("unitSwitch_sum")
    assert ui.find("unitPicture")._images is None
    looking.look("cnn")
    ui.window.activations.select(3, (2, 5, 1))
    looking.settle()
    assert ui.find("unitWhere").text() == "conv_2: map 1, row 2, column 5"
    assert ui.find("unitChannelSpin").isVisible()
    ui.click("unitSwitch_images")  # of a filter, wherever it answers: not of this one place
    assert ui.find("unitWhere").text() == "conv_2: map 1, wherever"
    assert not ui.find("unitChannelSpin").isVisible()
    assert "products" not in ui.find("unitFormula").text()
    ui.click("unitSwitch_sum")


def test_a_click_selects_the_pixel_under_it(ui, looking):
    looking.look("cnn")
    view, session = ui.find("activationsView"), ui.window.activations
    for layer, index in ((1, (20, 3, 2)), (2, (4, 9, 0)), (6, (5,)), (7, (9,))):
        box = view._pictures[layer].cell_box(index)
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=box.center().toPoint())
        assert session.selected == (layer, index)
        looking.settle()
        assert session.unit["output"] == pytest.approx(float(view.outputs[layer][index]), abs=1e-6)


def test_what_is_painted_is_what_was_answered(ui, looking):
    looking.look("cnn")
    for theme in ("dark", "light"):
        ui.window.set_setting("theme", theme)
        view = ui.find("activationsView")
        image = view.grab().toImage()
        values, one = view.outputs[1], view._pictures[1]
        # The strongest and the weakest number of the layer differ in colour as far as colours go.
        colours = []
        for place in (np.argmax(values), np.argmin(values)):
            index = tuple(int(at) for at in np.unravel_index(place, values.shape))
            centre = one.cell_box(index).center() * image.devicePixelRatio()
            colours.append(image.pixelColor(centre.toPoint()))
        strong, weak = colours
        assert abs(strong.red() - weak.red()) + abs(strong.green() - weak.green()) > 60


def test_it_follows_a_network_that_trains_and_ends_with_its_last_weights(ui, tab, looking):
    looking.look("logistic")
    bars, seen = tab.bars, set()
    bars.painted.connect(lambda: seen.add(tuple(bars.probabilities)))
    ui.window.training.start({"model": "logistic", "epochs": 60, "xla": "no"}, "sample")
    ui.until(lambda: len(seen) >= 5)
    ui.window.training.stop()
    ui.until(lambda: not ui.window.training.is_under_way)
    ui.until(lambda: tab.isComplete and not ui.window.activations._follow.isActive())
    kernel, bias = weights(ui)[1]
    wanted = softmax(DATA.x_validation[0].ravel() / 255 @ kernel + bias)
    np.testing.assert_allclose(bars.probabilities, wanted, atol=1e-5)


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
def test_a_network_that_has_lost_its_numbers_is_shown(ui, tab, looking, tmp_path):
    for bad in (np.nan, np.inf):
        model = build_network(run_settings(model="mlp", hidden=16))
        weights = model.get_weights()
        weights[-1][3] = bad
        model.set_weights(weights)
        path = tmp_path / f"{bad}.keras"
        model.save(path)
        ui.window.network.open(str(path))
        ui.until(lambda path=path: ui.window.network.title == path.name)
        ui.window.tabs.setCurrentWidget(tab)
        looking.settle()
        for view in (tab.view, ui.find("gradientView"), ui.find("predictionBars")):
            assert not view.grab().isNull()
        last = len(ui.window.network.layers) - 1
        tab.view.chosen.emit(last, (3,))
        looking.settle()
        assert not np.isfinite(ui.find("predictionBars").property("probabilities")).all()
        assert ui.find("winnerLabel").text() == "–"
        assert ui.find("sureLabel").text().startswith("no number")
        assert ui.find("gradientLegend").text().endswith("it is no number.")
        assert not tab.grab().isNull()


def test_while_the_first_network_is_compiled_both_pages_say_that_it_is_on_its_way(ui, tab, looking):
    ui.window.tabs.setCurrentWidget(tab)
    os.kill(ui.window.client.pid, signal.SIGKILL)
    ui.until(lambda: ui.find("emptyActivationsButton").isVisible())
    ui.window.training.start({"model": "logistic", "epochs": 1, "xla": "no"}, "sample")
    ui.until(lambda: ui.window.network.is_coming)
    assert ui.find("emptyActivationsHead").text() == ui.find("emptyWeightsHead").text() == COMING
    assert not ui.find("emptyActivationsButton").isVisible()
    ui.until(lambda: ui.window.training.state == "finished" and not ui.window.network.is_coming)
    ui.until(lambda: not ui.find("emptyActivations").isVisible())
    ui.window.training.reset()
    assert ui.find("emptyActivationsHead").text() == "There is no network yet"
    assert ui.find("emptyActivationsButton").isVisible()


def test_without_a_network_both_pages_say_what_to_do_and_the_drawing_is_kept(ui, tab, looking):
    looking.look("logistic")
    canvas = ui.find("drawCanvas")
    canvas.stroke(QPointF(60, 60), QPointF(200, 200))
    drawn = canvas.ink()
    os.kill(ui.window.client.pid, signal.SIGKILL)
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
    ui.window.training.start({"model": "logistic", "epochs": 1, "xla": "no"}, "sample")
    ui.until(lambda: ui.window.training.state == "finished")
    ui.window.tabs.setCurrentWidget(tab)
    looking.settle()
    np.testing.assert_array_equal(canvas.ink(), drawn)
    kernel, bias = weights(ui)[1]
    wanted = softmax(as_digit(drawn).ravel() / 255 @ kernel + bias)
    np.testing.assert_allclose(ui.find("predictionBars").property("probabilities"), wanted, atol=1e-5)


def test_in_little_height_nothing_of_the_image_lies_over_another_part(looking, ui):
    looking.look("logistic")
    ui.window.resize(1280, 700)
    ui.window.lessons.show(True)
    try:
        ui.window.grab()
        draw = ui.window.activations_tab.draw
        parts = [draw.canvas, draw.tool, draw.brush, draw.part, ui.find("openPictureButton"), draw.seen, draw.label]
        boxes = [QRect(part.mapTo(draw, QPoint(0, 0)), part.size()) for part in parts]
        assert all(draw.rect().contains(box) for box in boxes)
        assert [(a, b) for a, b in itertools.combinations(boxes, 2) if a.intersects(b)] == []
    finally:
        ui.window.lessons.show(False)
