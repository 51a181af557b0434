"""Tests run offscreen and quiet; what needs a real display starts its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import explorer.engine  # noqa: F401  (tells TensorFlow what it must know before a test imports it)

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

pytest_plugins = ["pytester"]


ROOT = Path(__file__).resolve().parent.parent

PROCESS = 5 << 29
"""Bytes of memory that one process of tests takes, with its engine."""


def pytest_xdist_auto_num_workers(config):
    """One process for each core, up to four, as far as there is memory; 0 is this process alone.

    So it is for the tests of one file, for what measures and needs all cores, and where output is to be seen.
    """
    files = {argument.partition("::")[0] for argument in config.args}
    one_file = len(files) == 1 and all(file.endswith(".py") for file in files)
    if one_file or config.option.markexpr == "benchmark" or config.option.capture == "no":
        return 0
    count = min(4, psutil.cpu_count() or 1, psutil.virtual_memory().available // PROCESS)
    return count if count > 1 else 0


@pytest.fixture
def full_disk(tmp_path):
    """A folder on a disk with room for 64 KB."""
    folder = tmp_path / "full"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)]
    if os.name != "posix" or shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("a small disk can only be made by root on Linux")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def command(capfd, monkeypatch, tmp_path):
    """Run a command in this process, which has imported TensorFlow already, with an empty folder as its home.

    Where a command must begin by itself, as with streams, signals or displays, a test starts a process for it.
    """
    from explorer.commands.cli import run

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    def done(*arguments):
        capfd.readouterr()
        status = run(arguments)
        said = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, status, said.out, said.err)

    return done


@pytest.fixture
def process(tmp_path):
    """Run a command in a process of its own, without a display unless one is named, in an empty folder as its home.

    Each that computes imports TensorFlow, which takes seconds: `command` does where streams, signals and displays do
    not matter.
    """
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment.pop("QT_QPA_PLATFORM", None)
    environment["HOME"] = str(tmp_path)
    if not os.environ.get("REQUIRE_INSTALLED"):
        environment["PYTHONPATH"] = str(ROOT)

    def done(*arguments, stdin=None, **more):
        return subprocess.run(
            [sys.executable, "-m", "explorer", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            env={**environment, **more},
            cwd=tmp_path,
            timeout=240,
            check=False,
        )

    return done
