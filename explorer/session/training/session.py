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
    progressChanged = Signal()
    epochFinished = Signal(int)
    messageChanged = Signal(str)
    runDiscarded = Signal(int)
    interruptedRunFound = Signal(dict, str)

    def __init__(self, client: EngineClient, folder: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = "idle"
        self.message = ""
        self.runs = RunList(self)
        self.user_network = UserNetwork(self)
        self.speed = 0.0
        self._client = client
        self._temporary = QTemporaryDir() if folder is None else None
        self._checkpoint = (Path(self._temporary.path()) if self._temporary else Path(folder or "")) / CHECKPOINT
        self._has_checkpoint = False
        self._number = -1
        self._is_stopping = False
        self._warned_of_checkpoint = False
        self._clear()
        client.training.connect(self._handle_event)
        client.died.connect(self._handle_engine_death)
        client.failed.connect(self._handle_engine_failure)

    def _clear(self) -> None:
        self.run: Run | None = None
        self.data = ""
        self.epoch, self.step, self.steps, self.total_epochs = 0, 0, 0, 0
        self.parameters = 0
        self.images_per_second, self.seconds_left, self.compile_seconds = 0.0, 0.0, 0.0
        self.gradient_norms: dict[str, float] = {}
        self.confusion: Any = None
        self.mistakes: Mistakes | None = None
        self._layers: list[str] = []

    # -- what is asked ----------------------------------------------------------------------------

    @property
    def is_active(self) -> bool:
        """Whether there is a run that can be stopped."""
        return self.state in UNDER_WAY

    @property
    def can_resume(self) -> bool:
        """Whether `go_on` does something: after a pause, after an end, or from a checkpoint."""
        ended = self.state in ("stopped", "finished") and self._number >= 0 and self.steps > 0
        return self.state == "paused" or ended or (self._has_checkpoint and not self.is_active)

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
        self._abandon_run()
        self.run = self.runs.add(run_settings(**settings))
        self._request_run(TrainPayload(settings=dict(self.run.settings), data=data, command=command))

    def pause(self) -> None:
        """Pause after the chunk that is under way."""
        self._send_command("pause")

    def resume(self) -> None:
        """Continue after a pause; after an end, where it ended; after a crash, from the end of the latest epoch."""
        self._is_stopping = False
        if self.state == "paused" or (self._number >= 0 and self.can_resume and self.state != "failed"):
            self._send_command("continue")
        elif self.can_resume:
            self._request_run(TrainPayload(go_on_from=str(self._checkpoint)))

    def run_one_step(self) -> None:
        """Do one step, then pause."""
        self._send_command("step")

    def run_one_epoch(self) -> None:
        """Go on to the end of the epoch, then pause."""
        self._send_command("epoch")

    def set_speed(self, steps_a_second: float) -> None:
        """Go on in slow motion, so many steps a second; 0: as fast as it can."""
        self.speed = steps_a_second
        self._send_command(f"slow {steps_a_second:g}")

    def stop(self) -> None:
        """End the run. Compiling cannot be broken off, and while it lasts the engine may be slow to hear of it: the
        window does not wait for that."""
        was_compiling = self.state == "compiling"
        if self.is_active:
            self._send_command("stop")
        if was_compiling:
            self._is_stopping = True
            self._set_state("stopped")

    def reset(self) -> None:
        """Forget the run, its curves and its network."""
        run, number = self.run, self._number
        self._abandon_run()
        self.runDiscarded.emit(number)
        if run is not None:
            self.runs.delete(run)
        self._set_message("")
        self._set_state("idle")
        self.progressChanged.emit()

    def find_interrupted_run(self) -> None:
        """Offer to go on with a run that was under way when the program ended."""
        if self.state != "idle" or not self._checkpoint.is_file():
            return
        try:
            found = load_checkpoint(self._checkpoint, metadata_only=True)
            self.run = self.runs.add(run_settings(**dict(found.settings)))
            for number, metrics in enumerate(found.epochs):
                self.run.add_epoch(number, metrics)
        except (CheckpointError, KeyError, TypeError):
            self._delete_checkpoint()
            return
        self._has_checkpoint = True
        self.data = self.run.data = found.data_name
        done, of = len(found.epochs), int(self.run.settings["epochs"])
        self.steps = self.run.steps = -(
            -found.image_counts[0] // min(self.run.settings["batch_size"], found.image_counts[0])
        )
        self.epoch, self.step, self.total_epochs = done - 1, self.steps, of
        self._set_message(f"The run {self.run.name} was interrupted after epoch {done} of {of}. “Go on” continues it.")
        # Which way XLA was decided is the run's; whoever trains anew may want it decided anew.
        settings = {key: value for key, value in self.run.settings.items() if key != "xla"}
        self.interruptedRunFound.emit(settings, found.source)
        self._set_state("stopped")
        self.progressChanged.emit()

    # -- asking -----------------------------------------------------------------------------------

    def _request_run(self, payload: TrainPayload) -> None:
        self._set_message("")
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
        self._client.request(TRAIN, wanted, self._receive_started)

    def _send_command(self, command: str) -> None:
        if self._number >= 0 or self.is_active:
            self._client.request(TRAIN_CONTROL, TrainControlPayload(command=command), lambda _reply: None)

    def _abandon_run(self) -> None:
        """Let go of the run: no event of it is heard any more."""
        if self.is_active:
            self._send_command("stop")
        self._number = -1
        self._delete_checkpoint()
        self._clear()

    def _delete_checkpoint(self) -> None:
        self._has_checkpoint = False
        with contextlib.suppress(OSError):
            self._checkpoint.unlink(missing_ok=True)

    def _receive_started(self, reply: RunReply) -> None:
        if (error := reply.get("error")) is not None:
            self._set_message(error["message"])
            self._set_state("failed")
        else:
            self._number = int(reply["run"])

    # -- what the engine says ---------------------------------------------------------------------

    def _handle_engine_death(self, _sentence: str) -> None:
        self._number = -1
        if not self.is_active:
            return
        if (done := self._count_checkpoint_epochs()) > 0:
            self._set_message(f"TensorFlow's process ended while it trained. “Go on” continues after epoch {done}.")
        else:
            when = "and no epoch could be kept" if self.run is not None and self.run.epochs else "in the first epoch"
            self._set_message(f"TensorFlow's process ended {when}. The curves so far are kept; train again.")
        self._set_state("failed")

    def _handle_engine_failure(self, sentence: str) -> None:
        if self.is_active:
            self._set_message(sentence)
            self._set_state("failed")

    def _count_checkpoint_epochs(self) -> int:
        """Return how many epochs the checkpoint has, of which the last may not have been told before the end came."""
        try:
            epochs = load_checkpoint(self._checkpoint, metadata_only=True).epochs
        except CheckpointError:
            epochs = []
        self._has_checkpoint = bool(epochs)
        for number, metrics in enumerate(epochs):
            if self.run is not None and number >= len(self.run.epochs):
                self.run.add_epoch(number, metrics)
                self.epochFinished.emit(number)
        return len(epochs)

    def _handle_event(self, event: TrainingEvent) -> None:
        if event.get("run") != self._number or self.run is None:
            return
        self._update_facts(event, self.run)
        if "epoch_done" in event:
            self._add_epoch(event, self.run)
        if "step" in event:
            self._update_progress(event, self.run)
        if "message" in event:
            self._set_message(event["message"])
        if event["state"] == "finished":
            self._delete_checkpoint()
            if self._warned_of_checkpoint:
                self._set_message("")  # there is nothing left that a crash could cost
        if event["state"] not in UNDER_WAY:
            self._is_stopping = False
        elif self._is_stopping:
            return  # sent before the wish was heard
        self._set_state(event["state"])
        self.progressChanged.emit()

    def _update_facts(self, event: TrainingEvent, run: Run) -> None:
        self.data = run.data = event.get("data", self.data)
        self.steps = run.steps = event.get("steps", self.steps)
        self.total_epochs = event.get("epochs", self.total_epochs)
        self.parameters = event.get("parameters", self.parameters)
        self.compile_seconds = event.get("compile_seconds", self.compile_seconds)
        self._layers = event.get("layers", self._layers)
        run.settings = event.get("settings", run.settings)

    def _update_progress(self, event: TrainingEvent, run: Run) -> None:
        self.epoch, self.step = event["epoch"], event["step"]
        self.images_per_second, self.seconds_left = event["rate"], event["left"]
        self.gradient_norms = dict(zip(self._layers, event["norms"].tolist(), strict=False))
        for epoch, step, loss, accuracy in event.get("points", ()):
            x = epoch + step / max(self.steps, 1)
            run.add_point("loss", x, loss)
            run.add_point("accuracy", x, accuracy)

    def _add_epoch(self, event: TrainingEvent, run: Run) -> None:
        run.add_epoch(event["epoch_done"], event["metrics"])
        self.confusion, self.mistakes = event["confusion"], event["mistakes"]
        self._has_checkpoint = self._has_checkpoint or event["checkpoint"]
        if not self._has_checkpoint:
            self._set_message(NOT_KEPT)
            self._warned_of_checkpoint = True
        self.epochFinished.emit(event["epoch_done"])

    def _set_message(self, sentence: str) -> None:
        if sentence != self.message:
            self.message = sentence
            self.messageChanged.emit(sentence)

    def _set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self.stateChanged.emit(state)
