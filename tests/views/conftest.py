"""One window with its engine for all tests of views, since TensorFlow takes seconds to start."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from explorer.app import create_main_window
from explorer.core.protocol.conformance import mismatches
from explorer.core.protocol.events import EVENTS
from explorer.core.protocol.models import WEIGHTS
from explorer.core.protocol.request_kind import RequestEnvelope, WireError
from explorer.core.protocol.requests import REQUESTS
from explorer.core.training.settings import run_settings
from explorer.session.engine_client.client import EngineClient
from explorer.session.engine_client.pending_requests import PendingRequest
from explorer.session.sessions import Sessions
from explorer.views.help.controller import HelpController
from explorer.views.lessons.controller import LessonController
from explorer.views.shell.main_window import MainWindow

Result = TypeVar("Result")


@pytest.fixture(autouse=True)
def declared_messages(monkeypatch):
    """Compare all messages between the windows and the engine with their declarations; only in the tests of views."""
    pack, receive = PendingRequest.message, EngineClient._receive

    def checked_message(request):
        assert mismatches(request.kind.payload, request.payload, request.kind.name) == []
        message = pack(request)
        envelope = {key: value for key, value in message.items() if key not in request.payload}
        assert mismatches(RequestEnvelope, envelope, request.kind.name) == []
        return message

    def checked_receive(client, message):
        name = message["kind"]
        declared = REQUESTS[name].reply if "id" in message else EVENTS[name]
        if "error" in message:
            assert mismatches(WireError, message["error"], name) == []
        elif not message.get("superseded"):
            assert mismatches(declared, message, name) == []
        receive(client, message)

    monkeypatch.setattr(PendingRequest, "message", checked_message)
    monkeypatch.setattr(EngineClient, "_receive", checked_receive)


class Driver:
    """Drives the window as a user does, by the object names documented in the README."""

    def __init__(self, window: MainWindow, wait: Callable[..., None]) -> None:
        self.window = window
        self.wait = wait

    @property
    def sessions(self) -> Sessions:
        return self.window.sessions

    def find(self, name: str) -> QWidget:
        widget = self.window.findChild(QObject, name)
        assert widget is not None, f"there is no {name}"
        return widget

    def type(self, text: str) -> None:
        """Set the expression and wait until its graph is painted."""
        self.find("expressionEdit").setText(text)
        self.until(lambda: self.graph("shownExpression") == text)

    def complete(self, text: str) -> None:
        """Set the expression and wait until the graph, the curve and all formulas are shown."""
        self.find("expressionEdit").setText(text)
        self.until(lambda: self.window.isComplete(text))

    def click(self, name: str) -> None:
        QTest.mouseClick(self.find(name), Qt.MouseButton.LeftButton)

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifiers)

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition is true; an error because a value is still missing counts as false."""

        def is_met() -> bool:
            try:
                return bool(condition())
            except (LookupError, TypeError, ValueError) as error:
                raise AssertionError(str(error)) from error

        self.wait(is_met)

    def train_mlp(self) -> None:
        """Show an mlp, which is trained unless it is shown already."""
        window = self.window

        def is_mlp():
            return [layer["type"] for layer in window.sessions.current_network.layers] == ["Flatten", "Dense", "Dense"]

        if not is_mlp():
            window.sessions.training.start({"model": "mlp", "epochs": 1}, "sample")
            self.until(lambda: window.sessions.training.state == "finished" and is_mlp())

    def call_while_compiling(self, settings: dict[str, object], act: Callable[[], Result]) -> Result:
        """Start a run, call a function while its network is compiled, and return its result.

        The signal calls it, since on a busy machine compiling may be over before the next event is handled.
        """
        network, results = self.sessions.current_network, []

        def call():
            if network.is_compiling and not results:
                results.append(act())

        network.isExpectedChanged.connect(call)
        self.sessions.training.start(settings, "sample")
        self.until(lambda: bool(results))
        network.isExpectedChanged.disconnect(call)
        return results[0]

    def forget_runs(self) -> None:
        """Stop training and delete all runs."""
        training = self.window.sessions.training
        if training.is_active:
            training.stop()
            self.until(lambda: not training.is_active)
        training.reset()
        for run in list(training.runs.all):
            training.runs.delete(run)

    def wait_for_network(self) -> None:
        """Wait until the requested graph of the network is shown with its numbers."""
        view, graph = self.find("networkView"), self.window.sessions.network_graph
        self.until(
            lambda: (
                self.find("networkTab").property("isComplete")
                and set(view.property("openGroups")) == graph.state.open_groups
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
    """The module whose tests used the window last, in a list."""
    return [""]


def leave(driver: Driver) -> None:
    """Close the lesson and delete runs: which modules share a process, and in which order, varies."""
    window = driver.window
    window.part(LessonController).session.close()
    window.part(LessonController).set_visible(False)
    window.sessions.store.set("lessons", {})
    window.sessions.store.set("lesson_marks", {})
    driver.forget_runs()
    if window.sessions.data.info is not None:
        window.sessions.data.show("train", None, 0)
    window.sessions.weights.set_pinned(False)
    window.sessions.weights.set_scale_per_image(False)
    driver.click("weightsSide_layer")
    window.show_tab("autodiff")


@pytest.fixture
def ui(_window, _files, qtbot, request):
    """The window as after its start: Autodiff, dark, backward pass at step 0, concept, nothing selected."""
    driver = Driver(_window, qtbot.waitUntil)
    # Several tests kill the engine; together these would be too many deaths in a minute.
    _window.sessions.client._deaths.clear()
    driver.until(lambda: _window.property("engineState") == "ready")
    if _files != [request.module.__name__]:
        _files[:] = [request.module.__name__]
        leave(driver)
    _window.activateWindow()  # after a test that closed a window of its own no window is active
    driver.until(_window.isActiveWindow)
    session, curve = _window.sessions.autodiff, _window.sessions.curve
    _window.set_presenting(False)
    _window.show_tab("autodiff")
    _window.sessions.find_mistake.end()
    _window.sessions.practice.end()
    _window.sessions.methods.set_method("chain")
    session.clear_selection()
    session.stepper.set_pass("backward")
    session.stepper.set_quiz(False)
    if session.differentiated_by:
        session.set_differentiated_by(())
        driver.until(lambda: session.is_current)
    session.stepper.first()  # otherwise the same expression would stay at its step
    for name in ("rangeLow", "rangeHigh"):
        driver.find(name).setModified(False)
    curve.set_range("-pi", "pi")
    curve.set_points(1000)
    curve.set_overlay("")
    curve.check("")
    for key, value in (("theme", "dark"), ("scale", 1.0), ("digits", 4), ("dtype", "float32"), ("direction", "auto")):
        _window.sessions.store.set(key, value)
    _window.sessions.store.set("depth", "concept")
    if session.text:  # without the values of earlier tests
        session.begin(session.text if session.is_current else "x", {})
    _window.activateWindow()
    driver.find("expressionEdit").setFocus()
    return driver


@pytest.fixture
def net(ui):
    """The tab "Network" with the graph of an mlp at step 0, all groups closed."""
    ui.window.show_tab("network")
    graph = ui.sessions.network_graph
    graph.open("mlp")  # also after a test that showed the network in training
    ui.until(lambda: graph.state.source == "mlp" and not graph.state.pending_title)
    graph.set_helpers(False)
    graph.set_backward(False)
    graph.set_overlay("none")
    graph.selection.clear()
    graph.set_level(0)
    graph.set_step(0)
    ui.find("networkView").fit()
    ui.wait_for_network()
    yield ui
    ui.window.show_tab("autodiff")


@pytest.fixture
def help_(ui):
    """The glossary, "What is this?" and the tour, not yet toured; everything is closed at the end."""
    ui.window.resize(1280, 720)
    ui.sessions.store.set("toured", False)
    yield ui.window.part(HelpController)
    while (popup := QApplication.activePopupWidget()) is not None:
        popup.close()
    if ui.window.part(HelpController).tour is not None:
        ui.window.part(HelpController).tour.end()
    if ui.window.part(HelpController).glossary is not None:
        ui.window.part(HelpController).glossary.close()
    for dialog in ui.window.findChildren(QDialog):
        dialog.close()
    ui.window.part(LessonController).session.close()
    ui.window.part(LessonController).set_visible(False)
    ui.window.show_tab("autodiff")
    for key, value in (("theme", "dark"), ("scale", 1.0), ("lessons", {}), ("toured", False)):
        ui.sessions.store.set(key, value)
    ui.window.resize(1280, 720)


@pytest.fixture
def training_tab(ui):
    """The tab "Training" set to a logistic regression of two epochs on the sample, with defaults for all else.

    At the end runs are deleted, and the form has its defaults again: no test trains with what another left in it.
    """
    tab = ui.find("trainingTab")
    ui.window.tabs.setCurrentWidget(tab)
    tab.form.setSettings(run_settings(model="logistic", epochs=2))
    ui.find("dataCombo").setCurrentIndex(1)
    yield tab
    ui.forget_runs()
    ui.find("trainingSpeedCombo").setCurrentIndex(0)
    tab.form.setSettings(run_settings())
    ui.window.tabs.setCurrentIndex(0)


class Weights:
    """Trains in the window and drives the tab "Weights"."""

    def __init__(self, ui):
        self.ui, self.session = ui, ui.sessions.weights
        self.tab, self.view = ui.find("weightsTab"), ui.find("weightsView")

    def train(self, **settings):
        self.begin(**settings)
        self.ui.until(
            lambda: self.ui.sessions.training.state == "finished" and not self.ui.sessions.current_network.is_expected
        )
        self.complete()

    def begin(self, **settings):
        """Start a run and wait until its network is shown."""
        before = self.ui.sessions.current_network.number
        self.ui.sessions.training.start({"epochs": 1, "xla": "no", **settings}, "sample")
        self.ui.until(lambda: self.ui.sessions.current_network.number not in (before, 0))

    def complete(self):
        self.ui.until(lambda: self.tab.property("isComplete"))

    def layer(self, name):
        found = self.ui.find("layerList").findItems(name, Qt.MatchFlag.MatchExactly)
        self.ui.find("layerList").setCurrentItem(found[0])
        self.ui.until(lambda: self.view.property("shownLayer") == name)
        self.complete()

    def values(self, name="kernel"):
        return next(part.values for part in self.view.renderers if part.name == name)

    @staticmethod
    def trained(epochs=1, **settings):
        """Return the same network, trained without a window."""
        from explorer.core.data.dataset import load_sample
        from explorer.core.training.settings import run_settings
        from explorer.engine.training.trainer import Trainer

        trainer = Trainer(run_settings(xla="no", epochs=epochs, **settings), load_sample())
        trainer.train(epochs)
        return trainer.model


@pytest.fixture
def weights(ui):
    """The tab "Weights" without a network; runs are deleted at the end."""
    ui.sessions.training.reset()
    ui.window.tabs.setCurrentWidget(ui.find("weightsTab"))
    yield Weights(ui)
    ui.forget_runs()
    ui.sessions.weights.set_scale_per_image(False)
    ui.sessions.weights.set_pinned(False)
    ui.window.tabs.setCurrentIndex(0)


class Activations:
    """Drives the tab "Activations" with a trained network."""

    def __init__(self, ui):
        self.ui, self.tab = ui, ui.find("activationsTab")

    def show_network(self, model):
        """Show the first validation image with a network of a kind, trained if need be, and wait for the tab."""
        window = self.ui.window
        network = window.sessions.current_network
        if not network.number or not network.info["title"].endswith(model):
            before = network.number
            window.sessions.training.start(
                {"model": model, "epochs": 1, "filters": 4, "hidden": 16, "xla": "no"}, "sample"
            )
            self.ui.until(lambda: window.sessions.training.state == "finished" and network.number not in (0, before))
        window.tabs.setCurrentWidget(self.tab)
        window.sessions.activations.show_sample("validation", 0)
        self.ui.until(lambda: self.tab.isComplete and window.sessions.activations.label is not None)

    def complete(self):
        """Wait until the tab shows everything that was requested."""
        self.ui.until(lambda: self.tab.isComplete)

    def weights(self):
        """Return the current network's weights as float64 arrays, by the index of the layer."""
        weights = {}
        for index, layer in enumerate(self.ui.sessions.current_network.layers):
            if layer["parameters"]:
                replies = []
                self.ui.sessions.client.request(WEIGHTS, {"layer": index}, replies.append)
                self.ui.until(lambda replies=replies: bool(replies))
                weights[index] = [array["values"].astype(np.float64) for array in replies[0]["arrays"]]
        return weights


@pytest.fixture
def activations(ui):
    """The tab "Activations" with the sample; trained networks are removed at the end."""
    window = ui.window
    source, window.sessions.data.source = window.sessions.data.source, "sample"
    yield Activations(ui)
    window.sessions.data.source = source
    ui.forget_runs()
    window.sessions.activations.choose_output(None)
    ui.click("drawTool_pen")
    window.tabs.setCurrentIndex(0)
