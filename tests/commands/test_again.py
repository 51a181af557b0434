"""Higher-order derivatives: the option ``--again`` of explain and draw, and the keys of scenes."""

import json
import math
import re

import pytest
import sympy

from explorer.commands.cli import run
from explorer.core.lessons.scene_keys import check_value, scene_program


def explain(capsys, *arguments):
    """Return the command's JSON."""
    assert run(["explain", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_explain_steps_through_the_derivative(capsys):
    reply = explain(capsys, "sin(2*x)", "--at", "x=0.6", "--again", "x")
    assert reply["again"] == ["x"]
    assert reply["output"]["value"] == pytest.approx(2 * math.cos(1.2), rel=1e-6)
    assert reply["gradients"]["x"]["value"] == pytest.approx(-4 * math.sin(1.2), rel=1e-6)
    assert "gradients/Sin_grad/Cos" in [node["id"] for node in reply["graph"]["nodes"]]
    assert "again" not in explain(capsys, "sin(2*x)")


def test_explain_as_text_shows_the_higher_derivative(capsys):
    assert run(["explain", "x^3", "--at", "x=2", "--again", "x,x"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0] == "y = x^3   at x = 2.0"
    heading = re.fullmatch(
        r"y″ = (.+?)   \(y differentiated by x, x; its gradient graph runs forward\)", out.splitlines()[1]
    )
    assert sympy.simplify(heading[1].replace("^", "**")) == sympy.sympify("6*x")
    assert "dy″/dx = 6.0" in out


@pytest.mark.parametrize(
    ("again", "message"), [("z", "z"), ("x,x,x,x,x", "Up to 4 derivatives"), ("x,x,x", "no gradient of f″ for x")]
)
def test_invalid_derivatives_are_refused_with_one_line(capsys, again, message):
    assert run(["explain", "x*x", "--again", again]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1


def test_a_batch_takes_higher_derivatives_and_custom_rules(tmp_path, capsys):
    lines = [
        {"expression": "x^3", "at": {"x": 2}, "again": ["x"]},
        {"expression": "custom(x^2, 3*x)", "at": {"x": 2}},
        {"expression": "x*stop_gradient(x)", "at": {"x": 2}},
        {"expression": "custom(x*y, 1)"},
        {"expression": "x", "again": "x"},
    ]
    (tmp_path / "requests").write_text("\n".join(map(json.dumps, lines)))
    assert run(["explain", "--batch", str(tmp_path / "requests")]) == 0
    third, custom, stop_gradient, ambiguous, not_a_list = map(json.loads, capsys.readouterr().out.splitlines())
    assert (third["output"]["value"], third["gradients"]["x"]["value"]) == (12.0, 12.0)
    assert (custom["output"]["value"], custom["gradients"]["x"]["value"]) == (4.0, 6.0)
    assert (stop_gradient["output"]["value"], stop_gradient["gradients"]["x"]["value"]) == (4.0, 2.0)
    assert "say which one its derivative is for" in ambiguous["error"]["message"]
    assert not_a_list["error"]["message"] == '"again" must be a list of names'


def test_draw_writes_the_derivatives_graph(tmp_path):
    assert run(["draw", "sin(2*x)", "--again", "x", "-o", str(tmp_path / "graph.dot"), "--step", "1"]) == 0
    assert "Sin_grad/Cos" in (tmp_path / "graph.dot").read_text()


def test_values_of_the_scene_keys_are_checked():
    assert check_value("again", ["x", "θ"]) == ("x", "theta")
    assert check_value("way", "paths") == "paths"
    for key, value in (("again", "x"), ("again", ["x"] * 5), ("way", "sideways")):
        with pytest.raises(ValueError, match="must be"):
            check_value(key, value)
    with pytest.raises(ValueError, match="z"):
        scene_program({"expression": "x^2", "again": ("z",)})
