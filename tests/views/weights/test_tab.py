"""The tab "Weights": what is shown equals the weights of Keras."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from explorer.core.data.dataset import load_sample
from explorer.core.number_format import format_number
from explorer.core.training.settings import run_settings
from explorer.engine.training.trainer import Trainer
from explorer.engine.weights.statistics import histogram, summary
from explorer.engine.weights.visible_part import visible_part
from explorer.views.painting.diverging_colours import colour_indices, colour_limit, colour_limits, diverging_colour
from explorer.views.theme.theme import load_theme


def test_the_ten_templates_equal_the_weights_of_keras(ui, weights):
    weights.train(model="logistic")
    kernel, bias = weights.trained(model="logistic").get_weights()
    assert weights.view.property("shownLayer") == "probabilities"
    np.testing.assert_array_equal(weights.values().reshape(10, 784).T, kernel)
    np.testing.assert_array_equal(weights.values("bias"), bias)
    assert "template for each digit" in ui.find("layerTitle").text()
    assert ui.find("kernel_count").text() == "7,840"
    assert float(ui.find("kernel_min").text().replace("−", "-")) == pytest.approx(kernel.min(), rel=0.01)
    assert float(ui.find("kernel_std").text()) == pytest.approx(kernel.std(), rel=0.01)
    assert float(ui.find("kernel_norm").text()) == pytest.approx(np.linalg.norm(kernel), rel=0.01)
    assert ui.find("kernel_nan").text() == "0"
    assert ui.find("histogram_kernel").counts.sum() == 7840
    assert "the end of epoch 1 of 1" in ui.find("weightsMomentLabel").text()


def test_the_weight_under_the_pointer_is_described(ui, weights):
    weights.train(model="logistic")
    part = weights.view.renderers[0]
    cell = 3 * 784 + 14 * 28 + 5
    QTest.mouseMove(weights.view, part.rect(cell).center().toPoint())
    ui.until(lambda: ui.find("pointedWeight").text().startswith("kernel[397, 3] = "))
    text = ui.find("pointedWeight").text()
    assert "row 14, column 5 → digit 3" in text
    assert np.float32(text.split(" = ")[1].split(" ")[0].replace("−", "-")) == weights.values()[3, 14, 5]
    weights.view.setFocus()
    ui.press(Qt.Key.Key_Right)
    assert ui.find("pointedWeight").text().startswith("kernel[398, 3] = ")
    ui.press(Qt.Key.Key_Up)
    assert ui.find("pointedWeight").text().startswith("kernel[370, 3] = ")
    for _ in range(14):
        ui.press(Qt.Key.Key_Left)
    assert "digit 2" in ui.find("pointedWeight").text()  # across the edge is the next tile
    bars = weights.view.renderers[1]
    QTest.mouseMove(weights.view, bars.rect(7).center().toPoint())
    ui.until(lambda: ui.find("pointedWeight").text().startswith("bias[7] = "))


def test_cells_and_indices_are_inverse(ui, weights):
    weights.train(model="mlp", hidden=12)
    for name in ("hidden", "probabilities"):
        weights.layer(name)
        for part in weights.view.renderers:
            for cell in range(0, part.values.size, 7):
                index = part.index(cell)
                assert part.cell_of(index) == cell
                where = part.rect(cell).center()
                assert part.cell_at(where.x(), where.y()) == cell
    kernel = weights.trained(model="mlp", hidden=12).get_weights()[2]
    part = weights.view.renderers[0]
    assert part.values.flat[part.cell_of((7, 4))] == kernel[7, 4]


def test_filters_of_each_input_channel(ui, weights):
    # Engine and test divide work differently among cores, so sums differ in their last bits. Adam, which divides by
    # the size of gradients, would amplify the difference.
    settings = {"model": "cnn", "filters": 3, "hidden": 8, "batch_size": 128, "optimizer": "sgd", "learning_rate": 0.05}
    weights.train(**settings)
    kernel = weights.trained(**settings).layers[3].get_weights()[0]
    weights.layer("conv_1")
    assert not ui.find("weightsChannelSpin").isVisible()
    weights.layer("conv_2")
    ui.find("weightsChannelSpin").setValue(2)
    weights.complete()
    np.testing.assert_allclose(weights.values(), np.moveaxis(kernel[:, :, 2], -1, 0), atol=1e-6)
    assert weights.view.renderers[0].index(9 + 4) == (1, 1, 2, 1)
    for name, expected in (("pool_1", "of each window"), ("flatten", "in another arrangement")):
        weights.layer(name)
        assert expected in weights.view.message
        assert not ui.find("weightStatistics").isVisible()


def test_many_units_are_shown_in_pages(ui, weights):
    weights.train(model="mlp", hidden=300, batch_size=512)
    assert ui.find("unitsLabel").text() == "0 to 127 of 300"
    assert not ui.find("unitsBackButton").isEnabled()
    for _ in range(2):
        ui.click("unitsOnButton")
        weights.complete()
    assert ui.find("unitsLabel").text() == "256 to 299 of 300"
    assert len(weights.values()) == 44
    assert weights.view.renderers[0].index(0) == (0, 256)
    assert not ui.find("unitsOnButton").isEnabled()
    ui.click("unitsBackButton")
    weights.complete()
    assert ui.find("unitsLabel").text() == "128 to 255 of 300"


def test_tiles_may_have_their_own_scales(ui, weights):
    weights.train(model="logistic")
    common = weights.view.grab().toImage()
    ui.click("scaleSwitch_own")
    assert weights.view.grab().toImage() != common
    ui.click("scaleSwitch_layer")
    assert weights.view.grab().toImage() == common
    values = weights.values()
    assert colour_limits(values)[4, 0, 0] == np.abs(values[4]).max()
    assert colour_limit(values) == np.abs(values).max()


@pytest.mark.parametrize("name", ["dark", "light"])
def test_a_weight_has_the_colour_of_the_scale(ui, weights, name):
    weights.train(model="logistic")
    ui.sessions.store.set("theme", name)
    picture = weights.view.grab().toImage()
    ratio = picture.devicePixelRatio()
    part = weights.view.renderers[0]
    kernel = weights.values()
    limit = np.abs(kernel).max()
    for cell in (400, 784 * 7 + 300, int(np.abs(kernel).argmax())):
        where = part.rect(cell).center() * ratio
        actual = picture.pixelColor(int(where.x()), int(where.y()))
        expected = diverging_colour(load_theme(name), float(kernel.flat[cell] / limit))
        distance = max(abs(a - b) for a, b in zip(actual.getRgb(), expected.getRgb(), strict=True))
        assert distance <= 2


def test_colours_are_symmetric_and_nan_has_a_separate_one():
    values = np.array([-2, -1, 0, 1, 2, 5, np.nan, np.inf], np.float32)
    assert colour_indices(values, 2.0).tolist() == [1, 64, 128, 192, 255, 255, 0, 0]
    for theme in (load_theme("dark"), load_theme("light")):
        assert len({diverging_colour(theme, part).rgb() for part in (-1, -0.5, 0, 0.5, 1)} | {theme.error.rgb()}) == 6


def test_dead_units_are_marked(ui, weights):
    settings = {"model": "mlp", "hidden": 40, "optimizer": "sgd", "learning_rate": 3.0}
    weights.train(**settings)
    weights.layer("hidden")
    model = weights.trained(**settings)
    hidden = keras.Sequential([keras.Input((28, 28)), *model.layers[:2]])
    outputs = hidden(load_sample().x_train[:256] / np.float32(255)).numpy()
    dead = np.flatnonzero((outputs == 0).all(axis=0)).tolist()
    assert dead  # the large learning rate makes some units inactive
    assert weights.session.dead_units == dead
    assert weights.view.renderers[0].dead == frozenset(dead)
    notice = ui.find("weightsNotice").text()
    assert notice.startswith("Crossed out: ")
    assert "gave 0 for each of 256 images" in notice
    part = weights.view.renderers[0]
    QTest.mouseMove(weights.view, part.rect(dead[0] * 784).center().toPoint() + QPoint(1, 1))
    ui.until(lambda: "which is dead" in ui.find("pointedWeight").text())


def test_nan_is_marked_and_reported(ui, weights):
    weights.train(model="logistic")
    kernel = weights.values().reshape(10, 784).T.copy()
    kernel[100, 4], kernel[101, 4] = np.nan, np.inf
    array = {
        "name": "kernel",
        **visible_part(kernel, True, {}),
        "summary": summary(kernel),
        "histogram": histogram(kernel),
    }
    good = weights.view.grab().toImage()
    bias = weights.session.shown["arrays"][1]
    weights.session.shown = {**weights.session.shown, "arrays": [array, bias]}
    weights.session.shownChanged.emit()
    assert ui.find("kernel_nan").text() == "2"
    assert "Not finite (NaN or infinite): 2 in kernel." in ui.find("weightsNotice").text()
    picture = weights.view.grab().toImage()
    where = weights.view.renderers[0].rect(weights.view.renderers[0].cell_of((100, 4))).center()
    assert picture.pixelColor(where.toPoint()) == load_theme("dark").error
    box = weights.view.renderers[0].tile(4)
    frame = QPoint(round(box.left() - 1), round(box.center().y()))
    assert picture.pixelColor(frame) == load_theme("dark").error != good.pixelColor(frame)
    QTest.mouseMove(weights.view, where.toPoint())
    ui.until(lambda: "kernel[100, 4] = nan" in ui.find("pointedWeight").text())


def test_picture_and_arrays_are_saved_atomically(ui, weights, tmp_path):
    weights.train(model="logistic")
    ui.find("weightsSnapshotSlider").setValue(0)
    weights.complete()
    weights.tab.save(str(tmp_path / "a.png"))
    saved = QImage(str(tmp_path / "a.png"))
    assert saved == weights.tab._picture.grab().toImage().convertToFormat(saved.format())
    assert saved.width() > weights.view.width()
    weights.tab.save(str(tmp_path / "a.npz"))
    ui.until(lambda: "a.npz" in ui.window.statusBar().currentMessage())
    with np.load(tmp_path / "a.npz") as file:
        assert set(file) == {"step", "probabilities/kernel", "probabilities/bias"}
        assert int(file["step"]) == 0
        np.testing.assert_array_equal(file["probabilities/kernel"].T.reshape(10, 28, 28), weights.values())
    for name in ("a.png", "a.npz"):
        ui.window.statusBar().clearMessage()
        weights.tab.save(str(tmp_path / "nowhere" / name))
        ui.until(lambda: "ot saved" in ui.window.statusBar().currentMessage())
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.npz", "a.png"]


def test_a_clicked_weight_is_explained(ui, weights):
    weights.train(model="logistic", optimizer="sgd", learning_rate=0.1)
    part = weights.view.renderers[0]
    cell = 3 * 784 + 14 * 28 + 14
    QTest.mouseClick(weights.view, Qt.MouseButton.LeftButton, pos=part.rect(cell).center().toPoint())
    weights.complete()
    explanation = ui.sessions.gradient_explanation.shown
    assert (explanation["array"], explanation["index"]) == ("kernel", [406, 3])
    assert explanation["weight"] == weights.values()[3, 14, 14]
    trainer = Trainer(
        run_settings(xla="no", model="logistic", optimizer="sgd", learning_rate=0.1, epochs=1), load_sample()
    )
    trainer.train(1)
    x, y = trainer.loop.batch(1, 0)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, trainer.model(x)))
    gradient = float(tape.gradient(loss, trainer.model.layers[1].kernel).numpy()[406, 3])
    assert explanation["gradient"] == pytest.approx(gradient, rel=1e-5)
    assert f"gradient g = {format_number(gradient, 5)}" == ui.find("explainGradient").text()
    assert (
        f"add up to {format_number(float(explanation['shares'].sum(dtype=float)), 5)}" in ui.find("explainSum").text()
    )
    assert ui.find("batchSpin").text() == "batch 0 of epoch 2, the next"
    assert "SGD" in ui.find("explainOptimizer").text()
    assert format_number(explanation["weight"] - 0.1 * gradient, 6) in ui.find("explainStep").text()
    ui.find("batchSpin").setValue(5)
    ui.until(lambda: ui.sessions.gradient_explanation.shown["batch"] == 5)
    assert ui.find("batchSpin").text() == "batch 5 of epoch 2"
    # Another training step has another gradient, and the keyboard selects another weight.
    ui.find("weightsSnapshotSlider").setValue(0)
    ui.until(lambda: ui.sessions.gradient_explanation.shown["step"] == 0)
    weights.view.setFocus()
    ui.press(Qt.Key.Key_Right)
    ui.press(Qt.Key.Key_Return)
    ui.until(
        lambda: (
            ui.sessions.gradient_explanation.shown is not None
            and ui.sessions.gradient_explanation.shown["index"] == [407, 3]
        )
    )
    ui.click("weightsSide_layer")
    assert ui.find("weightStatistics").isVisible()
    assert not ui.find("explainView").isVisible()


def test_texts_fit_into_the_smallest_window(ui, weights):
    weights.train(model="cnn", filters=3, hidden=8, batch_size=128)
    weights.layer("conv_2")
    size = ui.window.size()
    ui.window.resize(ui.window.minimumSize())
    ui.window.grab()
    buttons = [button for button in weights.tab.findChildren(QAbstractButton) if button.isVisible() and button.text()]
    cut = [button.objectName() for button in buttons if button.width() < button.minimumSizeHint().width() - 1]
    assert ui.window.size() == ui.window.minimumSize()
    ui.window.resize(size)
    assert len(buttons) >= 8
    assert cut == []


def test_a_weight_without_gradient_gets_a_message(ui, weights):
    weights.train(model="mlp", hidden=6, batch_norm=True, batch_size=128)
    weights.layer("hidden_norm")
    number = next(place for place, part in enumerate(weights.view.renderers) if part.name == "moving_mean")
    weights.view.chosen.emit("moving_mean", weights.view.renderers[number].index(2))
    weights.complete()
    assert ui.find("explainWeight").text() == "moving_mean[2]"
    assert "has no gradient" in ui.find("explainNote").text()
    assert not ui.find("sharesView").isVisible()
    weights.layer("hidden")
    assert "Click a weight" in ui.find("explainNote").text()
    ui.click("weightsSide_layer")
