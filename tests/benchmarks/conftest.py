"""A window with its engine and a heartbeat, and the table of results, printed at the end.

The full table takes about ten minutes: ``pytest -n 0 -s -m benchmark tests/benchmarks``. With ``--quick`` everything
is measured a few times only, which shows that the benchmarks run; the numbers are rough.
"""

import gc
import os
from time import perf_counter

import pytest
from PySide6.QtCore import QEventLoop, Qt, QTimer

from explorer.app import create_main_window

ROWS: list[tuple[str, str, str, bool | None]] = []


def pytest_addoption(parser):
    parser.addoption("--quick", action="store_true", help="few repetitions: rough numbers in a fraction of the time")


@pytest.fixture(scope="session")
def repetitions(pytestconfig):
    """Return the number of repetitions: ``repetitions(full, quick)``."""
    is_quick = pytestconfig.getoption("--quick", default=False)
    return lambda full, quick: quick if is_quick else full


@pytest.fixture(scope="session", autouse=True)
def _no_other_workers():
    """Fail under pytest-xdist: times mean nothing while another process of this run uses the same cores."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        pytest.fail("Benchmarks need the machine for themselves: run them with -n 0.")


@pytest.fixture
def table():
    """Add a row: what was measured, the result, the goal, and whether the goal was met."""
    return lambda what, measured, goal, met=None: ROWS.append((what, measured, goal, met))


class Bench:
    """Drives a window. ``gaps``: intervals of a 5 ms heartbeat, in seconds; they grow while the window is blocked."""

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
        """Run the event loop for a while."""
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
        """Wait for a signal after which ``condition`` holds. The heartbeat pauses, so that it is not measured along."""
        loop = QEventLoop()
        look = signal.connect(lambda *_: loop.quit() if condition() else None)
        self._beat.stop()
        loop.exec()
        self._last = perf_counter()
        self._beat.start()
        signal.disconnect(look)

    def until_painted(self, do, condition):
        """Call ``do`` and return the seconds until a paint after which ``condition`` holds."""
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
        """Set the text of the expression; return the seconds until its TensorFlow graph with values was painted."""
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
    widths = [max(len(row[k]) for row in [*ROWS, ("what", "measured", "goal", None)]) for k in range(3)]
    write("")
    write(f"| {'what':<{widths[0]}} | {'measured':<{widths[1]}} | {'goal':<{widths[2]}} | met |")
    write(f"|{'-' * (widths[0] + 2)}|{'-' * (widths[1] + 2)}|{'-' * (widths[2] + 2)}|-----|")
    for what, measured, goal, met in ROWS:
        mark = {True: "yes", False: "no", None: "-"}[met]
        write(f"| {what:<{widths[0]}} | {measured:<{widths[1]}} | {goal:<{widths[2]}} | {mark:<3} |")
