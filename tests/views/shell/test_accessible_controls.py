"""Everything can be reached with the keyboard, and every control says what it is."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QComboBox, QLineEdit, QScrollBar, QWidget


def controls(root):
    for kind in (QAbstractButton, QLineEdit, QComboBox, QAbstractSlider):
        for widget in root.findChildren(kind):
            name = widget.objectName()
            inner = isinstance(widget, QScrollBar) or not name or name.startswith(("qt_", "Scroll"))
            if not inner:
                yield widget


def test_every_control_has_a_name_and_a_tooltip(ui):
    ui.complete("x*y")
    nameless = [
        widget.objectName()
        for widget in controls(ui.window)
        if not (widget.accessibleName() or getattr(widget, "text", str)()) or not widget.toolTip()
    ]
    assert nameless == []


def test_every_control_takes_the_focus_from_the_keyboard(ui):
    ui.complete("x*y")
    deaf = [
        widget.objectName()
        for widget in controls(ui.window)
        if widget.isVisible()
        and widget.isEnabled()
        and not widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        # Of a switch the chosen part takes the focus, and the arrow keys go to the others.
        and not (widget.property("segment") and not widget.isChecked())
    ]
    assert deaf == []
    assert ui.find("graphView").focusPolicy() & Qt.FocusPolicy.TabFocus


def test_tab_goes_round_and_comes_back(ui):
    ui.complete("x*y")
    line = ui.find("expressionEdit")
    line.setFocus()
    seen: list[QWidget] = []
    for _ in range(80):
        ui.press(Qt.Key.Key_Tab)
        focused = ui.window.focusWidget()
        if focused is line:
            break
        seen.append(focused)
    assert ui.window.focusWidget() is line
    names = {widget.objectName() for widget in seen}
    assert {"stepForwardButton", "graphView", "input_x", "slider_x", "rangeLow", "claimEdit"} <= names


def test_words_of_the_window_fit_at_its_smallest(ui):
    ui.complete("x*y")
    size = ui.window.size()
    ui.window.resize(ui.window.minimumSize())
    ui.window.grab()
    cut = [
        button.objectName()
        for button in ui.window.findChildren(QAbstractButton)
        if button.isVisible() and button.text() and button.width() < button.minimumSizeHint().width() - 1
    ]
    ui.window.resize(size)
    assert cut == []
