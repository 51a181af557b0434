"""The find field goes forward and back, says what another depth shows, and is left with Escape."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

SHIFT, NONE = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def find(ui):
    """A function that types a text into the find field and presses Return, and returns the message."""
    field = ui.find("findEdit")

    def find(text, modifiers=NONE):
        field.setFocus()
        field.setText(text)
        QTest.keyClick(field, Qt.Key.Key_Return, modifiers)
        return ui.window.statusBar().currentMessage()

    yield find
    field.clear()
    ui.sessions.store.set("depth", "concept")


def test_return_goes_forward_and_shift_return_back(ui, find):
    ui.type("sin(2*x) + sin(3*x) + sin(4*x)")
    session = ui.sessions.autodiff
    visited = []
    for modifiers in (NONE, NONE, NONE, SHIFT, SHIFT):
        find("Sin", modifiers)
        visited.append(session.selection[1])
    assert visited == ["Sin", "Sin_1", "Sin_2", "Sin_1", "Sin"]


def test_shift_return_begins_at_the_last_match(ui, find):
    ui.type("sin(2*x) + sin(3*x)")
    find("×", SHIFT)
    assert ui.sessions.autodiff.selection == ("node", "mul_1")


def test_what_is_hidden_in_the_concept_is_not_found_silently(ui, find):
    ui.type("x^2")
    session = ui.sessions.autodiff
    name = next(node.id for node in session.trace.gradient_nodes if node.needed)
    assert "is in the whole TensorFlow graph only" in find(name)
    assert (session.selection, session.depth) == (None, "concept")
    find(name)
    assert (session.selection, session.depth) == (("node", name), "full")
    view = ui.find("graphView")
    assert view.selected_rect() is not None
    assert view.viewport().rect().intersects(view.selected_rect())


def test_what_does_not_exist_is_said(ui, find):
    ui.type("x^2")
    assert find("banana") == "Nothing is called “banana”."


def test_escape_leaves_the_field_and_nothing_else(ui, find):
    ui.type("sin(x)")
    find("sin")
    field = ui.find("findEdit")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""
    assert not field.hasFocus()
    assert ui.find("graphView").hasFocus()
    assert ui.sessions.autodiff.selection == ("node", "Sin"), "the match stays selected"


def test_a_match_out_of_view_is_brought_into_view(ui, find):
    ui.type("+".join(f"tanh({k}*x+y)" for k in range(2, 22)))
    view = ui.find("graphView")
    for text in ("tanh(3*x + y)", "tanh(20*x + y)", "y"):
        find(text)
        ui.until(lambda: view.viewport().rect().contains(view.selected_rect()))


@pytest.mark.parametrize(
    "change",
    [lambda ui: ui.sessions.autodiff.set_value("x", 2.0), lambda ui: ui.type("1/x+1")],
)
def test_what_was_found_is_said_until_the_numbers_change(ui, find, change):
    ui.complete("1/x")
    ui.sessions.autodiff.set_value("x", 0.0)
    ui.until(lambda: ui.sessions.autodiff.is_settled)
    assert "is infinite" in find("inf")
    ui.sessions.autodiff.stepper.last()
    assert "is infinite" in ui.window.statusBar().currentMessage(), "it stays while one steps"
    change(ui)
    assert ui.window.statusBar().currentMessage() == ""
    ui.window.show_message("Saved.")
    ui.sessions.autodiff.set_value("x", 3.0)
    assert ui.window.statusBar().currentMessage() == "Saved.", "another message is not its own"
