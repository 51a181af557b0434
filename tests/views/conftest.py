"""One window with its engine for all tests of views: TensorFlow's start takes seconds."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from explorer.app import create_main_window
from explorer.views.main_window import MainWindow

START = 120_000
"""Milliseconds that a test waits for what follows TensorFlow's start; far more than it takes."""


class Driver:
    """Drives the window as a user does: by the names that the README promises."""

    def __init__(self, window: MainWindow, wait: Callable[..., None]) -> None:
        self.window = window
        self.wait = wait

    def find(self, name: str) -> QWidget:
        found = self.window.findChild(QObject, name)
        assert found is not None, f"there is no {name}"
        return found

    def type(self, text: str) -> None:
        """Set the text and wait until its graph is painted."""
        self.find("expressionEdit").setText(text)
        self.until(lambda: self.graph("shownExpression") == text)

    def complete(self, text: str) -> None:
        """Set the text and wait until the curve and all formulas are there too."""
        self.find("expressionEdit").setText(text)
        self.until(lambda: self.window.isComplete(text))

    def click(self, name: str) -> None:
        QTest.mouseClick(self.find(name), Qt.MouseButton.LeftButton)

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifiers)

    def until(self, condition: Callable[[], bool]) -> None:
        self.wait(condition, timeout=START)

    def train_mlp(self) -> None:
        """Have a trained mlp in view."""
        window = self.window

        def is_mlp():
            return [layer["type"] for layer in window.network.layers] == ["Flatten", "Dense", "Dense"]

        if not is_mlp():
            window.training.start({"model": "mlp", "epochs": 1}, "sample")
            self.until(lambda: window.training.state == "finished" and is_mlp())

    def settle_network(self) -> None:
        """Wait until what is wanted of the network's graph is on the screen, with its numbers."""
        view, graph = self.find("networkView"), self.window.network_graph
        self.until(
            lambda: (
                self.find("networkTab").property("isComplete") and set(view.property("openGroups")) == set(graph.opened)
            )
        )

    def graph(self, name: str) -> object:
        return self.find("graphView").property(name)

    @property
    def values(self) -> dict:
        return self.find("graphView").property("shownValues")


@pytest.fixture(scope="session")
def _window(qapp):
    window = create_main_window()
    window.setAnimated(False)
    window.show()
    yield window
    window.close()


@pytest.fixture(scope="session")
def _files():
    """The file whose tests had the window last."""
    return [""]


def leave(driver: Driver) -> None:
    """Take away lesson and runs: which files share a process, and in which order, is chance."""
    window, training = driver.window, driver.window.training
    window.lessons.session.close()
    window.lessons.show(False)
    window.store.set("lessons", {})
    if training.is_under_way:
        training.stop()
        driver.until(lambda: not training.is_under_way)
    training.reset()
    for run in list(training.runs.all):
        training.runs.delete(run)
    window.weights.keep(False)
    window.weights.set_own(False)
    driver.click("weightsSide_layer")
    window.show_tab("autodiff")


@pytest.fixture
def ui(_window, _files, qtbot, request):
    """The window as after a start: dark, backward pass at step 0, concept, top-down, nothing selected or wrong."""
    driver = Driver(_window, qtbot.waitUntil)
    _window.client._deaths.clear()  # several tests kill the engine, and together they would be too many in a minute
    driver.until(lambda: _window.property("engineState") == "ready")
    if _files != [request.module.__name__]:
        _files[:] = [request.module.__name__]
        leave(driver)
    _window.activateWindow()  # a test that closed a window of its own has left none with the keys
    driver.until(_window.isActiveWindow)
    session, curve = _window.session, _window.curve
    _window.set_presenting(False)
    _window.mistakes.session.end()
    _window.practising.session.end()
    _window.ways.set_way("chain")
    session.clear_selection()
    session.walk.set_pass("backward")
    session.walk.set_quiz(False)
    if session.along:
        session.set_along(())
        driver.until(lambda: session.is_current)
    session.walk.first()  # the same text again would be shown at the step where it was left
    for name in ("rangeLow", "rangeHigh"):
        driver.find(name).setModified(False)
    curve.set_range("-pi", "pi")
    curve.set_points(1000)
    curve.set_overlay("")
    curve.check("")
    for key, value in (("theme", "dark"), ("scale", 1.0), ("digits", 4), ("dtype", "float32"), ("direction", "TB")):
        _window.set_setting(key, value)
    _window.set_setting("depth", "concept")
    session.forget_values()
    _window.activateWindow()
    driver.find("expressionEdit").setFocus()
    return driver


@pytest.fixture
def net(ui):
    """The tab with the closed graph of an mlp, at step 0."""
    ui.window.show_tab("network")
    graph = ui.window.network_graph
    ui.until(lambda: graph.shown is not None)
    graph.open("mlp")
    ui.until(lambda: graph.source == "mlp" and not graph.waits_for)
    graph.set_helpers(False)
    graph.set_backward(False)
    graph.set_overlay("none")
    graph.clear_selection()
    graph.set_level(0)
    graph.set_step(0)
    ui.find("networkView").fit()
    ui.settle_network()
    yield ui
    ui.window.show_tab("autodiff")
