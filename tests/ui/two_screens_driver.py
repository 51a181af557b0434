"""The window on one screen or two: presents, by keys of a clicker, and prints where everything is, as JSON.

usage: two_screens_driver.py NAME-OF-THE-CHOSEN-SCREEN ("" for none)
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


def lecturer():
    found = [part for part in QApplication.topLevelWidgets() if part.objectName() == "lecturerWindow"]
    return found[0] if found and found[0].isVisible() else None


def where():
    """Which screen each window is on, and whether it is black."""
    while window.part(PresentationController).screens.is_returning:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    QApplication.processEvents()
    notes = lecturer()
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


told = {"screens": [screen.name() for screen in QApplication.screens()], "start": where()}
keys = ("F5", "PageDown", "PageDown", "PageUp", "B", "Period", "B", "F6", "Escape", "F1", "F5", "F5")
for number, key in enumerate(keys):
    # A clicker sends its keys to the window that is active, which is the lecturer's where there is one.
    target = (lecturer() or window) if key in ("PageDown", "PageUp", "B", "Period", "F1") else window
    target.activateWindow()
    QApplication.processEvents()
    QTest.keyClick(target, getattr(Qt.Key, f"Key_{key}"))
    told[f"{number} {key}"] = where()
window.close()
QApplication.processEvents()
told["left open"] = [part.objectName() for part in QApplication.topLevelWidgets() if part.isVisible()]
print(json.dumps(told))
