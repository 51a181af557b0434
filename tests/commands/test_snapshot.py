"""The command ``snapshot``: images of the window and its tabs."""

from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from explorer.views.theme.theme import load_theme

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_snapshot_has_the_theme_and_the_size_of_the_options(process, tmp_path):
    for theme, options, size in (("dark", (), (1000, 640)), ("light", ("--scale", "2"), (2000, 1280))):
        target = tmp_path / f"{theme}.png"
        arguments = ("sin(2*x)", "--theme", theme, "--step", "2", "--size", "1000x640", *options)
        result = process("snapshot", "-o", str(target), *arguments)
        assert (result.returncode, result.stderr) == (0, "")
        picture = QImage(str(target))
        assert (picture.width(), picture.height()) == size
        background = picture.pixelColor(3, size[1] // 2).lightness()
        assert background < 60 if theme == "dark" else background > 220
    assert process("snapshot", "-o", str(target), "x^2", "--step", "9").returncode == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tab", "options"),
    [
        ("data", ["--sample", "7"]),
        ("training", ["--model", "mlp"]),
        ("weights", []),
        ("activations", ["--sample", "3"]),
    ],
)
def test_a_snapshot_of_each_tab_is_not_empty(tab, options, process, tmp_path):
    result = process("snapshot", "--tab", tab, "-o", str(tmp_path / "tab.png"), *options)
    assert (result.returncode, result.stderr) == (0, "")
    picture = QImage(str(tmp_path / "tab.png"))
    assert (picture.width(), picture.height()) == (1280, 720)
    colours = {picture.pixel(x, y) for x in range(300, 1280, 3) for y in range(60, 700, 3)}
    assert len(colours) > 100


@pytest.mark.slow
@pytest.mark.parametrize("tab", ["training", "weights", "activations"])
def test_a_snapshot_of_each_tab_with_a_network_from_a_file(tab, process, tmp_path):
    from explorer.core.training.settings import run_settings
    from explorer.engine.models.build import build_network
    from explorer.engine.models.keras_file import save_network

    save_network(build_network(run_settings(model="mlp", hidden=12)), tmp_path / "mine.keras")
    result = process("snapshot", "--tab", tab, "--model", str(tmp_path / "mine.keras"), "-o", str(tmp_path / "tab.png"))
    assert (result.returncode, result.stderr) == (0, "")
    picture = QImage(str(tmp_path / "tab.png"))
    assert len({picture.pixel(x, y) for x in range(300, 1280, 3) for y in range(60, 700, 3)}) > 100


@pytest.mark.slow
def test_a_snapshot_of_a_step_of_a_networks_backward_pass(process, tmp_path):
    pictures = []
    for step in ("0", "2"):
        target = tmp_path / f"{step}.png"
        result = process("snapshot", "--tab", "network", "--model", "mlp", "--step", step, "-o", str(target))
        assert (result.returncode, result.stderr) == (0, "")
        pictures.append(QImage(str(target)))
    gradient = load_theme("dark").gradient.rgb()
    before, after = (
        sum(picture.pixel(x, y) == gradient for x in range(40, 1000) for y in range(120, 560)) for picture in pictures
    )
    assert after > before + 100  # arrows and numbers of gradients
    result = process("snapshot", "--tab", "network", "--model", "mlp", "--step", "99", "-o", str(tmp_path / "a.png"))
    assert result.returncode == 2
    assert "no step 99" in result.stderr


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("--tab", "weights", "--model", "nowhere.keras"), marks=pytest.mark.slow),
        ("--tab", "data", "--sample", "999999"),
    ],
)
def test_a_snapshot_with_a_missing_network_or_image_is_refused_with_one_line(options, process, tmp_path):
    result = process("snapshot", "-o", str(tmp_path / "tab.png"), *options)
    assert result.returncode == 2
    assert result.stderr.startswith("autodiff-explorer: ")
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "tab.png").exists()


def test_a_snapshot_of_a_scene(process, tmp_path):
    lesson = str(ROOT / "resources/lessons/03-derivative-of-2x.md")
    result = process("snapshot", "--lesson", lesson, "--scene", "2", "-o", str(tmp_path / "a.png"))
    assert (result.returncode, result.stderr) == (0, "")
    assert QImage(str(tmp_path / "a.png")).width() == 1280
    result = process("snapshot", "--lesson", lesson, "--scene", "9", "-o", str(tmp_path / "b.png"))
    assert result.returncode == 2
    assert "no scene 9" in result.stderr
