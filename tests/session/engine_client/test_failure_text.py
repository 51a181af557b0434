"""Messages about an engine that died or could not be started, from what its process left."""

import signal

import pytest

from explorer.session.engine_client.failure_text import death_message, failure_message

START = "TensorFlow could not be started: "


def test_a_death_says_what_happens_next():
    assert death_message() == ("TensorFlow's process ended unexpectedly; starting it again. What you typed is kept.")
    assert death_message("sent nonsense").startswith("TensorFlow's process sent nonsense; ")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            ["Traceback", "ModuleNotFoundError: No module named 'tensorflow.python'"],
            "the package tensorflow is not installed for this Python (pip install tensorflow).",
        ),
        (["ImportError: libcudart.so.12 is missing.", "", "  "], "libcudart.so.12 is missing."),
        (["google.protobuf.RuntimeError: old", "more lines"], "old."),
        (["KeyboardInterrupt"], "KeyboardInterrupt."),
        (["ValueError: first", "OSError: last"], "last."),
        (["2026-01-01 12:00:00 F tensorflow/core/x.cc:42] Check failed: n > 0", "Aborted"], "Check failed: n > 0."),
        (["a warning", "the end"], "the end."),
        ([f"MemoryError: {'x' * 300}"], f"{'x' * 240} …."),
    ],
)
def test_the_reason_is_found_in_the_last_lines(lines, message):
    assert failure_message(lines, 1, crashed=False) == START + message


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (signal.SIGILL, "this TensorFlow uses instructions that the processor does not have."),
        (9, "the system ended its process, perhaps because memory ran out."),
        (11, "its process crashed (signal 11)."),
    ],
)
def test_a_crash_is_explained_by_its_signal(number, message):
    assert failure_message(["some line"], number, crashed=True) == START + message


def test_an_error_explains_more_than_a_crash():
    assert failure_message(["OSError: no space"], 11, crashed=True) == START + "no space."


def test_a_process_that_wrote_nothing():
    expected = START + "its process ended with status 3 and said nothing."
    assert failure_message(["", " "], 3, crashed=False) == expected
