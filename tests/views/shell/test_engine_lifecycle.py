"""The window survives the engine, restores the last session, and starts with broken settings."""

import json
import os
import signal
import sys

import psutil
import pytest
from PySide6.QtCore import QObject

from explorer.app import create_main_window
from explorer.core.child_process import NICENESS_INCREMENT
from explorer.session.settings_store import SettingsStore


def test_a_killed_engine_is_restarted_with_the_current_expression(ui):
    ui.type("sin(3*x)")
    messages = []
    ui.sessions.client.died.connect(messages.append)
    os.kill(ui.sessions.client.pid, signal.SIGKILL)
    ui.find("expressionEdit").setText("sin(4*x)")  # while there is no engine
    ui.until(lambda: ui.window.property("engineState") == "starting")
    assert ui.find("expressionEdit").text() == "sin(4*x)"
    ui.until(lambda: ui.graph("shownExpression") == "sin(4*x)")
    assert ui.window.property("engineState") == "ready"
    assert "starting it again" in messages[0]
    ui.type("sin(5*x)")
    ui.sessions.client.died.disconnect(messages.append)


def test_values_are_requested_again_after_the_engine_and_its_graph_are_lost(ui):
    ui.type("7*x")
    os.kill(ui.sessions.client.pid, signal.SIGKILL)
    ui.until(lambda: ui.window.property("engineState") == "starting")
    ui.find("input_x").setValue(2)
    ui.until(lambda: ui.values.get("mul:0") == 14)


@pytest.mark.skipif(os.name != "posix", reason="niceness exists only on POSIX")
def test_the_engine_has_a_lower_priority_than_the_window(ui):
    own_niceness = psutil.Process().nice()
    ui.until(lambda: psutil.Process(ui.sessions.client.pid).nice() == own_niceness + NICENESS_INCREMENT)


def test_the_engine_ends_with_the_window(qtbot):
    window = create_main_window()
    qtbot.waitUntil(lambda: window.sessions.client.pid > 0)
    pid = window.sessions.client.pid
    window.close()
    qtbot.waitUntil(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_the_last_session_is_restored(qtbot, tmp_path):
    path = tmp_path / "settings.json"
    first = create_main_window(SettingsStore(path))
    first.open_expression("x^2 + y", {"x": 3})
    first.sessions.store.set("theme", "light")
    first.close()
    second = create_main_window(SettingsStore(path), restore=True)
    assert second.findChild(QObject, "expressionEdit").text() == "x^2 + y"
    assert second.findChild(QObject, "input_x").value() == 3
    assert second.sessions.store.get("theme") == "light"
    second.close()


@pytest.mark.parametrize("text", ["", "{", "[1]", json.dumps({"theme": 7, "scale": "x", "text": None, "values": 3})])
def test_broken_settings_are_replaced_by_defaults(qtbot, tmp_path, text):
    path = tmp_path / "settings.json"
    path.write_text(text)
    window = create_main_window(SettingsStore(path), restore=True)
    assert window.sessions.store.get("theme") == "dark"
    assert window.sessions.store.get("scale") == 1.0
    window.close()


def test_an_engine_that_cannot_start_is_reported_and_can_be_retried(qtbot, monkeypatch):
    monkeypatch.setattr(
        "explorer.session.engine_client.client.engine_command",
        lambda: [sys.executable, "-c", "import sys; sys.exit('ModuleNotFoundError: No module named \\'tensorflow\\'')"],
    )
    window = create_main_window()
    window.show()
    qtbot.waitUntil(lambda: window.property("engineState") == "failed")
    assert "tensorflow is not installed" in window.findChild(QObject, "stateLabel").text()
    assert window.findChild(QObject, "retryButton").isVisible()
    window.findChild(QObject, "expressionEdit").setText("sin(x)")
    assert window.findChild(QObject, "errorLabel").text() == ""
    window.findChild(QObject, "retryButton").click()
    assert window.property("engineState") == "starting"
    window.close()


def test_the_empty_page_has_examples(qtbot):
    window = create_main_window()
    window.show()
    assert window.findChild(QObject, "emptyPage").isVisible()
    window.findChild(QObject, "emptyExample_0").click()
    assert window.findChild(QObject, "expressionEdit").text() == "sin(2*x)"
    assert not window.findChild(QObject, "emptyPage").isVisible()
    view = window.findChild(QObject, "graphView")
    assert {item.box.symbol for item in view._scene_items.boxes()} == {"2", "x", "×", "sin", "y"}
    assert view.property("shownExpression") == ""  # only a traced graph counts
    window.close()


def test_painting_leaks_no_references_to_none(ui):
    ui.complete("sin(2*x)*exp(x)")
    before = sys.getrefcount(None)
    for _ in range(300):
        ui.find("graphView").viewport().repaint()
    # PySide6 6.12.0 on Python 3.11 lost several references a paint; from 3.12 on None is immortal.
    assert abs(sys.getrefcount(None) - before) < 300
