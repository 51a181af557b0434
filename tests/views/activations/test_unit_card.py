"""The explanation of a number selected in the tab "Activations": its products, and images that excite it."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from explorer.core.data.dataset import load_sample
from tests.views.activations.test_tab import softmax

DATA = load_sample()


def test_a_selected_number_is_scrolled_into_view(ui, activations):
    activations.show_network("cnn")
    scroll, view = ui.find("activationsScroll"), ui.find("activationsView")
    size = ui.window.size()
    ui.window.resize(1000, 640)
    scroll.verticalScrollBar().setValue(0)
    layers = [layer["name"] for layer in ui.sessions.current_network.layers]
    for name, index in (("conv_2", (3, 4, 1)), ("probabilities", (4,)), ("conv_1", (12, 12, 0))):
        ui.sessions.activations.select(layers.index(name), index)

        def is_visible():
            box, sight = view.selected_box(), scroll.viewport()
            return box is not None and sight.rect().contains(view.mapTo(sight, box.center().toPoint()))

        ui.until(is_visible)
        activations.complete()
        assert is_visible()
    assert scroll.height() >= 190  # name and maps, whatever the formula below takes
    ui.window.resize(size)


def test_a_dense_unit_is_the_sum_of_image_times_template(ui, activations):
    activations.show_network("logistic")
    kernel, bias = activations.weights()[1]
    ui.sessions.activations.select(1, (4,))
    activations.complete()
    z = DATA.x_validation[0].ravel() / 255 @ kernel + bias
    unit = ui.sessions.activations.unit
    assert unit["z"] == pytest.approx(z[4], abs=1e-4)
    np.testing.assert_allclose(unit["all_z"], z, atol=1e-4)
    formula = ui.find("unitFormula").text()
    assert "e^z / Σ e^z" in formula
    assert ui.find("unitWhere").text() == "probabilities: unit 4"
    # The picture beside it: the unit's template, not another's.
    np.testing.assert_allclose(unit["weights"], kernel[:, 4], atol=1e-6)


def test_a_convolution_is_explained_and_navigated_with_keys(ui, activations):
    activations.show_network("cnn")
    view, session, found = ui.find("activationsView"), ui.sessions.activations, activations.weights()
    names = [layer["name"] for layer in ui.sessions.current_network.layers]
    assert view.property("shownLayers") == names
    first, pool, second = names.index("conv_1"), names.index("pool_1"), names.index("conv_2")
    x = DATA.x_validation[0] / 255
    session.select(first, (12, 10, 1))
    activations.complete()
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
    activations.complete()
    assert session.unit["output"] == pytest.approx(view.outputs[first][6:8, 8:10, 2].max())
    assert ui.find("unitFormula").text().startswith("max(")
    session.select(second, (5, 6, 3))
    activations.complete()
    kernel, bias = found[second]
    patch = view.outputs[pool][5:8, 6:9].astype(float)
    assert session.unit["z"] == pytest.approx(np.sum(patch * kernel[..., 3]) + bias[3], abs=1e-5)
    spin = ui.find("unitChannelSpin")
    assert spin.isVisible()
    assert spin.maximum() == 3
    spin.setValue(2)
    part = float(ui.find("unitFormula").text().partition(" products = ")[2].partition(",")[0].replace("−", "-"))
    assert part == pytest.approx(np.sum(patch[..., 2] * kernel[:, :, 2, 3]), rel=1e-3, abs=1e-6)


def test_exciting_images_have_the_largest_sums(ui, activations):
    activations.show_network("logistic")
    kernel, bias = activations.weights()[1]
    ui.sessions.activations.select(1, (4,))
    activations.complete()
    ui.click("unitSwitch_images")
    for digit in (4, 7):
        ui.sessions.activations.select(1, (digit,))
        ui.until(lambda digit=digit: (ui.sessions.activations.exciting_images or {}).get("unit") == digit)
        exciting = ui.sessions.activations.exciting_images
        shares = np.array(
            [softmax(image.ravel() / 255 @ kernel + bias)[digit] for image in DATA.x_train[: exciting["tried"]]]
        )
        np.testing.assert_allclose(exciting["values"], np.sort(shares)[::-1][:8], atol=1e-5)
        assert ui.find("unitPicture")._images is exciting
    ui.click("unitSwitch_sum")
    assert ui.find("unitPicture")._images is None
    activations.show_network("cnn")
    ui.sessions.activations.select(3, (2, 5, 1))
    activations.complete()
    assert ui.find("unitWhere").text() == "conv_2: map 1, row 2, column 5"
    assert ui.find("unitChannelSpin").isVisible()
    ui.click("unitSwitch_images")  # of the whole map, not of one position
    assert ui.find("unitWhere").text() == "conv_2: map 1, wherever"
    assert not ui.find("unitChannelSpin").isVisible()
    assert "products" not in ui.find("unitFormula").text()
    ui.click("unitSwitch_sum")
    ui.sessions.store.set("scale", 2.0)  # with large letters the switch has a line of its own
    assert ui.find("unitSwitch_images").isVisible()
    ui.sessions.store.set("scale", 1.0)


def test_a_click_selects_the_pixel_under_it(ui, activations):
    activations.show_network("cnn")
    view, session = ui.find("activationsView"), ui.sessions.activations
    for layer, index in ((1, (20, 3, 2)), (2, (4, 9, 0)), (6, (5,)), (7, (9,))):
        box = view._pictures[layer].cell_box(index)
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=box.center().toPoint())
        assert session.selected == (layer, index)
        activations.complete()
        assert session.unit["output"] == pytest.approx(float(view.outputs[layer][index]), abs=1e-6)
