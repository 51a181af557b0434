"""A display of its own with a window manager, and the real program on it, driven by real key presses."""

import os
import shutil
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("Xvfb", "openbox", "xdotool")
SIZE = (1280, 800)
PATIENCE = 120_000


class Screen:
    """The display: what is on it, and keys for what is on it."""

    def __init__(self, display: str, picture: Path, manager: subprocess.Popen) -> None:
        self.display = display
        self._picture = picture
        self._manager = manager

    def pixels(self) -> np.ndarray:
        """Return the screen as (height, width, 3) of red, green, blue: Xvfb keeps it in a file in XWD format."""
        data = self._picture.read_bytes()
        header = struct.unpack(">25I", data[:100])
        start = header[0] + header[19] * 12
        width, height, line = header[4], header[5], header[12]
        rows = np.frombuffer(data, np.uint8, height * line, start).reshape(height, line)
        return rows[:, : width * 4].reshape(height, width, 4)[:, :, 2::-1].astype(int)

    def key(self, *keys: str) -> None:
        """Press keys, each by its X name, one after another."""
        self._tell("key", "--clearmodifiers", "--delay", "40", *keys)

    def type(self, text: str) -> None:
        """Type letter by letter."""
        self._tell("type", "--delay", "30", text)

    def windows(self) -> list[str]:
        """Return the numbers of the program's windows that can be seen."""
        done = self._tell("search", "--onlyvisible", "--name", "Autodiff Explorer", check=False)
        return done.stdout.split()

    def is_managed(self) -> bool:
        """Return whether there is a window manager yet, without which no key closes a window."""
        assert self._manager.poll() is None, "the window manager has ended"
        return self._tell("get_num_desktops", check=False).returncode == 0

    def focus(self) -> None:
        """Give the program the keyboard."""
        self._tell("windowfocus", "--sync", self.windows()[0])

    def _tell(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        environment = {**os.environ, "DISPLAY": self.display}
        return subprocess.run(["xdotool", *arguments], env=environment, capture_output=True, text=True, check=check)


@pytest.fixture(scope="session")
def screen(tmp_path_factory):
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        sentence = f"no real window is tested: {', '.join(missing)} not installed (apt install xvfb openbox xdotool)"
        if os.environ.get("REQUIRE_XVFB"):
            pytest.fail(sentence)
        pytest.skip(sentence)  # where there is no Xvfb, the offscreen tests still say most
    folder = tmp_path_factory.mktemp("screen")
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-fbdir", str(folder)],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as answer:
        display = f":{answer.readline().strip()}"
    manager = subprocess.Popen(["openbox"], env={**os.environ, "DISPLAY": display}, stderr=subprocess.DEVNULL)
    yield Screen(display, folder / "Xvfb_screen0", manager)
    manager.terminate()
    server.terminate()
    manager.wait()
    server.wait()


@pytest.fixture
def program(screen, tmp_path, qtbot):
    """Start the command with arguments; at the end it is ended, and with it everything that it started."""
    started: list[psutil.Popen] = []

    def start(*arguments: str) -> psutil.Popen:
        environment = {**os.environ, "DISPLAY": screen.display, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
        for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY"):
            environment.pop(name, None)
        if not os.environ.get("REQUIRE_INSTALLED"):
            environment["PYTHONPATH"] = str(ROOT)
        process = psutil.Popen([sys.executable, "-m", "explorer", *arguments], env=environment, cwd=tmp_path)
        started.append(process)
        qtbot.waitUntil(lambda: bool(screen.windows()), timeout=PATIENCE)
        qtbot.waitUntil(screen.is_managed, timeout=PATIENCE)
        screen.focus()
        return process

    yield start
    for process in started:
        if process.is_running():
            process.send_signal(signal.SIGKILL)
            process.wait()
    qtbot.waitUntil(lambda: not screen.windows(), timeout=PATIENCE)


@pytest.fixture
def until(qtbot) -> Callable[[Callable[[], bool]], None]:
    return lambda condition: qtbot.waitUntil(condition, timeout=PATIENCE)
