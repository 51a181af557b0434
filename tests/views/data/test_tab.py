"""The tab "Data" with the bundled sample, and files that are not data."""

import os

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from explorer.core.data.dataset import load_sample

COUNT = 8500


@pytest.fixture
def tab(ui):
    data = ui.sessions.data
    ui.window.tabs.setCurrentWidget(ui.find("dataTab"))
    use_source(ui, "sample")
    yield ui.find("dataTab")
    use_source(ui, "auto")
    data.set_part("train")
    ui.until(lambda: data.page["part"] == "train")
    ui.window.tab("data")._set_side(28)
    ui.window.tabs.setCurrentIndex(0)


def use_source(ui, source):
    data = ui.sessions.data
    data.open(source)
    ui.until(lambda: data.source == data.requested_source == source and is_page_current(ui))


def is_page_current(ui):
    """Return whether the page on display is the requested one."""
    data = ui.sessions.data
    page = data.page
    return page is not None and (page["data"], page["part"], page["digit"], page["start"]) == (
        data.source, data.part, data.digit, data.page_start
    )  # fmt: skip


def test_shapes_and_dtypes_of_the_tutorial_are_shown(ui, tab):
    texts = {key: ui.find(f"{key}Shape").text() for key in ("x_train", "y_train", "x_validation", "y_validation")}
    assert texts == {
        "x_train": "(8500, 28, 28)", "y_train": "(8500,)", "x_validation": "(1500, 28, 28)", "y_validation": "(1500,)"
    }  # fmt: skip
    assert ui.find("x_trainDtype").text() == "uint8"
    assert ui.find("dataTitle").text() == "MNIST sample (10,000)"
    assert ui.find("dataSplit").text() == "8,500 to train, 1,500 to validate"
    assert ui.find("digitLabel").text() == "training_labels[0] = 5"
    assert ui.find("imageSpin").text() == "0"
    np.testing.assert_array_equal(ui.find("largeDigit").image, load_sample().x_train[0])


def test_counts_and_means_equal_numpy(ui, tab):
    data, info = load_sample(), ui.sessions.data.info
    assert ui.find("digitCounts").counts == np.bincount(data.y_train).tolist()
    for digit in range(10):
        mean = data.x_train[data.y_train == digit].mean(axis=0)
        np.testing.assert_allclose(info["means"][digit], mean, atol=0.51)
    ui.click("partSwitch_validation")
    ui.until(lambda: is_page_current(ui))
    assert ui.find("digitCounts").counts == np.bincount(data.y_validation).tolist()


def test_one_digit_is_filtered_and_paged(ui, tab):
    counts = ui.find("digitCounts")
    row = counts.height() / 11
    QTest.mouseClick(counts, Qt.MouseButton.LeftButton, pos=QPoint(20, int(8.5 * row)))
    ui.until(lambda: set(ui.sessions.data.page["labels"].tolist()) == {7})
    assert counts.digit == 7
    sevens = np.flatnonzero(load_sample().y_train == 7)
    np.testing.assert_array_equal(ui.sessions.data.page["numbers"], sevens[:96])
    assert ui.find("pageLabel").text() == f"1 to 96 of {len(sevens)} images of 7"
    ui.click("pageOnButton")
    ui.until(lambda: ui.sessions.data.page["start"] == 96)
    np.testing.assert_array_equal(ui.sessions.data.page["numbers"], sevens[96:192])
    ui.find("digitGrid").chosen.emit(5)
    assert ui.find("digitLabel").text() == f"training_labels[{sevens[101]}] = 7"
    ui.click("pageBackButton")
    ui.until(lambda: ui.sessions.data.page["start"] == 0)


def test_digits_are_selected_with_keys(ui, tab):
    counts = ui.find("digitCounts")
    counts.setFocus()
    for key, digit in ((Qt.Key.Key_3, 3), (Qt.Key.Key_Down, 4), (Qt.Key.Key_End, 9), (Qt.Key.Key_Up, 8)):
        ui.press(key)
        ui.until(lambda: is_page_current(ui))
        assert ui.sessions.data.digit == counts.digit == digit
        assert set(ui.sessions.data.page["labels"].tolist()) == {digit}
    ui.press(Qt.Key.Key_A)
    ui.until(lambda: is_page_current(ui) and ui.sessions.data.page["total"] == COUNT)


def test_keys_move_the_selection_beyond_the_page(ui, tab):
    ui.find("digitGrid").setFocus()
    data, label = load_sample(), ui.find("digitLabel")
    ui.press(Qt.Key.Key_Left)
    assert label.text() == "training_labels[0] = 5"
    ui.press(Qt.Key.Key_Down)
    assert label.text() == f"training_labels[8] = {data.y_train[8]}"
    step = ui.sessions.autodiff.stepper.step
    ui.press(Qt.Key.Key_PageDown)
    ui.until(lambda: label.text() == f"training_labels[96] = {data.y_train[96]}")
    assert ui.sessions.autodiff.stepper.step == step  # Page Down belongs to the grid while it has the focus
    ui.press(Qt.Key.Key_Left)
    ui.until(lambda: label.text() == f"training_labels[95] = {data.y_train[95]}")
    np.testing.assert_array_equal(ui.find("largeDigit").image, data.x_train[95])


def test_an_image_is_selected_by_its_number(ui, tab):
    spin, label, data = ui.find("imageSpin"), ui.find("digitLabel"), load_sample()
    spin.setValue(4321)
    ui.until(lambda: label.text() == f"training_labels[4321] = {data.y_train[4321]}")
    np.testing.assert_array_equal(ui.find("largeDigit").image, data.x_train[4321])
    assert ui.find("digitGrid").selected_index == 4321 % 96
    ui.sessions.data.set_digit(7)
    ui.until(lambda: is_page_current(ui))
    spin.setValue(0)  # a 5, so all digits are shown again
    ui.until(lambda: label.text() == "training_labels[0] = 5")
    assert ui.find("digitCounts").digit is None
    spin.setValue(10**6)
    ui.until(lambda: label.text() == f"training_labels[8499] = {data.y_train[8499]}")


def test_validation_images_are_those_after_the_training_images(ui, tab):
    ui.click("partSwitch_validation")
    data = load_sample()
    ui.until(lambda: ui.find("digitLabel").text() == f"val_labels[0] = {data.y_validation[0]}")
    np.testing.assert_array_equal(ui.find("largeDigit").image, data.x_validation[0])
    assert ui.find("imageSpin").maximum() == 1499


def test_the_marked_pixel_is_shown_as_numbers(ui, tab):
    large, label, image = ui.find("largeDigit"), ui.find("pixelLabel"), load_sample().x_train[0]
    large.setFocus()
    large._mark(14, 14)
    ui.press(Qt.Key.Key_Up)
    ui.press(Qt.Key.Key_Right)
    assert large.pixel == (13, 15)
    value = int(image[13, 15])
    assert label.text() == f"Pixel [13, 15] = {value}, /255 = {value / 255:.3f}"
    ui.press(Qt.Key.Key_Plus)
    assert large.side == 14
    row, column = large.corner
    assert row <= 13 < row + 14
    assert column <= 15 < column + 14
    assert large.shows_numbers
    cell = min(large.width(), large.height()) / 14
    position = QPoint(
        int((large.width() - 14 * cell) / 2 + 2.5 * cell), int((large.height() - 14 * cell) / 2 + 3.5 * cell)
    )
    QTest.mouseClick(large, Qt.MouseButton.LeftButton, pos=position)
    assert large.pixel == (row + 3, column + 2)
    for _ in range(3):
        ui.press(Qt.Key.Key_Minus)
    assert large.side == 28


def test_all_widgets_are_reached_with_the_tab_key(ui, tab):
    ui.find("dataSourceCombo").setFocus()
    focused = set()
    for _ in range(14):
        focused.add(QApplication.focusWidget().objectName())
        ui.press(Qt.Key.Key_Tab)
    expected = {"dataSourceCombo", "digitCounts", "partSwitch_train", "pageBackButton", "pageOnButton", "digitGrid"}
    assert expected | {"imageSpin", "zoomSwitch_28", "largeDigit"} <= focused | {"qt_spinbox_lineedit"}


@pytest.mark.parametrize("name", ["dataSourceCombo", "dataCombo"])
def test_data_and_training_share_one_data_source(ui, tab, name, tmp_path):
    path = tmp_path / "mine.npz"
    data = load_sample()
    np.savez(
        path, x_train=data.x_train[:40], y_train=data.y_train[:40], x_test=data.x_train[:10], y_test=data.y_train[:10]
    )
    combo = ui.find(name)
    combo.setCurrentIndex(combo.findData("auto"))
    ui.until(lambda: ui.sessions.data.source == "auto")
    for other in ("dataSourceCombo", "dataCombo"):
        assert ui.find(other).currentData() == "auto"
    combo.setCurrentIndex(combo.findData("file"))
    dialog = ui.window.findChild(object, "dataDialog")
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    ui.until(lambda: ui.find("dataTitle").text() == "mine.npz (50)")
    for other in ("dataSourceCombo", "dataCombo"):
        assert ui.find(other).currentText() == "mine.npz"
    assert ui.find("trainingDataSplit").text() == "mine.npz (50): 40 to train, 10 to validate"
    assert ui.find("trainingTab").property("dataInUse") == "mine.npz (50)"
    assert ui.sessions.data.source_for_training == str(path)


def test_a_cancelled_file_dialog_changes_nothing(ui, tab):
    combo = ui.find("dataSourceCombo")
    combo.setCurrentIndex(combo.findData("file"))
    ui.window.findChild(object, "dataDialog").reject()
    ui.until(lambda: combo.currentData() == "sample")
    assert ui.sessions.data.source == "sample"


def invalid_files(folder):
    folder.mkdir()
    (folder / "noise.npz").write_bytes(b"nothing")
    (folder / "empty.npz").write_bytes(b"")
    (folder / "a folder.npz").mkdir()
    (folder / "<b>bold & more.npz").write_bytes(b"PK\x03\x04")
    np.savez(folder / "keys.npz", x=np.zeros(3))
    np.savez(folder / "objects.npz", x_train=np.array([{}], dtype=object))
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.npz")
    return [*sorted(folder.iterdir()), folder / "nowhere.npz"]


def test_invalid_files_are_reported_and_the_data_stays(ui, tab, tmp_path):
    for path in invalid_files(tmp_path / "wrong"):
        ui.sessions.data.open(str(path))
        ui.until(lambda path=path: path.name in ui.find("dataError").text())
        assert ui.find("trainingDataError").text() == ui.find("dataError").text()
        assert ui.find("dataTitle").text() == "MNIST sample (10,000)"
        assert ui.find("dataCombo").currentData() == "sample"
        assert ui.find("digitLabel").text() == "training_labels[0] = 5"
    ui.sessions.data.open("\udcff\udcfe.npz")
    assert "characters that cannot be read" in ui.find("dataError").text()
    ui.sessions.data.open("sample")
    ui.until(lambda: ui.find("dataError").text() == "")
    assert not ui.find("dataError").isVisible()


def test_keys_do_not_change_the_data_source_directly(ui, tab):
    combo = ui.find("dataSourceCombo")
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_F)
    assert combo.currentData() == "sample"
    QTest.keyClick(combo, Qt.Key.Key_Down)
    assert combo.view().isVisible()
    combo.hidePopup()
    assert combo.currentData() == "sample"


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_tab_paints_digits_and_bars(ui, tab, theme):
    ui.sessions.store.set("theme", theme)
    picture = ui.window.tab("data").grab().toImage()
    colours = {picture.pixelColor(x, y).name() for x in range(0, picture.width(), 3) for y in range(0, 700, 3)}
    assert {"#000000", "#ffffff"} <= colours
    from explorer.views.theme.theme import load_theme

    assert load_theme(theme).value.name() in colours
    assert len(colours) > 50
