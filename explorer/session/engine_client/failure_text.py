"""Messages about an engine that died or could not be started."""

import re
import signal
from collections.abc import Iterable

_ERROR_LINE = re.compile(r"^(?:[\w.]+\.)?(\w*(?:Error|Exception|Interrupt|Exit))(?:: (.*))?$")
_FATAL_LINE = re.compile(r"^.*\b[FE] \S+\.cc:\d+\] (.*)$")
_MAX_LENGTH = 240
"""Characters of a line of standard error in a message."""


def death_message(reason: str = "ended unexpectedly") -> str:
    """Return the message for a running engine that ended and is being started again."""
    return f"TensorFlow's process {reason}; starting it again. What you typed is kept."


def failure_message(lines: Iterable[str], exit_code: int, crashed: bool) -> str:
    """Return the message for a process that ended before TensorFlow was ready.

    lines: the end of its standard error. exit_code: its status, or the number of the signal if it ``crashed``.
    """
    lines_with_text = [line.strip() for line in lines if line.strip()]
    error = next((match for line in reversed(lines_with_text) if (match := _ERROR_LINE.match(line))), None)
    if error is not None:
        return f"TensorFlow could not be started: {_error_reason(error[1], error[2] or '')}"
    if crashed:
        return f"TensorFlow could not be started: {_signal_reason(exit_code)}"
    fatal = next((match[1] for line in reversed(lines_with_text) if (match := _FATAL_LINE.match(line))), None)
    if fatal is not None or lines_with_text:
        return f"TensorFlow could not be started: {_as_sentence(fatal or lines_with_text[-1])}"
    return f"TensorFlow could not be started: its process ended with status {exit_code} and said nothing."


def _error_reason(kind: str, text: str) -> str:
    missing = re.match(r"No module named '([\w.]+)'", text)
    if missing is not None:
        package = missing[1].split(".")[0]
        return f"the package {package} is not installed for this Python (pip install {package})."
    return _as_sentence(text or kind)


def _signal_reason(number: int) -> str:
    if number == signal.SIGILL:
        return "this TensorFlow uses instructions that the processor does not have."
    if number == getattr(signal, "SIGKILL", 9):
        return "the system ended its process, perhaps because memory ran out."
    return f"its process crashed (signal {number})."


def _as_sentence(text: str) -> str:
    short = text.strip().rstrip(".")
    return (short if len(short) <= _MAX_LENGTH else f"{short[:_MAX_LENGTH].rstrip()} …") + "."
