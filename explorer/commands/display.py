"""Whether a window can be opened here. Checked before Qt is imported, because Qt would abort the process."""

import ctypes
import ctypes.util
import os
import socket
import sys
from importlib import import_module
from pathlib import Path

_DEBIAN_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
"""Debian package of each library, in the order in which Qt needs them: first for any window, then for X11."""

_NEEDED_OFFSCREEN = (
    "libEGL.so.1",
    "libGL.so.1",
    "libxkbcommon.so.0",
    "libdbus-1.so.3",
    "libfontconfig.so.1",
    "libglib-2.0.so.0",
)


def has_display() -> bool:
    """Return whether a window can be shown: always on macOS and Windows, otherwise if a display server answers."""
    if not sys.platform.startswith("linux"):
        return True
    if os.environ.get("QT_QPA_PLATFORM"):
        return True  # chosen by the user
    return _wayland_answers() or _x11_answers(os.environ.get("DISPLAY", ""))


def _wayland_answers() -> bool:
    name = os.environ.get("WAYLAND_DISPLAY")
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    return bool(name) and (Path(folder) / str(name)).exists()


def _x11_answers(display: str) -> bool:
    """Return whether a server listens at ``DISPLAY``: the variable may outlive its server."""
    host, colon, rest = display.rpartition(":")
    if not colon:
        return False
    number = rest.partition(".")[0]
    if not number.isdigit():
        return False
    if host in ("", "unix"):
        for address in (f"/tmp/.X11-unix/X{number}", f"\0/tmp/.X11-unix/X{number}"):
            if _connects(socket.AF_UNIX, address):
                return True
        return False
    return _connects(socket.AF_INET, (host, 6000 + int(number)))


def _connects(family: int, address: object) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.settimeout(2)
            probe.connect(address)  # type: ignore[arg-type]
    except OSError:
        return False
    return True


def missing_library(window: bool = True) -> str | None:
    """Return a message with the command that helps if Qt lacks a system library, else None.

    window: also check what a window on X11 needs.
    """
    if not sys.platform.startswith("linux"):
        return None
    under_x11 = window and not os.environ.get("WAYLAND_DISPLAY") and not os.environ.get("QT_QPA_PLATFORM")
    missing = [name for name in _DEBIAN_PACKAGES if (under_x11 or name in _NEEDED_OFFSCREEN) and not _loads(name)]
    if missing:
        packages = " ".join(_DEBIAN_PACKAGES[name] for name in missing)
        return f"Qt needs {', '.join(missing)}, which is not installed: sudo apt install {packages}"
    try:
        import_module("PySide6.QtWidgets")
    except ImportError as error:
        return f"Qt cannot be loaded: {error}. Try: sudo apt install libegl1 libgl1 libxkbcommon0"
    return None


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True
