"""The option ``--check``: reports whether everything is ready for class. Opens no window and uses no network."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata

from explorer.commands.display import has_display, missing_library
from explorer.core.data.dataset import load_sample
from explorer.core.data.sources import SOURCES, is_cached, keras_home
from explorer.core.resources import resource_path

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
TENSORFLOW_TIMEOUT_S = 180
"""Seconds within which a fresh process must import TensorFlow and compute one gradient."""

_COMPUTE_SINE = (
    "from explorer.engine.tf_adapter.devices import devices\n"
    "import tensorflow as tf\n"
    "from explorer.engine.in_process import trace_and_run\n"
    "trace, values = trace_and_run('sin(2*x)', {}, 'float32')\n"
    "print('ANSWER', tf.__version__, devices()[0], float(values['Sin:0']), sep='|')\n"
)


def run() -> int:
    """Print one line per check. Returns 0 if all pass, else 1."""
    all_pass = True
    for name, passes, text in _checks():
        print(f"{'ok  ' if passes else 'FAIL'}  {name:<12} {text}", flush=True)
        all_pass = all_pass and passes
    print("\nReady for class." if all_pass else "\nNot ready: see the lines that begin with FAIL.")
    return 0 if all_pass else 1


def _checks() -> Iterator[tuple[str, bool, str]]:
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
    yield "offline", not missing, "nothing is downloaded unless you ask for it; everything else works without a network"


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _tensorflow() -> tuple[str, bool, str]:
    """Compute sin(2) in a process of its own, as the window's engine does."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _COMPUTE_SINE],
            capture_output=True,
            text=True,
            timeout=TENSORFLOW_TIMEOUT_S,
            env=environment,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return "TensorFlow", False, f"did not answer: {error}"
    answer = next((line for line in done.stdout.splitlines() if line.startswith("ANSWER|")), None)
    if answer is None:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        return "TensorFlow", False, f"could not compute: {last}"
    _, version, device, value = answer.split("|")
    return "TensorFlow", abs(float(value) - 0.9092974) < 1e-6, f"{version} computes on {device}"


def _display() -> tuple[str, bool, str]:
    if (message := missing_library(window=has_display())) is not None:
        return "display", False, message
    if not has_display():
        return "display", True, "none: the commands explain, draw and snapshot work, the window does not"
    return "display", True, os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY") or "available"


def _fonts() -> tuple[str, bool, str]:
    missing = [name for name in FONTS if not (resource_path("fonts") / name).is_file()]
    return (
        "fonts",
        not missing,
        f"missing: {', '.join(missing)}" if missing else "Inter, STIX and DejaVu Sans Mono, included",
    )


def _data() -> tuple[str, bool, str]:
    """Return which data sets are available, and whether the sample can be read."""
    try:
        included = load_sample()
    except Exception as error:  # whatever is wrong with the file, training on it will not work
        return "data", False, f"the sample of MNIST cannot be read: {error}"
    count = len(included.x_train) + len(included.x_validation)
    cached = [source.title for source in SOURCES.values() if is_cached(source)]
    others = f"; {' and '.join(cached)} in Keras's cache, {keras_home()}" if cached else "; nothing in Keras's cache"
    try:
        free = f"{shutil.disk_usage(os.path.expanduser('~')).free // 10**6:,} MB free"
    except OSError:
        free = "there is no home folder, so settings are not saved"
    return "data", True, f"{count:,} digits of MNIST, included{others}; {free}"
