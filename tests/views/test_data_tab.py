"""Looking at the data: the sample that is shipped, and files that are none."""

import numpy as np
import pytest

from explorer.core.dataset import sample


@pytest.fixture
def tab(ui):
    ui.window.data.source = "sample"
    ui.window.tabs.setCurrentWidget(ui.find("dataTab"))
    ui.window.data.open("sample")
    ui.until(lambda: ui.window.data.info is not None and ui.window.data.page is not None)
    yield ui.find("dataTab")
    ui.find("digitCombo").setCurrentIndex(0)
    ui.until(lambda: ui.window.data.page["total"] == 8500)
    ui.window.tabs.setCurrentIndex(0)


def test_what_the_tutorial_inspects_is_told(ui, tab):
    shapes = ui.find("dataShapes").text()
    assert "(8500, 28, 28)" in shapes
    assert "(8500,)" in shapes
    assert "uint8" in shapes
    assert "MNIST sample" in ui.find("dataTitle").text()
    assert ui.find("digitLabel").text() == "x_train[0], label 5"
    np.testing.assert_array_equal(ui.find("largeDigit").image, sample().x_train[0])


def test_counts_and_means_are_numpys(ui, tab):
    data, info = sample(), ui.window.data.info
    np.testing.assert_array_equal(info["counts"], np.bincount(data.y_train))
    np.testing.assert_allclose(info["means"][3], data.x_train[data.y_train == 3].mean(axis=0), atol=0.51)
    assert f"5: {np.sum(data.y_train == 5)}" in ui.find("dataCounts").text()


def test_one_digit_alone_and_pages(ui, tab):
    ui.find("digitCombo").setCurrentIndex(8)
    ui.until(lambda: set(ui.window.data.page["labels"].tolist()) == {7})
    sevens = np.flatnonzero(sample().y_train == 7)
    np.testing.assert_array_equal(ui.window.data.page["numbers"], sevens[:96])
    ui.click("pageOnButton")
    ui.until(lambda: ui.window.data.page["start"] == 96)
    np.testing.assert_array_equal(ui.window.data.page["numbers"], sevens[96:192])
    ui.find("digitGrid").chosen.emit(5)
    assert ui.find("digitLabel").text() == f"x_train[{sevens[101]}], label 7"
    ui.click("pageBackButton")
    ui.until(lambda: ui.window.data.page["start"] == 0)


def test_a_wrong_file_is_told_and_the_data_stays(ui, tab, tmp_path):
    path = tmp_path / "wrong.npz"
    path.write_bytes(b"nothing")
    ui.window.data.open(str(path))
    ui.until(lambda: "wrong.npz" in ui.find("dataError").text())
    assert "MNIST sample" in ui.find("dataTitle").text()
    ui.window.data.open("sample")
    ui.until(lambda: ui.find("dataError").text() == "")
