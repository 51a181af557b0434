"""The state of the latest training run, and the runs before it."""

import contextlib
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import QEventLoop, QObject, QTemporaryDir, QTimer, Signal

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
from explorer.core.training.checkpoint import MAX_STATE_BYTES, CheckpointError, load_checkpoint
from explorer.core.training.run_record import RunRecord, RunStatus
from explorer.core.training.settings import run_settings
from explorer.session.engine_client.client import EngineClient
from explorer.session.models.user_network import UserNetwork
from explorer.session.training.run_store import RunStore
from explorer.session.training.runs import Run, RunList

ACTIVE_STATES = frozenset({"compiling", "running", "paused"})
"""States in which a run can be stopped."""

RUNS_FOLDER = "runs"
"""Name of the folder of the runs' files."""

NO_CHECKPOINT = (
    "This run cannot be kept on disk, so after a crash it could not go on. Perhaps the disk is full, or the network is "
    f"larger than {MAX_STATE_BYTES // 1_000_000} MB."
)

END_TIMEOUT_MS = 3000
"""How long a closing window waits for the end of its run, which is then kept."""

_run_numbers = itertools.count(1)


class TrainingSession(QObject):
    """The state of the latest run, which follows the engine's events.

    Parameters
    ----------
    folder : folder beside whose settings runs are kept, None for a temporary one.

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

    Signals: `runDiscarded` with the number of a run that was reset; `runRestored` with the settings and the data source
    of a run that was shown from its file; `epochFinished` with the index of the epoch; `progressChanged`; the
    others when their attribute changes.
    """

    stateChanged = Signal(str)
    progressChanged = Signal()
    epochFinished = Signal(int)
    messageChanged = Signal(str)
    runDiscarded = Signal(int)
    runRestored = Signal(dict, str)

    def __init__(self, client: EngineClient, folder: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = "idle"
        self.message = ""
        self.runs = RunList(self)
        self.user_network = UserNetwork(self)
        self.speed = 0.0
        self._client = client
        self._temporary = QTemporaryDir() if folder is None else None
        self.store = RunStore((Path(self._temporary.path()) if self._temporary else Path(folder or "")) / RUNS_FOLDER)
        self._number = -1
        self._is_stopping = False
        self._warned_of_checkpoint = False
        self._clear()
        self.runs.renamed.connect(self._handle_renamed)
        self.runs.deleted.connect(self._handle_deleted)
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
        """Whether `resume` has an effect: after a pause, after the end of a run, or from its file."""
        ended = self.state in ("stopped", "finished") and self._number >= 0 and self.steps > 0
        return self.state == "paused" or ended or (not self.is_active and self._is_kept)

    @property
    def _is_kept(self) -> bool:
        """Whether the run can go on from its file."""
        return self.run is not None and self.run.has_file and self.run.status != "failed"

    @property
    def keeps_runs(self) -> bool:
        """Whether runs are there again at the next start."""
        return self._temporary is None

    @property
    def is_network_waiting(self) -> bool:
        """Whether the run is of an earlier start, or of an earlier engine, and the engine does not have its network."""
        return self._number < 0 and not self.is_active and self.run is not None and self.run.has_file

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
        self.run.path, self.run.source = self.store.new_path(), data
        self._request_run(TrainPayload(settings=dict(self.run.settings), data=data, command=command))
        self._prune()

    def pause(self) -> None:
        """Pause after the current chunk of steps."""
        self._send_command("pause")

    def resume(self) -> None:
        """Continue after a pause or the end of the run; after a crash, from the end of the latest complete epoch."""
        self._is_stopping = False
        if self.state == "paused" or (self._number >= 0 and self.can_resume and self.state != "failed"):
            self._send_command("continue")
        elif self.can_resume:
            self._resume_from_file("continue")

    def run_one_step(self) -> None:
        """Run one step, then pause."""
        self._run_one("step")

    def run_one_epoch(self) -> None:
        """Run to the end of the epoch, then pause."""
        self._run_one("epoch")

    def _run_one(self, command: RunCommand) -> None:
        if self._number < 0 and self._is_kept and not self.is_active:
            self._resume_from_file(command)
        else:
            self._send_command(command)

    def _resume_from_file(self, command: RunCommand) -> None:
        if self.run is not None and self.run.path is not None:
            self._request_run(TrainPayload(go_on_from=str(self.run.path), command=command))

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
        """Discard the run, its curves, its network and its file."""
        run, number = self.run, self._number
        self._abandon_run("discard")
        self.runDiscarded.emit(number)
        if run is not None:
            self.runs.delete(run)
        self._set_message("")
        self._set_state("idle")
        self.progressChanged.emit()

    # -- kept runs ----------------------------------------------------------------------------

    def restore_runs(self) -> str:
        """Show the runs of earlier starts, the latest as the current one; return what to tell the user, "" for nothing.

        A run that was interrupted comes before those that ended.
        """
        if self.state != "idle" or self.runs.all:
            return ""
        found, damaged = self.store.load()
        restored = [self.runs.restore(kept.record, kept.path) for kept in found]
        told = ""
        if damaged:
            count = "1 earlier run" if len(damaged) == 1 else f"{len(damaged)} earlier runs"
            told = f"{count} cannot be read any more, and was put aside as {damaged[-1].name} in {damaged[-1].parent}."
        if restored:
            interrupted = [run for run in restored if run.status == "running"]
            self._take_up((interrupted or restored)[-1])
            if interrupted:
                told = f"{self.message} {told}".strip()
        return told

    def open_run(self, run: Run) -> None:
        """Make an earlier run the current one: its network is shown, and it can go on."""
        if self.is_active or run is self.run or run not in self.runs.all:
            return
        if self._record(run) is None:
            self._set_message(f"The file of the run {run.name} cannot be read any more; its curves are here.")
            return
        number = self._number
        self._abandon_run()
        self.runDiscarded.emit(number)
        self._take_up(run)
        self.show_network()

    def show_network(self) -> None:
        """Let the engine build the network of a kept run, whose weights and activations can then be seen."""
        if self.is_network_waiting and self.run is not None:
            self._number = next(_run_numbers)
            payload = TrainPayload(go_on_from=str(self.run.path), show_only=True)
            self._client.request(TRAIN, self._completed(payload, self.run), self._receive_started)

    def clear_kept_runs(self) -> None:
        """Delete all runs but the current one, and their files."""
        for run in [run for run in self.runs.all if run is not self.run]:
            self.runs.delete(run)
        self.store.clear([] if self.run is None or self.run.path is None else [self.run.path])
        self.runs.changed.emit()

    def keep_before_close(self) -> str:
        """Stop the run, so that the engine keeps it, and return what would be lost, as a sentence; "" for nothing."""
        if not self.keeps_runs:
            return ""
        if self.is_active and self.state != "compiling":
            self._wait_for_end()
        lost = [run.name for run in self.runs.all if run.is_lost_at_close]
        if not lost:
            return ""
        runs = f"The run {lost[0]}" if len(lost) == 1 else f"{len(lost)} runs ({'; '.join(lost)})"
        return f"{runs} cannot be kept on disk, and would be lost."

    def _wait_for_end(self) -> None:
        loop = QEventLoop()
        ended = self.stateChanged.connect(lambda _state: None if self.is_active else loop.quit())
        QTimer.singleShot(END_TIMEOUT_MS, loop, loop.quit)
        self.stop()
        if self.is_active:
            loop.exec()
        self.stateChanged.disconnect(ended)

    def _take_up(self, run: Run) -> None:
        """Show a run with the state in which its file has it."""
        record = self._record(run)
        if record is None:
            return
        self.run = run
        self.data = record.data_name
        self.parameters, self.steps = record.parameters, record.steps
        self.total_epochs = record.total_epochs or int(record.settings["epochs"])
        done = len(record.epochs)
        at_end = done > 0 and not record.step
        self.epoch, self.step = (done - 1, self.steps) if at_end else (done, record.step)
        self.gradient_norms = dict(record.norms)
        self.confusion = record.confusion
        self.mistakes = None if record.mistakes is None else cast(Mistakes, dict(record.mistakes))
        message = record.message
        if record.status == "running":
            message = f"The run {run.name} was interrupted after epoch {done} of {self.total_epochs}."
            message += " “Go on” continues it."
        self._set_message(message)
        # The choice of XLA belongs to that run; a new run chooses for itself.
        settings = {key: value for key, value in record.settings.items() if key != "xla"}
        self.runRestored.emit(settings, record.source)
        self._set_state("stopped" if record.status == "running" else record.status)
        self.progressChanged.emit()

    def _record(self, run: Run) -> RunRecord | None:
        with contextlib.suppress(CheckpointError):
            return None if run.path is None else load_checkpoint(run.path, record_only=True).record
        return None

    def _prune(self) -> None:
        """Delete files of the oldest runs; their curves stay until the window is closed."""
        in_use = [] if self.run is None or self.run.path is None else [self.run.path]
        deleted = self.store.prune(in_use)
        for run in self.runs.all:
            if run.path in deleted:
                run.path = None
        self.runs.changed.emit()

    def _handle_renamed(self, run: Run) -> None:
        if run.path is not None and not (run is self.run and self.is_active):  # at the end of the run it is renamed
            self.store.rename(run.path, run.given_name)

    def _handle_deleted(self, run: Run) -> None:
        if run is self.run:
            self.reset()
        if run.path is not None:
            self.store.delete(run.path)

    # -- requests ---------------------------------------------------------------------------------

    def _request_run(self, payload: TrainPayload) -> None:
        run = self.run
        assert run is not None
        if run.path is not None and not self.store.lock(run.path):
            self._set_message(f"Another window trains the run {run.name}.")
            return
        self._set_message("")
        self._is_stopping = False
        run.status = "running"
        self._set_state("compiling")
        # The number is chosen here, so that events of the run before are not taken for those of this one.
        self._number = next(_run_numbers)
        self._client.request(TRAIN, self._completed(payload, run), self._receive_started)

    def _completed(self, payload: TrainPayload, run: Run) -> TrainPayload:
        name = run.given_name or f"{run.number}: {run.settings['model']}"
        return {
            **payload,
            "run": self._number,
            "title": f"run {name}",
            "checkpoint": str(run.path),
            "number": run.number,
            "name": run.given_name,
            "speed": self.speed,
        }

    def _send_command(self, command: RunCommand) -> None:
        self._send_control(TrainControlPayload(command=command))

    def _send_control(self, payload: TrainControlPayload) -> None:
        if self._number >= 0 or self.is_active:
            self._client.request(TRAIN_CONTROL, payload, lambda _reply: None)

    def _abandon_run(self, command: RunCommand = "stop") -> None:
        """Stop the run, which is kept, or discard it, and ignore its further events."""
        if self.is_active or (command == "discard" and self._number >= 0):
            self._send_command(command)
        if self.run is not None:
            self._end_run(self.run, "stopped")
        self._number = -1
        self._clear()

    def _end_run(self, run: Run, status: RunStatus, message: str = "") -> None:
        if run.status == "running":
            run.status, run.message = status, message
        if run.path is not None:
            self.store.unlock(run.path)

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
            self.progressChanged.emit()
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
        """Return the number of epochs in the file; the event of the last one may not have arrived."""
        record = None if self.run is None else self._record(self.run)
        epochs = [] if record is None else record.epochs
        if self.run is not None:
            for number, metrics in enumerate(epochs):
                if number >= len(self.run.epochs):
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
        if "checkpoint" in event:
            self._handle_checkpoint(event["checkpoint"], self.run)
        if "message" in event:
            self._set_message(event["message"])
        if event["state"] not in ACTIVE_STATES:
            self._is_stopping = False
            self._handle_end(event, self.run)
        elif self._is_stopping:
            return  # sent before the engine read the command to stop
        self._set_state(event["state"])
        self.progressChanged.emit()

    def _handle_checkpoint(self, is_kept: bool, run: Run) -> None:
        run.is_kept = is_kept
        if not is_kept:
            self._set_message(NO_CHECKPOINT)
            self._warned_of_checkpoint = True
        elif self._warned_of_checkpoint:
            self._set_message("")

    def _handle_end(self, event: TrainingEvent, run: Run) -> None:
        status = event["state"]
        if status in ("finished", "stopped", "failed"):
            self._end_run(run, cast(RunStatus, status), event.get("message", ""))
        if run.given_name and run.path is not None:
            self.store.rename(run.path, run.given_name)
        self._prune()

    def _update_facts(self, event: TrainingEvent, run: Run) -> None:
        self.data = event.get("data", self.data)
        settings = event.get("settings", run.settings)
        if (run.data, run.settings) != (self.data, settings):
            run.data, run.settings = self.data, settings
            self.runs.update_names()
        self.steps = run.steps = event.get("steps", self.steps)
        self.total_epochs = event.get("epochs", self.total_epochs)
        self.parameters = event.get("parameters", self.parameters)
        self.compile_seconds = event.get("compile_seconds", self.compile_seconds)
        self._layers = event.get("layers", self._layers)

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
