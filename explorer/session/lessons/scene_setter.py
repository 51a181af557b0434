"""Sets what a scene of a lesson shows, through the sessions, at once or as replies arrive."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from explorer.core.errors import ExpressionError
from explorer.core.lessons.lesson import Scene
from explorer.core.lessons.scene_keys import DATA_SOURCES, LAST_STEP, resolve_lesson_file, scene_output
from explorer.core.network_graph.sources import CURRENT_RUN
from explorer.core.training.settings import run_settings
from explorer.session.network_graph.session import FIRST_SOURCE
from explorer.session.sessions import Sessions


class SceneSetter(QObject):
    """Continues with a scene whenever something that it waits for has arrived.

    scene: the one that was set last. message: what cannot be shown as the scene says, "" for nothing. tabRequested,
    panelsRequested and runSettingsRequested carry what no session holds: the tab to show, the panels beside the graph
    (None for all), and the settings to show in the form of a run. trainingChanged: the run of the scene began, ended,
    or waits.
    """

    tabRequested = Signal(str)
    panelsRequested = Signal(object)
    runSettingsRequested = Signal(dict)
    trainingChanged = Signal()
    messageChanged = Signal(str)

    def __init__(self, sessions: Sessions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.sessions = sessions
        self.message = ""
        self.scene: Scene | None = None
        self._view: dict[str, Any] = {}
        self._folder = Path()
        self._pending: set[str] = set()
        self._trained: tuple[int, dict[str, Any], str] | None = None
        sessions.autodiff.traceChanged.connect(lambda *_: self._set_steps())
        sessions.data.infoChanged.connect(lambda *_: self._set_data())
        sessions.current_network.networkChanged.connect(lambda *_: self._set_network())
        sessions.training.stateChanged.connect(self._state_changed)
        sessions.autodiff.stepper.coverChanged.connect(self._cover_changed)

    def set(self, scene: Scene | None, folder: Path) -> None:
        """Begin to set a scene; None returns the window to the user."""
        self._set_scene(scene, folder)
        self.scene = scene

    def _set_scene(self, scene: Scene | None, folder: Path) -> None:
        self._pending = set()
        self._set_message("")
        if scene is None:
            self._view = {}
            self.sessions.autodiff.stepper.set_quiz(False)
            self.sessions.curve.set_first(True)
            self.sessions.store.release("dtype")
            self.panelsRequested.emit(None)
            return
        self._view, self._folder = scene.view_state, folder
        if scene.exercise is not None and scene.exercise.kind == "next":
            self._view["hide"] = True
        self.tabRequested.emit(self._view["tab"])
        self.panelsRequested.emit(self._view["panels"])
        if self._view["tab"] != "autodiff":
            self._use_data()
        self._use_network()
        self._use_expression()

    @property
    def is_set(self) -> bool:
        """Whether the window shows the scene, apart from a run in progress."""
        return not self._pending

    # -- the expression ---------------------------------------------------------------------------

    def _use_expression(self) -> None:
        view, session = self._view, self.sessions.autodiff
        if not view["expression"]:
            session.stepper.set_quiz(False)
            return
        self.sessions.store.override("dtype", view["dtype"])
        self.sessions.methods.set_method(view["way"])
        self._pending.add("steps")
        if self._is_traced():
            session.set_depth(view["depth"])
            session.set_direction(view["direction"])
            self._set_steps()
            return
        try:
            layout = view["depth"], view["direction"]
            session.begin(view["expression"], view["at"], view["again"], layout, scene_output(view))
        except ExpressionError as error:  # a bug, since the lesson was checked; it must not be hidden
            self._set_message(error.message)

    def _is_traced(self) -> bool:
        """Return whether the expression is traced already, with these values."""
        from explorer.core.autodiff.output_choice import output_of_program
        from explorer.core.expression.parser import parse
        from explorer.core.expression.values import bind

        view, session = self._view, self.sessions.autodiff
        shown = session.text, session.differentiated_by, session.output_choice
        # A trace that is on its way, of the previous scene, would replace this one.
        if session.is_tracing or not session.is_current or shown[:2] != (view["expression"], view["again"]):
            return False
        program = parse(view["expression"])
        expected = bind(program, view["at"])
        if shown[2] != output_of_program(program, expected, view["again"], scene_output(view))[0]:
            return False
        point = session.point
        return list(expected) == list(point) and all(np.array_equal(expected[name], point[name]) for name in expected)

    def _set_steps(self) -> None:
        session, curve, view = self.sessions.autodiff, self.sessions.curve, self._view
        if "steps" not in self._pending or not session.is_current or session.text != view["expression"]:
            return
        self._pending.discard("steps")
        self._show_step()
        curve.set_variable(view["variable"])  # "": the first, also after a scene with another
        curve.set_range(*view["range"])
        curve.set_points(view["points"])
        curve.set_first(view["first"])
        curve.set_second(view["second"])
        curve.set_overlay(view["overlay"])
        if view["claim"] != curve.claim:
            curve.check(view["claim"])

    def _show_step(self) -> None:
        """Go to the step of the scene; while its exercise covers the backward pass, to the end of the forward pass."""
        stepper, view = self.sessions.autodiff.stepper, self._view
        stepper.set_quiz(False)
        if stepper.covered:
            stepper.last()
            return
        stepper.set_pass(view["pass"])
        total = stepper.steps_total(view["pass"])
        if view["step"] == LAST_STEP:
            stepper.last()
        else:
            stepper.set_step(view["step"])
            if view["step"] > total:
                self._set_message(f"This scene asks for step {view['step']}, but there are {total}.")
        stepper.set_quiz(view["hide"])
        self._select(view["select"])

    def _cover_changed(self, covered: bool) -> None:
        """Show what the scene shows as soon as its exercise is answered."""
        session, view = self.sessions.autodiff, self._view
        has_exercise = self.scene is not None and self.scene.exercise is not None
        if not covered and has_exercise and self.is_set and session.is_current and session.text == view["expression"]:
            self._show_step()

    def _select(self, name: str) -> None:
        session = self.sessions.autodiff
        trace = session.trace
        ops = {op.id for nodes in (trace.nodes, trace.gradient_nodes) for op in nodes} if trace is not None else set()
        known = name.partition(":")[0] in ops
        if name and not known:
            self._set_message(f"This scene selects {name}, but the graph has neither an op nor a tensor of this name.")
        if not known:
            session.clear_selection()
        elif ":" in name:
            session.select_edge(name)
        else:
            session.select_node(name)

    # -- images, networks -------------------------------------------------------------------------

    def _use_data(self) -> None:
        data, source = self.sessions.data, self._source()
        self._pending.add("data")
        if data.info is not None and data.source == source:
            self._set_data()
        else:
            data.open(source)

    def _source(self) -> str:
        name = self._view["data"]
        return name if name in DATA_SOURCES else str(resolve_lesson_file(self._folder, name, (".npz",)))

    def _set_data(self) -> None:
        view = self._view
        if not view or self.sessions.data.info is None or self.sessions.data.source != self._source():
            return
        self._pending.discard("data")
        if view["tab"] == "data":  # each time: reading the data anew shows the first image
            self.sessions.data.show(view["part"], view.get("digit"), view["image"])

    def _use_network(self) -> None:
        view = self._view
        if view["network"]:
            path = str(resolve_lesson_file(self._folder, view["network"], (".keras",)))
            self._pending.add("network")
            if self.sessions.current_network.path != path:
                self.sessions.current_network.open(path)
                return
        elif "train" in view:
            self._pending.add("network")
            self.runSettingsRequested.emit(run_settings(**view["train"]))
            if not self.has_run and not self.waits:
                self.train()
        elif view["tab"] == "network":
            self._show_graph(FIRST_SOURCE)
        self._set_network()

    def _set_network(self) -> None:
        """Set layer, training step, image and unit as soon as the network of the scene is the current one."""
        network, view = self.sessions.current_network, self._view
        if "network" not in self._pending or not self.has_network:
            return
        self._pending.discard("network")
        weights, activations = self.sessions.weights, self.sessions.activations
        if "layer" in view:
            weights.set_layer(view["layer"])
        moment = view["moment"]
        network.set_step(
            None if moment == LAST_STEP else min(network.steps or [0], key=lambda step: abs(step - moment))
        )
        if view["tab"] == "network":
            self._show_graph(CURRENT_RUN)
        if view["tab"] == "activations":
            activations.deselect()
            activations.show_sample(view["part"], view["image"])
            activations.choose_output(view.get("output"))
            if "unit" in view:
                activations.select(view["unit"][0], view["unit"][1:])

    def _show_graph(self, source: str) -> None:
        """Show the graph of a network as in a new window: no layer is open, and no step taken."""
        graph = self.sessions.network_graph
        if graph.state.source == source:
            graph.set_level(0)
            graph.set_step(0)
        graph.open(source)

    @property
    def has_network(self) -> bool:
        """Whether the current network is that of the scene, trained."""
        network, view = self.sessions.current_network, self._view
        # A run may be over before its network has arrived; the current network is then that of the previous run.
        has_network = network.path if view.get("network") else not network.is_expected
        return bool(network.number and has_network and ("train" not in view or self.is_trained))

    @property
    def has_data(self) -> bool:
        """Whether the data set in use is that of the scene."""
        data = self.sessions.data
        return bool(self._view) and data.info is not None and data.source == self._source()

    # -- training ---------------------------------------------------------------------------------

    @property
    def needs_training(self) -> bool:
        """Whether the scene trains a network."""
        return "train" in self._view

    @property
    def has_run(self) -> bool:
        """Whether the latest run is the one that the scene needs."""
        run = self.sessions.training.run
        wanted = (self._view.get("train"), self._view.get("data"))
        return self._trained is not None and run is not None and self._trained == (run.number, *wanted)

    @property
    def is_trained(self) -> bool:
        """Whether the run of the scene has ended."""
        return self.has_run and self.sessions.training.state in ("finished", "stopped")

    @property
    def waits(self) -> bool:
        """Whether a run of the user is in progress, which a lesson does not end by itself."""
        return (
            self.needs_training and not self.has_run and self.sessions.training.is_active and not self._is_run_of_lesson
        )

    @property
    def _is_run_of_lesson(self) -> bool:
        run = self.sessions.training.run
        return self._trained is not None and run is not None and self._trained[0] == run.number

    def train(self) -> None:
        """Start the run of the scene, or start it again."""
        view, training = self._view, self.sessions.training
        training.start(view["train"], self._source())
        assert training.run is not None
        self._trained = (training.run.number, view["train"], view["data"])
        self._pending.add("network")
        self.trainingChanged.emit()

    def _state_changed(self, _state: str) -> None:
        self._set_network()
        self.trainingChanged.emit()

    def settings(self) -> Mapping[str, Any]:
        """Return all settings of the run of the scene."""
        return run_settings(**self._view["train"])

    def _set_message(self, message: str) -> None:
        if message != self.message:
            self.message = message
            self.messageChanged.emit(message)
