"""Styles follow from the state and the visible numbers."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QGraphicsScene

from explorer.core.graph.picture import concept_picture, full_picture
from explorer.core.number_format import FROM_SUPERSCRIPTS
from explorer.session.autodiff.view_state import ExpressionViewState
from explorer.views.graph.item_styles import apply_styles, tooltip
from explorer.views.graph.layout_cache import cached_layout
from explorer.views.graph.scene_items import SceneItems
from explorer.views.graph.selection import FADED_OPACITY
from explorer.views.graph.visible_numbers import VisibleNumbers, visible_numbers

ROOM = (800.0, 450.0)


@pytest.fixture
def styled(qapp):
    """A function that returns boxes and links with their styles, by name and by target."""
    scenes = []

    def styled(state, full=False):
        picture = full_picture(state.trace) if full else concept_picture(state.trace)
        scenes.append(QGraphicsScene())
        items = SceneItems(scenes[-1])
        items.put(cached_layout(picture, "TB", not full, ROOM))
        apply_styles(items, picture, state, visible_numbers(state))
        return {box.box.id: box for box in items.boxes()}, {link.link.target: link for link in items.links()}

    return styled


def test_the_box_of_the_step_is_active(styled, state_of):
    boxes, _ = styled(state_of("sin(2*x)", step=1))
    assert [name for name, box in boxes.items() if box.style.active] == ["Sin"]
    assert boxes["x"].style.value == "0.5"


def test_a_new_gradient_stays_in_later_steps(styled, state_of):
    _, links = styled(state_of("sin(2*x)", step=1))
    assert links["Sin"].style.gradient
    assert links["Sin"].style.is_new
    assert links["mul"].style.gradient == ""
    _, links = styled(state_of("sin(2*x)", step=2))
    assert links["Sin"].style.gradient
    assert not links["Sin"].style.is_new


def test_numbers_have_the_digits_of_the_state(styled, state_of):
    boxes, _ = styled(state_of("sin(2*x)", digits=2))
    assert boxes["Sin"].style.value == "0.84"


def test_nan_infinite_and_lost_values_are_marked_unless_they_are_hidden(styled, state_of):
    state = state_of("sin(2*x)", step=1)
    gradient = state.trace.steps[0].inputs[0].gradient_tensor
    odd = {**state.values, "mul:0": np.float32("nan"), "Sin:0": np.float32("inf")}
    boxes, links = styled(replace(state, values=odd, different={gradient: np.float64(0.5)}))
    assert [name for name, box in boxes.items() if box.style.is_odd] == ["mul", "Sin"]
    assert {boxes["mul"].style.value[:2], boxes["Sin"].style.value[:2]} == {"! "}
    assert links["Sin"].style.is_odd
    assert links["Sin"].style.gradient.startswith("! ")
    quiz = state_of("sin(2*x)", step=1, quiz=True)
    _, links = styled(replace(quiz, different={gradient: np.float64(0.5)}))
    assert links["Sin"].style.gradient == "?"
    assert not links["Sin"].style.is_odd


@pytest.mark.parametrize("room", [ROOM, (240.0, 160.0)])
@pytest.mark.parametrize(
    "value", [-0.00247283, -0.2384, 1.23456e-10, -9.87654e-38, 123456.0, -0.000123456, 12.3456, -1.23456e30, 0.0, 1.0]
)
def test_numbers_keep_three_digits_where_there_is_little_room(qapp, state_of, value, room):
    state = state_of("x*y+sin(x)", step=3)
    state = replace(state, values=dict.fromkeys(state.values, np.float32(value)))
    picture, items = concept_picture(state.trace), SceneItems(QGraphicsScene())
    items.put(cached_layout(picture, "TB", True, room))
    apply_styles(items, picture, state, visible_numbers(state))
    texts = [box.style.value for box in items.boxes()] + [link.style.gradient for link in items.links()]
    for text in filter(None, texts):
        plain = text.translate(FROM_SUPERSCRIPTS).translate({ord("−"): "-", ord("⁻"): "-"}).replace("×10", "e")
        assert float(plain) == pytest.approx(value, rel=5e-3)
    assert any(texts)


def test_the_tooltip_of_a_lost_value_has_both_numbers(styled, state_of):
    state = state_of("sin(2*x)", step=1)
    boxes, _ = styled(state)
    text = tooltip(boxes["Sin"], state.values, visible_numbers(state), {"Sin:0": np.float64(0.5)})
    assert text.splitlines()[1] == "Sin:0 = 0.5 in float64"


def test_hidden_numbers_are_question_marks(styled, state_of):
    _, links = styled(state_of("sin(2*x)", step=1, quiz=True))
    assert links["Sin"].style.gradient == "?"


def test_wrong_gradients_are_shown_in_place_of_tensorflows(styled, state_of):
    gradient = state_of("sin(2*x)").trace.steps[0].inputs[0].gradient_tensor
    _, links = styled(state_of("sin(2*x)", step=1, wrong={gradient: 7.0}))
    assert links["Sin"].style.gradient == "7"


def test_a_selected_op_fades_what_is_unrelated(styled, state_of):
    boxes, _ = styled(state_of("x*y+sin(x)", selection=("node", "y")))
    assert boxes["y"].style.selected
    assert {name for name, box in boxes.items() if box.opacity() == FADED_OPACITY} == {"x", "Sin"}


def test_backward_ops_are_done_once_they_have_run(styled, state_of):
    state = state_of("sin(2*x)")
    done = []
    for step in range(len(state.trace.steps) + 1):
        boxes, _ = styled(state_of("sin(2*x)", step=step), full=True)
        done.append(sum(box.style.done for box in boxes.values() if box.box.kind == "gradient"))
    assert done == sorted(done)
    assert done[0] < done[-1]


def test_a_parsed_graph_is_plain(styled, state_of):
    state = state_of("sin(2*x)")
    scene = QGraphicsScene()
    items = SceneItems(scene)
    picture = concept_picture(state.trace)
    items.put(cached_layout(picture, "TB", True, ROOM))
    apply_styles(items, picture, ExpressionViewState(), VisibleNumbers())
    assert all(box.style.value == "" for box in items.boxes())
    assert not any(link.style.done for link in items.links())


def test_tooltips_have_all_digits_and_nothing_hidden(styled, state_of):
    state = state_of("sin(2*x)", step=1)
    boxes, links = styled(state)
    numbers = visible_numbers(state)
    assert tooltip(boxes["Sin"], state.values, numbers).startswith("Sin:0 = 0.84147")
    assert "gradient: " in tooltip(links["Sin"], state.values, numbers)
    assert tooltip(None, state.values, numbers) == ""
    state = state_of("sin(2*x)", step=1, quiz=True)
    boxes, links = styled(state)
    assert "gradient: " not in tooltip(links["Sin"], state.values, visible_numbers(state))
