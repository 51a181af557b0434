"""Fields and descent on surfaces, compared with NumPy."""

import numpy as np
import pytest

from explorer.core.errors import ExpressionError
from explorer.engine.plot.surface import Surfaces
from tests.engine.messages import assert_is_sentence


@pytest.fixture
def surfaces(graphs):
    return Surfaces(graphs)


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
        ("field", field_request("sum(W*x) + y", point={"W": np.ones((2, 2))}, x="W[0,2]"), "so there is no entry 0,2"),
        ("field", field_request("sum(W*x) + y", point={"W": np.ones((2, 2))}, x="x[0]"), "x is a single number"),
        ("field", field_request("x +"), "missing"),
        ("descend", descent_request("x^2 + sni(y)"), "sni"),
    ],
)
def test_error_messages_are_sentences(surfaces, method, request_, text):
    with pytest.raises(ExpressionError) as caught:
        getattr(surfaces, method)(request_)
    assert text in caught.value.message
    assert_is_sentence(caught.value.message)


@pytest.mark.parametrize(
    ("text", "more", "note", "points"),
    [
        ("x^2 + y^2", {"start": [0.0, 0.0]}, "Gradient descent has converged: the gradient is 0 here.", 1),
        (
            "x^2 + y^2",
            {"rate": 0.4, "steps": 500},
            "Gradient descent has converged: the gradient has fallen from",
            None,
        ),
        ("x^2 + y^2", {"rate": 1e-12}, "The steps are too small to change anything: the gradient is 8.5", 1),
        ("1e-12*(x + y)", {}, "The steps are too small to change anything", 1),
        ("x^2 + y^2", {"rate": 3.0}, "Gradient descent diverges: the learning rate is too large here.", None),
        ("-x^2 - y^2", {"rate": 2.0}, "Gradient descent does not come to rest: f keeps falling along the way.", None),
        ("x^2 + y^2", {}, None, 51),
        ("sqrt(x) + y", {"rate": 1.0}, "Gradient descent ends here: f or its gradient is not a finite number.", None),
        (
            "log(x)*y",
            {"start": [-1.0, 1.0]},
            "Gradient descent ends here: f or its gradient is not a finite number.",
            1,
        ),
        ("floor(x) + floor(y)", {}, "TensorFlow has no gradient for x and y here, so there is no way to go.", 1),
        ("floor(x) + y^2", {"rate": 0.5}, "Gradient descent has converged: the gradient is 0 here.", None),
    ],
)
def test_why_a_descent_ends(surfaces, text, more, note, points):
    """The gradient is said to be 0 only where it is."""
    reply = surfaces.descend(descent_request(text, **more))
    assert (reply["note"] or "").startswith(note or "")
    assert (reply["note"] is None) == (note is None)
    assert len(reply["path"]) == len(reply["values"])
    assert points in (None, len(reply["path"]))


def test_a_surface_over_entries_of_a_matrix(surfaces):
    w, x = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.5, -1.0])
    request = field_request("softmax(W@x)", point={"W": w, "x": x}, x="W[0,1]", y="x[0]", output="1")
    reply = surfaces.field(request)
    for i, b in enumerate(reply["y_axis"]):
        for j, a in enumerate(reply["x_axis"]):
            z = np.array([[1.0, a], [3.0, 4.0]]) @ [b, -1.0]
            np.testing.assert_allclose(reply["values"][i, j], np.exp(z[1]) / np.sum(np.exp(z)), rtol=1e-12)


def test_a_descent_over_two_entries_of_one_vector(surfaces):
    request = descent_request(
        "sum((x - [1,2,3])^2)", variables=["x[0]", "x[2]"], point={"x": [0.0, 7.0, 0.0]}, steps=200
    )
    reply = surfaces.descend(request)
    np.testing.assert_allclose(reply["path"][-1], [1, 3], atol=1e-6)
    np.testing.assert_allclose(reply["values"][-1], 25)


def test_a_derivative_is_a_surface_too(surfaces):
    reply = surfaces.field(field_request("x^3*y", differentiated_by=["x"]))
    x, y = np.meshgrid(reply["x_axis"], reply["y_axis"])
    np.testing.assert_allclose(reply["values"], 3 * x**2 * y, rtol=1e-12)


def test_large_matrices_have_a_coarser_grid(surfaces):
    request = field_request("sum(W@W)", point={"W": np.ones((100, 100))}, x="W[0,0]", y="W[0,1]", n=200)
    reply = surfaces.field(request)
    assert 20 < len(reply["x_axis"]) < 200
    assert reply["values"].shape == (len(reply["y_axis"]), len(reply["x_axis"]))
