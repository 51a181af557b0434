"""Process start to first paint and to TensorFlow's first values, relative to a bare import of TensorFlow."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.benchmark
ROOT = Path(__file__).resolve().parents[2]


def environment():
    """Return a user's environment, in which Python caches compiled modules."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    path = {} if os.environ.get("REQUIRE_INSTALLED") else {"PYTHONPATH": str(ROOT)}
    return {**inherited, "QT_QPA_PLATFORM": "offscreen", "TF_CPP_MIN_LOG_LEVEL": "3", **path}


def peer():
    begin = time.time()
    subprocess.run([sys.executable, "-c", "import tensorflow"], env=environment(), check=True, capture_output=True)
    return time.time() - begin


def start():
    begin = time.time()
    driver = Path(__file__).with_name("start_driver.py")
    done = subprocess.run([sys.executable, str(driver)], env=environment(), check=True, capture_output=True, text=True)
    times = dict(line.split() for line in done.stdout.splitlines())
    return float(times["parsed"]) - begin, float(times["values"]) - begin


def test_start(table, repetitions):
    peer(), start()  # warms the disk cache
    pairs = [(peer(), start()) for _ in range(repetitions(5, 1))]
    bare = statistics.median(p for p, _ in pairs)
    parsed = statistics.median(s[0] for _, s in pairs)
    values = statistics.median(s[1] for _, s in pairs)
    for what, measured, reach in (
        ("start to a window with the parsed graph / import tensorflow", parsed / bare, 0.25),
        ("start to the first TensorFlow values / import tensorflow", values / bare, 1.2),
    ):
        seconds = parsed if reach < 1 else values
        table(what, f"{measured:.2f} ({seconds:.2f} s / {bare:.2f} s)", f"{reach} or less", measured <= reach)
        assert measured < 2 * reach  # far off is broken, not noisy
