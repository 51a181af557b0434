"""The check of lessons: many lessons with one mistake each, drawn from right ones, and each mistake is found."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.ops.table import function_names, op_table
from explorer.engine.lessons.check import check_lesson

HEAD = '+++\nformat = 1\ntitle = "Drawn"\n+++\n\n## First\n\n```scene\nexpression = "x"\n```\n\nText.\n\n'

SCENE = """## {title}

```scene
{keys}
```

{text}

> Notes {notes}

{exercise}
"""

EXPRESSIONS = {
    "sin(2*x)": {"x": ("2*cos(2*x)", "sin(2*x)")},
    "x^2*y": {"x": ("2*x*y", "2*x"), "y": ("x^2", "2*x*y")},
    "h = 3*x; exp(h) - h": {"x": ("3*exp(3*x) - 3", "3*exp(3*x)")},
    "tanh(w*x + b)": {"w": ("x*(1 - tanh(w*x+b)^2)", "x"), "b": ("1 - tanh(w*x+b)^2", "1")},
    "z = [2,1,-1]; sum(z^2)/2": {"z": ("z", "2*z")},
    "W = [[1,-2],[3,4]]; x = [1,2]; sum(W @ x)": {"x": ("transpose(W) @ [1,1]", "W @ [1,1]")},
}  # fmt: skip
"""By expression, for some of its variables the gradient and another formula, both found by hand."""


def lesson(keys='expression = "sin(2*x)"', text="Text.", exercise="", title="Drawn", notes=""):
    return HEAD + SCENE.format(keys=keys, text=text, exercise=exercise, title=title, notes=notes)


def found(source, tmp_path):
    """Return the lines of the problems, each with its message."""
    _, problems = check_lesson(source, tmp_path)
    lines = source.split("\n")
    return [(lines[problem.line - 1], problem.message) for problem in problems]


def exercise(asks, **keys):
    rows = [f'asks = "{asks}"', *(f"{key} = {value}" for key, value in keys.items())]
    return "```exercise\n" + "\n".join(rows) + "\n```"


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_right_answers_are_right_and_wrong_ones_wrong(expression, tmp_path):
    for variable, (right, wrong) in EXPRESSIONS[expression].items():
        keys = f'expression = "{expression}"'
        good = exercise("gradient", variable=f'"{variable}"', right=f'"{right}"', wrong=f'[{{ answer = "{wrong}" }}]')
        assert found(lesson(keys, exercise=good), tmp_path) == []
        bad = exercise("gradient", variable=f'"{variable}"', right=f'"{wrong}"', wrong=f'[{{ answer = "{right}" }}]')
        first, second = found(lesson(keys, exercise=bad), tmp_path)
        assert (first[0], second[0]) == (f'right = "{wrong}"', f'wrong = [{{ answer = "{right}" }}]')
        assert first[1].startswith(f"right: {wrong} is not right.")
        assert "Not yet" not in first[1]
        assert second[1] == f"wrong: {right} is right."


RUN = 'tab = "weights"\ndata = "sample"\ntrain = { model = "logistic", epochs = 2 }'
OWN = 'tab = "training"\ntrain = {{ model = "own", layers = [{}] }}'
PICTURES = 'tab = "data"\ndata = "sample"'

BROKEN = [
    ({"keys": 'expression = "sin(2*x)"\nstep = 7'}, "step = 7", "the backward pass has 2 steps"),
    ({"keys": 'expression = "sin(2*x)"\npass = "forward"\nstep = 9'}, "step = 9", "the forward pass has 3 steps"),
    ({"keys": 'expression = "sin(2*x)"\nselect = "Cosh"'}, "select = ", "no op Cosh; it has x, mul/x, mul, Sin"),
    ({"keys": 'expression = "sin(2*x)"\nselect = "mul:3"'}, "select = ", "has no output mul:3"),
    ({"keys": 'expression = "sin(2*x)"\noverlay = "q^2"'}, "overlay = ", "q does not occur"),
    ({"keys": 'expression = "sin(2*x)"\nclaim = "cos(q)"'}, "claim = ", "q does not occur"),
    ({"keys": 'expression = "sin(2*x)"\nvariable = "q"'}, "variable = ", "q does not occur"),
    ({"keys": 'expression = "sin(2*x)"\ntab = "weight"'}, "tab = ", "must be one of autodiff"),
    ({"keys": 'expression = "sin(2*x)"\nsteps = 1'}, "steps = ", "A scene has no steps; did you mean step?"),
    ({"keys": 'expression = "sin(2*x)"\nlayer = 1'}, "layer = ", "the scene has no network"),
    ({"keys": 'expression = "W = [[1,2],[3,4]]; x = [1,2,3]; W @ x"'}, "expression = ", "has shape"),
    ({"keys": 'expression = "a + b"\nat = { a = [1,2], b = [1,2,3] }'}, "at = ", "shape"),
    ({"keys": 'expression = "W @ x"\nat = { W = [[1,2],[3]], x = [1,2] }'}, "at = ", "at: The value of W must be a"),
    ({"keys": RUN + "\nlayer = 5"}, "layer = 5", "there is no layer 5; the network has the layers 0 to 1"),
    ({"keys": RUN + "\nlayer = 0"}, "layer = 0", "flatten, has no weights"),
    ({"keys": RUN.replace("weights", "activations") + "\nunit = [1, 10]"}, "unit = ", "shape (10,)"),
    ({"keys": RUN.replace("weights", "activations") + "\nunit = [3, 1]"}, "unit = ", "no layer 3"),
    ({"keys": RUN.replace("weights", "activations") + "\nunit = [1, 2, 3]"}, "unit = ", "no unit (2, 3)"),
    ({"keys": RUN + "\nlayer = 1\nmoment = 9999"}, "moment = ", "the run has 532 steps"),
    ({"keys": OWN.format('{ kind = "Flatten" }, { kind = "Conv2D" }')}, "train = ", "must stand before Flatten"),
    ({"keys": OWN.format('{ kind = "Flaten" }')}, "train = ", "its kind must be one of Dense"),
    ({"keys": OWN.format('{ kind = "Flatten", units = 3 }')}, "train = ", "it has no options"),
    ({"keys": OWN.format('{ kind = "Flatten" }, { kind = "Dense", units = -1 }')}, "train = ", "may be from 1 to"),
    ({"keys": PICTURES + "\nimage = 8500"}, "image = 8500", "8,500 train images, counted from 0"),
    ({"keys": PICTURES + "\ndigit = 3\nimage = 5000"}, "image = 5000", "of the digit 3"),
    ({"keys": 'tab = "data"\ndata = "mine.npz"'}, "data = ", "is not there"),
    ({"keys": 'tab = "weights"\nnetwork = "mine.keras"'}, "network = ", "is not there"),
    ({"text": r"As $\frac{\partiel y}{\partial x}$."}, "As $", r"\partiel, which is no command"),
    ({"text": r"As $\begin{aligne}x\end{aligne}$."}, "As $", "no command"),
    ({"text": "As $x^$."}, "As $", "cannot be typeset"),
    ({"notes": r"$\alpah$"}, "> Notes", r"\alpah"),
    ({"text": "![A picture](missing.png)"}, "![A", "is not there"),
    ({"text": "See [this](https://example.org)."}, "See ", "leads nowhere"),
    ({"text": "See [this](term:tensr)."}, "See ", "no entry tensr"),
    ({"text": "It is {{ dy/dq }}."}, "It is", "There is no q"),
    ({"text": "It is {{ x[2] }}."}, "It is", "single number"),
    ({"text": "```exercize\nasks = 1\n```"}, "```exercize", "is exercize to be exercise?"),
    ({"title": "What `Sin` does"}, "## What", "plain text"),
    ({"exercise": exercise("gradient", variable='"x"', wrong="[{ answer = '1', says = '<b>No</b>' }]")},
     "wrong = ", "A hint is plain text"),
    ({"keys": PICTURES, "exercise": exercise("gradient", variable='"x"')}, "asks = ", "this scene has none"),
    ({"exercise": exercise("gradient", variable='"q"')}, "variable = ", "must be a variable of the expression."),
    ({"exercise": exercise("gradient", variable='"x"', rigth='"2"')}, "rigth = ", "did you mean right?"),
    ({"exercise": exercise("gradient", variable='"x"', fixed='["q"]')}, "fixed = ", "no variable q"),
    ({"exercise": exercise("gradient", variable='"x"', right='"2*cos(q)"')}, "right = ", "There is no q here"),
    ({"exercise": exercise("gradient", variable='"x"', right='"2*cos(2*x"')}, "right = ", "missing"),
    ({"exercise": exercise("label")}, "asks = ", "is asked in one of the tabs"),
    ({"exercise": exercise("everything")}, "asks = ", "must be one of"),
    (
        {"exercise": exercise("gradient", variable='"x"', wrong='[{ answer = "1", says = "$x$" }]')},
        "wrong = ", "A hint is plain text",
    ),
    ({"keys": RUN, "exercise": exercise("parameters", right='"7840"')}, "right = ", "it is 7,850"),
    ({"keys": RUN, "exercise": exercise("parameters", wrong='[{ answer = "7,850" }]')}, "wrong = ", "7,850 is right"),
    ({"keys": PICTURES, "exercise": exercise("label", right='"11"')}, "right = ", "11 is not right"),
    ({"keys": 'expression = "floor(x)"', "exercise": exercise("gradient", variable='"x"')}, "asks = ", "no gradient"),
    (
        {"keys": 'expression = "sin(2*x)"\nstep = 0\npass = "forward"', "exercise": exercise("next")},
        "asks = ", "no number that could be asked for",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "line", "message"), BROKEN, ids=[message[:40] for *_, message in BROKEN])
def test_each_mistake_is_one_line_with_its_place(parts, line, message, tmp_path):
    problems = found(lesson(**parts), tmp_path)
    assert len(problems) == 1, problems
    assert problems[0][0].startswith(line), problems
    assert message in problems[0][1]
    assert "\n" not in problems[0][1]
    assert problems[0][1].endswith((".", "?", ")"))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(BROKEN), min_size=2, max_size=5, unique_by=lambda row: row[2]))
def test_all_mistakes_of_a_lesson_are_found_at_once(rows):
    from pathlib import Path

    source = HEAD
    for parts, _, _ in rows:
        source += lesson(**parts).removeprefix(HEAD)
    _, problems = check_lesson(source, Path())
    starts = [number for number, text in enumerate(source.split("\n"), 1) if text.startswith("## ")]
    for number, (_, _, message) in enumerate(rows, 1):
        begin, end = starts[number], [*starts, 10**9][number + 1]
        assert [problem for problem in problems if begin <= problem.line < end and message in problem.message]
    assert len(problems) == len(rows)


def test_a_gradient_with_fixed_variables(tmp_path):
    keys = 'expression = "z = [2,1,-1]; t = [1,0,0]; -sum(t*log_softmax(z))"'
    asks = exercise("gradient", variable='"z"', right='"softmax(z) - t"', wrong='[{ answer = "softmax(z)" }]')
    (problem,) = found(lesson(keys, exercise=asks), tmp_path)
    assert "is not right" in problem[1]  # for another t, whose sum is not 1
    asks = asks.replace("right", 'fixed = ["t"]\nright')
    assert found(lesson(keys, exercise=asks), tmp_path) == []


ARGUMENTS = {
    "acosh": "x + 2",
    "asin": "x/2",
    "acos": "x/2",
    "atanh": "x/2",
    "matmul": "[[1,2],[3,4]], v",
    "dot": "v, v",
}
"""Arguments of functions that are not defined for all of the variable, or that take two."""


@pytest.mark.parametrize("name", sorted(set(function_names()) - {"custom"}))
def test_every_function_may_stand_in_an_answer(name, tmp_path):
    op = op_table()[function_names()[name]]
    takes_vector = not op.elementwise
    argument = ARGUMENTS.get(op.name, "v" if takes_vector else "x" if op.arity == 1 else "x, 2")
    argument = "[[1,2],[3,4]]" if name == "transpose" else argument
    call = f"{name}({argument})"
    point = "v = [0.3,0.5]; " if "v" in argument else ""
    keys = f'expression = "{point}sum(a*{call})"\nat = {{ a = 2 }}'
    asks = exercise("gradient", variable='"a"', fixed='["v"]' if point else "[]", right=f'"sum({call})"')
    assert found(lesson(keys, exercise=asks), tmp_path) == []


def test_a_derivative_is_compared_along_the_curve(tmp_path):
    keys = 'expression = "abs(x)"\nrange = [0.5, 4]'
    asks = exercise("derivative", variable='"x"', right='"1"', wrong='[{ answer = "-1" }]')
    assert found(lesson(keys, exercise=asks), tmp_path) == []
    (problem,) = found(lesson(keys.replace("0.5", "-4"), exercise=asks), tmp_path)
    assert problem[0] == 'right = "1"'


def test_the_next_number_of_a_step(tmp_path):
    keys = 'expression = "x*y"\nat = { x = 3, y = 5 }\nstep = 1'
    good = exercise("next", right='"5"', wrong='[{ answer = "8" }]')
    assert found(lesson(keys, exercise=good), tmp_path) == []
    (problem,) = found(lesson(keys, exercise=good.replace('"5"', '"15"')), tmp_path)
    assert "15 is not right" in problem[1]


def test_labels_are_those_of_the_data(tmp_path):
    from explorer.core.data.dataset import load_sample

    labels = load_sample().y_validation
    rng = np.random.default_rng(1)
    for image in rng.integers(len(labels), size=4):
        keys = f'{PICTURES}\npart = "validation"\nimage = {image}'
        label = int(labels[image])
        assert found(lesson(keys, exercise=exercise("label", right=f'"{label}"')), tmp_path) == []
        (problem,) = found(lesson(keys, exercise=exercise("label", right=f'"{(label + 1) % 10}"')), tmp_path)
        assert f"it is {label}" in problem[1]


def test_numbers_of_a_run_are_computed(tmp_path):
    keys = 'tab = "training"\ndata = "sample"\ntrain = { model = "logistic", epochs = 1, batch_size = 500, xla = "no" }'
    good = (
        "After {{ epochs }} epoch of {{ steps }} steps {{ val_accuracy(1) | percent }} of {{ validation_images(3) }}."
    )
    assert found(lesson(keys, text=good), tmp_path) == []
    (problem,) = found(lesson(keys, text="It has {{ parameters(2) }}."), tmp_path)
    assert "There is no layer 2" in problem[1]


@pytest.mark.parametrize("name", sorted(re.sub(r"\W+", " ", key) for key in EXPRESSIONS))
def test_a_lesson_without_mistakes_has_none(name, tmp_path):
    expression = next(key for key in EXPRESSIONS if re.sub(r"\W+", " ", key) == name)
    text = r"Here $\frac{\partial y}{\partial x} = {{ 1 + 1 }}$ and [tensor](term:tensor), `\partiel`, {{ y }}."
    assert found(lesson(f'expression = "{expression}"\nstep = "last"', text=text), tmp_path) == []


def test_the_title_of_a_lesson_is_plain_text(tmp_path):
    source = lesson().replace('title = "Drawn"', 'title = "What `Sin` does"')
    (problem,) = found(source, tmp_path)
    assert problem == ('title = "What `Sin` does"', "A title is plain text: ` is shown as it is written.")
