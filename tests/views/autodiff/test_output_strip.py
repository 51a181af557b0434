"""The strip that chooses which output is differentiated, and the entry that it offers instead of a vanishing sum."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from explorer.core.autodiff.output_choice import SUM, OutputChoice
from explorer.core.graph.measure import SANS_FAMILY
from explorer.core.graph.value_space import grid_pixels
from explorer.views.painting.value_painting import cells_size
from explorer.views.theme.theme import font


@pytest.fixture
def softmax(ui):
    ui.complete("x = [1,2,3]; y = softmax(x)")
    ui.sessions.autodiff.set_output(SUM)  # the choice of an earlier test is kept with its shape
    traced(ui, SUM)
    return ui


def gradient(ui):
    trace = ui.sessions.autodiff.trace
    return ui.sessions.autodiff.values[trace.gradients["x"].tensor]


def traced(ui, choice):
    session = ui.sessions.autodiff
    ui.until(lambda: session.is_current and session.trace.output_choice == choice)


def test_the_strip_is_hidden_for_a_single_number(ui):
    ui.complete("sin(2*x)")
    assert not ui.find("outputStrip").isVisible()
    ui.complete("x = [1,2]; x^2")
    assert ui.find("outputStrip").isVisible()
    assert ui.find("outputKind_sum").isChecked()
    assert not ui.find("outputEntry").isVisible()


def test_an_entry_is_offered_for_a_softmax_and_differentiated_by_one_click(softmax):
    ui = softmax
    ui.until(lambda: ui.find("outputOfferButton").isVisible())
    assert ui.find("outputOfferButton").text() == "Differentiate y[0]"
    assert ui.find("outputMessage").text().startswith("The gradient of the sum is 0")
    ui.click("outputOfferButton")
    traced(ui, OutputChoice((0,)))
    s = np.exp([1, 2, 3]) / np.sum(np.exp([1, 2, 3]))
    np.testing.assert_allclose(gradient(ui), s[0] * (np.array([1, 0, 0]) - s), rtol=1e-5)
    assert not ui.find("outputOfferButton").isVisible()
    assert ui.find("outputEntry").text() == "y[0]"


@pytest.mark.parametrize("text", ["x = [0,0]; x^2", "x = [1e-5,1e-4]; x^2", "x = [1,2]; 1e-9*x"])
def test_nothing_is_offered_where_an_entry_has_no_larger_gradient(ui, text):
    ui.complete(text)
    assert ui.sessions.autodiff.trace.summed
    assert not ui.find("outputOfferButton").isVisible()


def test_entries_are_chosen_one_after_the_other(softmax):
    ui = softmax
    ui.click("outputKind_entry")
    traced(ui, OutputChoice((0,)))
    ui.click("outputNext")
    traced(ui, OutputChoice((1,)))
    assert ui.find("outputEntry").text() == "y[1]"
    assert "Entry 1 of the output" in ui.find("stepNote").text()
    ui.click("outputPrevious")
    ui.click("outputPrevious")
    traced(ui, OutputChoice((2,)))
    ui.click("outputKind_sum")
    traced(ui, SUM)
    ui.sessions.autodiff.undo()
    traced(ui, OutputChoice((2,)))


def test_weights_are_typed(softmax):
    ui = softmax
    ui.click("outputKind_weights")
    traced(ui, OutputChoice(weights=(1, 1, 1)))
    field = ui.find("outputWeights")
    assert field.text() == "[1,1,1]"
    field.selectAll()
    QTest.keyClicks(field, "[0, 2, -1]")
    QTest.keyClick(field, Qt.Key.Key_Return)
    traced(ui, OutputChoice(weights=(0, 2, -1)))
    s = np.exp([1, 2, 3]) / np.sum(np.exp([1, 2, 3]))
    expected = s * ([0, 2, -1] - np.dot([0, 2, -1], s))
    np.testing.assert_allclose(gradient(ui), expected, rtol=1e-5)
    field.selectAll()
    QTest.keyClicks(field, "[1, 2]")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert "one weight for each entry" in ui.window.statusBar().currentMessage()
    assert (field.text(), ui.sessions.autodiff.output_choice) == ("[0,2,-1]", OutputChoice(weights=(0, 2, -1)))


def entry_place(view, box, entry):
    """Return where an entry of a box's value is painted, found by its pixels: the n-th number from the left or top."""
    place = box.mapRectToScene(box._places[2])
    if len(entry) == 1:
        ink = columns_of_ink(view, place)
        return QPoint(ink[entry[0]], view.mapFromScene(place.center()).y())
    rows, columns = box.box.shape
    area = view.mapFromScene(place).boundingRect()
    width = cells_size(box.style.value_array.cells, font(SANS_FAMILY, grid_pixels(box.density), bold=True)).width()
    left = area.right() - width * view.transform().m11()
    x = left + (area.right() - left) * (entry[1] + 0.6) / columns
    return QPoint(round(x), round(area.top() + area.height() * (entry[0] + 0.5) / rows))


def columns_of_ink(view, place):
    """Return the middles of the numbers of a vector, which have wide gaps between them."""
    area = view.mapFromScene(place).boundingRect()
    image = view.grab().toImage()
    background = image.pixelColor(area.left() + 1, area.center().y())
    inked = [
        any(image.pixelColor(x, y) != background for y in range(area.center().y() - 3, area.center().y() + 3))
        for x in range(area.left(), area.right())
    ]
    runs, start, gap = [], None, 0
    for x, ink in enumerate([*inked, *[False] * 12]):
        if ink:
            start, gap, end = (x if start is None else start), 0, x
        elif start is not None and (gap := gap + 1) > 9:
            runs.append(area.left() + (start + end) // 2)
            start = None
    return runs


@pytest.mark.parametrize(
    ("text", "entry"),
    [("x = [1,2,3]; 1000+x", (1,)), ("x = [1,2,3]; 1000+x", (2,)), ("W = [[1,2],[3,4]]; W^2", (1, 0))],
)
def test_a_click_on_an_entry_of_the_output_differentiates_it(ui, text, entry):
    ui.complete(text)
    view, session = ui.find("graphView"), ui.sessions.autodiff
    session.set_output(SUM)
    traced(ui, SUM)
    ui.until(lambda: not view.isMoving)
    box = next(item for item in view._scene_items.boxes() if item.box.tensor == session.trace.output)
    view.grab()
    assert "Click an entry" in view.item_tooltip(box)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=entry_place(view, box, entry))
    traced(ui, OutputChoice(entry))
    assert session.selection is None
    ui.until(lambda: not view.isMoving)
    view.grab()
    box = next(item for item in view._scene_items.boxes() if item.box.tensor == session.trace.output)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=entry_place(view, box, entry))
    traced(ui, SUM)


def test_a_click_beside_the_entries_selects_the_op(ui):
    ui.complete("x = [1,2,3]; x^2")
    view, session = ui.find("graphView"), ui.sessions.autodiff
    ui.until(lambda: not view.isMoving)
    box = next(item for item in view._scene_items.boxes() if item.box.tensor == session.trace.output)
    symbol = view.mapFromScene(box.mapRectToScene(box._places[0]).center())
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=symbol)
    assert session.selection == ("node", box.box.id)
    assert session.output_choice == SUM
