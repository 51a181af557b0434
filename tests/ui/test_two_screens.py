"""Present mode on one screen and on two: the class's window on the chosen one, the lecturer's on the other."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SIZES = {"desk": (0, 0, 1280, 800), "wall": (1280, 0, 1920, 1080)}


def drive(folder, names, chosen=""):
    """Run the driver with Qt's offscreen platform, which makes as many screens as a file says."""
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
    done = subprocess.run(
        [sys.executable, str(driver), chosen], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(("chosen", "of_class", "of_lecturer"), [("", "wall", "desk"), ("desk", "desk", "wall")])
def test_two_screens(tmp_path, chosen, of_class, of_lecturer):
    told = drive(tmp_path, ("desk", "wall"), chosen)
    assert told["screens"] == ["desk", "wall"]
    assert told["start"]["class"] == "desk"
    assert told["start"]["lecturer"] is None
    first = told["0 F5"]
    assert (first["class"], first["lecturer"], first["full"]) == (of_class, of_lecturer, True)
    assert tuple(first["place"]) == SIZES[of_class][:2]
    # The clicker turns scenes and blackens, although the lecturer's window has the keys.
    assert [told[key]["scene"] for key in ("1 PageDown", "2 PageDown", "3 PageUp")] == [1, 2, 1]
    assert [told[key]["black"] for key in ("4 B", "5 Period", "6 B")] == [True, False, True]
    assert told["8 Escape"]["black"] is False
    assert told["8 Escape"]["full"] is True
    # The page of keys stands where the lecturer asked for it, and can be read.
    screen, width, height = told["9 F1"]["keys"]
    assert screen == of_lecturer
    assert (width, height) == (1080, 640)
    ended, again = told["10 F5"], told["11 F5"]
    assert ended["size"] == told["start"]["size"]
    assert (ended["full"], ended["lecturer"], ended["class"]) == (False, None, "desk")
    assert (again["full"], again["lecturer"], again["class"]) == (True, of_lecturer, of_class)
    assert told["left open"] == []


def test_one_screen(tmp_path):
    told = drive(tmp_path, ("desk",))
    first = told["0 F5"]
    assert (first["class"], first["lecturer"], first["full"]) == ("desk", None, True)
    assert [told[key]["scene"] for key in ("1 PageDown", "2 PageDown", "3 PageUp")] == [1, 2, 1]
    assert [told[key]["black"] for key in ("4 B", "5 Period", "6 B")] == [True, False, True]
    assert told["7 F6"]["lecturer"] == "desk"
    assert told["10 F5"]["full"] is False
    assert told["left open"] == []
