"""The entry in a Linux desktop's menu."""

import shlex
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from explorer.commands import install_desktop as desktop
from explorer.commands.arguments import CommandError

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux desktops have entries")


def entry(folder):
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(folder / "applications/autodiff-explorer.desktop", encoding="utf-8")
    return parser["Desktop Entry"]


def test_the_command_writes_entry_icon_and_type(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "my data"))
    done = subprocess.run(
        [sys.executable, "-m", "explorer", "--install-desktop"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    written = [Path(line) for line in done.stdout.splitlines()]
    assert all(path.is_file() for path in written)
    assert [path.suffix for path in written] == [".desktop", ".svg", ".xml"]
    told = entry(tmp_path / "my data")
    *words, file = shlex.split(told["Exec"])
    assert file == "%f"
    assert subprocess.run([*words, "--help"], capture_output=True, check=False).returncode == 0
    assert ElementTree.parse(written[1]).getroot().tag.endswith("svg")
    kind = ElementTree.parse(written[2]).getroot()[0]
    assert kind.get("type") in told["MimeType"].split(";")


def test_odd_paths_are_quoted(monkeypatch, tmp_path):
    odd = tmp_path / 'a "b" $c 100%'
    odd.mkdir()
    (odd / "autodiff-explorer").touch()
    monkeypatch.setattr(sys, "executable", str(odd / "python"))
    # The layers of the specification: the file's string and field codes by hand, the quoting is a shell's.
    unescaped = desktop.command().replace("\\\\", "\\").replace("%%", "%")
    said = subprocess.run(["sh", "-c", f"printf %s {unescaped}"], capture_output=True, text=True, check=True).stdout
    assert said == str(odd / "autodiff-explorer")


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    with pytest.raises(CommandError, match="cannot be written"):
        desktop.install_desktop()
