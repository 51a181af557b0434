"""The state of the latest training run, and the runs before it."""

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
    RunCommand,
    RunReply,
    TrainControlPayload,
    TrainPayload,
)
from explorer.core.training.checkpoint import CheckpointError, load_checkpoint
from explorer.core.training.settings import run_settings
from explorer.session.engine_client.client import EngineClient
from explorer.session.models.user_network import UserNetwork
from explorer.session.training.runs import Run, RunList

ACTIVE_STATES = frozenset({"compiling", "running", "paused"})
"""States in which a run can be stopped."""

CHECKPOINT_NAME = "interrupted-run.npz"
"""Name of the file with the latest checkpoint."""

NO_CHECKPOINT = "This run cannot be kept on disk, so after a crash it could not go on. Perhaps the disk is full."

_run_numbers = itertools.count(1)


class TrainingSession(QObject):
    """The state of the latest run, which follows the engine's events.

    Parameters
    ----------
    folder : folder of the checkpoint that is written after each epoch, None for a temporary one.

    Attributes
    ----------
    state : "idle", "compiling", "running", "paused", "finished", "stopped" or "failed".
    run : the run, None before the first.
    data : name of its data set.
    epoch, step, steps, total_epochs : index of the epoch, steps done in it, steps of an epoch, and number of epochs.
    parameters : number of parameters of the network.
    images_per_second, seconds_left, compile_seconds : speed, estimated time to the end, and time for compiling.
    gradient_norms : norm of the gradient of each layer in the latest step.
    confusion, mistakes : confusion matrix and worst mistakes after the latest epoch, None before.
    message : why the run failed, or what to know about it; "" for nothing.

    Signals: `runDiscarded` with the number of a run that was reset; `interruptedRunFound` with the settings and the
    data source of a run of an earlier window; `epochFinished` with the index of the epoch; `progressChanged`; the
    others when their attribute changes.
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
        self._checkpoint = (Path(self._temporary.path()) if self._temporary else Path(folder or "")) / CHECKPOINT_NAME
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

    # -- properties --------------------------------------------------------------------------

    @property
    def is_active(self) -> bool:
        """Whether there is a run that can be stopped."""
        return self.state in ACTIVE_STATES

    @property
    def can_resume(self) -> bool:
        """Whether `resume` has an effect: after a pause, after the end of a run, or from a checkpoint."""
        ended = self.state in ("stopped", "finished") and self._number >= 0 and self.steps > 0
        return self.state == "paused" or ended or (self._has_checkpoint and not self.is_active)

    @property
    def epochs(self) -> list[Mapping[str, float]]:
        """Metrics of the complete epochs of the run."""
        return [] if self.run is None else self.run.epochs

    @property
    def settings(self) -> Mapping[str, Any]:
        """All settings of the run, the automatic choices included."""
        return run_settings() if self.run is None else self.run.settings

    # -- commands --------------------------------------------------------------------

    def prepare(self) -> None:
        """Let the engine import what training needs, when the tab is shown."""
        self._client.request(PREPARE_TRAINING, EmptyPayload(), lambda _reply: None)

    def start(self, settings: Mapping[str, Any], data: str, command: RunCommand = "continue") -> None:
        """Start a new run; with the command "step" or "epoch" it pauses after that."""
        self._abandon_run()
        self.run = self.runs.add(run_settings(**settings))
        self._request_run(TrainPayload(settings=dict(self.run.settings), data=data, command=command))

    def pause(self) -> None:
        """Pause after the current chunk of steps."""
        self._send_command("pause")

    def resume(self) -> None:
        """Continue after a pause or the end of the run; after a crash, from the end of the latest complete epoch."""
        self._is_stopping = False
        if self.state == "paused" or (self._number >= 0 and self.can_resume and self.state != "failed"):
            self._send_command("continue")
        elif self.can_resume:
            self._request_run(TrainPayload(go_on_from=str(self._checkpoint)))

    def run_one_step(self) -> None:
        """Run one step, then pause."""
        self._send_command("step")

    def run_one_epoch(self) -> None:
        """Run to the end of the epoch, then pause."""
        self._send_command("epoch")

    def set_speed(self, steps_per_second: float) -> None:
        """Run in slow motion, or as fast as possible for 0."""
        self.speed = steps_per_second
        self._send_control(TrainControlPayload(command="slow", speed=steps_per_second))

    def stop(self) -> None:
        """Stop the run.

        Compiling cannot be interrupted, and meanwhile the engine may answer late, so the state changes at once.
        """
        was_compiling = self.state == "compiling"
        if self.is_active:
            self._send_command("stop")
        if was_compiling:
            self._is_stopping = True
            self._set_state("stopped")

    def reset(self) -> None:
        """Discard the run, its curves and its network."""
        run, number = self.run, self._number
        self._abandon_run()
        self.runDiscarded.emit(number)
        if run is not None:
            self.runs.delete(run)
        self._set_message("")
        self._set_state("idle")
        self.progressChanged.emit()

    def find_interrupted_run(self) -> None:
        """Offer to resume a run that was active when the program ended."""
        if self.state != "idle" or not self._checkpoint.is_file():
            return
        try:
            checkpoint = load_checkpoint(self._checkpoint, metadata_only=True)
            self.run = self.runs.add(run_settings(**dict(checkpoint.settings)))
            for number, metrics in enumerate(checkpoint.epochs):
                self.run.add_epoch(number, metrics)
        except (CheckpointError, KeyError, TypeError):
            self._delete_checkpoint()
            return
        self._has_checkpoint = True
        self.data = self.run.data = checkpoint.data_name
        done, total = len(checkpoint.epochs), int(self.run.settings["epochs"])
        self.steps = self.run.steps = -(
            -checkpoint.image_counts[0] // min(self.run.settings["batch_size"], checkpoint.image_counts[0])
        )
        self.epoch, self.step, self.total_epochs = done - 1, self.steps, total
        self._set_message(
            f"The run {self.run.name} was interrupted after epoch {done} of {total}. “Go on” continues it."
        )
        # The choice of XLA belongs to that run; a new run chooses for itself.
        settings = {key: value for key, value in self.run.settings.items() if key != "xla"}
        self.interruptedRunFound.emit(settings, checkpoint.source)
        self._set_state("stopped")
        self.progressChanged.emit()

    # -- requests ---------------------------------------------------------------------------------

    def _request_run(self, payload: TrainPayload) -> None:
        self._set_message("")
        self._is_stopping = False
        self._set_state("compiling")
        title = f"run {self.run.name}" if self.run is not None else ""
        self._number = next(
            _run_numbers
        )  # chosen here, so that events of the run before are not taken for those of this one
        complete: TrainPayload = {
            **payload,
            "run": self._number,
            "title": title,
            "checkpoint": str(self._checkpoint),
            "speed": self.speed,
        }
        self._client.request(TRAIN, complete, self._receive_started)

    def _send_command(self, command: RunCommand) -> None:
        self._send_control(TrainControlPayload(command=command))

    def _send_control(self, payload: TrainControlPayload) -> None:
        if self._number >= 0 or self.is_active:
            self._client.request(TRAIN_CONTROL, payload, lambda _reply: None)

    def _abandon_run(self) -> None:
        """Stop the run and ignore its further events."""
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

    # -- events -------------------------------------------------------------------

    def _handle_engine_death(self, _message: str) -> None:
        self._number = -1
        if not self.is_active:
            return
        if (done := self._count_checkpoint_epochs()) > 0:
            self._set_message(f"TensorFlow's process ended while it trained. “Go on” continues after epoch {done}.")
        else:
            when = "and no epoch could be kept" if self.run is not None and self.run.epochs else "in the first epoch"
            self._set_message(f"TensorFlow's process ended {when}. The curves so far are kept; train again.")
        self._set_state("failed")

    def _handle_engine_failure(self, message: str) -> None:
        if self.is_active:
            self._set_message(message)
            self._set_state("failed")

    def _count_checkpoint_epochs(self) -> int:
        """Return the number of epochs in the checkpoint; the event of the last one may not have arrived."""
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
                self._set_message("")  # a crash could no longer lose anything
        if event["state"] not in ACTIVE_STATES:
            self._is_stopping = False
        elif self._is_stopping:
            return  # sent before the engine read the command to stop
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
            self._set_message(NO_CHECKPOINT)
            self._warned_of_checkpoint = True
        self.epochFinished.emit(event["epoch_done"])

    def _set_message(self, message: str) -> None:
        self._warned_of_checkpoint = False
        if message != self.message:
            self.message = message
            self.messageChanged.emit(message)

    def _set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self.stateChanged.emit(state)
