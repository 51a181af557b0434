"""Controls of the tab Autodiff have names and tooltips and take the keyboard focus."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QComboBox, QLineEdit, QScrollBar, QWidget


def controls(root):
    """Yield the controls of a widget, without internal ones of Qt."""
    for kind in (QAbstractButton, QLineEdit, QComboBox, QAbstractSlider):
        for widget in root.findChildren(kind):
            name = widget.objectName()
            is_internal = isinstance(widget, QScrollBar) or not name or name.startswith(("qt_", "Scroll"))
            if not is_internal:
                yield widget


def test_every_control_has_a_name_and_a_tooltip(ui):
    ui.complete("x*y")
    unlabelled = [
        widget.objectName()
        for widget in controls(ui.window)
        if not (widget.accessibleName() or getattr(widget, "text", str)()) or not widget.toolTip()
    ]
    assert unlabelled == []


def test_every_control_takes_the_keyboard_focus(ui):
    ui.complete("x*y")
    unfocusable = [
        widget.objectName()
        for widget in controls(ui.window)
        if widget.isVisible()
        and widget.isEnabled()
        and not widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        # Only the checked segment of a switch takes the focus; arrow keys reach the others.
        and not (widget.property("segment") and not widget.isChecked())
    ]
    assert unfocusable == []
    assert ui.find("graphView").focusPolicy() & Qt.FocusPolicy.TabFocus


def test_the_tab_key_cycles_through_the_controls(ui):
    ui.complete("x*y")
    edit = ui.find("expressionEdit")
    edit.setFocus()
    visited: list[QWidget] = []
    for _ in range(80):
        ui.press(Qt.Key.Key_Tab)
        focused = ui.window.focusWidget()
        if focused is edit:
            break
        visited.append(focused)
    assert ui.window.focusWidget() is edit
    names = {widget.objectName() for widget in visited}
    assert {"stepForwardButton", "graphView", "input_x", "slider_x", "rangeLow", "claimEdit"} <= names


def test_button_texts_fit_at_the_windows_minimum_size(ui):
    ui.complete("x*y")
    size = ui.window.size()
    ui.window.resize(ui.window.minimumSize())
    ui.window.grab()
    clipped = [
        button.objectName()
        for button in ui.window.findChildren(QAbstractButton)
        if button.isVisible() and button.text() and button.width() < button.minimumSizeHint().width() - 1
    ]
    ui.window.resize(size)
    assert clipped == []
