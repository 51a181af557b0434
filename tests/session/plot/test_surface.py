"""The heat map is requested while it is visible, and gradient descent on it."""

import numpy as np
import pytest

from explorer.core.errors import UserError
from explorer.session.plot import surface as module
from tests.session.expression_traces import show, trace_reply, values_reply

FIELD = {"values": np.zeros((2, 2)), "x_axis": [0, 1], "y_axis": [0, 1]}
PATH = {"path": [[1.0, 1.0], [0.5, 0.25]], "values": [2.0, 1.0], "note": None}


@pytest.fixture
def surface(client, session, monkeypatch):
    monkeypatch.setattr(module, "FIELD_DELAY_MS", 0)
    return module.SurfaceSession(client, session)


@pytest.fixture
def visible(surface, session, client):
    show(session, client, "x*y+sin(x)")
    surface.set_visible(True)
    client.answer("field", FIELD)
    return surface


def test_a_field_is_requested_while_it_is_visible(surface, session, client):
    show(session, client, "x*y+sin(x)")
    assert client.payloads("field") == []
    surface.set_visible(True)
    (payload,) = client.payloads("field")
    assert (payload["x"], payload["y"], payload["x_range"]) == ("x", "y", [-4.0, 4.0])
    assert (payload["output"], payload["differentiated_by"]) == ("sum", [])
    assert surface.pair == ("x", "y")
    client.answer("field", FIELD)
    assert surface.field is FIELD


def test_two_numbers_are_needed(surface, session, client):
    messages = []
    surface.messageChanged.connect(messages.append)
    show(session, client, "sin(2*x)")
    surface.set_visible(True)
    assert (surface.pair, surface.point, client.payloads("field")) == (None, None, [])
    assert messages[0].startswith("A heat map needs two variables")
    surface.descend(0, 0)
    assert client.payloads("descend") == []


def test_the_point_is_that_of_the_values(visible):
    assert visible.point == pytest.approx((0.5, 2.0, 2.0 + np.cos(0.5), 0.5), rel=1e-6)


def test_the_variables_on_the_axes_do_not_change_the_field(visible, session, client):
    points = []
    visible.pointChanged.connect(points.append)
    session.set_value("x", 1.0)
    client.answer("values", values_reply("x*y+sin(x)"))
    assert points[0][0] == 1.0
    assert not visible._timer.isActive()


def test_another_expression_is_requested(visible, session, client, qtbot):
    show(session, client, "sin(2*x)")
    assert visible.point is None
    show(session, client, "x*y+sin(x)")
    qtbot.waitUntil(lambda: len(client.payloads("field")) == 2)


def test_reach_and_rate(visible, client):
    visible.set_reach("2*pi")
    assert client.payloads("field")[-1]["y_range"] == pytest.approx([-2 * np.pi, 2 * np.pi])
    visible.set_rate("0.5")
    assert client.payloads("descend") == [], "there is no path yet"
    for refused in ("-1", "[1,2]"):
        with pytest.raises(UserError):
            visible.set_reach(refused)
        with pytest.raises(UserError):
            visible.set_rate(refused)


def test_gradient_descent_moves_the_inputs(visible, session, client):
    visible.descend(1, 1)
    assert client.payloads("descend")[-1]["start"] == [1.0, 1.0]
    client.answer("descend", PATH)
    assert session.point == {"x": 1.0, "y": 1.0}
    updates = []
    session.batch.ended.connect(lambda: updates.append(dict(session.point)))
    visible.set_path_index(1)
    assert updates == [{"x": 0.5, "y": 0.25}], "both at once"
    visible.set_path_index(2)
    assert visible.path_index == 1
    visible.set_rate("0.2")
    assert (client.payloads("descend")[-1]["rate"], client.payloads("descend")[-1]["start"]) == (0.2, [1.0, 1.0])


def test_errors_are_messages(visible, client):
    messages = []
    visible.messageChanged.connect(messages.append)
    visible.set_reach("1")
    client.fail("field", "No field.")
    visible.descend(0, 0)
    client.fail("descend", "No path.")
    assert messages == ["No field.", "No path."]


def test_a_missing_gradient_is_none_and_not_0(surface, session, client):
    session.begin("x*y+sin(x)", {"x": 0.5, "y": 2.0})
    reply = trace_reply("x*y+sin(x)")
    reply["trace"]["gradients"]["y"]["tensor"] = None
    client.answer("trace", reply)
    surface.set_visible(True)
    assert surface.point[2:] == (pytest.approx(2.0 + np.cos(0.5), rel=1e-6), None)


def test_entries_of_a_vector_are_axes_and_the_rest_is_held(surface, session, client):
    session.begin("x^2", {"x": [1.0, 2.0, 3.0]})
    client.answer("trace", trace_reply("x^2"))
    surface.set_visible(True)
    assert surface.pair == ("x[0]", "x[1]")
    surface.set_axis(1, "x[2]")
    payload = client.payloads("field")[-1]
    assert (payload["x"], payload["y"]) == ("x[0]", "x[2]")
    assert list(surface.held_values) == ["x"], "of an array of which an entry is on an axis, the others are held"
    assert surface.point[:2] == (1.0, 3.0)
    client.answer("field", FIELD)
    session.set_value("x[2]", 5.0)
    client.answer("values", values_reply("x^2"))
    assert not surface._timer.isActive()
    session.set_value("x[1]", 5.0)
    client.answer("values", values_reply("x^2"))
    assert surface._timer.isActive(), "what is held still has changed"


def test_a_coordinate_is_never_on_both_axes(visible, client):
    visible.set_axis(0, "y")
    assert visible.pair == ("y", "x")
    assert client.payloads("field")[-1]["x"] == "y"
    visible.set_axis(1, "y")
    assert visible.pair == ("x", "y")


def test_the_values_of_other_variables_are_held(visible, session, client):
    assert visible.held_values == {}
    session.begin("x*y+sin(x)*z", {"x": 1.0, "y": 2.0, "z": 3.0})
    client.answer("trace", trace_reply("x*y+sin(x)"))
    assert visible.held_values == {"z": 3.0}


@pytest.mark.parametrize(("aspect", "x", "y"), [(1, 4, 4), (2, 8, 4), (0.5, 4, 8)])
def test_equal_axes_show_more_of_the_longer_side(visible, client, aspect, x, y):
    visible.set_aspect(aspect)
    visible.set_reach("4")
    payload = client.payloads("field")[-1]
    assert (payload["x_range"], payload["y_range"]) == ([-x, x], [-y, y])


def test_ranges_that_differ_too_much_have_no_equal_axes(visible, client):
    changes = []
    visible.axesChanged.connect(lambda: changes.append(visible.has_equal_axes))
    visible.set_reach("100", 1)
    assert (visible.can_have_equal_axes, visible.reaches) == (False, (4.0, 100.0))
    assert client.payloads("field")[-1]["y_range"] == [-100, 100]
    visible.set_reach("20", 0)
    visible.set_equal_axes(False)
    visible.set_aspect(2)
    assert changes == [False, True, False]
    assert client.payloads("field")[-1]["x_range"] == [-20, 20]
    assert not visible._timer.isActive()


def test_another_output_is_another_surface(visible, session, client, qtbot):
    reply = trace_reply("x*y+sin(x)")
    reply["trace"] = {**reply["trace"], "differentiated_by": ["x"]}
    session.set_differentiated_by(("x",))
    client.answer("trace", reply)
    qtbot.waitUntil(lambda: client.payloads("field")[-1]["differentiated_by"] == ["x"])


def test_a_coarse_field_is_said_to_be_coarse(visible, client):
    messages = []
    visible.messageChanged.connect(messages.append)
    visible.set_reach("1")
    client.answer("field", FIELD)
    assert messages == ["Large vectors or matrices are on the way, so f was computed at 2 by 2 points."]
