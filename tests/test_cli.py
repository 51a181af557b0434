"""The commands, as a user types them."""

import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QImage

from explorer.views.theme import theme as theme_of

ROOT = Path(__file__).resolve().parent.parent


def run(*arguments, stdin=None, display=None, cwd=None):
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment.pop("QT_QPA_PLATFORM", None)
    environment["HOME"] = str(cwd or environment.get("HOME", "/"))
    if not os.environ.get("REQUIRE_INSTALLED"):
        environment["PYTHONPATH"] = str(ROOT)
    if display is not None:
        environment["DISPLAY"] = display
    return subprocess.run(
        [sys.executable, "-m", "explorer", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        env=environment,
        cwd=cwd,
        timeout=240,
        check=False,
    )


def test_explain_json_is_the_promised_line():
    done = run("explain", "sin(2*x)", "--json")
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


def test_a_batch_answers_line_by_line():
    lines = [
        '{"expression": "x^2", "at": {"x": 3}}',
        "nonsense",
        '{"expression": "sni(x)"}',
        '{"expression": "W @ x", "at": {"W": [[1, 2], [3, 4]], "x": [1, 1]}, "wrt": ["x"]}',
        '{"expression": "1/x", "at": {"x": 0}}',
        '{"expression": "x = 2; x*y", "at": {"x": 5, "z": 1}}',
    ]
    done = run("explain", "--batch", "-", stdin="\n".join(lines) + "\n")
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
def test_bad_input_is_one_line_and_status_2(arguments, tmp_path):
    done = run(*arguments, cwd=tmp_path)
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


def test_draw_writes_the_whole_backward_pass(tmp_path):
    done = run("draw", "sin(2*x)", "-o", str(tmp_path / "page.html"), "--at", "x=0.5", "--step", "1")
    assert (done.returncode, done.stderr) == (0, "")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert 'data-first="1" data-last="2"' in page
    found = re.search(r"gradients/mul_grad/Mul_1:0 = ([\d.]+)", page)
    assert float(found[1]) == pytest.approx(2 * math.cos(1), rel=1e-6)
    assert "dy/dx = 2*cos(2*x)" in page
    done = run("draw", "sin(2*x)", "-o", str(tmp_path / "pass.gif"))
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
def test_snapshot_is_the_window(tmp_path):
    pictures = {}
    for theme in ("dark", "light"):
        target = tmp_path / f"{theme}.png"
        done = run("snapshot", "-o", str(target), "sin(2*x)", "--theme", theme, "--step", "2", "--size", "1000x640")
        assert (done.returncode, done.stderr) == (0, "")
        pictures[theme] = QImage(str(target))
    assert (pictures["dark"].width(), pictures["dark"].height()) == (1000, 640)
    assert pictures["dark"].pixelColor(3, 320).lightness() < 60
    assert pictures["light"].pixelColor(3, 320).lightness() > 220
    large = tmp_path / "large.png"
    assert run("snapshot", "-o", str(large), "--scale", "2", "--size", "1000x640").returncode == 0
    assert QImage(str(large)).width() == 2000
    assert run("snapshot", "-o", str(large), "x^2", "--step", "9").returncode == 2


@pytest.mark.slow
def test_without_a_display_it_explains_and_draws(tmp_path):
    done = run(cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("There is no display, so here is the explanation of sin(2*x) as text.")
    assert "-0.8322937" in done.stdout
    picture = Path(re.search(r"picture of the window: (.+)$", done.stdout, re.M)[1])
    assert picture.parent == tmp_path
    assert not QImage(str(picture)).isNull()
    assert "abort" not in done.stderr.lower()


@pytest.mark.slow
def test_a_display_that_does_not_answer_is_none(tmp_path):
    done = run("x^2", "--at", "x=3", display=":987", cwd=tmp_path)
    assert done.returncode == 0
    assert "There is no display" in done.stdout
    assert "6.0" in done.stdout


def test_a_missing_library_is_one_sentence_with_the_line_that_mends_it(monkeypatch):
    from explorer import display

    monkeypatch.setattr(display, "_loads", lambda name: name not in ("libEGL.so.1", "libxcb-cursor.so.0"))
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    sentence = display.missing_library()
    assert sentence.endswith("sudo apt install libegl1 libxcb-cursor0")
    assert "\n" not in sentence


@pytest.mark.slow
def test_check_tells_before_class():
    done = run("--check")
    assert done.returncode == 0, done.stdout
    for word in ("Python", "TensorFlow", "computes on", "display", "fonts", "offline"):
        assert word in done.stdout


def test_no_variable_means_one_is_assumed(command):
    told = json.loads(command("explain", "cos(x)", "--json").stdout)
    assert told["at"] == {"x": 1.0}
    assert told["output"]["value"] == pytest.approx(math.cos(1), rel=1e-6)


@pytest.mark.slow
def test_a_file_of_the_same_name_in_the_current_folder_is_not_tensorflow(tmp_path):
    for name in ("tensorflow", "sympy", "numpy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong one')")
    done = run("explain", "x^2", "--json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["gradients"]["x"]["simplified"] == "2*x"
    assert "computes on" in run("--check", cwd=tmp_path).stdout


def test_no_text_ends_a_batch():
    """Half a surrogate pair cannot be written as UTF-8; a mark at the beginning is what Windows writes."""
    lines = ["\ufeff" + json.dumps({"expression": "x"}), json.dumps({"expression": "\ud800"}), '{"expression": "2x"}']
    done = run("explain", "--batch", "-", stdin="\r\n".join(lines) + "\r\n")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (0, "")
    assert answers[0]["output"]["value"] == 1
    assert answers[1]["error"]["column"] == 1
    assert answers[2]["output"]["value"] == 2


def test_a_console_without_our_signs_is_no_traceback(monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = run("explain", "relu(x)", "--at", "x=0")
    assert (done.returncode, done.stderr) == (0, "")
    assert "TensorFlow chose 0" in done.stdout  # what it does at the corner belongs to the step


def test_a_vector_is_said_to_be_summed(command):
    assert "differentiates the sum" in command("explain", "[1,2]*x").stdout


def test_check_needs_no_home_folder(monkeypatch):
    from explorer import check

    monkeypatch.setattr(check.os.path, "expanduser", lambda path: "/proc/nowhere")
    name, fine, text = check._data()
    assert (name, fine) == ("data", True)
    assert "no home folder" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tab", "more"),
    [
        ("data", ["--sample", "7"]),
        ("training", ["--model", "mlp"]),
        ("weights", []),
        ("activations", ["--sample", "3"]),
    ],
)
def test_a_snapshot_of_each_tab_has_something_in_it(tab, more, tmp_path):
    done = run("snapshot", "--tab", tab, "-o", str(tmp_path / "tab.png"), *more)
    assert (done.returncode, done.stderr) == (0, "")
    picture = QImage(str(tmp_path / "tab.png"))
    assert (picture.width(), picture.height()) == (1280, 720)
    colours = {picture.pixel(x, y) for x in range(300, 1280, 3) for y in range(60, 700, 3)}
    assert len(colours) > 100


@pytest.mark.slow
@pytest.mark.parametrize("tab", ["training", "weights", "activations"])
def test_a_snapshot_of_each_tab_with_a_network_from_a_file(tab, tmp_path):
    from explorer.core.training import run_settings
    from explorer.engine.network_file import save_network
    from explorer.engine.networks import build_network

    save_network(build_network(run_settings(model="mlp", hidden=12)), tmp_path / "mine.keras")
    done = run("snapshot", "--tab", tab, "--model", str(tmp_path / "mine.keras"), "-o", str(tmp_path / "tab.png"))
    assert (done.returncode, done.stderr) == (0, "")
    picture = QImage(str(tmp_path / "tab.png"))
    assert len({picture.pixel(x, y) for x in range(300, 1280, 3) for y in range(60, 700, 3)}) > 100


@pytest.mark.slow
def test_a_snapshot_of_a_step_through_a_network(tmp_path):
    pictures = []
    for step in ("0", "2"):
        target = tmp_path / f"{step}.png"
        done = run("snapshot", "--tab", "network", "--model", "mlp", "--step", step, "-o", str(target))
        assert (done.returncode, done.stderr) == (0, "")
        pictures.append(QImage(str(target)))
    gradient = theme_of("dark").gradient.rgb()
    first, third = (
        sum(picture.pixel(x, y) == gradient for x in range(40, 1000) for y in range(120, 560)) for picture in pictures
    )
    assert third > first + 100  # arrows and numbers of gradients
    done = run("snapshot", "--tab", "network", "--model", "mlp", "--step", "99", "-o", str(tmp_path / "a.png"))
    assert done.returncode == 2
    assert "no step 99" in done.stderr


def test_a_snapshot_of_what_is_not_there_is_a_sentence(tmp_path):
    for more in (["--tab", "weights", "--model", "nowhere.keras"], ["--tab", "data", "--sample", "999999"]):
        done = run("snapshot", "-o", str(tmp_path / "tab.png"), *more)
        assert done.returncode == 2
        assert done.stderr.startswith("autodiff-explorer: ")
        assert done.stderr.count("\n") == 1
    assert not (tmp_path / "tab.png").exists()


def test_a_lesson_is_checked(tmp_path):
    lesson = ROOT / "resources/lessons/05-chain-rule.md"
    done = run("lesson", "check", str(lesson))
    assert done.returncode == 0
    assert "7 scenes, 2 exercises, nothing is wrong" in done.stdout
    assert done.stderr == ""
    wrong = tmp_path / "wrong.md"
    wrong.write_text(lesson.read_text().replace("step = 0", "step = -1").replace('asks = "next"', 'asks = "all"'))
    done = run("lesson", "check", str(wrong))
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert len(lines) == 3
    for line in lines:
        at = int(re.fullmatch(r".*wrong\.md:(\d+): .+\.", line)[1])
        assert re.match("step = -1|asks = ", wrong.read_text().splitlines()[at - 1])
    assert run("lesson", "check", str(tmp_path / "none.md")).returncode == 2
    assert run("lesson", "burn", str(lesson)).returncode == 2
    done = run(str(wrong))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


def test_a_lesson_without_a_display_is_read_aloud():
    done = run(str(ROOT / "resources/lessons/03-derivative-of-2x.md"))
    assert done.returncode == 0
    assert "There is no display" in done.stdout
    assert "4. Everywhere?   (2*x)" in done.stdout


def test_the_example_in_the_readme_is_a_lesson(tmp_path):
    text = re.search(r"````markdown\n(.+?)````", (ROOT / "README.md").read_text(), re.DOTALL)[1]
    (tmp_path / "a.md").write_text(text)
    assert "1 scene, 1 exercise," in run("lesson", "check", str(tmp_path / "a.md")).stdout


def test_a_snapshot_of_a_scene(tmp_path):
    lesson = str(ROOT / "resources/lessons/03-derivative-of-2x.md")
    done = run("snapshot", "--lesson", lesson, "--scene", "2", "-o", str(tmp_path / "a.png"))
    assert (done.returncode, done.stderr) == (0, "")
    assert QImage(str(tmp_path / "a.png")).width() == 1280
    done = run("snapshot", "--lesson", lesson, "--scene", "9", "-o", str(tmp_path / "b.png"))
    assert done.returncode == 2
    assert "no scene 9" in done.stderr
