"""Tests run offscreen and quiet; what needs a real display starts its own."""

import os
import shutil
import subprocess

import pytest

import explorer.engine  # noqa: F401  (tells TensorFlow what it must know before a test imports it)

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

pytest_plugins = ["pytester"]


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
    from explorer.cli import run

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    def done(*arguments):
        capfd.readouterr()
        status = run(arguments)
        said = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, status, said.out, said.err)

    return done
