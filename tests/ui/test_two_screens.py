"""Present mode on one screen and on two: the class sees the preferred one, the lecturer the other."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SIZES = {"desk": (0, 0, 1280, 800), "wall": (1280, 0, 1920, 1080)}


def run_driver(folder, names, preferred=""):
    """Run the driver on Qt's offscreen platform, with the screens listed in a configuration file; return its JSON."""
    keys = ("x", "y", "width", "height")
    screens = [
        {"name": name, **dict(zip(keys, SIZES[name], strict=True)), "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
        for name in names
    ]
    file = folder / "screens.json"
    file.write_text(json.dumps({"screens": screens}), encoding="utf-8")
    environment = {**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={file}"}
    if not os.environ.get("REQUIRE_INSTALLED"):
        environment["PYTHONPATH"] = str(ROOT)
    driver = Path(__file__).with_name("two_screens_driver.py")
    completed = subprocess.run(
        [sys.executable, str(driver), preferred],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert completed.returncode == 0, completed.stderr
    return json.loads(completed.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("preferred", "class_screen", "lecturer_screen"), [("", "wall", "desk"), ("desk", "desk", "wall")]
)
def test_presenting_on_two_screens(tmp_path, preferred, class_screen, lecturer_screen):
    states = run_driver(tmp_path, ("desk", "wall"), preferred)
    assert states["screens"] == ["desk", "wall"]
    assert states["start"]["class"] == "desk"
    assert states["start"]["lecturer"] is None
    first = states["0 F5"]
    assert (first["class"], first["lecturer"], first["full"]) == (class_screen, lecturer_screen, True)
    assert tuple(first["place"]) == SIZES[class_screen][:2]
    # The clicker changes scenes and blanks the screen although the lecturer's window has the focus.
    assert [states[key]["scene"] for key in ("1 PageDown", "2 PageDown", "3 PageUp")] == [1, 2, 1]
    assert [states[key]["black"] for key in ("4 B", "5 Period", "6 B")] == [True, False, True]
    assert states["8 Escape"]["black"] is False
    assert states["8 Escape"]["full"] is True
    # The list of keys opens at full size on the screen where it was requested.
    screen, width, height = states["9 F1"]["keys"]
    assert screen == lecturer_screen
    assert (width, height) == (1080, 640)
    after_end, restarted = states["10 F5"], states["11 F5"]
    assert after_end["size"] == states["start"]["size"]
    assert (after_end["full"], after_end["lecturer"], after_end["class"]) == (False, None, "desk")
    assert (restarted["full"], restarted["lecturer"], restarted["class"]) == (True, lecturer_screen, class_screen)
    assert states["left open"] == []


def test_presenting_on_one_screen(tmp_path):
    states = run_driver(tmp_path, ("desk",))
    first = states["0 F5"]
    assert (first["class"], first["lecturer"], first["full"]) == ("desk", None, True)
    assert [states[key]["scene"] for key in ("1 PageDown", "2 PageDown", "3 PageUp")] == [1, 2, 1]
    assert [states[key]["black"] for key in ("4 B", "5 Period", "6 B")] == [True, False, True]
    assert states["7 F6"]["lecturer"] == "desk"
    assert states["10 F5"]["full"] is False
    assert states["left open"] == []
