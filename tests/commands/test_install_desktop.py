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


def read_entry(folder):
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(folder / "applications/autodiff-explorer.desktop", encoding="utf-8")
    return parser["Desktop Entry"]


def test_the_command_writes_entry_icon_and_mime_type(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "my data"))
    result = subprocess.run(
        [sys.executable, "-m", "explorer", "--install-desktop"], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")
    written = [Path(line) for line in result.stdout.splitlines()]
    assert all(path.is_file() for path in written)
    assert [path.suffix for path in written] == [".desktop", ".svg", ".xml"]
    desktop_entry = read_entry(tmp_path / "my data")
    *command, file = shlex.split(desktop_entry["Exec"])
    assert file == "%f"
    assert subprocess.run([*command, "--help"], capture_output=True, check=False).returncode == 0
    assert ElementTree.parse(written[1]).getroot().tag.endswith("svg")
    kind = ElementTree.parse(written[2]).getroot()[0]
    assert kind.get("type") in desktop_entry["MimeType"].split(";")


def test_special_characters_in_paths_are_quoted(monkeypatch, tmp_path):
    folder = tmp_path / 'a "b" $c 100%'
    folder.mkdir()
    (folder / "autodiff-explorer").touch()
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    # Undo the specification's escapes of strings and field codes; a shell undoes the quoting.
    unescaped = desktop.command().replace("\\\\", "\\").replace("%%", "%")
    output = subprocess.run(["sh", "-c", f"printf %s {unescaped}"], capture_output=True, text=True, check=True).stdout
    assert output == str(folder / "autodiff-explorer")


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    with pytest.raises(CommandError, match="cannot be written"):
        desktop.install_desktop()
