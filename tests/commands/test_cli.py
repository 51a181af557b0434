"""The commands, as a user types them."""

import io
import json
import math
import re
import sys
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QImage

from explorer.commands import cli, display, snapshot

ROOT = Path(__file__).resolve().parents[2]


def test_explain_json_is_the_promised_line(process):
    done = process("explain", "sin(2*x)", "--json")
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    told = json.loads(done.stdout)
    assert told["output"] == {"tensor": "Sin:0", "value": 0.9092974}
    assert told["gradients"]["x"] == {
        "value": -0.8322937,
        "tensor": "gradients/mul_grad/Mul_1:0",
        "chain": "cos(2*x)*2",
        "simplified": "2*cos(2*x)",
        "note": None,
    }
    assert [step["op"] for step in told["steps"]] == ["Sin", "mul"]
    assert told["graph"]["nodes"][0].keys() == {"id", "type", "inputs", "value"}


def test_explain_reads_at_and_wrt_and_a_leading_minus(command):
    done = command("explain", "-x^2*y", "--at", "x=3,y=2", "--wrt", "x", "--json", "--dtype", "float64")
    told = json.loads(done.stdout)
    assert told["output"]["value"] == -18
    assert list(told["gradients"]) == ["x"]
    assert told["gradients"]["x"]["value"] == -12
    assert told["dtype"] == "float64"


def test_explain_as_text_is_for_reading(command):
    done = command("explain", "sin(2*x)")
    assert "chain" not in done.stderr
    assert "cos(2*x)*2" in done.stdout
    assert "-0.8322937" in done.stdout


def test_a_batch_answers_line_by_line(process):
    lines = [
        '{"expression": "x^2", "at": {"x": 3}}',
        "nonsense",
        '{"expression": "sni(x)"}',
        '{"expression": "W @ x", "at": {"W": [[1, 2], [3, 4]], "x": [1, 1]}, "wrt": ["x"]}',
        '{"expression": "1/x", "at": {"x": 0}}',
        '{"expression": "x = 2; x*y", "at": {"x": 5, "z": 1}}',
    ]
    done = process("explain", "--batch", "-", stdin="\n".join(lines) + "\n")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert len(answers) == len(lines)
    assert answers[0]["gradients"]["x"]["value"] == 6
    assert answers[1]["error"]["column"] is None
    assert answers[2]["error"]["column"] == 1
    assert answers[3]["gradients"]["x"]["value"] == [4, 6]
    assert answers[3]["gradients"]["x"]["chain"] is None
    assert answers[4]["output"]["value"] == "inf"
    assert answers[5]["output"]["value"] == 5


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", "sni(x)"),
        ("explain", "2*x", "--at", "x=)"),
        ("explain", "--batch", "/nowhere/at/all"),
        ("draw", "x", "-o", "x.bmp"),
        ("draw", "x", "-o", "/nowhere/x.svg"),
        ("snapshot", "x", "-o", "x.svg"),
        ("snapshot", "x", "-o", "x.png", "--size", "big"),
        ("--theme", "pink"),
        ("draw", "(x"),
    ],
)
def test_bad_input_is_one_line_and_status_2(arguments, command):
    check_refused(command(*arguments))


def test_bad_input_is_the_status_of_the_process(process):
    check_refused(process("explain", "sni(x)"))


def check_refused(done):
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("autodiff-explorer: ")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("kind", ["svg", "png", "pdf", "dot"])
def test_draw_writes_every_format(kind, command, qapp, tmp_path):
    target = tmp_path / f"graph.{kind}"
    done = command("draw", "sin(2*x)", "-o", str(target), "--step", "2", "--depth", "full")
    assert (done.returncode, done.stderr) == (0, "")
    data = target.read_bytes()
    assert data.startswith({"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF", "dot": b"digraph"}[kind])
    if kind == "dot":
        assert b"gradients/Sin_grad/Cos" in data


def test_draw_writes_the_whole_backward_pass(command, qapp, tmp_path):
    done = command("draw", "sin(2*x)", "-o", str(tmp_path / "page.html"), "--at", "x=0.5", "--step", "1")
    assert (done.returncode, done.stderr) == (0, "")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert 'data-first="1" data-last="2"' in page
    found = re.search(r"gradients/mul_grad/Mul_1:0 = ([\d.]+)", page)
    assert float(found[1]) == pytest.approx(2 * math.cos(1), rel=1e-6)
    assert "dy/dx = 2*cos(2*x)" in page
    done = command("draw", "sin(2*x)", "-o", str(tmp_path / "pass.gif"))
    assert (done.returncode, done.stderr) == (0, "")
    with Image.open(tmp_path / "pass.gif") as film:
        assert film.n_frames == 3
        shown = []
        for frame in range(film.n_frames):
            film.seek(frame)
            shown.append(film.convert("RGB").tobytes())
        assert len(set(shown)) == 3
        assert film.info["loop"] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html", "pass.gif"]


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("page.html", ("--depth", "full")),
        ("page.html", ("--step", "9")),
        ("no/page.html", ()),
        ("pass.gif", ("--depth", "full")),
    ],
)
def test_what_cannot_be_drawn_is_one_line(name, more, command, tmp_path):
    done = command("draw", "sin(2*x)", "-o", name, *more)
    assert done.returncode == 2
    assert done.stderr.startswith("autodiff-explorer: ")
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.glob(f"*{Path(name).suffix}"))


@pytest.mark.slow
def test_without_a_display_it_explains_and_draws(process, tmp_path):
    done = process()
    assert done.returncode == 0
    assert done.stdout.startswith("There is no display, so here is the explanation of sin(2*x) as text.")
    assert "-0.8322937" in done.stdout
    picture = Path(re.search(r"picture of the window: (.+)$", done.stdout, re.M)[1])
    assert picture.parent == tmp_path
    assert not QImage(str(picture)).isNull()
    assert "abort" not in done.stderr.lower()


def test_a_display_that_does_not_answer_is_none(command, monkeypatch, tmp_path):
    pictures = []
    monkeypatch.delenv("QT_QPA_PLATFORM")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":987")
    monkeypatch.setattr(snapshot, "take_snapshot", lambda text, path, **more: pictures.append((text, path, more["at"])))
    done = command("x^2", "--at", "x=3")
    assert done.returncode == 0
    assert "There is no display" in done.stdout
    assert "6.0" in done.stdout
    assert pictures == [("x^2", tmp_path / "autodiff-explorer.png", "x=3")]


def test_a_missing_library_is_one_sentence_with_the_line_that_mends_it(monkeypatch):
    monkeypatch.setattr(display, "_loads", lambda name: name not in ("libEGL.so.1", "libxcb-cursor.so.0"))
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    sentence = display.missing_library()
    assert sentence.endswith("sudo apt install libegl1 libxcb-cursor0")
    assert "\n" not in sentence


def test_no_variable_means_one_is_assumed(command):
    told = json.loads(command("explain", "cos(x)", "--json").stdout)
    assert told["at"] == {"x": 1.0}
    assert told["output"]["value"] == pytest.approx(math.cos(1), rel=1e-6)


@pytest.fixture
def impostors(tmp_path):
    """Files of the names of libraries, in the folder in which a command is typed."""
    for name in ("tensorflow", "sympy", "numpy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong one')")


@pytest.mark.slow
def test_a_file_of_the_same_name_in_the_current_folder_is_not_tensorflow(impostors, process):
    done = process("explain", "x^2", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["gradients"]["x"]["simplified"] == "2*x"


@pytest.mark.slow
def test_check_tells_before_class_wherever_it_is_typed(impostors, process):
    done = process("--check")
    assert done.returncode == 0, done.stdout
    for word in ("Python", "TensorFlow", "computes on", "display", "fonts", "offline"):
        assert word in done.stdout


def test_no_text_ends_a_batch(command, tmp_path):
    """Half a surrogate pair cannot be written as UTF-8; a mark at the beginning is what Windows writes."""
    lines = ["\ufeff" + json.dumps({"expression": "x"}), json.dumps({"expression": "\ud800"}), '{"expression": "2x"}']
    (tmp_path / "requests").write_bytes(("\r\n".join(lines) + "\r\n").encode())
    done = command("explain", "--batch", "requests")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (0, "")
    assert answers[0]["output"]["value"] == 1
    assert answers[1]["error"]["column"] == 1
    assert answers[2]["output"]["value"] == 2


def test_a_console_without_our_signs_is_no_traceback(monkeypatch):
    console = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", console)
    assert cli.run(["explain", "relu(x)", "--at", "x=0"]) == 0
    assert b"TensorFlow chose 0" in console.buffer.getvalue()  # what it does at the corner belongs to the step


def test_a_vector_is_said_to_be_summed(command):
    assert "differentiates the sum" in command("explain", "[1,2]*x").stdout


def test_check_needs_no_home_folder(monkeypatch):
    from explorer.commands import check

    monkeypatch.setattr(check.os.path, "expanduser", lambda path: "/proc/nowhere")
    name, fine, text = check._data()
    assert (name, fine) == ("data", True)
    assert "no home folder" in text


def test_a_lesson_is_checked(command, tmp_path):
    lesson = ROOT / "resources/lessons/05-chain-rule.md"
    done = command("lesson", "check", str(lesson))
    assert done.returncode == 0
    assert "7 scenes, 2 exercises, nothing is wrong" in done.stdout
    assert done.stderr == ""
    wrong = tmp_path / "wrong.md"
    wrong.write_text(lesson.read_text().replace("step = 0", "step = -1").replace('asks = "next"', 'asks = "all"'))
    done = command("lesson", "check", str(wrong))
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert len(lines) == 3
    for line in lines:
        line_number = int(re.fullmatch(r".*wrong\.md:(\d+): .+\.", line)[1])
        assert re.match("step = -1|asks = ", wrong.read_text().splitlines()[line_number - 1])
    wrong_formula = tmp_path / "formula.md"
    wrong_formula.write_text(lesson.read_text() + "\nHalf is $\\frac{1$.\n")
    done = command("lesson", "check", str(wrong_formula))
    assert (done.returncode, done.stdout) == (2, "")
    line_number = wrong_formula.read_text().count("\n")
    assert f":{line_number}: The formula $\\frac{{1$ has 1 {{ and 0 }}" in done.stderr
    assert command("lesson", "check", str(tmp_path / "none.md")).returncode == 2
    assert command("lesson", "burn", str(lesson)).returncode == 2
    done = command(str(wrong))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


def test_a_lesson_without_a_display_is_read_aloud(process):
    done = process(str(ROOT / "resources/lessons/03-derivative-of-2x.md"))
    assert done.returncode == 0
    assert "There is no display" in done.stdout
    assert "4. Everywhere?   (2*x)" in done.stdout


def test_the_example_in_the_readme_is_a_lesson(command, tmp_path):
    text = re.search(r"````markdown\n(.+?)````", (ROOT / "README.md").read_text(), re.DOTALL)[1]
    (tmp_path / "a.md").write_text(text)
    assert "1 scene, 1 exercise," in command("lesson", "check", str(tmp_path / "a.md")).stdout
