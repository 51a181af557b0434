"""Each tab has its own keys and offers; a clicker works in all of them, wherever the focus is."""

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel

from explorer.core.lessons.scene_keys import TABS

KEY = Qt.Key


@pytest.fixture
def back(ui):
    yield
    ui.window.tabs.setCurrentIndex(0)


def go_to(ui, tab):
    ui.window.show_tab(tab)
    ui.find("tabs").tabBar().setFocus()


def test_a_key_does_what_its_tab_says(ui, back):
    ui.complete("sin(2*x)")
    go_to(ui, "autodiff")
    ui.press(KEY.Key_PageDown)
    assert ui.graph("shownStep") == 1
    go_to(ui, "data")
    ui.until(lambda: ui.sessions.data.page is not None)
    start = ui.sessions.data.page_start
    ui.press(KEY.Key_PageDown)
    ui.until(
        lambda: ui.sessions.data.page_start > start and ui.sessions.data.page["start"] == ui.sessions.data.page_start
    )
    ui.press(KEY.Key_PageUp)
    ui.until(lambda: ui.sessions.data.page_start == start)
    assert ui.graph("shownStep") == 1  # the tab that is hidden stays as it was


def test_training_weights_and_images_by_a_clicker(ui, back):
    training = ui.sessions.training
    ui.sessions.data.open("sample")
    go_to(ui, "training")
    ui.press(KEY.Key_PageDown)
    ui.until(lambda: training.state == "paused")
    assert training.step == 1
    ui.press(KEY.Key_Space, Qt.KeyboardModifier.ControlModifier)
    ui.until(lambda: training.state == "finished")
    go_to(ui, "weights")
    ui.until(lambda: ui.window.tab("weights").property("isComplete"))
    steps = ui.sessions.current_network.steps
    assert len(steps) > 2
    ui.press(KEY.Key_PageUp)
    assert ui.sessions.weights.step == steps[-2]
    ui.press(KEY.Key_PageDown)
    assert ui.sessions.weights.step is None
    go_to(ui, "activations")
    ui.until(lambda: ui.window.tab("activations").property("isComplete") and ui.sessions.activations.total > 0)
    number = ui.sessions.activations.number
    ui.press(KEY.Key_PageDown)
    ui.until(lambda: ui.find("sampleSpin").value() == number + 1)
    ui.press(KEY.Key_PageUp)
    ui.until(lambda: ui.find("sampleSpin").value() == number)
    training.reset()


def test_tabs_turn_by_keys_and_each_offers_what_it_can(ui, back):
    go_to(ui, "autodiff")
    assert ui.find("checkButton").isEnabled()
    assert ui.find("copyLatexAction").isVisible()
    for tab in (*TABS[1:], TABS[0]):
        ui.press(KEY.Key_Tab, Qt.KeyboardModifier.ControlModifier)
        assert ui.window.tabs.currentWidget().objectName() == f"{tab}Tab"
        of_expression = tab == "autodiff"
        assert ui.find("checkButton").isEnabled() == of_expression
        assert ui.find("savePageAction").isVisible() == of_expression
        assert ui.find("saveTableAction").isVisible() == of_expression
        assert ui.find("savePictureAction").isVisible()
        ui.find("copyCommandAction").trigger()
        command = QGuiApplication.clipboard().text()
        assert ("--tab" not in command) if of_expression else (f"snapshot --tab {tab}" in command)


def test_the_page_of_keys_is_made_of_the_keys(ui):
    ui.press(KEY.Key_F1)
    dialog = ui.find("keysDialog")
    told = [label.text() for label in dialog.findChildren(QLabel)]
    for key in ui.window.shortcuts:
        assert key.description in told
    assert {"Everywhere", "Autodiff", "Training", "Weights", "Activations", "Data"} <= set(told)
    assert any(re.fullmatch(r"Page Down", text) for text in told)
    dialog.close()


def test_the_code_of_the_network_in_the_other_tabs(ui, back):
    go_to(ui, "weights")
    ui.click("codeButton")
    ui.click("copyCodeButton")
    assert "keras.Sequential(" in QGuiApplication.clipboard().text()
    ui.find("codeDialog").close()


@pytest.mark.parametrize(("tab", "first"), [("weights", "layerList"), ("activations", "sampleSpin")])
def test_a_tab_begins_with_what_it_is_about(ui, back, tab, first):
    ui.train_mlp()
    ui.window.show_tab("autodiff")
    ui.find("expressionEdit").setFocus()
    ui.window.first_focus.visited.clear()  # a window is shared by tests
    ui.window.show_tab(tab)
    assert QApplication.focusWidget().objectName() == first
    other = ui.find({"weights": "savePictureButton", "activations": "openPictureButton"}[tab])
    other.setFocus()
    ui.window.show_tab("data")
    ui.window.show_tab(tab)
    assert QApplication.focusWidget() is other  # what was used last goes on
