"""An X display with a window manager, and the real program on it, driven by real key presses."""

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
REQUIRED_PROGRAMS = ("Xvfb", "openbox", "xdotool")
SCREEN_SIZE = (1280, 800)


class Screen:
    """A display: its pixels, its windows, and key presses for them."""

    def __init__(self, display: str, framebuffer: Path, window_manager: subprocess.Popen) -> None:
        self.display = display
        self._framebuffer = framebuffer
        self._window_manager = window_manager

    def pixels(self) -> np.ndarray:
        """Return the screen's pixels from the XWD file in which Xvfb keeps them.

        Shape (height, width, 3), int: red, green, blue from 0 to 255.
        """
        data = self._framebuffer.read_bytes()
        header = struct.unpack(">25I", data[:100])
        start = header[0] + header[19] * 12
        width, height, line = header[4], header[5], header[12]
        rows = np.frombuffer(data, np.uint8, height * line, start).reshape(height, line)
        return rows[:, : width * 4].reshape(height, width, 4)[:, :, 2::-1].astype(int)

    def key(self, *keys: str) -> None:
        """Press keys one after another, given by their X names."""
        self._xdotool("key", "--clearmodifiers", "--delay", "40", *keys)

    def type(self, text: str) -> None:
        """Type letter by letter."""
        self._xdotool("type", "--delay", "30", text)

    def drag(self, start: tuple[int, int], *places: tuple[int, int]) -> None:
        """Press the left button at a place of the screen, move the mouse to others, and release it."""
        self._xdotool("mousemove", "--sync", *map(str, start), "mousedown", "1")
        for place in places:  # the mouse stays on the screen
            x, y = (min(max(each, 0), size - 1) for each, size in zip(place, SCREEN_SIZE, strict=True))
            self._xdotool("mousemove", "--sync", str(x), str(y))
        self._xdotool("mouseup", "1")

    def windows(self) -> list[str]:
        """Return the ids of the program's visible windows."""
        completed = self._xdotool("search", "--onlyvisible", "--name", "Autodiff Explorer", check=False)
        return completed.stdout.split()

    def is_managed(self) -> bool:
        """Return whether the window manager is running; without it no key closes a window."""
        if self._window_manager.poll() is not None:
            raise RuntimeError("the window manager has ended")  # an AssertionError would be retried by waitUntil
        return self._xdotool("get_num_desktops", check=False).returncode == 0

    def focus(self) -> None:
        """Give the program the keyboard focus."""
        self._xdotool("windowfocus", "--sync", self.windows()[0])

    def _xdotool(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        environment = {**os.environ, "DISPLAY": self.display}
        return subprocess.run(["xdotool", *arguments], env=environment, capture_output=True, text=True, check=check)


@pytest.fixture(scope="session")
def screen(tmp_path_factory):
    missing = [name for name in REQUIRED_PROGRAMS if shutil.which(name) is None]
    if missing:
        message = f"real windows are not tested: {', '.join(missing)} not installed (apt install xvfb openbox xdotool)"
        if os.environ.get("REQUIRE_XVFB"):
            pytest.fail(message)
        pytest.skip(message)  # the offscreen tests cover most of it without Xvfb
    folder = tmp_path_factory.mktemp("screen")
    read_end, write_end = os.pipe()
    server = subprocess.Popen(
        [
            "Xvfb",
            "-displayfd",
            str(write_end),
            "-screen",
            "0",
            f"{SCREEN_SIZE[0]}x{SCREEN_SIZE[1]}x24",
            "-fbdir",
            str(folder),
        ],
        pass_fds=[write_end],
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        display = f":{pipe.readline().strip()}"
    window_manager = subprocess.Popen(["openbox"], env={**os.environ, "DISPLAY": display}, stderr=subprocess.DEVNULL)
    yield Screen(display, folder / "Xvfb_screen0", window_manager)
    window_manager.terminate()
    server.terminate()
    window_manager.wait()
    server.wait()


@pytest.fixture
def program(screen, tmp_path, qtbot):
    """Return a function that starts the program with arguments; it is killed after the test."""
    started: list[psutil.Popen] = []

    def start(*arguments: str) -> psutil.Popen:
        environment = {**os.environ, "DISPLAY": screen.display, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
        for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY"):
            environment.pop(name, None)
        if not os.environ.get("REQUIRE_INSTALLED"):
            environment["PYTHONPATH"] = str(ROOT)
        process = psutil.Popen([sys.executable, "-m", "explorer", *arguments], env=environment, cwd=tmp_path)
        started.append(process)
        qtbot.waitUntil(lambda: bool(screen.windows()))
        qtbot.waitUntil(screen.is_managed)
        screen.focus()
        return process

    yield start
    for process in started:
        if process.is_running():
            process.send_signal(signal.SIGKILL)
            process.wait()
    qtbot.waitUntil(lambda: not screen.windows())


@pytest.fixture
def until(qtbot) -> Callable[[Callable[[], bool]], None]:
    """Return a function that waits until a condition is true."""
    return lambda condition: qtbot.waitUntil(condition)
