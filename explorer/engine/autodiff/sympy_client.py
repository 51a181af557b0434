"""Sends requests to SymPy in a process of its own, which is ended when it takes too long."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from typing import Any, TextIO

from explorer.core.child_process import python_path
from explorer.core.errors import UserError
from explorer.core.expression.evaluate import evaluate_program
from explorer.core.expression.limits import MAX_FORMULA_OPS
from explorer.core.expression.parser import parse
from explorer.core.expression.values import bind

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
        """Return the answer and None, or None and a message that says why there is none."""
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
            line = self._read_line(time_limit)
            if line is None:
                self._kill()
                return None, TOO_SLOW_MESSAGE
            reply = json.loads(line)
            return reply["answer"], reply["note"]

    def simplify(self, formula: str, point: dict[str, Any]) -> tuple[str | None, str | None]:
        """Return ``formula`` simplified, unchanged where SymPy's result has another value at ``point``, and a note."""
        simplified, note = self.request({"kind": "simplify", "formula": formula})
        if simplified is None:
            return None, note
        return (simplified if _have_same_value(formula, simplified, point) else formula), None

    def close(self) -> None:
        """End the process."""
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


def _have_same_value(formula: str, other: str, point: dict[str, Any]) -> bool:
    """Return whether two formulas have the same value at a point, which may be NaN or infinite."""
    import numpy as np

    try:
        programs = [parse(text, MAX_FORMULA_OPS) for text in (formula, other)]
        one, two = (evaluate_program(program, bind(program, point)) for program in programs)
    except UserError:
        return False
    return bool(np.allclose(one, two, rtol=1e-5, atol=1e-12, equal_nan=True))
