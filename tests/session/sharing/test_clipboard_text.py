"""Texts to copy: code and formulas of the expression, and command lines that show the same again."""

import shlex

import pytest

from explorer.session.sharing.clipboard_text import latex_text, plain_text, python_code, snapshot_command, tab_command
from tests.session.expression_traces import show


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, []),
        ({"model": "my net.keras"}, ["--model", "my net.keras"]),
        ({"sample": 0}, ["--sample", "0"]),
        ({"model": "net.keras", "sample": 7}, ["--model", "net.keras", "--sample", "7"]),
    ],
)
def test_the_command_of_a_tab_names_its_model_and_its_sample(options, expected):
    command = shlex.split(tab_command("activations", "dark", "1280x720", **options))
    assert command == [
        "autodiff-explorer", "snapshot", "--tab", "activations", "-o", "activations.png",
        "--theme", "dark", "--size", "1280x720", *expected,
    ]  # fmt: skip


def test_without_an_expression_there_is_nothing_to_copy(session):
    assert (python_code(session), latex_text(session)) == ({}, "")


def test_the_code_has_the_values_of_the_window(session, client):
    show(session, client, "sin(2*x)")
    session.set_value("x", 0.25)
    code = python_code(session)
    assert list(code) == ["TensorFlow 2", "TensorFlow 1"]
    for text in code.values():
        compile(text, "code", "exec")
        assert "0.25" in text
        assert "float32" in text


def test_formulas_are_those_of_the_trace_until_sympy_has_shorter_ones(session, client):
    show(session, client, "sin(2*x)")
    assert latex_text(session).split("\n") == [
        r"\sin\left(2 \, x\right)",
        r"\frac{\mathrm{d} y}{\mathrm{d} x} = \cos\left(2 \, x\right) \cdot 2",
    ]
    client.answer("simplify", {"simplified": "2*cos(2*x)"})
    assert latex_text(session).split("\n")[1] == r"\frac{\mathrm{d} y}{\mathrm{d} x} = 2 \, \cos\left(2 \, x\right)"
    session.set_text("sin(2*x) + 1")
    assert "\n" not in latex_text(session), "the derivative belongs to the text before"


def test_the_command_names_what_differs_from_a_new_window(session, client):
    show(session, client, "sin(2*x)")
    plain = shlex.split(snapshot_command(session, "chain", "dark", "1280x720"))
    assert plain[:3] == ["autodiff-explorer", "snapshot", "sin(2*x)"]
    assert not {"--step", "--direction", "--depth", "--pass", "--way", "--again"} & set(plain)
    session.stepper.set_pass("forward")
    session.stepper.set_step(2)
    session.set_direction("LR")
    session.set_depth("full")
    command = shlex.split(snapshot_command(session, "paths", "light", "800x600"))
    options = dict(zip(command[3::2], command[4::2], strict=False))
    expected = {
        "--pass": "forward", "--step": "2", "--direction": "LR", "--depth": "full", "--way": "paths",
        "--theme": "light", "--size": "800x600",
    }  # fmt: skip
    assert expected.items() <= options.items(), command


@pytest.mark.parametrize(
    ("form", "text", "latex"),
    [
        ("chain", "dy/dx = cos(2*x)*2", r"\cos\left(2 \, x\right) \cdot 2"),
        ("simplified", "dy/dx = 2*cos(2*x)", r"2 \, \cos\left(2 \, x\right)"),
        (
            "both",
            "dy/dx = cos(2*x)*2 = 2*cos(2*x)",
            r"\cos\left(2 \, x\right) \cdot 2 = 2 \, \cos\left(2 \, x\right)",
        ),
    ],
)
def test_the_chain_the_simplified_form_or_both_are_copied(session, client, form, text, latex):
    show(session, client, "sin(2*x)")
    client.answer("simplify", {"simplified": "2*cos(2*x)"})
    assert plain_text(session, form).split("\n") == ["sin(2*x)", text]
    assert latex_text(session, form).split("\n")[1] == rf"\frac{{\mathrm{{d}} y}}{{\mathrm{{d}} x}} = {latex}"


def test_matrices_are_copied_with_their_rule_and_numbers(session, client):
    show(session, client, "relu(W@x+b)")
    assert "dy/dW = dy/d(W@x) xᵀ = [1, 0] [1, −1]ᵀ = [[1, −1], [0, 0]]" in plain_text(session, "both").split("\n")
    assert "dy/dx = Wᵀ dy/d(W@x)" in plain_text(session, "chain").split("\n")
    assert plain_text(session, "simplified").split("\n")[1:] == [
        "dy/dW = [[1, −1], [0, 0]]",
        "dy/dx = [1, 2]",
        "dy/db = [1, 0]",
    ]
    assert r"\begin{bmatrix} 1 & -1 \\ 0 & 0 \end{bmatrix}" in latex_text(session, "simplified")


def test_gradients_that_are_to_be_found_are_not_copied(session, client):
    show(session, client, "sin(2*x)")
    session.stepper.set_quiz(True)
    assert plain_text(session, "both") == "sin(2*x)"
    assert "frac" not in latex_text(session)
