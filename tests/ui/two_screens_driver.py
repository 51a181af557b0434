"""Present a lesson with the keys of a clicker and print the windows' states after each key as JSON.

usage: two_screens_driver.py NAME-OF-THE-PREFERRED-SCREEN ("" for none)
"""

import json
import sys

from PySide6.QtCore import QEventLoop, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from explorer.app import create_main_window
from explorer.core.resources import resource_path
from explorer.views.lessons.controller import LessonController
from explorer.views.presenting.presenter import PresentationController

window = create_main_window()
if sys.argv[1]:
    window.sessions.store.set("screen", sys.argv[1])
window.show()
window.part(LessonController).open(str(resource_path("lessons/05-chain-rule.md")))


def lecturer_window():
    windows = [part for part in QApplication.topLevelWidgets() if part.objectName() == "lecturerWindow"]
    return windows[0] if windows and windows[0].isVisible() else None


def window_states():
    """Return the screen, size and state of each window."""
    while window.part(PresentationController).screens.is_returning:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    QApplication.processEvents()
    notes = lecturer_window()
    keys = next((part for part in QApplication.topLevelWidgets() if part.objectName() == "keysDialog"), None)
    return {
        "class": window.screen().name(),
        "place": [window.x(), window.y()],
        "full": window.isFullScreen(),
        "lecturer": None if notes is None else notes.screen().name(),
        "black": window.part(PresentationController).cover.isVisible(),
        "scene": window.part(LessonController).session.scene,
        "size": [window.width(), window.height()],
        "keys": None if keys is None else [keys.screen().name(), keys.width(), keys.height()],
    }


states = {"screens": [screen.name() for screen in QApplication.screens()], "start": window_states()}
KEYS = ("F5", "PageDown", "PageDown", "PageUp", "B", "Period", "B", "F6", "Escape", "F1", "F5", "F5")
for number, key in enumerate(KEYS):
    # A clicker's keys go to the active window: the lecturer's, if there is one.
    target = (lecturer_window() or window) if key in ("PageDown", "PageUp", "B", "Period", "F1") else window
    target.activateWindow()
    QApplication.processEvents()
    QTest.keyClick(target, getattr(Qt.Key, f"Key_{key}"))
    states[f"{number} {key}"] = window_states()
window.close()
QApplication.processEvents()
states["left open"] = [part.objectName() for part in QApplication.topLevelWidgets() if part.isVisible()]
print(json.dumps(states))
