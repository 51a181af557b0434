"""The text format of lessons: reading, mistakes with their lines, and writing."""

import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.core.lessons.lesson import (
    MAX_LESSON_BYTES,
    Exercise,
    ForeseenMistake,
    Lesson,
    LessonError,
    Scene,
    load_lesson,
    read_lesson,
)
from explorer.core.lessons.scene_keys import scene_output
from explorer.core.lessons.scene_lines import SceneLines
from explorer.core.lessons.text_check import text_problems
from explorer.core.lessons.writer import lesson_text, scene_text

VALID = """+++
format = 1
title = "A sine"
+++

## First

```scene
expression = "sin(2*x)"
at = { x = 2 }
step = 1
```

Text with $\\cos(x)$.

> Notes,
> two lines.

```exercise
asks = "next"
right = "cos(2*x)"
wrong = [{ answer = "2", says = "No." }]
```

## Second

```scene
tab = "training"
train = { model = "mlp", epochs = 2 }
```

More text.
"""


def problems(text, folder):
    with pytest.raises(LessonError) as caught:
        read_lesson(text, folder)
    return [(problem.line, problem.message) for problem in caught.value.problems]


def test_a_lesson_is_read(tmp_path):
    lesson = read_lesson(VALID, tmp_path)
    assert lesson.title == "A sine"
    first, second = lesson.scenes
    assert (first.title, first.text, first.notes) == ("First", "Text with $\\cos(x)$.", "Notes,\ntwo lines.")
    assert first.view_keys == {"expression": "sin(2*x)", "at": {"x": 2}, "step": 1}
    assert first.view_state["pass"] == "backward"
    assert first.exercise == Exercise("next", "", "cos(2*x)", (ForeseenMistake("2", "No."),))
    assert second.view_keys["train"] == {"model": "mlp", "epochs": 2}
    assert (first.line, second.line) == (6, 25)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends_of_all_systems(tmp_path, ends):
    path = tmp_path / "a.md"
    path.write_bytes(VALID.replace("\n", ends).encode("utf-8-sig"))
    assert load_lesson(path).scenes == read_lesson(VALID, tmp_path).scenes


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("+++\nformat", "format", 1, "begins with a line +++"),
        ("format = 1", "format = 2", 2, "later version"),
        ("format = 1", 'format = "1"', 2, "format = 1"),
        ("format = 1", "format = 1\nauthor = 3", 3, "no author"),
        ('title = "A sine"', "title = 3", 3, "title"),
        ('title = "A sine"', 'title = "A <i>sine</i>"', 3, "HTML"),
        ("## First", "## The <b>first</b>", 6, "HTML"),
        ('title = "A sine"', 'title = "A sine', 3, "TOML"),
        ("## First", "Hello\n\n## First", 6, "Before the first scene"),
        ("step = 1", "step = -1", 11, "step must be"),
        ("step = 1", "step = 123456789", 11, "to 100,000"),
        ("step = 1", "step = 1\nstep = 2", 12, "twice"),
        ("step = 1", f"range = [0, 1{'0' * 400}]", 11, "finite ends"),
        ("step = 1", "range = [-inf, inf]", 11, "finite ends"),
        ("step = 1", "pas = 'forward'", 11, "did you mean pass?"),
        ("step = 1", 'again = ["y"]', 11, "again: y is not a variable"),
        ("step = 1", "select = 3", 11, "select must be a text in quotes"),
        ('"sin(2*x)"', "sin(2*x)", 9, "a text in quotes"),
        ("sin(2*x)", "sin(2*x", 9, "(column 4)"),
        ("step = 1", "step = 1\nspeed = 3", 12, "no speed"),
        ("sin(2*x)", "sni(2*x)", 9, "did you mean sin"),
        ("x = 2", "y = 2", 10, "no variable y"),
        ("x = 2", 'x = "os"', 10, "at: The value of x"),
        ("x = 2", "x = [[1, 2], [3]]", 10, "at: The value of x"),
        ("step = 1", "step = ", 11, "TOML"),
        ("> Notes", "<script>alert(1)</script>\n\n> Notes", 16, "HTML"),
        ("> Notes", "![a](../../etc/passwd.png)\n\n> Notes", 16, "not in the lesson's folder"),
        ("> Notes", "![a](http://example.org/a.png)\n\n> Notes", 16, "no file in the lesson's folder"),
        ("> Notes", "![a](file:///etc/a.png)\n\n> Notes", 16, "no file in the lesson's folder"),
        ("$\\cos(x)$", "$\\cos(x)", 14, "$ is alone"),
        ('asks = "next"', 'asks = "all"', 20, "asks must be"),
        ('asks = "next"', 'asks = "label"', 20, "one of the tabs data, activations; this scene is in autodiff"),
        ('asks = "next"', 'asks = "parameters"', 20, "one of the tabs training, weights"),
        ("More text.", "Text.\n\n```exercise\nasks = 'next'\n```", 35, "this scene has none"),
        ('right = "cos(2*x)"', 'right = "cos(2*"', 21, "right"),
        ('answer = "2"', "answer = 2", 22, "wrong must be"),
        ("epochs = 2", "epochs = 0", 29, "cannot have epochs"),
        ("epochs = 2", "speed = 2", 29, "knows no speed"),
        ("epochs = 2", "epochs = 0", 29, "from 1 to 1000"),
        ('model = "mlp"', 'model = "gpt"', 29, "cannot have model = 'gpt'; there is perceptron"),
        ('tab = "training"', 'tab = "training"\nnetwork = "/etc/a.keras"', 29, "no file in the lesson's folder"),
        ('tab = "training"', 'tab = "training"\nnetwork = "../a.keras"', 29, "not in the lesson's folder"),
        ('tab = "training"', 'tab = "training"\ndata = "../a.npz"', 29, "not in the lesson's folder"),
        (
            'tab = "training"',
            'tab = "training"\ndata = "none.npz"',
            29,
            "data: 'none.npz' is not there; without a file there is auto",
        ),
        ("More text.", "", 25, "no text for the class"),
        ("Text with", "Text\x00with", 14, "cannot be seen"),
    ],
)
def test_a_mistake_is_reported_with_its_line(tmp_path, old, new, line, message):
    assert old in VALID
    found = problems(VALID.replace(old, new, 1), tmp_path)
    assert any(number == line and message in text for number, text in found), found


def mistakes_in_texts(text, folder):
    lesson = read_lesson(text, folder)
    return list(text_problems(lesson, SceneLines(text, lesson)))


@pytest.mark.parametrize(
    ("latex", "message"),
    [
        (r"\frac{1", "has 1 { and 0 }"),
        (r"\frac{1}{2", "has 2 { and 1 }"),
        ("x}", "has 0 { and 1 }"),
        ("x^", "cannot be typeset"),
        (r"\left( x", "cannot be typeset"),
    ],
)
def test_a_formula_with_a_mistake_is_reported_with_its_line(tmp_path, latex, message):
    for place, line in (("$\\cos(x)$", 14), ("two lines.", 17), ("More text.", 32)):
        text = VALID.replace(place, f"so ${latex}$ it is.")
        (problem,) = mistakes_in_texts(text, tmp_path)
        assert (problem.line, f"${latex}$ {message}" in problem.message) == (line, True), problem


@pytest.mark.parametrize("text", [r"$\{1, 2\}$", "`$x^$` is code", r"a \$ and \$", r"$$\frac{1}{2}$$", "$x^2$"])
def test_valid_formulas_are_not_reported(tmp_path, text):
    text = VALID.replace("More text.", text)
    assert mistakes_in_texts(text, tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"sin(2*x)"', "sin(2*x)"),
        ("sin(2*x)", "sin(2*x"),
        ('expression = "sin(2*x)"', "expression = 3"),
        ("step = 1", "step = 1\nstep = 2"),
        ("step = 1", 'tab = "plot"'),
        ("More text.", "Text.\n\n```exercise\nstep = 1\n"),
        ("x = 2", "x = {}"),
    ],
)
def test_one_mistake_is_one_message(tmp_path, old, new):
    """Consequences of a mistake are not reported."""
    found = problems(VALID.replace(old, new, 1), tmp_path)
    assert len(found) == 1, found
    assert found[0][1].endswith((".", "?", "`.", ")"))


def test_answers_may_be_written_as_the_program_shows_them(tmp_path):
    text = VALID.replace('answer = "2"', 'answer = "7,840"').replace('right = "cos(2*x)"', 'right = "2.5×10⁻⁷"')
    exercise = read_lesson(text, tmp_path).scenes[0].exercise
    assert (exercise.solution, exercise.foreseen_mistakes[0].answer) == ("2.5×10⁻⁷", "7,840")


def test_all_mistakes_are_reported_at_once(tmp_path):
    text = VALID.replace("step = 1", "step = -1").replace("epochs = 2", "epochs = 0").replace('"next"', '"x"')
    assert [line for line, _ in problems(text, tmp_path)] == [11, 20, 29]


def test_a_block_without_an_end_and_a_second_one_are_reported(tmp_path):
    assert any("no end" in message for _, message in problems(VALID + "\n```scene\nstep = 1\n", tmp_path))
    twice = VALID.replace("> Notes", "```scene\nstep = 1\n```\n\n> Notes")
    assert any("second" in message for _, message in problems(twice, tmp_path))


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe\x00", b"+++\n", b"\x89PNG\r\n\x1a\n", VALID.encode()[:40], b"a" * (MAX_LESSON_BYTES + 1),
     b"+++\n+++\n", VALID.encode("utf-16"), b"[" * 100_000,
     b"+++\nformat = 1\ntitle = \"a\"\nx = " + b"[" * 5000 + b"\n+++\n",
     (VALID + "\n" + ">" * 3000 + " deep\n").encode()[:-1] + b"\xc3"],
)  # fmt: skip
def test_a_damaged_file_is_rejected_with_a_message(tmp_path, data):
    path = tmp_path / "a.md"
    path.write_bytes(data)
    with pytest.raises(LessonError) as caught:
        load_lesson(path)
    assert str(caught.value).rstrip(")").count("\n") == 0
    assert caught.value.problems[0].line >= 1


def test_a_missing_file(tmp_path):
    with pytest.raises(LessonError, match="cannot be read"):
        load_lesson(tmp_path / "none.md")
    with pytest.raises(LessonError, match="cannot be read"):
        load_lesson(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_out_of_the_folder_is_outside(tmp_path):
    home = tmp_path / "lesson"
    home.mkdir()
    (tmp_path / "secret.png").write_bytes(b"png")
    os.symlink(tmp_path / "secret.png", home / "a.png")
    text = VALID.replace("> Notes", "![a](a.png)\n\n> Notes")
    assert any("not in the lesson's folder" in message for _, message in problems(text, home))
    (home / "b.png").write_bytes(b"png")
    assert read_lesson(text.replace("a.png", "b.png"), home).scenes


printable_text = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=30
)
plain = st.from_regex(r"[A-Za-z][A-Za-z ,.]{0,40}[a-z]", fullmatch=True)
numbers = st.floats(-1e6, 1e6) | st.integers(-100, 100)
shown = st.fixed_dictionaries(
    {"expression": st.sampled_from(["x*y", "sin(x) + y"])},
    optional={
        "at": st.fixed_dictionaries({}, optional={"x": numbers, "y": numbers}),
        "step": st.integers(0, 9) | st.just("last"),
        "pass": st.sampled_from(["backward", "forward"]),
        "hide": st.booleans(),
        "points": st.integers(2, 1_000_000),
        "range": st.tuples(st.floats(-9, -1), st.sampled_from(["2*pi", 3, 1e-5])),
        "select": printable_text,
        "panels": st.sampled_from([(), ("chain",), ("plot", "inputs")]),
        "train": st.fixed_dictionaries({"model": st.sampled_from(["mlp", "cnn"]), "epochs": st.integers(1, 9)}),
    },
)
exercises = st.none() | st.builds(
    Exercise,
    st.just("gradient"),
    st.sampled_from(["x", "y"]),
    st.just("2*x"),
    st.lists(st.builds(ForeseenMistake, st.just("x^2"), printable_text)).map(tuple),
)
scenes = st.builds(Scene, plain, plain, plain | st.just(""), shown, exercises)


@given(title=printable_text.filter(str.strip), written=st.lists(scenes, min_size=1, max_size=3))
def test_a_written_lesson_reads_back(tmp_path_factory, title, written):
    folder = tmp_path_factory.getbasetemp()
    lesson = read_lesson(lesson_text(Lesson(title, tuple(written))), folder)
    assert lesson.title == title
    assert [(s.title, s.text, s.notes, s.view_keys, s.exercise) for s in lesson.scenes] == [
        (s.title, s.text, s.notes, s.view_keys, s.exercise) for s in written
    ]
    longer = read_lesson(lesson_text(lesson) + "\n" + scene_text(written[0]), folder)
    assert len(longer.scenes) == len(written) + 1


@given(st.text(max_size=300))
def test_no_text_crashes_the_reader(tmp_path_factory, text):
    folder = tmp_path_factory.getbasetemp()
    for source in (text, f"+++\nformat = 1\ntitle = 'a'\n+++\n{text}", VALID[:150] + text + VALID[150:]):
        try:
            read_lesson(source, folder)
        except LessonError as error:
            assert error.problems


MATRIX_SCENE = """+++
format = 1
title = "Softmax"
+++

## First

```scene
expression = "softmax(W @ x)"
at = { W = [[1, 2], [3, 4]], x = [1, 2] }
KEYS
```

Text.
"""


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("output = 2", "output: The entries of the output are counted from 0 to 1, so there is no entry 2."),
        ('output = "0,1"', "output: An entry of the output has one index, from 0 to 1, and 0,1 has 2."),
        ("output = [1, 2, 3]", "output: The output has shape (2,) and its weights have (3,)"),
        ('output = "first"', 'output must be an entry such as 1 or "0,1", weights such as [1, 2], or "sum".'),
        ("output = true", "output must be an entry"),
        ('variable = "W"', "variable: W is no single number: choose an entry, such as W[0,0]."),
        ('variable = "W[0,5]"', "variable: The entries of W are counted from 0,0 to 1,1, so there is no entry 0,5."),
        ('variable = "z"', "variable: z does not occur in the expression."),
        (
            'tab = "activations"\noutput = "0,1"',
            "output: for a network it must be a digit from 0 to 9, without quotation marks.",
        ),
    ],
)
def test_outputs_and_entries_that_do_not_exist(keys, message, tmp_path):
    assert any(message in each for _, each in problems(MATRIX_SCENE.replace("KEYS", keys), tmp_path))


@pytest.mark.parametrize(
    ("keys", "output"),
    [("", "sum"), ("output = 1", "1"), ("output = -1", "-1"), ("output = [1, 2]", "[1,2]"), ('output = "sum"', "sum")],
)
def test_a_scene_chooses_an_output(keys, output, tmp_path):
    lesson = read_lesson(MATRIX_SCENE.replace("KEYS", f'{keys}\nvariable = "W[0,1]"'), tmp_path)
    (scene,) = lesson.scenes
    assert scene_output(scene.view_state).text == output
    assert read_lesson(lesson_text(lesson), tmp_path) == lesson
