"""The network of the latest run can be shown again after one from a file; classes are shown by name."""

import numpy as np
import pytest

GARMENTS = ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


@pytest.fixture
def trained(ui):
    window = ui.window
    window.sessions.training.start({"model": "mlp", "epochs": 1}, "sample")
    ui.until(lambda: window.sessions.training.state == "finished" and window.sessions.current_network.number > 0)
    yield window
    window.tabs.setCurrentIndex(0)


def test_the_network_of_the_run_is_shown_again(ui, trained, qtbot, tmp_path):
    window, network = trained, trained.sessions.current_network
    window.show_tab("training")
    number, parameters, title = network.number, network.info["parameters"], network.title
    assert not ui.find("backToRunButton").isVisible()
    file = str(tmp_path / "other.keras")
    with qtbot.waitSignal(network.saved):
        network.save(file)
    network.open(file)
    ui.until(lambda: network.path != "")
    assert (network.title, len(network.steps)) == ("other.keras", 1)
    assert network.number != number
    assert ui.find("explainNote").text().startswith("A network from a file has no batches")
    assert "pushes" not in ui.find("pointedWeight").text()
    button = ui.find("backToRunButton")
    ui.until(button.isVisible)
    button.click()
    ui.until(lambda: network.path == "")
    assert (network.number, network.info["parameters"], network.title) == (number, parameters, title)
    assert parameters == 784 * 128 + 128 + 128 * 10 + 10
    assert not button.isVisible()
    assert ui.find("explainNote").text().startswith("Click a weight")
    assert ui.find("pointedWeight").text().endswith("click it to see what pushes it.")
    window.show_tab("weights")
    ui.until(lambda: bool(window.tab("weights").property("isComplete")))
    assert len(network.steps) > 1  # the training history is still there


def test_a_reset_hides_the_button(ui, trained, qtbot, tmp_path):
    window, network = trained, trained.sessions.current_network
    window.show_tab("training")
    file = str(tmp_path / "other.keras")
    with qtbot.waitSignal(network.saved):
        network.save(file)
    network.open(file)
    ui.until(lambda: network.path != "" and ui.find("backToRunButton").isVisible())
    window.sessions.training.reset()
    ui.until(lambda: not ui.find("backToRunButton").isVisible())
    network.show_run()
    assert network.path.endswith("other.keras")


def test_classes_are_shown_by_name(ui, trained, monkeypatch):
    window = trained
    window.show_tab("activations")
    window.sessions.activations.show_sample("validation", 0)
    ui.until(
        lambda: bool(window.tab("activations").property("isComplete")) and window.sessions.activations.label is not None
    )
    winner, label = int(np.argmax(window.sessions.activations.probabilities)), window.sessions.activations.label
    assert ui.find("winnerLabel").text() == str(winner)
    monkeypatch.setitem(window.sessions.data.info, "classes", list(GARMENTS))
    window.sessions.activations.show_sample("validation", 0)
    window.sessions.activations.outputsChanged.emit()
    assert ui.find("winnerLabel").text() == GARMENTS[winner]
    assert ui.find("sureLabel").text().endswith(f", label {GARMENTS[label]}")
    assert GARMENTS[winner] in ui.find("gradientTitle").text()
    window.sessions.activations.imageChanged.emit()
    assert GARMENTS[label] in ui.find("sampleLabel").text()
    monkeypatch.undo()
    window.sessions.activations.outputsChanged.emit()
    window.sessions.activations.imageChanged.emit()
