"""Fields and descent on surfaces, compared with NumPy."""

import numpy as np
import pytest

from explorer.core.errors import ExpressionError
from explorer.engine.plot.graphs import PlotGraphs
from explorer.engine.plot.surface import Surfaces


@pytest.fixture
def surfaces():
    graphs = PlotGraphs()
    yield Surfaces(graphs)
    graphs.close()


def test_a_field_equals_numpys(surfaces):
    request = {
        "dtype": "float64",
        "text": "x^2 + 3*y",
        "point": {},
        "x": "x",
        "y": "y",
        "x_range": [-1, 1],
        "y_range": [0, 2],
        "n": 21,
    }
    reply = surfaces.field(request)
    x, y = np.meshgrid(reply["x_axis"], reply["y_axis"])
    np.testing.assert_allclose(reply["values"], x**2 + 3 * y, atol=1e-12)


def test_descent_reaches_the_minimum(surfaces):
    request = {
        "dtype": "float64",
        "text": "(x-1)^2 + (y+2)^2",
        "point": {},
        "variables": ["x", "y"],
        "start": [3.0, 3.0],
        "rate": 0.1,
        "steps": 200,
    }
    reply = surfaces.descend(request)
    path = reply["path"]
    np.testing.assert_allclose(path[1], [3 - 0.1 * 4, 3 - 0.1 * 10])
    np.testing.assert_allclose(path[-1], [1, -2], atol=1e-6)
    assert np.all(np.diff(reply["values"]) <= 0)


def test_a_diverging_descent_gives_a_note(surfaces):
    request = {
        "dtype": "float64",
        "text": "x^2 + y^2",
        "point": {},
        "variables": ["x", "y"],
        "start": [1.0, 1.0],
        "rate": 3.0,
        "steps": 500,
    }
    assert "too large" in surfaces.descend(request)["note"]


def field_request(text, **more):
    return {
        "dtype": "float64",
        "text": text,
        "point": {},
        "x": "x",
        "y": "y",
        "x_range": [-2, 1],
        "y_range": [0.5, 2],
        "n": 13,
        **more,
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sin(x)*log(y) + x^2", lambda x, y: np.sin(x) * np.log(y) + x**2),
        ("y - x/y", lambda x, y: y - x / y),
        ("x^2 + 0*y", lambda x, y: x**2),
    ],
)
def test_other_fields_equal_numpys(surfaces, text, expected):
    reply = surfaces.field(field_request(text))
    x, y = np.meshgrid(np.linspace(-2, 1, 13), np.linspace(0.5, 2, 13))
    assert reply["values"].shape == (13, 13)
    np.testing.assert_allclose(reply["values"], expected(x, y), atol=1e-12)


def descent_request(text, **more):
    request = {
        "dtype": "float64",
        "text": text,
        "point": {},
        "variables": ["x", "y"],
        "start": [3.0, 3.0],
        "rate": 0.1,
        "steps": 50,
    }
    return {**request, **more}


def test_every_point_of_a_descent(surfaces):
    reply = surfaces.descend(descent_request("(x-1)^2 + (y+2)^2"))
    shrink = 0.8 ** np.arange(51)  # on a paraboloid each step leaves 1 - 2*rate of the distance
    np.testing.assert_allclose(reply["path"], np.stack([1 + 2 * shrink, -2 + 5 * shrink], axis=1), atol=1e-12)
    np.testing.assert_allclose(reply["values"], 29 * shrink**2, atol=1e-12)


def test_a_descent_from_the_minimum_stays_there(surfaces):
    reply = surfaces.descend(descent_request("(x-1)^2 + (y+2)^2", start=[1.0, -2.0]))
    assert "has converged" in reply["note"]
    np.testing.assert_array_equal(reply["path"], [[1, -2]])


@pytest.mark.parametrize(
    ("method", "request_", "text"),
    [
        (
            "field",
            field_request("sum(W*x) + y", point={"W": np.ones((2, 2))}, x="W"),
            "choose an entry, such as W[0,0]",
        ),
        ("field", field_request("sum(W*x) + y", point={"W": np.ones((2, 2))}, x="W[0,2]"), "there is no W[0,2]"),
        ("field", field_request("sum(W*x) + y", point={"W": np.ones((2, 2))}, x="x[0]"), "x is a single number"),
        ("field", field_request("x +"), "missing"),
        ("descend", descent_request("x^2 + sni(y)"), "sni"),
    ],
)
def test_error_messages_are_sentences(surfaces, method, request_, text):
    with pytest.raises(ExpressionError) as caught:
        getattr(surfaces, method)(request_)
    message = str(caught.value)
    assert text in message
    assert message.rstrip()[-1] in ".?"
    assert "Traceback" not in message
    assert "\n" not in message
