"""Asks SymPy, in its own process, and ends it when it takes too long."""

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

SECONDS = 1.0
"""How long SymPy may think about one request."""

START_SECONDS = 30.0
"""How long its process may take to start."""

TOO_SLOW = "SymPy did not finish within a second."


class SymbolicWorker:
    """One process, started when it is first needed or beforehand by `warm_up`; one request at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()

    def warm_up(self) -> None:
        """Start the process, so that the first question does not wait for the import of SymPy."""
        with self._lock:
            self._ensure()

    def ask(self, request: dict[str, Any], seconds: float = SECONDS) -> tuple[Any, str | None]:
        """Return the answer and None, or None and a sentence that says why there is none."""
        with self._lock:
            process = self._ensure()
            if process is None or process.stdin is None:
                return None, "SymPy's process could not be started."
            try:
                process.stdin.write(json.dumps(request) + "\n")
                process.stdin.flush()
            except OSError:
                self._kill()
                return None, "SymPy's process ended."
            line = self._next(seconds)
            if line is None:
                self._kill()
                return None, TOO_SLOW
            reply = json.loads(line)
            return reply["answer"], reply["note"]

    def simplify(self, formula: str, point: dict[str, Any]) -> tuple[str | None, str | None]:
        """Return ``formula`` simplified; itself where SymPy's answer has another value at ``point``."""
        said, note = self.ask({"kind": "simplify", "formula": formula})
        if said is None:
            return None, note
        return (said if _same_value(formula, said, point) else formula), None

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._kill()

    def _ensure(self) -> subprocess.Popen[str] | None:
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
        threading.Thread(target=_read, args=(self._process.stdout, self._lines), daemon=True).start()
        if self._next(START_SECONDS) is None:
            self._kill()
        return self._process

    def _next(self, seconds: float) -> str | None:
        try:
            return self._lines.get(timeout=seconds)
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


def _read(stream: TextIO, lines: "queue.Queue[str | None]") -> None:
    try:
        for line in stream:
            lines.put(line)
    except ValueError:
        pass  # closed under us because the process was killed
    lines.put(None)


def _same_value(formula: str, other: str, point: dict[str, Any]) -> bool:
    """Whether two texts have the same value at a point, NaN and infinities included."""
    import numpy as np

    try:
        values = []
        for text in (formula, other):
            program = parse(text, MAX_FORMULA_OPS)
            values.append(evaluate_program(program, bind(program, point)))
    except UserError:
        return False
    return bool(np.allclose(*values, rtol=1e-5, atol=1e-12, equal_nan=True))
