"""Sets what a scene of a lesson shows, through the sessions that own it: all at once, or as answers come."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.core.errors import ExpressionError
from explorer.core.lessons.lesson import Scene
from explorer.core.lessons.scene_keys import DATA_SOURCES, LAST_STEP, resolve_lesson_file
from explorer.core.training.settings import run_settings
from explorer.session.sessions import Sessions


class SceneSetter(QObject):
    """Goes on with a scene whenever something it waits for has come.

    tabAsked, panelsAsked, formAsked: what the window must do itself: the tab in front, what stands beside the graph,
    the settings in the form of a run. trainingChanged: the run that the scene needs began, ended, or waits.
    """

    tabAsked = Signal(str)
    panelsAsked = Signal(object)
    formAsked = Signal(dict)
    trainingChanged = Signal()
    sentenceChanged = Signal(str)

    def __init__(self, sessions: Sessions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.sessions = sessions
        self.sentence = ""
        self._view: dict[str, Any] = {}
        self._folder = Path()
        self._due: set[str] = set()
        self._trained: tuple[int, dict[str, Any], str] | None = None
        sessions.autodiff.traceChanged.connect(lambda *_: self._set_steps())
        sessions.data.infoChanged.connect(lambda *_: self._set_data())
        sessions.current_network.networkChanged.connect(lambda *_: self._set_looking())
        sessions.training.stateChanged.connect(self._state_changed)

    def set(self, scene: Scene | None, folder: Path) -> None:
        """Begin to set a scene; None: the window is the user's again."""
        self._due = set()
        self._say("")
        if scene is None:
            self._view = {}
            self.sessions.autodiff.stepper.set_quiz(False)
            self.sessions.curve.set_first(True)
            self.sessions.store.release("dtype")
            self.panelsAsked.emit(None)
            return
        self._view, self._folder = scene.view_state, folder
        if scene.exercise is not None and scene.exercise.kind == "next":
            self._view["hide"] = True
        self.tabAsked.emit(self._view["tab"])
        self.panelsAsked.emit(self._view["panels"])
        if self._view["tab"] != "autodiff":
            self._use_data()
        self._use_network()
        self._use_expression()

    @property
    def is_set(self) -> bool:
        """Whether the window shows the scene, but for a run that still trains."""
        return not self._due

    # -- the expression ---------------------------------------------------------------------------

    def _use_expression(self) -> None:
        view, session = self._view, self.sessions.autodiff
        if not view["expression"]:
            session.stepper.set_quiz(False)
            return
        self.sessions.store.override("dtype", view["dtype"])
        self.sessions.methods.set_method(view["way"])
        self._due.add("steps")
        if self._is_there():
            session.set_depth(view["depth"])
            session.set_direction(view["direction"])
            self._set_steps()
            return
        try:
            session.begin(view["expression"], view["at"], view["again"], (view["depth"], view["direction"]))
        except ExpressionError as error:  # the lesson was checked: this is a bug of ours, not to be hidden
            self._say(error.message)

    def _is_there(self) -> bool:
        """Whether the expression is traced already, with these values."""
        from explorer.core.expression.parser import parse
        from explorer.core.expression.values import bind

        view, session = self._view, self.sessions.autodiff
        shown = session.text, session.differentiated_by
        # Another graph on its way, of the scene before, would take this one's place.
        if session.is_tracing or not session.is_current or shown != (view["expression"], view["again"]):
            return False
        wanted = bind(parse(view["expression"]), view["at"])
        have = session.point
        return list(wanted) == list(have) and all((wanted[n] == have[n]).all() for n in wanted)

    def _set_steps(self) -> None:
        session, curve, view = self.sessions.autodiff, self.sessions.curve, self._view
        if "steps" not in self._due or not session.is_current or session.text != view["expression"]:
            return
        self._due.discard("steps")
        session.stepper.set_quiz(False)
        session.stepper.set_pass(view["pass"])
        total = session.stepper.steps_total(view["pass"])
        if view["step"] == LAST_STEP:
            session.stepper.last()
        else:
            session.stepper.set_step(view["step"])
            if view["step"] > total:
                self._say(f"This scene asks for step {view['step']}, but there are {total}.")
        session.stepper.set_quiz(view["hide"])
        self._select(view["select"])
        if view["variable"]:
            curve.set_variable(view["variable"])
        curve.set_range(*view["range"])
        curve.set_points(view["points"])
        curve.set_first(view["first"])
        curve.set_second(view["second"])
        curve.set_overlay(view["overlay"])
        if view["claim"] != curve.claim:
            curve.check(view["claim"])

    def _select(self, name: str) -> None:
        session = self.sessions.autodiff
        trace = session.trace
        ops = {op.id for nodes in (trace.nodes, trace.gradient_nodes) for op in nodes} if trace is not None else set()
        known = name.partition(":")[0] in ops
        if name and not known:
            self._say(f"This scene selects {name}, but the graph has neither an op nor a tensor of this name.")
        if not known:
            session.clear_selection()
        elif ":" in name:
            session.select_edge(name)
        else:
            session.select_node(name)

    # -- images, networks -------------------------------------------------------------------------

    def _use_data(self) -> None:
        data, source = self.sessions.data, self._source()
        self._due.add("data")
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
        self._due.discard("data")
        if view["tab"] == "data":  # each time, since reading the data anew goes to the first image
            self.sessions.data.show(view["part"], view.get("digit"), view["image"])

    def _use_network(self) -> None:
        view = self._view
        if view["network"]:
            path = str(resolve_lesson_file(self._folder, view["network"], (".keras",)))
            self._due.add("looking")
            if self.sessions.current_network.path != path:
                self.sessions.current_network.open(path)
                return
        elif "train" in view:
            self._due.add("looking")
            self.formAsked.emit(run_settings(**view["train"]))
            if not self.has_run and not self.waits:
                self.train()
        self._set_looking()

    def _set_looking(self) -> None:
        """Layer, moment, image and unit: as soon as there is the network that the scene looks into."""
        network, view = self.sessions.current_network, self._view
        # A run may be over before the engine has told of its network: the one of the run before is still in view.
        ours = network.path if view.get("network") else not network.is_expected
        if "looking" not in self._due or not network.number or not ours or ("train" in view and not self._is_trained):
            return
        self._due.discard("looking")
        weights, activations = self.sessions.weights, self.sessions.activations
        if "layer" in view:
            weights.set_layer(view["layer"])
        moment = view["moment"]
        weights.set_step(
            None if moment == LAST_STEP else min(network.steps or [0], key=lambda step: abs(step - moment))
        )
        if view["tab"] == "activations":
            activations.show_sample(view["part"], view["image"])
            activations.choose_output(view.get("output"))
            if "unit" in view:
                activations.select(view["unit"][0], view["unit"][1:])

    # -- training ---------------------------------------------------------------------------------

    @property
    def needs_training(self) -> bool:
        """Whether the scene has a run."""
        return "train" in self._view

    @property
    def has_run(self) -> bool:
        """Whether the run that is there, or under way, is the one that the scene needs."""
        run = self.sessions.training.run
        ours = (self._view.get("train"), self._view.get("data"))
        return self._trained is not None and run is not None and self._trained == (run.number, *ours)

    @property
    def _is_trained(self) -> bool:
        return self.has_run and self.sessions.training.state in ("finished", "stopped")

    @property
    def waits(self) -> bool:
        """Whether a run of the user's is under way, which a lesson does not end unasked."""
        return self.needs_training and not self.has_run and self.sessions.training.is_active and not self._of_lesson

    @property
    def _of_lesson(self) -> bool:
        run = self.sessions.training.run
        return self._trained is not None and run is not None and self._trained[0] == run.number

    def train(self) -> None:
        """Begin the scene's run, or begin it again."""
        view, training = self._view, self.sessions.training
        training.start(view["train"], self._source())
        assert training.run is not None
        self._trained = (training.run.number, view["train"], view["data"])
        self._due.add("looking")
        self.trainingChanged.emit()

    def _state_changed(self, _state: str) -> None:
        self._set_looking()
        self.trainingChanged.emit()

    def settings(self) -> Mapping[str, Any]:
        """Return all settings of the scene's run."""
        return run_settings(**self._view["train"])

    def _say(self, sentence: str) -> None:
        if sentence != self.sentence:
            self.sentence = sentence
            self.sentenceChanged.emit(sentence)
