"""What the page of keys promises works, with the caret in the expression and with the focus in the graph."""

from contextlib import contextmanager

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from explorer.views.help.shortcuts_dialog import BARE_MARK, FOOTNOTE
from explorer.views.widgets.shortcuts import Shortcut, key_text

MODIFIERS = Qt.KeyboardModifier
CTRL, SHIFT, NONE = MODIFIERS.ControlModifier, MODIFIERS.ShiftModifier, MODIFIERS.NoModifier
KEY = Qt.Key


@pytest.fixture
def expression(ui):
    """The window with the caret in the middle of an expression of some steps."""
    ui.window.resize(1280, 720)
    ui.type("sin(2*x)*exp(x)")
    edit = ui.find("expressionEdit")
    edit.setFocus()
    edit.setCursorPosition(4)
    yield ui
    ui.find("findEdit").clear()
    for dialog in ui.window.findChildren(QObject, "keysDialog"):
        dialog.close()


def rows(ui):
    """Return the shortcuts that the page lists for this tab and for all tabs."""
    tab = ui.window.tab("autodiff")
    return [shortcut for shortcut in ui.window.shortcuts if shortcut.tab in (None, tab)]


@contextmanager
def recorded(shortcuts):
    """Record which shortcuts are activated, and let none of them do anything."""
    done = []
    before = {id(shortcut): shortcut.activated for shortcut in shortcuts}
    for shortcut in shortcuts:
        object.__setattr__(shortcut, "activated", lambda shortcut=shortcut: done.append(shortcut))
    try:
        yield done
    finally:
        for shortcut in shortcuts:
            object.__setattr__(shortcut, "activated", before[id(shortcut)])


def press(widget, keys):
    combination = QKeySequence(keys)[0]
    QTest.keyClick(widget, combination.key(), combination.keyboardModifiers())


def applicable(shortcuts, keys):
    return [one for one in shortcuts if keys in one.all_keys and (one.when is None or one.when())]


@pytest.mark.parametrize("place", ["expressionEdit", "graphView"])
def test_every_row_works(expression, place):
    ui, shortcuts = expression, rows(expression)
    widget, edit = ui.find(place), ui.find("expressionEdit")
    with recorded(shortcuts) as done:
        for shortcut in shortcuts:
            for keys in shortcut.keys if place == "expressionEdit" else shortcut.all_keys:
                candidates = applicable(shortcuts, keys)
                if not candidates:
                    continue  # it works in present mode or in an exercise only
                widget.setFocus()
                before = edit.text(), edit.cursorPosition()
                done.clear()
                press(widget, keys)
                assert len(done) == 1, keys
                assert done[0] in candidates, keys
                assert (edit.text(), edit.cursorPosition()) == before, keys


def test_letters_and_signs_are_typed_into_the_expression(expression):
    ui, shortcuts = expression, rows(expression)
    edit = ui.find("expressionEdit")
    bare = {key for shortcut in shortcuts for key in shortcut.bare_keys}
    assert bare == {".", "Z", "P", "B", "R", *"12345"}
    with recorded(shortcuts) as done:
        for key in sorted(bare):
            before = len(edit.text())
            QTest.keyClicks(edit, key.lower())
            assert len(edit.text()) == before + 1
        assert not done


def test_only_keys_that_a_text_field_leaves_alone_are_promised_there(ui):
    for shortcut in ui.window.shortcuts:
        for keys in shortcut.keys:
            assert len(keys) > 1, f"{keys} would be typed"


def test_the_page_marks_what_is_typed_in_a_text_field(expression):
    expression.press(KEY.Key_F1)
    dialog = expression.window.findChild(QObject, "keysDialog")
    texts = {label.text() for label in dialog.findChildren(QLabel)}
    assert FOOTNOTE in texts
    for shortcut in rows(expression):
        assert key_text((*shortcut.keys, *(key + BARE_MARK for key in shortcut.bare_keys))) in texts
        assert shortcut.description in texts


def test_one_steps_while_the_caret_is_in_the_expression(expression):
    ui, stepper = expression, expression.sessions.autodiff.stepper
    steps = []
    for key, modifiers in (
        (KEY.Key_PageDown, NONE), (KEY.Key_Right, CTRL), (KEY.Key_Left, CTRL), (KEY.Key_End, CTRL),
        (KEY.Key_PageUp, NONE), (KEY.Key_Home, CTRL),
    ):  # fmt: skip
        ui.press(key, modifiers)
        steps.append(stepper.step)
    total = stepper.steps_total("backward")
    assert steps == [1, 2, 1, total, total - 1, 0]
    assert ui.find("expressionEdit").cursorPosition() == 4
    assert ui.find("expressionEdit").hasFocus()


def test_numbers_are_revealed_and_the_graph_is_zoomed_while_the_caret_is_in_the_expression(expression):
    ui, view = expression, expression.find("graphView")
    ui.press(KEY.Key_F9)
    assert ui.sessions.autodiff.stepper.quiz
    before = view.transform().m11()
    ui.press(KEY.Key_F7)
    assert view.transform().m11() > before
    ui.press(KEY.Key_F7)
    assert view.transform().m11() == pytest.approx(before)


def test_matches_are_gone_through_while_the_caret_is_in_the_expression(expression):
    ui, session = expression, expression.sessions.autodiff
    ui.press(KEY.Key_F3)
    field = ui.find("findEdit")
    assert field.hasFocus(), "there is nothing to find yet"
    field.setText("×")
    ui.find("expressionEdit").setFocus()
    visited = []
    for modifiers in (NONE, NONE, SHIFT):
        ui.press(KEY.Key_F3, modifiers)
        visited.append(session.selection[1])
    assert visited == ["mul", "mul_1", "mul"]
    assert ui.find("expressionEdit").hasFocus()


def test_a_shortcut_may_have_bare_keys_only():
    shortcut = Shortcut((), "something", lambda: None, bare_keys=(".",))
    assert shortcut.all_keys == (".",)
