"""Fixtures of all tests. Tests run on Qt's offscreen platform; those in ``ui`` start a display of their own."""

import gc
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot

import explorer.engine  # noqa: F401  (sets TensorFlow's environment before a test imports it)

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

pytest_plugins = ["pytester"]


ROOT = Path(__file__).resolve().parent.parent

TIMEOUT_MS = 120_000
"""Time limit of each wait for a signal or a state, long enough for a busy machine."""

PROCESS_MEMORY_BYTES = 5 << 29
"""Memory that one process of tests takes with its engine."""


def pytest_xdist_auto_num_workers(config):
    """Return the number of test processes: one per core, at most four, limited by the available memory.

    0 runs all tests in this process: those of a single file, benchmarks, which need all cores, and runs with ``-s``.
    """
    files = {argument.partition("::")[0] for argument in config.args}
    one_file = len(files) == 1 and all(file.endswith(".py") for file in files)
    if one_file or config.option.markexpr == "benchmark" or config.option.capture == "no":
        return 0
    count = min(4, psutil.cpu_count() or 1, psutil.virtual_memory().available // PROCESS_MEMORY_BYTES)
    return count if count > 1 else 0


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Freeze the tests and all that they import: garbage is then looked for among new objects alone.

    To scan TensorFlow's modules, which stay to the end, would take 0.3 s each time.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


class PatientQtBot(QtBot):
    """A QtBot with a time limit for busy machines; pytest-qt's default of five seconds is too short for them."""

    def waitSignal(self, signal, *, timeout=TIMEOUT_MS, **options):
        return super().waitSignal(signal, timeout=timeout, **options)

    def waitSignals(self, signals, *, timeout=TIMEOUT_MS, **options):
        return super().waitSignals(signals, timeout=timeout, **options)

    def waitUntil(self, callback, *, timeout=TIMEOUT_MS):
        super().waitUntil(callback, timeout=timeout)


@pytest.fixture(scope="session")
def qapp(qapp):
    """The application with the program's fonts: widths of texts are cached, so no test measures them without."""
    from explorer.views.theme.theme import load_fonts

    load_fonts()
    return qapp


@pytest.fixture
def qtbot(qapp, request):
    return PatientQtBot(request)


@pytest.fixture
def full_disk(tmp_path):
    """Return a folder on a disk of 64 KB."""
    folder = tmp_path / "full"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)]
    if os.name != "posix" or shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("a small disk can only be made by root on Linux")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def command(capfd, monkeypatch, tmp_path):
    """Return a function that runs a command in this process, with an empty folder as home and working folder.

    TensorFlow is imported already, which saves seconds. Tests of streams, signals and displays use `process` instead.
    """
    from explorer.commands.cli import run

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    def run_command(*arguments):
        capfd.readouterr()
        status = run(arguments)
        captured = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, status, captured.out, captured.err)

    return run_command


@pytest.fixture
def process(tmp_path):
    """Return a function that runs a command in a new process, with an empty folder as home and working folder.

    The process has no display unless a test names one. Importing TensorFlow takes it seconds; `command` is quicker
    where streams, signals and displays do not matter.
    """
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment.pop("QT_QPA_PLATFORM", None)
    environment["HOME"] = str(tmp_path)
    if not os.environ.get("REQUIRE_INSTALLED"):
        environment["PYTHONPATH"] = str(ROOT)

    def run_process(*arguments, stdin=None, **variables):
        return subprocess.run(
            [sys.executable, "-m", "explorer", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            env={**environment, **variables},
            cwd=tmp_path,
            timeout=240,
            check=False,
        )

    return run_process
