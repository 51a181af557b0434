"""One run of training in a thread of its own: commands steer it, and events report what happens."""

import gc
import threading
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from explorer.core.data.dataset import Dataset
from explorer.core.errors import ErrorCode, UserError
from explorer.core.protocol.events import Mistakes, TrainingEvent
from explorer.core.protocol.training import RunCommand, RunState, TrainPayload
from explorer.core.training.callback import Progress, StoppedError, TrainingCallback, TrainingError
from explorer.core.training.checkpoint import Checkpoint, CheckpointError, load_checkpoint
from explorer.core.training.run_record import RunRecord, RunStatus
from explorer.core.training.settings import EpochMetrics, run_settings
from explorer.engine.mailbox import Send
from explorer.engine.services.data import DataService
from explorer.engine.services.models import PROBES, ModelService
from explorer.engine.training.current_network import CurrentNetwork
from explorer.engine.training.run_control import RunControl
from explorer.engine.training.run_curve import RunCurve
from explorer.engine.training.run_file import RunFile, build_kept_network
from explorer.engine.training.weight_history import WeightHistory

if TYPE_CHECKING:
    # Keras takes a second to import: the thread of the run does it, and a run can be stopped before.
    from explorer.engine.training.evaluation import Evaluation
    from explorer.engine.training.optimizer_state import OptimizerState
    from explorer.engine.training.trainer import Trainer

MAX_EVENTS_PER_SECOND = 10
"""Progress events: chunks are more frequent, but the window need not repaint for each."""

MAX_SNAPSHOTS_PER_SECOND = 10
"""Copies of the weights, for those who look into the network while it trains."""

SMALL_NETWORK = 150_000
"""Weights up to which they are copied after every chunk: a run of half a second would have only five snapshots."""

KEPT_SNAPSHOT_BYTES = 8_000_000
"""Snapshots of the weights that are kept of a run; those in memory have a larger budget."""

GO_ON_COMMANDS = frozenset({"continue", "step", "epoch"})

END_STATES = frozenset({"finished", "stopped", "failed"})

INTERRUPT_TIMEOUT_S = 0.8
"""Seconds that an engine without a window waits for its run, which is kept meanwhile."""

END_TIMEOUT_S = 2.0
"""Seconds that a run waits for the one before it to end, whose compiled functions it could use."""


class TrainingRun(TrainingCallback):
    """One run: its thread, the commands that it was given, and the events that it sends."""

    def __init__(
        self,
        number: int,
        payload: TrainPayload,
        send: Send,
        models: ModelService,
        data: DataService,
        before: "TrainingRun | None",
    ) -> None:
        self.number = number
        self._before = before
        self._payload = payload
        self._send = send
        self._models = models
        self._data = data
        self._history = WeightHistory()
        self._trainer: Trainer | None = None
        self._optimizer_state: OptimizerState | None = None
        self._epochs = 0
        self._progress: dict[str, Any] = {}
        self._sent_at = 0.0
        self._copied_at = 0.0
        self._state: RunState = "compiling"
        self._source = ""
        self._file = RunFile(Path(payload["checkpoint"]) if "checkpoint" in payload else None)
        self._curve = RunCurve()
        self._evaluation: dict[str, Any] = {}
        self._is_interrupted = False
        self._is_shown_only = bool(payload.get("show_only"))
        self._command_after_show: RunCommand | None = None
        self._thread = threading.Thread()
        self.run_control = RunControl()
        self.run_control.command(payload.get("command", "continue"))
        self.run_control.command("slow", payload.get("speed", 0.0))
        self._start_thread()

    # -- commands ---------------------------------------------------------------------------------

    def control(self, command: RunCommand, speed: float = 0.0) -> None:
        """Obey a command; see `TrainControlPayload`."""
        if command == "discard":
            self._file.discard()
            command = "stop"
        if self._trainer is not None and self._state in END_STATES:
            self._thread.join(END_TIMEOUT_S)  # it has reported its end and is about to return
        ended = not self._thread.is_alive()
        if self._file.is_discarded and ended:
            self._file.delete()
        if command == "stop" and self._state == "compiling":
            self.run_control.command(command)
            self._report("stopped")  # compiling cannot be interrupted, but nobody has to wait for it
        elif not ended and self._is_shown_only and command in GO_ON_COMMANDS:
            self._command_after_show = command
        elif not ended:
            self.run_control.command(command, speed)
        elif command in GO_ON_COMMANDS and self._can_go_on:
            self._prepare_to_go_on(command)
            self._start_thread()

    def _prepare_to_go_on(self, command: RunCommand) -> None:
        if self._state == "finished" and self._trainer is not None:
            self._epochs += self._trainer.settings["epochs"]
        self._is_shown_only = False
        self.run_control.restart(command)

    @property
    def _can_go_on(self) -> bool:
        """Whether the run has ended in a state from which it can go on."""
        return self._state != "failed" and (self._trainer is not None or self._is_shown_only)

    def on_chunk_begin(self, count: int) -> int:
        """Wait while paused; return how many steps come next, 0 to end."""
        return self.run_control.pace(count, self._report_pause)

    def wait_while_paused(self) -> bool:
        """Wait while paused; return whether to continue."""
        return self.run_control.wait_while_paused(self._report_pause)

    def _report_pause(self, paused: bool) -> None:
        if self._trainer is not None and paused != (self._state == "paused"):
            if paused:
                self._copy_weights()
            self._report_progress("paused" if paused else "running")

    # -- events -----------------------------------------------------------------------------------

    def on_chunk_end(self, progress: Progress) -> None:
        """Report progress and copy the weights, as often as is useful."""
        trainer = self._ready
        if progress.curve_point is not None:
            self._curve.add([progress.epoch, progress.step, *progress.curve_point])
        self._progress = {
            "epoch": progress.epoch,
            "step": progress.step,
            "rate": progress.images_per_second,
            "left": progress.seconds_left,
            "norms": trainer.loop.gradient_norms,
        }
        now, is_slow = monotonic(), self.run_control.is_slow
        is_last = progress.step >= trainer.loop.steps
        is_small = trainer.parameters <= SMALL_NETWORK
        if is_last or is_slow or is_small or now - self._copied_at > 1 / MAX_SNAPSHOTS_PER_SECOND:
            self._copied_at = now
            self._copy_weights()
        if is_last or is_slow or now - self._sent_at > 1 / MAX_EVENTS_PER_SECOND:
            self._sent_at = now
            self._report_progress(self._state)

    def on_epoch_end(self, number: int, epoch: EpochMetrics, evaluation: "Evaluation") -> None:
        """Report an epoch with its worst mistakes, and save a checkpoint."""
        data, worst = self._ready.data, evaluation.worst
        mistakes: Mistakes = {
            "images": data.x_validation[worst],
            "labels": data.y_validation[worst],
            "predictions": evaluation.predictions,
            "confidences": evaluation.confidences,
            "classes": list(data.classes),
        }
        self._evaluation = {"confusion": evaluation.confusion, "mistakes": mistakes}
        self._report(
            self._state,
            epoch_done=number,
            metrics=dict(epoch.to_dict()),
            **self._evaluation,
            checkpoint=self._save_checkpoint("running"),
        )
        self.run_control.finish_epoch()

    def _report_progress(self, state: RunState, **news: Any) -> None:
        """Report how far the run is, with the points of all chunks since the last time."""
        self._report(state, **self._progress, **self._curve.take_new(), **news)

    def _report(self, state: RunState, **news: Any) -> None:
        """Send a `TrainingEvent`; news: its other keys."""
        if state == "compiling" and self.run_control.is_stopped:
            return  # it was reported as stopped
        self._state = state
        head: TrainingEvent = {"kind": "training", "run": self.number, "state": state}
        self._send({**head, **news})

    # -- the thread -------------------------------------------------------------------------------

    @property
    def _ready(self) -> "Trainer":
        assert self._trainer is not None
        return self._trainer

    def interrupt(self) -> None:
        """Stop because the window is gone: what was trained is kept as an interrupted run."""
        self._is_interrupted = True
        self.control("stop")
        self._thread.join(INTERRUPT_TIMEOUT_S)

    def retire(self) -> None:
        """Stop for good and let the next run have what was compiled; wait for the chunk in progress."""
        self.control("stop")
        self._thread.join(END_TIMEOUT_S)
        if self._trainer is not None and not self._thread.is_alive():
            self._models.forget_optimizer(self._optimizer_state)
            self._trainer.release()

    def _start_thread(self) -> None:
        self._thread = threading.Thread(target=self._work, name=f"training {self.number}", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            if self._is_shown_only:
                self._show()
                if self._command_after_show is None or not self._can_go_on:
                    return
                self._prepare_to_go_on(self._command_after_show)
            if self._trainer is None:
                self._trainer = self._prepare()
            elif not self._trainer.is_compiled:
                self._report("compiling")
                self._trainer.compile()
                self._report_beginning(self._trainer)
            else:
                self._report("running", epochs=self._epochs)
            self._trainer.train(self._epochs)
            end: Literal["stopped", "finished"] = "stopped" if self._trainer.stopped else "finished"
            is_kept = self._save_checkpoint("running" if self._is_interrupted else end)
            self._report_progress(end, checkpoint=is_kept)
        except StoppedError:
            self._report("stopped")
        except UserError as error:
            if isinstance(error, TrainingError) and self._trainer is not None:
                self._copy_weights()  # those before the step that went wrong: how large they had become says why
            self._report_failure(error.message, error.code)
        except Exception as error:  # the engine must live on, and the window must know
            self._report_failure(f"Training ended: {_first_line(error)}", ErrorCode.INTERNAL)
        finally:
            if self._file.is_discarded:
                self._file.delete()

    def _report_failure(self, message: str, code: ErrorCode) -> None:
        news = self._progress_at_failure()
        if self._trainer is not None:
            news["checkpoint"] = self._save_checkpoint("failed", message)
        self._report("failed", **news, message=message, code=code.value)

    def _progress_at_failure(self) -> dict[str, Any]:
        """Return how far the run came, with the points since the last report and the step that failed, if one did."""
        trainer = self._trainer
        if trainer is None:
            return {}
        done = trainer.failed_step or trainer.step - len(trainer.epochs) * trainer.loop.steps
        self._progress = {
            "rate": 0.0,
            **self._progress,
            "epoch": len(trainer.epochs),
            "step": done,
            "left": 0.0,
            "norms": trainer.loop.gradient_norms,
        }
        return {**self._progress, **self._curve.take_new()}

    def _prepare(self) -> "Trainer":
        self._retire_run_before()
        self._report("compiling")  # the window learns by it which run the events are of
        path = self._payload.get("go_on_from")
        checkpoint = None if path is None else load_checkpoint(Path(path))
        record = None if checkpoint is None else checkpoint.record
        source = str(self._payload.get("data") or "auto") if record is None else record.source
        data = self._open_data(source, record)
        self._report("compiling", data=data.name, images=len(data.x_train), validation=len(data.x_validation))
        trainer = self._make_trainer(data, checkpoint)
        if record is not None and record.status == "finished":
            self._epochs += trainer.settings["epochs"]
        self._report_beginning(trainer)
        return trainer

    def _retire_run_before(self) -> None:
        if self._before is not None:
            self._before.retire()
            self._before = None
        # Networks and compiled functions are full of cycles, and in this process nobody else collects them.
        gc.collect()

    def _open_data(self, source: str, record: RunRecord | None) -> Dataset:
        data = self._data.open(source)
        if record is not None and record.image_counts != (len(data.x_train), len(data.x_validation)):
            raise CheckpointError(f"The run used {record.data_name}, which is not what is there now.")
        self._source = data.source  # what ``auto`` found: it must be the same when the run continues
        return data

    def _make_trainer(self, data: Dataset, checkpoint: Checkpoint | None, compile_later: bool = False) -> "Trainer":
        """Build the network, which becomes the current one, with its history."""
        from explorer.engine.training.optimizer_state import OptimizerState
        from explorer.engine.training.trainer import Trainer

        if checkpoint is not None and not checkpoint.record.has_variables:
            raise CheckpointError("The network of this run was too large to be kept; its curves and settings are here.")
        settings = run_settings(**self._payload["settings"]) if checkpoint is None else checkpoint.record.settings
        trainer = Trainer(settings, data, self, checkpoint, compile_later)
        if checkpoint is None:
            self._epochs = settings["epochs"]
        else:
            self._take_up(checkpoint, trainer)
        self._trainer = trainer
        self._optimizer_state = OptimizerState(trainer.loop, trainer.settings)
        self._copy_weights()
        return trainer

    def _take_up(self, checkpoint: Checkpoint, trainer: "Trainer") -> None:
        """Continue with what was recorded of a run."""
        record = checkpoint.record
        # A run that continues after its end does as many epochs again, so an interrupted one may be in a later round.
        rounds = len(record.epochs) // record.settings["epochs"] + 1
        self._epochs = record.total_epochs or rounds * record.settings["epochs"]
        self._curve.restore(record.points)
        self._evaluation = {"confusion": record.confusion, "mistakes": record.mistakes}
        trainer.loop.gradient_norms = np.array(
            [record.norms.get(layer, 0.0) for layer in trainer.loop.layers], np.float32
        )
        for step, weights in checkpoint.variables.snapshots:
            if step < trainer.step:
                self._history.add(step, weights)

    def _report_beginning(self, trainer: "Trainer", state: RunState = "running", message: str = "") -> None:
        title = str(self._payload.get("title") or f"run {self.number}: {trainer.settings['model']}")
        probes, labels = trainer.data.x_train[:PROBES], trainer.data.y_train[:PROBES]
        network = self._models.set_network_of_run(
            CurrentNetwork(title, trainer.model, self._history, probes, self._optimizer_state, labels=labels)
        )
        self._report(
            state,
            steps=trainer.loop.steps,
            epochs=self._epochs,
            parameters=trainer.parameters,
            layers=trainer.loop.layers,
            settings=trainer.settings,
            compile_seconds=trainer.compile_seconds,
            network=network,
            **({"message": message} if message else {}),
        )

    def _show(self) -> None:
        """Make the network of a kept run the current one, in the state in which it ended, without compiling it."""
        self._retire_run_before()
        checkpoint = load_checkpoint(Path(self._payload["go_on_from"]))
        record = checkpoint.record
        self._state = "stopped" if record.status == "running" else record.status
        try:
            data = self._open_data(record.source, record)
        except UserError as error:
            self._show_weights(checkpoint, error)
            return
        self._report_beginning(self._make_trainer(data, checkpoint, compile_later=True), self._state, record.message)

    def _show_weights(self, checkpoint: Checkpoint, error: UserError) -> None:
        """Show the weights of a run whose images are not there any more."""
        record, model, data = checkpoint.record, build_kept_network(checkpoint), self._data.in_use()
        for step, weights in checkpoint.variables.snapshots:
            self._history.add(step, weights)
        self._history.add(len(record.epochs) * record.steps + record.step, model.get_weights())
        title, probes = str(self._payload.get("title") or ""), data.x_train[:PROBES]
        network = CurrentNetwork(title, model, self._history, probes, labels=data.y_train[:PROBES])
        self._report(
            self._state,
            steps=record.steps,
            epochs=record.total_epochs,
            parameters=int(model.count_params()),
            settings=dict(record.settings),
            network=self._models.set_network_of_run(network),
            message=f"{error.message} The weights of the run can be seen, but it cannot go on.",
        )

    def _save_checkpoint(self, status: RunStatus, message: str = "") -> bool:
        """Save the run if the window wants that; return whether it can go on from its file.

        Snapshots of the weights are added at the end of the run only: to write them after each epoch would take time
        from the training.
        """
        if not self._file.is_wanted:
            return False
        trainer = self._ready
        snapshots = () if status == "running" else self._history.select(KEPT_SNAPSHOT_BYTES)
        record = replace(
            trainer.record(self._source),
            total_epochs=self._epochs,
            status=status,
            number=self._payload.get("number", 1),
            name=self._payload.get("name", ""),
            message=message,
            points=self._curve.points,
            **self._evaluation,
        )
        return self._file.save(record, trainer.variables([(one.step, one.weights) for one in snapshots]))

    def _copy_weights(self) -> None:
        trainer = self._ready
        # The optimizer's state first: whoever finds the newest weights looks for it.
        if self._optimizer_state is not None:
            self._optimizer_state.save(trainer.step)
        self._history.add(trainer.step, trainer.loop.weights())


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
