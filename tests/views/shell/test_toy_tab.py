"""A tab is added by a function that builds it, and one line in `explorer.app.FEATURES`."""

import sys
from types import ModuleType

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

import explorer.app
from explorer.commands.snapshot import take_snapshot
from explorer.core.errors import UserError
from explorer.views.feature import CornerButton, Escape, Feature, ShareEntry
from explorer.views.sharing.picture_dialog import visible_views
from explorer.views.theme.theme import load_theme
from explorer.views.widgets.actions import new_action
from explorer.views.widgets.painted_widget import PaintedWidget
from explorer.views.widgets.shortcuts import Shortcut


class ToySession(QObject):
    """A number that can be incremented."""

    changed = Signal(int)

    def __init__(self, parent):
        super().__init__(parent)
        self.number = 0

    def add(self):
        self.number += 1
        self.changed.emit(self.number)

    def reset(self):
        self.number = 0
        self.changed.emit(0)


class ToyTab(PaintedWidget):
    """A tab painted in the theme's colour of values."""

    def __init__(self, session):
        super().__init__()
        self.setObjectName("toyTab")
        self.shown, self.scale, self.digits, self.presenting, self.animated = 0, 0.0, 0, False, True
        session.changed.connect(self._show)

    def _show(self, number):
        self.shown = number

    def paint(self, painter, theme):
        painter.fillRect(self.rect(), theme.value)


def toy_feature(sessions, shell):
    session = ToySession(shell.window())
    tab = ToyTab(session)

    def reset():
        had_number = session.number > 0
        session.reset()
        return had_number

    return Feature(
        name="toy",
        title="Toy",
        tab=tab,
        parts=(session,),
        shortcuts=(Shortcut(("PgDown",), "one more, in the toy", session.add, tab),),
        buttons=(CornerButton("toyButton", "Toy", "One more", session.add, 90, 5, tab),),
        view_actions=(new_action(tab, "toyViewAction", "One more", session.add),),
        share_entries=(ShareEntry(new_action(tab, "toyShareAction", "Copy the number", session.add), tab),),
        pictures={"toyTab": "toy"},
        code=lambda: {"Toy": f"print({session.number})"},
        set_theme=tab.setTheme,
        set_scale=lambda scale: setattr(tab, "scale", scale),
        set_digits=lambda digits: setattr(tab, "digits", digits),
        set_animated=lambda animated: setattr(tab, "animated", animated),
        set_presenting=lambda presenting, _with_text: setattr(tab, "presenting", presenting),
        escapes={Escape.SELECTION: reset},
        is_complete=lambda: tab.isVisible(),
    )


@pytest.fixture
def toy_line(monkeypatch):
    """Add the toy to the list of features."""
    module = ModuleType("toy_for_tests")
    module.toy_feature = toy_feature
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(explorer.app, "FEATURES", (*explorer.app.FEATURES, "toy_for_tests:toy_feature"))


@pytest.fixture
def window(qtbot, toy_line):
    window = explorer.app.create_main_window()
    window.resize(1600, 720)  # all buttons fit beside the tabs
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    window.close()


def test_the_tab_is_listed_with_the_others(window):
    titles = [window.tabs.tabText(index) for index in range(window.tabs.count())]
    assert titles == ["Autodiff", "Data", "Training", "Weights", "Activations", "Network", "Toy"]
    window.show_tab("toy")
    assert window.tabs.currentWidget() is window.part(ToyTab)
    assert window.current_feature.name == "toy"


def test_its_shortcut_works_in_the_tab_and_is_listed(window, qtbot):
    session = window.part(ToySession)
    QTest.keyClick(window, Qt.Key.Key_PageDown)
    assert session.number == 0  # in the tab Autodiff the key means the next step
    window.show_tab("toy")
    hints = window.findChild(QObject, "keyHintLabel")
    qtbot.waitUntil(lambda: hints.text().startswith("Page Down: one more"))  # shorter until the layout is done
    QTest.keyClick(window, Qt.Key.Key_PageDown)
    assert (session.number, window.part(ToyTab).shown) == (1, 1)
    QTest.keyClick(window, Qt.Key.Key_F1)
    dialog = window.findChild(QObject, "keysDialog")
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert {"Toy", "one more, in the toy"} <= set(texts)
    dialog.close()


def test_its_button_and_entries_are_listed_and_work(window):
    session = window.part(ToySession)
    button = window.findChild(QObject, "toyButton")
    view, share = (window.findChild(QAction, name) for name in ("toyViewAction", "toyShareAction"))
    assert view in window.controls.view_menu.actions()
    assert share in window.findChild(QObject, "shareButton").menu().actions()
    assert (button.isEnabled(), share.isVisible()) == (False, False)
    window.show_tab("toy")
    assert (button.isEnabled(), share.isVisible()) == (True, True)
    button.click()
    view.trigger()
    share.trigger()
    assert session.number == 3


def test_escape_resets_the_tab_before_it_ends_present_mode(window):
    window.show_tab("toy")
    window.part(ToySession).add()
    window.set_presenting(True)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert (window.part(ToySession).number, window.is_presenting) == (0, True)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.is_presenting


def test_it_follows_the_settings(window):
    tab = window.part(ToyTab)
    window.show_tab("toy")
    for name in ("light", "contrast", "dark"):
        window.sessions.store.set("theme", name)
        image = tab.grab().toImage()
        assert image.pixelColor(image.width() // 2, image.height() // 2) == QColor(load_theme(name).value)
    window.sessions.store.set("scale", 1.5)
    window.sessions.store.set("digits", 6)
    window.setAnimated(False)
    window.set_presenting(True)
    assert (tab.scale, tab.digits, tab.animated, tab.presenting) == (1.5, 6, False, True)
    window.set_presenting(False)
    assert not tab.presenting


def test_its_picture_command_and_code_can_be_shared(window):
    window.show_tab("toy")
    titles = {name: title for feature in window.features for name, title in feature.pictures.items()}
    assert list(visible_views(window, titles)) == ["toy", "whole window"]
    window.findChild(QAction, "copyCommandAction").trigger()
    assert "snapshot --tab toy -o toy.png" in QGuiApplication.clipboard().text()
    window.findChild(QObject, "codeButton").click()
    window.findChild(QObject, "copyCodeButton").click()
    assert QGuiApplication.clipboard().text() == "print(0)"
    window.findChild(QObject, "codeDialog").close()


def test_the_command_snapshot_shows_the_tab(toy_line, tmp_path):
    target = tmp_path / "toy.png"
    take_snapshot("x", target, tab="toy", theme="light", size=(1000, 640))
    image = QImage(str(target))
    assert (image.width(), image.height()) == (1000, 640)
    assert image.pixelColor(500, 320) == QColor(load_theme("light").value)


def test_an_unknown_tab_is_refused_with_the_list_of_tabs(tmp_path):
    with pytest.raises(UserError, match=r"There is no tab toy; the tabs are autodiff, data, .*, network"):
        take_snapshot("x", tmp_path / "toy.png", tab="toy")
