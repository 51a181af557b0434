"""Each tab has its own shortcuts and menu entries; a clicker works in all of them, whatever has the focus."""

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


def test_a_key_does_what_the_current_tab_assigns_to_it(ui, back):
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
    assert ui.graph("shownStep") == 1  # the hidden tab has not changed


def test_a_clicker_steps_training_snapshots_and_images(ui, back):
    training = ui.sessions.training
    ui.sessions.data.open("sample")
    go_to(ui, "training")
    ui.press(KEY.Key_PageDown)
    ui.until(lambda: training.state == "paused")
    assert training.step == 1
    ui.press(KEY.Key_Space, Qt.KeyboardModifier.ControlModifier)
    ui.until(lambda: training.state == "finished" and not ui.sessions.current_network.is_expected)
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
    index = ui.sessions.activations.number
    ui.press(KEY.Key_PageDown)
    ui.until(lambda: ui.find("sampleSpin").value() == index + 1)
    ui.press(KEY.Key_PageUp)
    ui.until(lambda: ui.find("sampleSpin").value() == index)
    training.reset()


def test_ctrl_tab_changes_tabs_and_their_commands(ui, back):
    go_to(ui, "autodiff")
    assert ui.find("checkButton").isEnabled()
    assert ui.find("copyLatexAction").isVisible()
    for tab in (*TABS[1:], TABS[0]):
        ui.press(KEY.Key_Tab, Qt.KeyboardModifier.ControlModifier)
        assert ui.window.tabs.currentWidget().objectName() == f"{tab}Tab"
        is_autodiff = tab == "autodiff"
        assert ui.find("checkButton").isEnabled() == is_autodiff
        assert ui.find("savePageAction").isVisible() == is_autodiff
        assert ui.find("saveTableAction").isVisible() == is_autodiff
        assert ui.find("savePictureAction").isVisible()
        ui.find("copyCommandAction").trigger()
        command = QGuiApplication.clipboard().text()
        assert ("--tab" not in command) if is_autodiff else (f"snapshot --tab {tab}" in command)


def test_the_dialog_of_keys_lists_all_shortcuts(ui):
    ui.press(KEY.Key_F1)
    dialog = ui.find("keysDialog")
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    for key in ui.window.shortcuts:
        assert key.description in texts
    assert {"Everywhere", "Autodiff", "Training", "Weights", "Activations", "Data"} <= set(texts)
    assert any(re.fullmatch(r"Page Down", text) for text in texts)
    dialog.close()


def test_other_tabs_show_the_code_of_the_network(ui, back):
    go_to(ui, "weights")
    ui.click("codeButton")
    ui.click("copyCodeButton")
    assert "keras.Sequential(" in QGuiApplication.clipboard().text()
    ui.find("codeDialog").close()


@pytest.mark.parametrize(("tab", "first_focus"), [("weights", "layerList"), ("activations", "sampleSpin")])
def test_a_tab_focuses_its_main_widget_on_the_first_visit(ui, back, tab, first_focus):
    ui.train_mlp()
    ui.window.show_tab("autodiff")
    ui.find("expressionEdit").setFocus()
    ui.window.first_focus.visited.clear()  # the window is shared between tests
    ui.window.show_tab(tab)
    assert QApplication.focusWidget().objectName() == first_focus
    other = ui.find({"weights": "savePictureButton", "activations": "openPictureButton"}[tab])
    other.setFocus()
    ui.window.show_tab("data")
    ui.window.show_tab(tab)
    assert QApplication.focusWidget() is other  # the last focus is restored
