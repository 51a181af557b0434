"""Texts to copy: code and formulas of the expression, and command lines that show the same again."""

import shlex

import pytest

from explorer.session.autodiff.session import AutodiffSession
from explorer.session.sharing.clipboard_text import latex_text, python_code, snapshot_command, tab_command
from tests.session.expression_traces import show


@pytest.fixture
def client(table_client):
    return table_client()


@pytest.fixture
def session(client):
    return AutodiffSession(client)


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
