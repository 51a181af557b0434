"""One window with its engine and a heartbeat, and one table of what was measured, printed at the end."""

import gc
import os
from time import perf_counter

import pytest
from PySide6.QtCore import QEventLoop, Qt, QTimer

from explorer.app import create_main_window

ROWS: list[tuple[str, str, str, bool | None]] = []


@pytest.fixture(scope="session", autouse=True)
def _alone():
    """Times mean nothing where another process of this run uses the same cores."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        pytest.fail("Benchmarks need the machine for themselves: run them with -n 0.")


@pytest.fixture
def table():
    """Add a row: what, measured, to reach, and whether it was reached."""
    return lambda what, measured, reach, met=None: ROWS.append((what, measured, reach, met))


class Bench:
    """A window that is driven, and how long it did not answer meanwhile: ``gaps`` of a 5 ms heartbeat, in seconds."""

    def __init__(self):
        self.window = create_main_window()
        self.view = self.window.tab("autodiff").graph
        self.edit = self.window.tab("autodiff").edit
        self.gaps = []
        self._last = perf_counter()
        self.window.show()
        self.wait(lambda: True)
        self._beat = QTimer(interval=5, timerType=Qt.TimerType.PreciseTimer)
        self._beat.timeout.connect(self._tick)
        self._last = perf_counter()
        self._beat.start()

    def _tick(self):
        now = perf_counter()
        self.gaps.append(now - self._last)
        self._last = now

    def turn(self, milliseconds):
        """Let the window live for a while."""
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def wait(self, condition):
        loop = QEventLoop()
        timer = QTimer(interval=1)
        timer.timeout.connect(lambda: loop.quit() if condition() else None)
        timer.start()
        loop.exec()

    def until(self, signal, condition):
        """Wait for a signal after which ``condition`` holds, without a heartbeat: what measures must not be measured,
        and the peer runs while this process sleeps."""
        loop = QEventLoop()
        look = signal.connect(lambda *_: loop.quit() if condition() else None)
        self._beat.stop()
        loop.exec()
        self._last = perf_counter()
        self._beat.start()
        signal.disconnect(look)

    def until_painted(self, do, condition):
        """Do something and return how long it took until a paint after which ``condition`` holds."""
        loop = QEventLoop()
        done = []

        def look():
            if not done and condition():
                done.append(perf_counter())
                loop.quit()

        self.view.valuesPainted.connect(look)
        begin = perf_counter()
        do()
        loop.exec()
        self.view.valuesPainted.disconnect(look)
        return done[0] - begin

    def type(self, text):
        """Paste a text; returns the seconds until its TensorFlow graph with values was painted."""
        session = self.window.sessions.autodiff

        def ready():
            return self.view.property("shownExpression") == text and session.stepper.steps_total("backward") > 0

        return self.until_painted(lambda: self.edit.setText(text), ready)

    def memory(self, process):
        gc.collect()
        return process.memory_full_info().uss / 1e6


@pytest.fixture(scope="module")
def bench():
    made = Bench()
    made.wait(lambda: made.window.property("engineState") == "ready")
    made.type("sin(2*x)")
    made.wait(lambda: made.window.isComplete("sin(2*x)"))
    yield made
    made.window.close()


def pytest_terminal_summary(terminalreporter):
    if not ROWS:
        return
    write = terminalreporter.write_line
    widths = [max(len(row[k]) for row in [*ROWS, ("what", "measured", "to reach", None)]) for k in range(3)]
    write("")
    write(f"| {'what':<{widths[0]}} | {'measured':<{widths[1]}} | {'to reach':<{widths[2]}} | met |")
    write(f"|{'-' * (widths[0] + 2)}|{'-' * (widths[1] + 2)}|{'-' * (widths[2] + 2)}|-----|")
    for what, measured, reach, met in ROWS:
        mark = {True: "yes", False: "no", None: "-"}[met]
        write(f"| {what:<{widths[0]}} | {measured:<{widths[1]}} | {reach:<{widths[2]}} | {mark:<3} |")
