"""Memory of the window after 200 expressions, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.benchmark
ROOT = Path(__file__).resolve().parents[2]


def test_memory_alone(table):
    path = {} if os.environ.get("REQUIRE_INSTALLED") else {"PYTHONPATH": str(ROOT)}
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", **path}
    driver = Path(__file__).with_name("memory_driver.py")
    done = subprocess.run([sys.executable, str(driver)], env=environment, check=True, capture_output=True, text=True)
    private, resident, _ = done.stdout.split()
    table("window's memory after 200 expressions", f"{float(resident):.0f} MB resident ({float(private):.0f} private)",
          "220 MB", float(resident) <= 220)  # fmt: skip
    assert float(resident) < 600
