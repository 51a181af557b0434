"""The row of the tab Network that says which loss and which batch the graph has, and changes both."""

import keras
import numpy as np
import pytest
from PySide6.QtCore import Qt

from explorer.core.data.dataset import load_sample
from tests.engine.models.people import PEOPLE, evaluated, save


def show(net, path):
    graph = net.sessions.network_graph
    graph.open(str(path))
    net.until(lambda: graph.state.source == str(path) and graph.is_settled)


def shown_value(net):
    return float(net.find("lossValue").text().partition("<b>")[2].partition("</b>")[0])


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """A file of the sample's last 32 digits."""
    data, path = load_sample(), tmp_path_factory.mktemp("data") / "digits.npz"
    np.savez(path, x_train=data.x_train[-32:], y_train=data.y_train[-32:])
    return path


def test_the_loss_is_named_and_another_one_can_be_chosen(net, tmp_path):
    model = PEOPLE["autoencoder"]()
    show(net, save(model, tmp_path))
    loss, batch, reason = net.find("lossCombo"), net.find("batchCombo"), net.find("lossReason")
    images = np.float32(load_sample().x_train[:32]) / 255
    assert loss.currentText() == "mean_squared_error (compiled)"
    assert batch.currentText() == "the first 32 training images of MNIST sample (10,000), pixels / 255"
    assert not reason.isVisible()
    assert shown_value(net) == pytest.approx(evaluated(model, [images], [images]), rel=1e-3)
    loss.setCurrentIndex(loss.findData("mean_absolute_error"))
    net.until(lambda: net.sessions.network_graph.state.loss == "mean_absolute_error")
    net.until(lambda: net.sessions.network_graph.is_settled)
    model.compile(loss="mae")
    assert shown_value(net) == pytest.approx(evaluated(model, [images], [images]), rel=1e-3)
    assert loss.itemText(0) == "the network's own"
    loss.setCurrentIndex(0)
    net.until(lambda: loss.currentText() == "mean_squared_error (compiled)")


def test_a_file_of_data_changes_the_batch_and_the_values(net, digits, tmp_path):
    model = PEOPLE["quickstart"](dropout=0.0)
    show(net, save(model, tmp_path))
    graph, batch = net.sessions.network_graph, net.find("batchCombo")
    graph.set_data(str(digits))
    net.until(lambda: graph.state.data == str(digits) and graph.is_settled)
    data = load_sample()
    expected = evaluated(model, [np.float32(data.x_train[-32:]) / 255], [data.y_train[-32:]])
    assert shown_value(net) == pytest.approx(expected, rel=1e-3)
    assert batch.currentText() == "all 32 examples of digits.npz, pixels / 255"
    np.savez(tmp_path / "small.npz", x_train=np.zeros((40, 16, 16)), y_train=np.zeros(40))
    error = net.find("networkError")
    graph.set_data(str(tmp_path / "small.npz"))
    net.until(lambda: "x_train of small.npz has shape (40, 16, 16)" in error.text())
    assert error.isVisible()
    assert batch.currentText() == "all 32 examples of digits.npz, pixels / 255"
    batch.setCurrentIndex(0)
    net.until(lambda: graph.state.data == "" and graph.is_settled)
    assert not error.isVisible()


def test_other_images_in_the_tab_data_are_the_batch_at_once(net, tmp_path):
    model = PEOPLE["autoencoder"]()
    show(net, save(model, tmp_path))
    images = load_sample().x_train[-80:]
    labels = load_sample().y_train[-80:]
    np.savez(tmp_path / "mine.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    net.sessions.data.open(str(tmp_path / "mine.npz"))
    graph, batch = net.sessions.network_graph, net.find("batchCombo")
    net.until(lambda: "training images of mine.npz" in batch.currentText() and graph.is_settled)
    fed = np.float32(images[:32]) / 255
    assert shown_value(net) == pytest.approx(evaluated(model, [fed], [fed]), rel=1e-3)
    net.sessions.data.open("sample")
    net.until(lambda: "MNIST sample" in batch.currentText() and graph.is_settled)


def test_without_a_loss_the_screen_asks_for_one(net, tmp_path):
    plain = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3)], name="plain")
    show(net, save(plain, tmp_path))
    assert net.find("lossCombo").currentText() == "none: choose one"
    assert "Choose a loss" in net.find("lossReason").text()
    assert net.find("lossReason").isVisible()
    assert net.find("lossValue").text() == "loss"
    assert net.find("batchCombo").currentText() == "32 examples of random numbers (from 0 to 1)"
    assert "loss" not in net.find("networkView").property("visibleNodes")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_texts_of_the_row_are_whole_at_1280x720(net, theme, tmp_path):
    net.sessions.store.set("theme", theme)
    show(net, save(PEOPLE["two_outputs"](), tmp_path))
    for name in ("lossCombo", "batchCombo"):
        combo = net.find(name)
        assert combo.width() >= combo.minimumSizeHint().width()  # nothing is cut off
        assert combo.geometry().right() < combo.parentWidget().width()
    assert net.find("networkView").height() > 380  # the graph keeps its room
    net.sessions.store.set("theme", "dark")


def test_a_longer_row_wraps_and_the_batch_says_less(net, tmp_path):
    show(net, save(PEOPLE["autoencoder"](), tmp_path))
    loss, batch, store = net.find("lossCombo"), net.find("batchCombo"), net.sessions.store
    full, short = batch.currentText(), "32 images of MNIST sample (10,000), pixels / 255"

    def is_one_line():
        return batch.y() < loss.geometry().bottom()

    def is_whole():
        row = batch.parentWidget()
        inside = all(combo.geometry().right() < row.width() for combo in (loss, batch))
        return inside and all(combo.width() >= combo.minimumSizeHint().width() for combo in (loss, batch))

    assert is_one_line()
    seen = set()
    for scale in (1.5, 2.0, 3.0):
        store.set("scale", scale)
        net.until(is_whole)
        seen.add((batch.currentText(), is_one_line()))
        assert batch.currentText() in (full, short)
        assert batch.toolTip() == batch.itemData(0, Qt.ItemDataRole.ToolTipRole) == full
    assert (short, False) in seen
    store.set("scale", 1.0)
    net.until(lambda: batch.currentText() == full and is_one_line() and is_whole())
