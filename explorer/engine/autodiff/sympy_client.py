"""Sends requests to SymPy in a process of its own, which is ended when it takes too long."""

import contextlib
import json
import math
import os
import queue
import subprocess
import sys
import threading
import time
from typing import Any, TextIO

from explorer.core.child_process import python_path
from explorer.core.errors import UserError
from explorer.core.expression.values import as_array

TIME_LIMIT_S = 1.0
"""How long SymPy may work on a request."""

START_TIME_LIMIT_S = 30.0
"""How long its process may take to start."""

TOO_SLOW_MESSAGE = "SymPy did not finish within a second."


class SymbolicWorker:
    """A process that answers one request at a time, started by the first request or earlier by `warm_up`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()

    def warm_up(self) -> None:
        """Start the process, so that the first request does not wait for the import of SymPy."""
        with self._lock:
            self._ensure_process()

    def request(self, payload: dict[str, Any], time_limit: float = TIME_LIMIT_S) -> tuple[Any, str | None]:
        """Return the best answer within the time limit and None, or None and a message that says why there is none.

        Of several answers each is better than the one before, so the last one that came in time counts.
        """
        with self._lock:
            process = self._ensure_process()
            if process is None or process.stdin is None:
                return None, "SymPy's process could not be started."
            try:
                process.stdin.write(json.dumps(payload) + "\n")
                process.stdin.flush()
            except OSError:
                self._kill()
                return None, "SymPy's process ended."
            deadline = time.monotonic() + time_limit
            best = None
            while (line := self._read_line(max(0.0, deadline - time.monotonic()))) is not None:
                reply = json.loads(line)
                if reply["final"]:
                    return reply["answer"], reply["note"]
                best = reply["answer"]
            self._kill()
            return best, None if best is not None else TOO_SLOW_MESSAGE

    def simplify(self, formula: str, point: dict[str, Any]) -> tuple[str | None, str | None]:
        """Return the simplest form of ``formula``, which may be itself, and a note where there is none.

        point: the values at which a form is compared with the formula, among others; those that are no numbers are
        left out.
        """
        return self.request({"kind": "simplify", "formula": formula, "point": _finite_numbers(point)})

    def close(self) -> None:
        """End the process, and with it a request in progress."""
        process = self._process
        if process is not None:
            process.kill()
        with self._lock:
            self._kill()

    def _ensure_process(self) -> subprocess.Popen[str] | None:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._kill()
        environment = {**os.environ, "PYTHONPATH": python_path(os.environ.get("PYTHONPATH", ""))}
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "explorer.engine.autodiff.sympy_worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=environment,
            )
        except OSError:
            return None
        self._lines = queue.Queue()
        assert self._process.stdout is not None
        threading.Thread(target=_read_lines, args=(self._process.stdout, self._lines), daemon=True).start()
        if self._read_line(START_TIME_LIMIT_S) is None:
            self._kill()
        return self._process

    def _read_line(self, time_limit: float) -> str | None:
        try:
            return self._lines.get(timeout=time_limit)
        except queue.Empty:
            return None

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()


def _read_lines(stream: TextIO, lines: "queue.Queue[str | None]") -> None:
    try:
        for line in stream:
            lines.put(line)
    except ValueError:
        pass  # the stream was closed because the process was killed
    lines.put(None)


def _finite_numbers(point: dict[str, Any]) -> dict[str, float]:
    numbers = {}
    for name, value in point.items():
        with contextlib.suppress(UserError):
            array = as_array(value, name)
            if not array.ndim and math.isfinite(array):
                numbers[name] = float(array)
    return numbers
