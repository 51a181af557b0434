"""What the tab "Training" shows: one run's state, its curves, its mistakes; and the runs before it."""

import contextlib
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTemporaryDir, Signal

from explorer.core.protocol.events import Mistakes, TrainingEvent
from explorer.core.protocol.request_kind import EmptyPayload
from explorer.core.protocol.training import (
    PREPARE_TRAINING,
    TRAIN,
    TRAIN_CONTROL,
    RunReply,
    TrainControlPayload,
    TrainPayload,
)
from explorer.core.training.checkpoint import CheckpointError, load_checkpoint
from explorer.core.training.settings import run_settings
from explorer.session.engine_client.client import EngineClient
from explorer.session.models.user_network import UserNetwork
from explorer.session.training.runs import Run, RunList

UNDER_WAY = frozenset({"compiling", "running", "paused"})

CHECKPOINT = "interrupted-run.npz"
"""The file with the latest checkpoint."""

NOT_KEPT = "This run cannot be kept on disk, so after a crash it could not go on. Perhaps the disk is full."

_numbers = itertools.count(1)


class TrainingSession(QObject):
    """State of training, from the engine's events.

    state: ``idle``, ``compiling``, ``running``, ``paused``, ``finished``, ``stopped`` or ``failed``. run: the one that
    is told of, None before the first. step: steps done in the epoch, of ``steps``. rate: images a second. left:
    seconds. norms: gradient norm of each layer in the latest step. confusion, mistakes: after the latest epoch.
    forgotten: the run of this number was reset. found: there is an interrupted run, with these settings and data from
    this source. folder: where a checkpoint is kept after each epoch; None: it lasts as long as this.
    """

    stateChanged = Signal(str)
    progressed = Signal()
    epochDone = Signal(int)
    sentenceChanged = Signal(str)
    forgotten = Signal(int)
    found = Signal(dict, str)

    def __init__(self, client: EngineClient, folder: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = "idle"
        self.sentence = ""
        self.runs = RunList(self)
        self.own = UserNetwork(self)
        self.speed = 0.0
        self._client = client
        self._temporary = QTemporaryDir() if folder is None else None
        self._checkpoint = (Path(self._temporary.path()) if self._temporary else Path(folder or "")) / CHECKPOINT
        self._has_checkpoint = False
        self._number = -1
        self._is_stopping = False
        self._clear()
        client.training.connect(self._take)
        client.died.connect(self._died)
        client.failed.connect(self._engine_failed)

    def _clear(self) -> None:
        self.run: Run | None = None
        self.data = ""
        self.epoch, self.step, self.steps, self.all_epochs = 0, 0, 0, 0
        self.parameters = 0
        self.rate, self.left, self.compile_seconds = 0.0, 0.0, 0.0
        self.norms: dict[str, float] = {}
        self.confusion: Any = None
        self.mistakes: Mistakes | None = None
        self._layers: list[str] = []

    # -- what is asked ----------------------------------------------------------------------------

    @property
    def is_under_way(self) -> bool:
        """Whether there is a run that can be stopped."""
        return self.state in UNDER_WAY

    @property
    def can_go_on(self) -> bool:
        """Whether `go_on` does something: after a pause, after an end, or from a checkpoint."""
        ended = self.state in ("stopped", "finished") and self._number >= 0 and self.steps > 0
        return self.state == "paused" or ended or (self._has_checkpoint and not self.is_under_way)

    @property
    def epochs(self) -> list[Mapping[str, float]]:
        """Metrics of the run's whole epochs."""
        return [] if self.run is None else self.run.epochs

    @property
    def settings(self) -> Mapping[str, Any]:
        """All settings of the run, with what was chosen for it."""
        return run_settings() if self.run is None else self.run.settings

    # -- what the user wants ----------------------------------------------------------------------

    def prepare(self) -> None:
        """Let TensorFlow's process get ready to train: somebody looks at the tab."""
        self._client.request(PREPARE_TRAINING, EmptyPayload(), lambda _reply: None)

    def start(self, settings: Mapping[str, Any], data: str, command: str = "continue") -> None:
        """Begin a new run; the command ``step`` or ``epoch`` pauses it after that."""
        self._leave()
        self.run = self.runs.begin(run_settings(**settings))
        self._request(TrainPayload(settings=dict(self.run.settings), data=data, command=command))

    def pause(self) -> None:
        """Pause after the chunk that is under way."""
        self._control("pause")

    def go_on(self) -> None:
        """Continue after a pause; after an end, where it ended; after a crash, from the end of the latest epoch."""
        self._is_stopping = False
        if self.state == "paused" or (self._number >= 0 and self.can_go_on and self.state != "failed"):
            self._control("continue")
        elif self.can_go_on:
            self._request(TrainPayload(go_on_from=str(self._checkpoint)))

    def one_step(self) -> None:
        """Do one step, then pause."""
        self._control("step")

    def one_epoch(self) -> None:
        """Go on to the end of the epoch, then pause."""
        self._control("epoch")

    def set_speed(self, steps_a_second: float) -> None:
        """Go on in slow motion, so many steps a second; 0: as fast as it can."""
        self.speed = steps_a_second
        self._control(f"slow {steps_a_second:g}")

    def stop(self) -> None:
        """End the run. Compiling cannot be broken off, and while it lasts the engine may be slow to hear of it: the
        window does not wait for that."""
        was_compiling = self.state == "compiling"
        if self.is_under_way:
            self._control("stop")
        if was_compiling:
            self._is_stopping = True
            self._set_state("stopped")

    def reset(self) -> None:
        """Forget the run, its curves and its network."""
        run, number = self.run, self._number
        self._leave()
        self.forgotten.emit(number)
        if run is not None:
            self.runs.delete(run)
        self._say("")
        self._set_state("idle")
        self.progressed.emit()

    def look_for_interrupted(self) -> None:
        """Offer to go on with a run that was under way when the program ended."""
        if self.state != "idle" or not self._checkpoint.is_file():
            return
        try:
            found = load_checkpoint(self._checkpoint, metadata_only=True)
            self.run = self.runs.begin(run_settings(**dict(found.settings)))
            for number, metrics in enumerate(found.epochs):
                self.run.add_epoch(number, metrics)
        except (CheckpointError, KeyError, TypeError):
            self._forget_checkpoint()
            return
        self._has_checkpoint = True
        self.data = self.run.data = found.data_name
        done, of = len(found.epochs), int(self.run.settings["epochs"])
        self.steps = self.run.steps = -(
            -found.image_counts[0] // min(self.run.settings["batch_size"], found.image_counts[0])
        )
        self.epoch, self.step, self.all_epochs = done - 1, self.steps, of
        self._say(f"The run {self.run.name} was interrupted after epoch {done} of {of}. “Go on” continues it.")
        # Which way XLA was decided is the run's; whoever trains anew may want it decided anew.
        settings = {key: value for key, value in self.run.settings.items() if key != "xla"}
        self.found.emit(settings, found.source)
        self._set_state("stopped")
        self.progressed.emit()

    # -- asking -----------------------------------------------------------------------------------

    def _request(self, payload: TrainPayload) -> None:
        self._say("")
        self._is_stopping = False
        self._set_state("compiling")
        title = f"run {self.run.name}" if self.run is not None else ""
        self._number = next(_numbers)  # chosen here, so that no event of the run before is taken for one of this
        wanted: TrainPayload = {
            **payload,
            "run": self._number,
            "title": title,
            "checkpoint": str(self._checkpoint),
            "speed": self.speed,
        }
        self._client.request(TRAIN, wanted, self._started)

    def _control(self, command: str) -> None:
        if self._number >= 0 or self.is_under_way:
            self._client.request(TRAIN_CONTROL, TrainControlPayload(command=command), lambda _reply: None)

    def _leave(self) -> None:
        """Let go of the run: no event of it is heard any more."""
        if self.is_under_way:
            self._control("stop")
        self._number = -1
        self._forget_checkpoint()
        self._clear()

    def _forget_checkpoint(self) -> None:
        self._has_checkpoint = False
        with contextlib.suppress(OSError):
            self._checkpoint.unlink(missing_ok=True)

    def _started(self, reply: RunReply) -> None:
        if (error := reply.get("error")) is not None:
            self._say(error["message"])
            self._set_state("failed")
        else:
            self._number = int(reply["run"])

    # -- what the engine says ---------------------------------------------------------------------

    def _died(self, _sentence: str) -> None:
        self._number = -1
        if not self.is_under_way:
            return
        if (done := self._kept_epochs()) > 0:
            self._say(f"TensorFlow's process ended while it trained. “Go on” continues after epoch {done}.")
        else:
            when = "and no epoch could be kept" if self.run is not None and self.run.epochs else "in the first epoch"
            self._say(f"TensorFlow's process ended {when}. The curves so far are kept; train again.")
        self._set_state("failed")

    def _engine_failed(self, sentence: str) -> None:
        if self.is_under_way:
            self._say(sentence)
            self._set_state("failed")

    def _kept_epochs(self) -> int:
        """Return how many epochs the checkpoint has, of which the last may not have been told before the end came."""
        try:
            epochs = load_checkpoint(self._checkpoint, metadata_only=True).epochs
        except CheckpointError:
            epochs = []
        self._has_checkpoint = bool(epochs)
        for number, metrics in enumerate(epochs):
            if self.run is not None and number >= len(self.run.epochs):
                self.run.add_epoch(number, metrics)
                self.epochDone.emit(number)
        return len(epochs)

    def _take(self, event: TrainingEvent) -> None:
        if event.get("run") != self._number or self.run is None:
            return
        self._take_facts(event, self.run)
        if "epoch_done" in event:
            self._take_epoch(event, self.run)
        if "step" in event:
            self._take_progress(event, self.run)
        if "message" in event:
            self._say(event["message"])
        if event["state"] == "finished":
            self._forget_checkpoint()
            if self.sentence == NOT_KEPT:
                self._say("")  # there is nothing left that a crash could cost
        if event["state"] not in UNDER_WAY:
            self._is_stopping = False
        elif self._is_stopping:
            return  # sent before the wish was heard
        self._set_state(event["state"])
        self.progressed.emit()

    def _take_facts(self, event: TrainingEvent, run: Run) -> None:
        self.data = run.data = event.get("data", self.data)
        self.steps = run.steps = event.get("steps", self.steps)
        self.all_epochs = event.get("epochs", self.all_epochs)
        self.parameters = event.get("parameters", self.parameters)
        self.compile_seconds = event.get("compile_seconds", self.compile_seconds)
        self._layers = event.get("layers", self._layers)
        run.settings = event.get("settings", run.settings)

    def _take_progress(self, event: TrainingEvent, run: Run) -> None:
        self.epoch, self.step = event["epoch"], event["step"]
        self.rate, self.left = event["rate"], event["left"]
        self.norms = dict(zip(self._layers, event["norms"].tolist(), strict=False))
        for epoch, step, loss, accuracy in event.get("points", ()):
            x = epoch + step / max(self.steps, 1)
            run.add("loss", x, loss)
            run.add("accuracy", x, accuracy)

    def _take_epoch(self, event: TrainingEvent, run: Run) -> None:
        run.add_epoch(event["epoch_done"], event["metrics"])
        self.confusion, self.mistakes = event["confusion"], event["mistakes"]
        self._has_checkpoint = self._has_checkpoint or event["checkpoint"]
        if not self._has_checkpoint:
            self._say(NOT_KEPT)
        self.epochDone.emit(event["epoch_done"])

    def _say(self, sentence: str) -> None:
        if sentence != self.sentence:
            self.sentence = sentence
            self.sentenceChanged.emit(sentence)

    def _set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self.stateChanged.emit(state)
