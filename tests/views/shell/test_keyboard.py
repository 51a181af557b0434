"""Without a mouse: every control of every tab and dialog says what it is and is reached from the keyboard."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QWidget,
)

from explorer.views.autodiff.dialogs import ExpressionDialogs
from explorer.views.help.controller import HelpController
from explorer.views.lessons.controller import LessonController
from explorer.views.presenting.presenter import PresentationController
from explorer.views.sharing.controller import SharingController
from explorer.views.widgets.painted_widget import PaintedWidget

KINDS = (QAbstractButton, QLineEdit, QComboBox, QAbstractSlider, QAbstractSpinBox, QAbstractItemView, QPlainTextEdit)
KEY = Qt.Key


def controls(root):
    """What somebody can use: no parts of other controls, nothing that is hidden."""
    kinds = (*KINDS, PaintedWidget)
    for widget in root.findChildren(QWidget):
        if not isinstance(widget, kinds) or not widget.isVisible() or widget.window() is not root.window():
            continue
        if isinstance(widget, PaintedWidget) and widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue  # a picture
        inner = isinstance(widget.parent(), QComboBox | QAbstractSpinBox | QLineEdit | QAbstractItemView)
        # The arrows of the tab bar only scroll it, which the arrow keys do too.
        scrolls = isinstance(widget, QScrollBar | QHeaderView) or widget.objectName().startswith(("Scroll", "qt_"))
        if not inner and not scrolls:
            yield widget


def told(widget):
    return f"{type(widget).__name__} {widget.objectName()} {getattr(widget, 'text', str)()!r}"


def visited(window):
    """All widgets that Tab comes to, beginning with what has the focus, until it comes round."""
    seen = []
    for _ in range(300):
        focused = QApplication.focusWidget()
        if focused in seen:
            return seen
        seen.append(focused)
        QTest.keyClick(focused, KEY.Key_Tab)
        if isinstance(focused, QPlainTextEdit) and QApplication.focusWidget() is focused:
            return seen  # it would write a Tab
    raise AssertionError("Tab does not come round")


def by_arrows(widget):
    """Whether the arrow keys come to a part of a switch from the part that is chosen; that one is chosen again."""
    parts = [part for part in widget.parent().findChildren(QAbstractButton) if part.property("segment")]
    chosen = next(part for part in parts if part.isChecked())
    chosen.setFocus(Qt.FocusReason.TabFocusReason)
    seen = []
    for key in [KEY.Key_Right] * len(parts) + [KEY.Key_Left] * len(parts):
        QTest.keyClick(QApplication.focusWidget(), key)
        seen.append(QApplication.focusWidget())
    chosen.click()
    return widget in seen


@pytest.fixture
def window(ui):
    window = ui.window
    window.resize(1280, 720)
    ui.complete("x*y + sin(2*x)")
    window.sessions.autodiff.stepper.set_step(1)
    ui.train_mlp()
    yield window
    window.part(LessonController).session.close()
    window.part(LessonController).set_visible(False)
    window.sessions.store.set("lessons", {})
    window.tabs.setCurrentIndex(0)


def ready(ui, window, index):
    window.tabs.setCurrentIndex(index)
    tab = window.tabs.currentWidget()
    if tab in (window.tab("weights"), window.tab("activations")):
        ui.until(lambda: bool(tab.property("isComplete")))
    QApplication.processEvents()
    return tab


def nameless(root):
    return [
        told(widget)
        for widget in controls(root)
        if not (widget.accessibleName() or getattr(widget, "text", str)())
        or not (widget.accessibleDescription() or widget.toolTip())
    ]


def test_every_control_of_every_tab_says_what_it_is(ui, window):
    found = {}
    window.part(LessonController).set_visible(True)
    found["lessons"] = nameless(window)
    window.part(LessonController).session.open_key("05-chain-rule")
    window.part(LessonController).session.go(4)
    ui.until(lambda: window.part(LessonController).is_complete)
    for index in range(window.tabs.count()):
        ready(ui, window, index)
        found[window.tabs.tabText(index)] = nameless(window)
    assert {place: names for place, names in found.items() if names} == {}


def test_every_control_of_every_dialog_says_what_it_is_and_is_reached(ui, window):
    found = {}
    window.activateWindow()
    own = window.tab("training").form._layers
    shows = [
        window.part(HelpController).show_shortcuts,
        window.part(SharingController).show_code,
        window.part(ExpressionDialogs).show_check,
        window.part(ExpressionDialogs).show_surface,
        own._open,
    ]
    for show in shows:
        show()
        dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible())
        dialog.activateWindow()
        QApplication.processEvents()
        found[dialog.objectName(), "names"] = nameless(dialog)
        there = [widget for widget in controls(dialog) if widget.isEnabled()]
        if there:
            there[0].setFocus(Qt.FocusReason.TabFocusReason)
            QApplication.processEvents()
            seen = visited(dialog)
            found[dialog.objectName(), "reach"] = [told(widget) for widget in there if widget not in seen]
        dialog.close()
        dialog.deleteLater()
        QApplication.processEvents()
    window.part(PresentationController).show_speaker_window()
    found["lecturer"] = nameless(window.part(PresentationController)._speaker_window)
    window.part(PresentationController).close()
    assert len(found) >= 9
    assert {place: names for place, names in found.items() if names} == {}


def test_tab_reaches_every_control_of_every_tab(ui, window):
    window.activateWindow()
    found = {}
    for index in range(window.tabs.count()):
        tab = ready(ui, window, index)
        there = [widget for widget in controls(window) if widget.isEnabled()]
        assert any(tab.isAncestorOf(widget) for widget in there)
        window.tabs.tabBar().setFocus(Qt.FocusReason.TabFocusReason)
        seen = visited(window)
        missed = [
            widget
            for widget in there
            if widget not in seen and not (widget.property("segment") and not widget.isChecked() and by_arrows(widget))
        ]
        found[window.tabs.tabText(index)] = [told(widget) for widget in missed]
    assert {place: names for place, names in found.items() if names} == {}


def test_the_arrow_keys_reach_every_node_of_the_graph(ui, window):
    window.activateWindow()
    view = ui.find("graphView")
    view.setFocus()
    nodes = {item.box.id for item in view._scene_items.boxes() if not item.box.id.startswith("output")}
    seen = set()
    for key in [KEY.Key_Up] * 6 + [KEY.Key_Right, KEY.Key_Down, KEY.Key_Left, KEY.Key_Down, KEY.Key_Right] * 12:
        ui.press(key)
        if window.sessions.autodiff.selection is not None:
            seen.add(window.sessions.autodiff.selection[1])
    window.sessions.autodiff.clear_selection()
    assert nodes <= seen


def test_no_key_says_two_things_in_one_tab(ui):
    found: dict[tuple[str, str], list[str]] = {}
    for key in ui.window.shortcuts:
        if key.when is None:
            for sequence in key.keys:
                found.setdefault((sequence, key.tab.objectName() if key.tab is not None else ""), []).append(
                    key.description
                )
    assert len(found) > 30
    assert {place: says for place, says in found.items() if len(says) > 1} == {}
