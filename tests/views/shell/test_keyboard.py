"""Every control of every tab and dialog has a name and a description and is reached with the keyboard."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
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

CONTROL_TYPES = (
    QAbstractButton,
    QLineEdit,
    QComboBox,
    QAbstractSlider,
    QAbstractSpinBox,
    QAbstractItemView,
    QPlainTextEdit,
)
KEY = Qt.Key


def controls(root):
    """Yield the visible controls of a window, without parts of other controls."""
    types = (*CONTROL_TYPES, PaintedWidget)
    for widget in root.findChildren(QWidget):
        if not isinstance(widget, types) or not widget.isVisible() or widget.window() is not root.window():
            continue
        if isinstance(widget, PaintedWidget) and widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue  # it only paints
        is_internal = isinstance(widget.parent(), QComboBox | QAbstractSpinBox | QLineEdit | QAbstractItemView)
        # The tab bar's arrow buttons only scroll it, as the arrow keys do.
        only_scrolls = isinstance(widget, QScrollBar | QHeaderView) or widget.objectName().startswith(("Scroll", "qt_"))
        if not is_internal and not only_scrolls:
            yield widget


def describe(widget):
    """Return type, object name and text of a widget."""
    return f"{type(widget).__name__} {widget.objectName()} {getattr(widget, 'text', str)()!r}"


def focus_chain(window):
    """Return all widgets that the Tab key reaches, starting with the focused one."""
    chain = []
    for _ in range(300):
        focused = QApplication.focusWidget()
        if focused in chain:
            return chain
        chain.append(focused)
        QTest.keyClick(focused, KEY.Key_Tab)
        if isinstance(focused, QPlainTextEdit) and QApplication.focusWidget() is focused:
            return chain  # the editor inserts tabs
    raise AssertionError("the Tab key does not return to the start")


def is_reached_by_arrow_keys(widget):
    """Return whether the arrow keys reach a segment of a switch from the checked one, which is restored."""
    segments = [part for part in widget.parent().findChildren(QAbstractButton) if part.property("segment")]
    checked = next(segment for segment in segments if segment.isChecked())
    checked.setFocus(Qt.FocusReason.TabFocusReason)
    reached = []
    for key in [KEY.Key_Right] * len(segments) + [KEY.Key_Left] * len(segments):
        QTest.keyClick(QApplication.focusWidget(), key)
        reached.append(QApplication.focusWidget())
    checked.click()
    return widget in reached


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


def show_tab(ui, window, index):
    """Show a tab, wait until it is complete and return it."""
    window.tabs.setCurrentIndex(index)
    tab = window.tabs.currentWidget()
    if tab in (window.tab("weights"), window.tab("activations")):
        ui.until(lambda: bool(tab.property("isComplete")))
    QApplication.processEvents()
    return tab


def unlabelled(root):
    """Return descriptions of the controls without a name or without a description."""
    return [
        describe(widget)
        for widget in controls(root)
        if not (widget.accessibleName() or getattr(widget, "text", str)())
        or not (widget.accessibleDescription() or widget.toolTip())
    ]


def test_every_control_of_every_tab_has_a_name_and_a_description(ui, window):
    found = {}
    window.part(LessonController).set_visible(True)
    found["lessons"] = unlabelled(window)
    window.part(LessonController).session.open_key("05-chain-rule")
    window.part(LessonController).session.go(4)
    ui.until(lambda: window.part(LessonController).is_complete)
    for index in range(window.tabs.count()):
        show_tab(ui, window, index)
        found[window.tabs.tabText(index)] = unlabelled(window)
    assert {place: names for place, names in found.items() if names} == {}


def test_every_control_of_every_dialog_is_described_and_reached_with_tab(ui, window):
    found = {}
    window.activateWindow()
    layers_editor = window.tab("training").form._layers
    open_dialogs = [
        window.part(HelpController).show_shortcuts,
        window.part(SharingController).show_code,
        window.part(ExpressionDialogs).show_check,
        window.part(ExpressionDialogs).show_surface,
        layers_editor._open,
    ]
    for open_dialog in open_dialogs:
        open_dialog()
        dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible())
        dialog.activateWindow()
        QApplication.processEvents()
        found[dialog.objectName(), "unlabelled"] = unlabelled(dialog)
        enabled = [widget for widget in controls(dialog) if widget.isEnabled()]
        if enabled:
            enabled[0].setFocus(Qt.FocusReason.TabFocusReason)
            QApplication.processEvents()
            chain = focus_chain(dialog)
            found[dialog.objectName(), "unreached"] = [describe(widget) for widget in enabled if widget not in chain]
        dialog.close()
        dialog.deleteLater()
        QApplication.processEvents()
    window.part(PresentationController).show_speaker_window()
    found["lecturer"] = unlabelled(window.part(PresentationController)._speaker_window)
    window.part(PresentationController).close()
    assert len(found) >= 9
    assert {place: names for place, names in found.items() if names} == {}


def test_tab_reaches_every_control_of_every_tab(ui, window):
    window.activateWindow()
    found = {}
    for index in range(window.tabs.count()):
        tab = show_tab(ui, window, index)
        enabled = [widget for widget in controls(window) if widget.isEnabled()]
        assert any(tab.isAncestorOf(widget) for widget in enabled)
        window.tabs.tabBar().setFocus(Qt.FocusReason.TabFocusReason)
        chain = focus_chain(window)
        unreached = [
            widget
            for widget in enabled
            if widget not in chain
            and not (widget.property("segment") and not widget.isChecked() and is_reached_by_arrow_keys(widget))
        ]
        found[window.tabs.tabText(index)] = [describe(widget) for widget in unreached]
    assert {place: names for place, names in found.items() if names} == {}


def test_the_arrow_keys_reach_every_node_and_edge_of_the_graph(ui, window):
    window.activateWindow()
    view = ui.find("graphView")
    view.setFocus()
    graph = QAccessible.queryAccessibleInterface(view)
    nodes = {item.box.id for item in view._scene_items.boxes()}
    edges = {item.link.key for item in view._scene_items.links()}
    reached = set()
    for _ in nodes:
        ui.press(KEY.Key_Right)
        reached.add(graph.focusChild().key[1])
        ui.press(KEY.Key_Down)
        while graph.focusChild().key[1] not in reached:
            reached.add(graph.focusChild().key[1])
            ui.press(KEY.Key_Right)
        if graph.focusChild().key[0] == "edge":
            ui.press(KEY.Key_Up)
    window.sessions.autodiff.clear_selection()
    assert reached == nodes | edges


def test_a_screen_reader_follows_the_steps_of_an_expression(ui, window):
    ui.complete("sin(2*x)")
    graph = QAccessible.queryAccessibleInterface(ui.find("graphView"))
    said = []
    for _ in range(3):
        children = [graph.child(index) for index in range(graph.childCount())]
        texts = [child.text(QAccessible.Text.Description) for child in children]
        said.append((graph.text(QAccessible.Text.Description), sum("gradient " in text for text in texts)))
        window.sessions.autodiff.stepper.step_forward()
    assert [text.rpartition(", ")[2] for text, _ in said] == ["step 0 of 2", "step 1 of 2", "step 2 of 2"]
    assert said[0][1] < said[1][1] < said[2][1]


def test_no_key_has_two_meanings_in_one_tab(ui):
    descriptions: dict[tuple[str, str], list[str]] = {}
    for shortcut in ui.window.shortcuts:
        if shortcut.when is None:
            for sequence in shortcut.all_keys:
                descriptions.setdefault(
                    (sequence, shortcut.tab.objectName() if shortcut.tab is not None else ""), []
                ).append(shortcut.description)
    assert len(descriptions) > 30
    assert {key: texts for key, texts in descriptions.items() if len(texts) > 1} == {}
