"""Values in the texts of lessons: how they are found, understood, formatted and put into the text."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.core.errors import ExpressionError
from explorer.core.lessons.facts import FACTS
from explorer.core.lessons.lesson import EXERCISE_KINDS, LessonError, read_lesson
from explorer.core.lessons.scene_keys import SCENE_KEYS
from explorer.core.lessons.value_names import FORMATS, MAX_VALUE_LENGTH, ValueName, parse_value
from explorer.core.lessons.value_text import fill_in, fill_in_plain, find_values, format_scene_value
from explorer.core.ops.table import function_names

LESSON = """+++
format = 1
title = "Values"
+++

## A scene

```scene
{keys}
```

{text}
"""


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x", [ValueName("x")]),
        ("θ", [ValueName("theta")]),
        ("dy/dx", [ValueName("x", "y")]),
        ("∂y/∂x", [ValueName("x", "y")]),
        ("df / dx", [ValueName("x", "f")]),
        ("dy′/dx", [ValueName("x", "y")]),
        ("dy/dW[0,1]", [ValueName("W", "y", None, (0, 1))]),
        ("W[-1, 0]", [ValueName("W", entry=(-1, 0))]),
        ("accuracy(3)", [ValueName("accuracy", argument=3)]),
        ("val_loss", [ValueName("val_loss")]),
        ("parameters(1) + parameters(2)", [ValueName("parameters", argument=1), ValueName("parameters", argument=2)]),
        ("x*dy/dx - x", [ValueName("x"), ValueName("x", "y")]),
        ("|x| + |dy/dx|", [ValueName("x"), ValueName("x", "y")]),
        ("Sin", [ValueName("Sin")]),
        ("2*3", []),
    ],
)
def test_names_in_a_value(text, names):
    assert sorted(map(str, parse_value(text).names.values())) == sorted(map(str, names))


def test_variables_go_before_gradients_and_facts():
    assert set(parse_value("dy/dx", ("dy", "dx")).names) == {"dy", "dx"}
    assert parse_value("loss*(3)", ("loss",)).only_name is None
    with pytest.raises(ExpressionError):
        parse_value("loss(3)", ("loss",))
    assert parse_value("loss(3)").only_name == ValueName("loss", argument=3)


@pytest.mark.parametrize(
    ("text", "format_", "digits"),
    [
        ("x", "", 4), ("x | percent", "percent", 4), ("x|whole", "whole", 4), ("x | digits 2", "digits", 2),
        ("|x|", "", 4), ("|x| | percent", "percent", 4), ("W | shape", "shape", 4),
    ],
)  # fmt: skip
def test_formats(text, format_, digits):
    value = parse_value(text)
    assert (value.format, value.digits) == (format_, digits)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "missing"), ("x |money", "no format 'money'"), ("x | digits", "no format"), ("x | digits 12", "1 to 9"),
        ("x = 2", "without ="), ("h = 2; h", "without ="), ("sin(", "missing"), ("frob(x)", "not a function"),
        ("x" * (MAX_VALUE_LENGTH + 1), "characters"), ("(" * 90 + "x", "nested"), ("__import__('os')", ""),
    ],
)  # fmt: skip
def test_what_is_no_value_is_refused_in_a_sentence(text, message):
    with pytest.raises(ExpressionError) as error:
        parse_value(text)
    assert message in error.value.message


@given(st.text(max_size=220))
def test_any_text_is_understood_or_refused(text):
    try:
        parse_value(text)
    except ExpressionError as error:
        assert error.message


@pytest.mark.parametrize(
    ("text", "value", "shown"),
    [
        ("x", np.float32(0.84147096), "0.8415"), ("x | digits 2", 0.8415, "0.84"), ("x | percent", 0.8564, "85.6 %"),
        ("x | whole", 12345.6, "12,346"), ("x | full", np.float32(0.1), "0.1"), ("x", -2.5e-7, "−2.5×10⁻⁷"),
        ("x", np.array([1.0, -2.0]), "[1, −2]"), ("x | shape", np.ones((2, 3)), "2×3"), ("x", np.nan, "nan"),
        ("x | percent", np.inf, "∞"), ("x", 7850, "7,850"), ("x | percent", -0.5, "−50.0 %"),
    ],
)  # fmt: skip
def test_a_value_is_shown_in_its_format(text, value, shown):
    assert format_scene_value(parse_value(text), value) == shown


def test_values_are_found_outside_of_code():
    text = "At {{ x }} and $y = {{ dy/dx }}$, not `{{ code }}`.\n\n```\n{{ block }}\n```\n\n$$a^{{b}} = {{ h }}$$ {{y}}"
    assert find_values(text) == ["x", "dy/dx", "h", "y"]
    shown = {"x": "[1, 2]", "dy/dx": "−2.5×10⁻⁷", "h": "85.6 %", "y": "1,234"}
    filled = fill_in(text, shown.__getitem__)
    assert filled.startswith(r"At \[1, 2\] and $y = -2.5\times 10^{-7}$, not `{{ code }}`.")
    assert "```\n{{ block }}\n```" in filled
    assert filled.endswith(r"$$a^{{b}} = 85.6 \%$$ 1,234")
    assert fill_in_plain("It is {{ y }} [x].", shown.__getitem__) == "It is 1,234 [x]."


@given(st.text(alphabet="{} x$`|[]\n", max_size=60))
def test_a_text_without_values_stays_as_it_is(text):
    if not find_values(text):
        assert fill_in(text, lambda _source: "never") == text


def problems(keys, text, tmp_path):
    with pytest.raises(LessonError) as error:
        read_lesson(LESSON.format(keys=keys, text=text), tmp_path)
    return [(problem.line, problem.message) for problem in error.value.problems]


RUN = 'tab = "training"\ntrain = { epochs = 3 }'


@pytest.mark.parametrize(
    ("keys", "text", "message"),
    [
        ('expression = "sin(x)"', "It is {{ sin( }}.", "missing"),
        ('expression = "sin(x)"', "It is {{ accuracy }}.", "this scene has none (key train)"),
        ('expression = "sin(x)"', "It is {{ parameters }}.", "this scene has none (key train or network)"),
        ('expression = "sin(x)"', "It is {{ train_images }}.", "does not open"),
        ('expression = "sin(x)"', "It is {{ x.", "has no }}"),
        ('tab = "data"', "It is {{ x }}.", "there is no x here"),
        ('tab = "data"', "It is {{ dy/dx }}.", "there is no dy/dx here"),
        (RUN, "It is {{ accuracy(4) }}.", "the epochs 1 to 3"),
        (RUN, "It is {{ accuracy(0) }}.", "the epochs 1 to 3"),
        (RUN, "It is {{ accuracy | per cent }}.", "no format"),
    ],
)  # fmt: skip
def test_a_value_that_the_scene_cannot_have_is_a_problem_with_its_line(keys, text, message, tmp_path):
    found = problems(keys, "First.\n\n" + text, tmp_path)
    assert len(found) == 1
    assert found[0][0] == LESSON.format(keys=keys, text="First.\n\n" + text).split("\n").index(text) + 1
    assert message in found[0][1]


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ('expression = "sin(x)"', "It is {{ dy/dx }}, {{ Sin }}, {{ cos(x) | digits 3 }}."),
        ('expression = "loss = x^2"', "It is {{ loss }}."),
        ('tab = "data"', "There are {{ train_images }}, of them {{ train_images(3) }}."),
        (RUN, "It is {{ val_accuracy(3) | percent }} of {{ parameters(1) + parameters(2) }}."),
    ],
)
def test_valid_values_are_no_problem(keys, text, tmp_path):
    assert read_lesson(LESSON.format(keys=keys, text=text), tmp_path).scenes[0].text == text


README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")


def test_the_readme_names_every_fact_and_every_format():
    assert [name for name in FACTS if f"`{name}" not in README] == []
    assert [name for name in FORMATS if name not in README.partition("A format may follow")[2][:300]] == []


def test_the_readme_names_every_function_that_an_answer_may_have():
    listed = README.partition("all functions:")[2].partition("Scenes know this Markdown")[0]
    assert set(re.findall(r"`([a-z]\w+)", listed)) - {"xᵀ"} == set(function_names())


def test_the_readme_names_every_key_of_a_scene_and_of_an_exercise():
    listed = README.partition("A scene may\nset:")[2].partition("`lesson check FILE.md`")[0]
    keys = set(re.findall(r"`(\w+)`", listed)) | set(re.findall(r"`(\w+) =", listed))
    assert {*SCENE_KEYS, "right", "wrong", "fixed", *EXERCISE_KINDS} - keys == set()
