"""The option --output, the key of a batch, and the argument of `explorer.show` choose the output."""

import json

import pytest

import explorer

POINT = ("--at", "x=[1,2,3]")


@pytest.mark.parametrize(
    ("choice", "differentiated", "gradient"),
    [
        ("sum", "sum", [2, 4, 6]),
        ("1", {"entry": [1]}, [0, 4, 0]),
        ("-1", {"entry": [2]}, [0, 0, 6]),
        ("[1, 0, -1]", {"weights": [1, 0, -1]}, [2, 0, -6]),
    ],
)
def test_explain_differentiates_the_chosen_output(command, choice, differentiated, gradient):
    answer = json.loads(command("explain", "x^2", *POINT, "--output", choice, "--json").stdout)
    assert answer["output"]["differentiated"] == differentiated
    assert answer["gradients"]["x"]["value"] == gradient
    assert answer["steps"][0]["upstream"] == (
        [1, 1, 1] if choice == "sum" else [g / (2 * (k + 1)) for k, g in enumerate(gradient)]
    )


def test_explain_says_which_entry_is_differentiated(command):
    text = command("explain", "softmax(x)", *POINT, "--output", "1").stdout
    assert "y[1] is differentiated: the backward pass begins with [0.0, 1.0, 0.0]" in text
    assert "dy[1]/dx = [" in text
    assert "differentiates the sum" not in text


def test_the_answer_says_of_which_output_a_derivative_is(command):
    answer = json.loads(command("explain", "x^2", *POINT, "--again", "x", "--output", "1", "--json").stdout)
    assert answer["again_of"] == {"entry": [1]}
    assert answer["output"] == {**answer["output"], "value": [0, 4, 0], "differentiated": "sum"}


@pytest.mark.parametrize(
    ("request_key", "gradient"),
    [(1, [0, 4, 0]), ("1", [0, 4, 0]), ([1, 0, 0], [2, 0, 0]), ({"entry": [2]}, [0, 0, 6]), (None, [2, 4, 6])],
)
def test_a_batch_chooses_the_output(command, tmp_path, request_key, gradient):
    request = {"expression": "x^2", "at": {"x": [1, 2, 3]}, "output": request_key}
    (tmp_path / "requests.jsonl").write_text(json.dumps(request) + "\n")
    answer = json.loads(command("explain", "--batch", str(tmp_path / "requests.jsonl")).stdout)
    assert answer["gradients"]["x"]["value"] == gradient


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", "x^2", *POINT, "--output", "3"),
        ("explain", "x^2", "--output", "0"),
        ("explain", "x^2", *POINT, "--output", "[1,2]"),
        ("explain", "x^2", *POINT, "--output", "first"),
        ("draw", "x^2", *POINT, "-o", "a.svg", "--output", "3"),
        ("draw", "x^2", *POINT, "--output", "1"),
        ("draw", "x^2", "--output", "first"),
        ("snapshot", "x^2", *POINT, "-o", "a.png", "--output", "0,1"),
        ("x^2", *POINT, "--output", "3"),
    ],
)
def test_a_choice_that_does_not_fit_gives_one_line(command, arguments):
    result = command(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("autodiff-explorer: ")
    assert result.stderr.count("\n") == 1


def test_draw_takes_a_file_and_an_output(command, tmp_path):
    assert command("draw", "softmax(x)", *POINT, "-o", "a.dot", "--output", "1").returncode == 0
    assert "y[1]" in (tmp_path / "a.dot").read_text()
    assert command("draw", "softmax(x)", *POINT, "--output", "b.dot").returncode == 0
    assert "Σ y" in (tmp_path / "b.dot").read_text()


def test_a_page_names_the_entry_and_the_command_that_makes_it():
    page = explorer.show("softmax(x)", {"x": [1.0, 2.0, 3.0]}, output=1).page
    assert "--output 1" in page
    assert "dy[1]/dx =" in page
