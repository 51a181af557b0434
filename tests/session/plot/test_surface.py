"""The heat map is requested while it is visible, and gradient descent on it."""

import numpy as np
import pytest

from explorer.core.errors import UserError
from explorer.session.plot import surface as module
from tests.session.expression_traces import show, values_reply

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
    assert surface.pair == ("x", "y")
    client.answer("field", FIELD)
    assert surface.field is FIELD


def test_two_scalars_are_needed(surface, session, client):
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
