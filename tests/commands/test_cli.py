"""The commands explain, draw and lesson, and what all commands have in common."""

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


def test_explain_json_is_one_line_with_the_documented_keys(process):
    result = process("explain", "sin(2*x)", "--json")
    assert result.returncode == 0
    assert result.stderr == ""
    assert result.stdout.count("\n") == 1
    reply = json.loads(result.stdout)
    output = {"tensor": "Sin:0", "value": 0.9092974, "differentiated": "sum", "note": None, "cause": None}
    assert reply["output"] == output
    assert reply["gradients"]["x"] == {
        "value": -0.8322937,
        "tensor": "gradients/mul_grad/Mul_1:0",
        "chain": "cos(2*x)*2",
        "simplified": "2*cos(2*x)",
        "note": None,
        "cause": None,
    }
    assert [step["op"] for step in reply["steps"]] == ["Sin", "mul"]
    assert reply["graph"]["nodes"][0].keys() == {"id", "type", "inputs", "value"}


def test_explain_accepts_at_wrt_and_an_expression_with_a_leading_minus(command):
    result = command("explain", "-x^2*y", "--at", "x=3,y=2", "--wrt", "x", "--json", "--dtype", "float64")
    reply = json.loads(result.stdout)
    assert reply["output"]["value"] == -18
    assert list(reply["gradients"]) == ["x"]
    assert reply["gradients"]["x"]["value"] == -12
    assert reply["dtype"] == "float64"


def test_explain_as_text(command):
    result = command("explain", "sin(2*x)")
    assert "chain" not in result.stderr
    assert "cos(2*x)*2" in result.stdout
    assert "-0.8322937" in result.stdout


def test_a_batch_has_one_reply_per_line(process):
    lines = [
        '{"expression": "x^2", "at": {"x": 3}}',
        "nonsense",
        '{"expression": "sni(x)"}',
        '{"expression": "W @ x", "at": {"W": [[1, 2], [3, 4]], "x": [1, 1]}, "wrt": ["x"]}',
        '{"expression": "1/x", "at": {"x": 0}}',
        '{"expression": "x = 2; x*y", "at": {"x": 5, "z": 1}}',
    ]
    result = process("explain", "--batch", "-", stdin="\n".join(lines) + "\n")
    replies = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.returncode == 0
    assert len(replies) == len(lines)
    assert replies[0]["gradients"]["x"]["value"] == 6
    assert replies[1]["error"]["column"] is None
    assert replies[2]["error"]["column"] == 1
    assert replies[3]["gradients"]["x"]["value"] == [4, 6]
    assert replies[3]["gradients"]["x"]["chain"] is None
    assert replies[4]["output"]["value"] == "inf"
    assert replies[5]["output"]["value"] == 5


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


def test_bad_input_sets_the_status_of_the_process(process):
    check_refused(process("explain", "sni(x)"))


def check_refused(result):
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("autodiff-explorer: ")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("kind", ["svg", "png", "pdf", "dot"])
def test_draw_writes_every_format(kind, command, qapp, tmp_path):
    target = tmp_path / f"graph.{kind}"
    result = command("draw", "sin(2*x)", "-o", str(target), "--step", "2", "--depth", "full")
    assert (result.returncode, result.stderr) == (0, "")
    data = target.read_bytes()
    assert data.startswith({"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF", "dot": b"digraph"}[kind])
    if kind == "dot":
        assert b"gradients/Sin_grad/Cos" in data


def test_draw_writes_all_steps_as_a_page_and_as_an_animation(command, qapp, tmp_path):
    result = command("draw", "sin(2*x)", "-o", str(tmp_path / "page.html"), "--at", "x=0.5", "--step", "1")
    assert (result.returncode, result.stderr) == (0, "")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert 'data-first="1" data-last="2"' in page
    value = re.search(r"gradients/mul_grad/Mul_1:0 = ([\d.]+)", page)
    assert float(value[1]) == pytest.approx(2 * math.cos(1), rel=1e-6)
    assert "dy/dx = 2*cos(2*x)" in page
    result = command("draw", "sin(2*x)", "-o", str(tmp_path / "pass.gif"))
    assert (result.returncode, result.stderr) == (0, "")
    with Image.open(tmp_path / "pass.gif") as image:
        assert image.n_frames == 3
        frames = []
        for frame in range(image.n_frames):
            image.seek(frame)
            frames.append(image.convert("RGB").tobytes())
        assert len(set(frames)) == 3
        assert image.info["loop"] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html", "pass.gif"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--chek",), "There is no option --chek. Did you mean --check?"),
        (("sin(x)", "--theem=light"), "There is no option --theem. Did you mean --theme?"),
        (("explain", "x", "--jsno"), "There is no option --jsno. Did you mean --json?"),
        (("graph", "mlp", "--jsn"), "There is no option --jsn. Did you mean --json?"),
        (("--version",), "There is no option --version. --help lists all options."),
        (("trian", "mlp"), "There is no command trian. Did you mean train?"),
        (("explain", "x", "+", "y"), "+ y: one argument too many. An expression with blanks needs quotes: 'x + y'."),
        (("explain", "x", "-j"), "-j: one argument too many. An expression with blanks needs quotes: 'x + y'."),
    ],
)
def test_what_is_misspelt_is_named(arguments, message, command):
    result = command(*arguments)
    check_refused(result)
    assert result.stderr == f"autodiff-explorer: {message}\n"


@pytest.mark.parametrize("expression", ["--x +", "--sin(x", "--x^", "-x^2 +", "- -x*"])
def test_what_begins_with_a_minus_may_be_an_expression(expression, command):
    result = command("explain", expression)
    check_refused(result)
    assert "column" in result.stderr  # where the expression is wrong


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("page.html", ("--depth", "full")),
        ("page.html", ("--step", "9")),
        ("no/page.html", ()),
        ("pass.gif", ("--depth", "full")),
    ],
)
def test_invalid_drawings_are_refused_with_one_line(name, more, command, tmp_path):
    result = command("draw", "sin(2*x)", "-o", name, *more)
    assert result.returncode == 2
    assert result.stderr.startswith("autodiff-explorer: ")
    assert result.stderr.count("\n") == 1
    assert not list(tmp_path.glob(f"*{Path(name).suffix}"))


@pytest.mark.slow
def test_without_a_display_it_prints_text_and_writes_a_picture(process, tmp_path):
    result = process()
    assert result.returncode == 0
    assert result.stdout.startswith("There is no display, so here is the explanation of sin(2*x) as text.")
    assert "-0.8322937" in result.stdout
    picture = Path(re.search(r"picture of the window: (.+)$", result.stdout, re.M)[1])
    assert picture.parent == tmp_path
    assert not QImage(str(picture)).isNull()
    assert "abort" not in result.stderr.lower()


def test_a_display_that_does_not_respond_counts_as_no_display(command, monkeypatch, tmp_path):
    pictures = []
    monkeypatch.delenv("QT_QPA_PLATFORM")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":987")
    monkeypatch.setattr(snapshot, "take_snapshot", lambda text, path, **more: pictures.append((text, path, more["at"])))
    result = command("x^2", "--at", "x=3")
    assert result.returncode == 0
    assert "There is no display" in result.stdout
    assert "6.0" in result.stdout
    assert pictures == [("x^2", tmp_path / "autodiff-explorer.png", "x=3")]


def test_the_message_about_missing_libraries_has_the_command_that_installs_them(monkeypatch):
    monkeypatch.setattr(display, "_loads", lambda name: name not in ("libEGL.so.1", "libxcb-cursor.so.0"))
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    message = display.missing_library()
    assert message.endswith("sudo apt install libegl1 libxcb-cursor0")
    assert "\n" not in message


def test_variables_without_a_value_are_1(command):
    reply = json.loads(command("explain", "cos(x)", "--json").stdout)
    assert reply["at"] == {"x": 1.0}
    assert reply["output"]["value"] == pytest.approx(math.cos(1), rel=1e-6)


@pytest.fixture
def shadowing_files(tmp_path):
    """Put files with the names of libraries into the working folder."""
    for name in ("tensorflow", "sympy", "numpy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong one')")


@pytest.mark.slow
def test_files_in_the_working_folder_do_not_shadow_libraries(shadowing_files, process):
    result = process("explain", "x^2", "--json")
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout)["gradients"]["x"]["simplified"] == "2*x"


@pytest.mark.slow
def test_check_lists_what_it_checked_in_any_working_folder(shadowing_files, process):
    result = process("--check")
    assert result.returncode == 0, result.stdout
    for word in ("Python", "TensorFlow", "computes on", "display", "fonts", "offline"):
        assert word in result.stdout


def test_a_batch_survives_a_byte_order_mark_and_half_a_surrogate_pair(command, tmp_path):
    """Half a surrogate pair cannot be encoded as UTF-8; Windows starts a file with a byte order mark."""
    lines = ["\ufeff" + json.dumps({"expression": "x"}), json.dumps({"expression": "\ud800"}), '{"expression": "2x"}']
    (tmp_path / "requests").write_bytes(("\r\n".join(lines) + "\r\n").encode())
    result = command("explain", "--batch", "requests")
    replies = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.returncode, result.stderr) == (0, "")
    assert replies[0]["output"]["value"] == 1
    assert replies[1]["error"]["column"] == 1
    assert replies[2]["output"]["value"] == 2


def test_a_console_without_unicode_shows_no_traceback(monkeypatch):
    console = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", console)
    assert cli.run(["explain", "relu(x)", "--at", "x=0"]) == 0
    assert b"TensorFlow chose 0" in console.buffer.getvalue()  # the step explains the derivative at the kink


def test_explain_says_that_a_vector_is_summed(command):
    assert "differentiates the sum" in command("explain", "[1,2]*x").stdout


def test_check_needs_no_home_folder(monkeypatch):
    from explorer.commands import check

    monkeypatch.setattr(check.os.path, "expanduser", lambda path: "/proc/nowhere")
    name, passed, text = check._data()
    assert (name, passed) == ("data", True)
    assert "no home folder" in text


def test_lesson_check_reports_mistakes_with_their_lines(command, tmp_path):
    lesson = ROOT / "resources/lessons/05-chain-rule.md"
    result = command("lesson", "check", str(lesson))
    assert result.returncode == 0
    assert "7 scenes, 2 exercises, nothing is wrong" in result.stdout
    assert result.stderr == ""
    bad_lesson = tmp_path / "wrong.md"
    bad_lesson.write_text(lesson.read_text().replace("step = 0", "step = -1").replace('asks = "next"', 'asks = "all"'))
    result = command("lesson", "check", str(bad_lesson))
    assert result.returncode == 1
    lines = result.stderr.splitlines()
    assert len(lines) == 3
    for line in lines:
        line_number = int(re.fullmatch(r".*wrong\.md:(\d+): scene \d, .+: .+\.", line)[1])
        assert re.match("step = -1|asks = ", bad_lesson.read_text().splitlines()[line_number - 1])
    bad_formula = tmp_path / "formula.md"
    bad_formula.write_text(lesson.read_text() + "\nHalf is $\\frac{1$.\n")
    result = command("lesson", "check", str(bad_formula))
    assert (result.returncode, result.stdout) == (1, "")
    line_number = bad_formula.read_text().count("\n")
    assert (
        f":{line_number}: scene 7, Everything that TensorFlow built: The formula $\\frac{{1$ has 1 {{ and 0 }}"
        in result.stderr
    )
    result = command("lesson", "check", str(bad_formula), "--json")
    assert result.returncode == 1
    answer = json.loads(result.stdout)
    assert (answer["scenes"], answer["exercises"]) == (7, 2)
    (problem,) = answer["problems"]
    assert (problem["line"], problem["scene"]) == (line_number, 7)
    assert command("lesson", "check", str(tmp_path / "none.md")).returncode == 2
    assert command("lesson", "burn", str(lesson)).returncode == 2
    result = command(str(bad_lesson))
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1


def test_a_lesson_without_a_display_is_printed(process):
    result = process(str(ROOT / "resources/lessons/03-derivative-of-2x.md"))
    assert result.returncode == 0
    assert "There is no display" in result.stdout
    assert "4. Everywhere?   (2*x)" in result.stdout


def test_the_lesson_in_the_readme_has_no_mistakes(command, tmp_path):
    text = re.search(r"````markdown\n(.+?)````", (ROOT / "README.md").read_text(), re.DOTALL)[1]
    (tmp_path / "a.md").write_text(text)
    assert "1 scene, 1 exercise," in command("lesson", "check", str(tmp_path / "a.md")).stdout


@pytest.mark.parametrize(
    ("text", "first", "derivative"),
    [
        ("x*y", "f = x*y", "df/dy"),
        ("a*x", "y = a*x", "dy/dx"),
        ("h = 2*x; sin(h)", "h = 2*x; y = sin(h)", "dy/dx"),
        ("y = 3; y^2*x", "y = 3; f = y^2*x", "df/dy"),
        ("h = 2*x; z = sin(h)", "h = 2*x; z = sin(h)", "dz/dx"),
    ],
)
def test_explain_gives_the_output_a_name_that_no_variable_has(command, text, first, derivative):
    lines = command("explain", text).stdout.splitlines()
    assert lines[0].startswith(f"{first}   at ")
    assert any(line.startswith(f"  {derivative} = ") for line in lines)
