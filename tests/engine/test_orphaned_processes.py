"""A child process ends with its parent, also while it computes: nobody is left to stop it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from explorer.core.protocol.frames import pack

ROOT = Path(__file__).resolve().parents[2]

LAYOUT_REQUEST = pack({"id": 1, "chunk": b""}) + pack({"id": 1, "aspect": 1.0, "title_widths": {}})

CHILDREN = {
    "sympy": ("explorer.engine.autodiff.sympy_worker", "answers", json.dumps({"kind": "simplify"}).encode() + b"\n"),
    "layout": ("explorer.core.network_graph.layout_worker", "reply_frames", LAYOUT_REQUEST),
    "engine": ("explorer.engine.__main__", "explorer.engine.server.Server.run", b""),
}
"""The module of each process, the function in it that computes, and a request for it."""

CHILD = """
import importlib, pkgutil, sys

def compute_for_ever(*_):
    print("busy", file=sys.stderr, flush=True)
    while True:
        pass

module = importlib.import_module(sys.argv[1])
if "." in sys.argv[2]:
    owner, _, name = sys.argv[2].rpartition(".")
    setattr(pkgutil.resolve_name(owner), name, compute_for_ever)
else:
    setattr(module, sys.argv[2], compute_for_ever)
module.main()
"""

PARENT = """
import subprocess, sys

child = subprocess.Popen([sys.executable, "-c", *sys.argv[1:4]], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
child.stdin.write(sys.stdin.buffer.read())
child.stdin.flush()
print(child.pid, flush=True)
child.wait()
"""


def has_ended(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("name", list(CHILDREN))
def test_a_child_ends_when_its_parent_is_killed_while_it_computes(name, qtbot):
    module, function, request = CHILDREN[name]
    path = {} if os.environ.get("REQUIRE_INSTALLED") else {"PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD, module, function],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, **path},
    )  # fmt: skip
    with parent:
        parent.stdin.write(request)
        parent.stdin.close()
        child = psutil.Process(int(parent.stdout.readline()))
        assert b"busy\n" in iter(parent.stderr.readline, b"")
        assert not has_ended(child.pid)
        parent.kill()
        qtbot.waitUntil(lambda: has_ended(child.pid))
