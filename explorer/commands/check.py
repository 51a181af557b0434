"""``--check``: says before class whether everything is in place. No Qt window, no network."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata

from explorer.commands.display import has_display, missing_library
from explorer.core.data.dataset import sample
from explorer.core.data.sources import SOURCES, is_kept, keras_home
from explorer.core.resources import resource

PACKAGES = (
    "numpy",
    "networkx",
    "pygraphviz",
    "pyside6-essentials",
    "pyqtgraph",
    "sympy",
    "lark",
    "ziamath",
    "fonttools",
    "msgpack",
)
FONTS = ("Inter-Regular.otf", "STIXGeneral-Regular.otf", "STIXGeneral-Italic.otf", "DejaVuSansMono.ttf")
PATIENCE = 180
"""Seconds that TensorFlow may take to say what it computes on."""

_ASK = (
    "from explorer.engine.tf_adapter.devices import devices\n"
    "import tensorflow as tf\n"
    "from explorer.engine.in_process import explain_once\n"
    "trace, values = explain_once('sin(2*x)', {}, 'float32')\n"
    "print('ANSWER', tf.__version__, devices()[0], float(values['Sin:0']), sep='|')\n"
)


def run() -> int:
    """Print one line for each thing that must be there; returns 0 if all are, else 1."""
    good = True
    for name, fine, text in _findings():
        print(f"{'ok  ' if fine else 'FAIL'}  {name:<12} {text}", flush=True)
        good = good and fine
    print("\nReady for class." if good else "\nNot ready: see the lines that begin with FAIL.")
    return 0 if good else 1


def _findings() -> Iterator[tuple[str, bool, str]]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield "program", True, f"autodiff-explorer {_version('autodiff-explorer') or '(not installed, from a checkout)'}"
    yield "Python", (3, 11) <= sys.version_info[:2] <= (3, 13), f"{version} on {platform.platform(terse=True)}"
    found = {name: _version(name) for name in PACKAGES}
    missing = [name for name, version in found.items() if version is None]
    listed = ", ".join(f"{name} {version}" for name, version in found.items() if version)
    yield "packages", not missing, f"missing: {', '.join(missing)}" if missing else listed
    yield _tensorflow()
    yield _display()
    yield _fonts()
    yield _data()
    yield "offline", not missing, "nothing is downloaded unless you ask for MNIST; all else works without a network"


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _tensorflow() -> tuple[str, bool, str]:
    """Let a process of its own compute sin(2): that is what the window's engine will do."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _ASK],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            env=environment,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return "TensorFlow", False, f"did not answer: {error}"
    answer = next((line for line in done.stdout.splitlines() if line.startswith("ANSWER|")), None)
    if answer is None:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return "TensorFlow", False, f"could not compute: {last}"
    _, version, device, value = answer.split("|")
    return "TensorFlow", abs(float(value) - 0.9092974) < 1e-6, f"{version} computes on {device}"


def _display() -> tuple[str, bool, str]:
    if (sentence := missing_library(window=has_display())) is not None:
        return "display", False, sentence
    if not has_display():
        return "display", True, "none: the commands explain, draw and snapshot work, the window does not"
    return "display", True, os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY") or "there is one"


def _fonts() -> tuple[str, bool, str]:
    missing = [name for name in FONTS if not (resource("fonts") / name).is_file()]
    return (
        "fonts",
        not missing,
        f"missing: {', '.join(missing)}" if missing else "Inter, STIX and DejaVu Sans Mono, shipped",
    )


def _data() -> tuple[str, bool, str]:
    """Tell what there is to train on, and whether the sample can be read."""
    try:
        shipped = sample()
    # Whatever is wrong with the file, it is not there for the class.
    except Exception as error:
        return "data", False, f"the sample of MNIST cannot be read: {error}"
    count = len(shipped.x_train) + len(shipped.x_validation)
    kept = [source.title for source in SOURCES.values() if is_kept(source)]
    others = f"; {' and '.join(kept)} from Keras's cache in {keras_home()}" if kept else "; no more in Keras's cache"
    try:
        free = f"{shutil.disk_usage(os.path.expanduser('~')).free // 10**6:,} MB free"
    except OSError:
        free = "there is no home folder, so settings are not kept"
    return "data", True, f"{count:,} digits of MNIST, shipped{others}; {free}"
