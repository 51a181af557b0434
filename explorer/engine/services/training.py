"""Trains in a thread: requests start, pause, step and stop it, events report what happens."""

import contextlib
import gc
import threading
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from explorer.core.data.dataset import Dataset
from explorer.core.errors import ErrorCode, UserError
from explorer.core.protocol.events import Mistakes, TrainingEvent
from explorer.core.protocol.request_kind import EmptyPayload, Handlers
from explorer.core.protocol.training import (
    PREPARE_TRAINING,
    TRAIN,
    TRAIN_CONTROL,
    PrepareTrainingReply,
    RunCommand,
    RunReply,
    RunState,
    TrainControlPayload,
    TrainPayload,
)
from explorer.core.training.callback import Progress, StoppedError, TrainingCallback, TrainingError
from explorer.core.training.checkpoint import Checkpoint, CheckpointError, load_checkpoint
from explorer.core.training.settings import EpochMetrics, run_settings
from explorer.engine.mailbox import Send
from explorer.engine.services.data import DataService
from explorer.engine.services.models import PROBES, ModelService
from explorer.engine.training.current_network import CurrentNetwork
from explorer.engine.training.run_control import RunControl
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

END_STATES = frozenset({"finished", "stopped", "failed"})

END_TIMEOUT_S = 2.0
"""Seconds that a run waits for the one before it to end, whose compiled functions it could use."""


class _Run(TrainingCallback):
    """One run: its thread, the commands that it was given, and the events that it sends."""

    def __init__(
        self,
        number: int,
        payload: TrainPayload,
        send: Send,
        models: ModelService,
        data: DataService,
        before: "_Run | None",
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
        self._points: list[list[float]] = []
        self._sent_at = 0.0
        self._copied_at = 0.0
        self._state: RunState = "compiling"
        self._source = ""
        self._thread = threading.Thread()
        self.run_control = RunControl()
        self.run_control.command(payload.get("command", "continue"))
        self.run_control.command("slow", payload.get("speed", 0.0))
        self._start_thread()

    # -- commands ---------------------------------------------------------------------------------

    def control(self, command: RunCommand, speed: float = 0.0) -> None:
        """Obey a command; see `TrainControlPayload`."""
        if self._trainer is not None and self._state in END_STATES:
            self._thread.join(END_TIMEOUT_S)  # it has reported its end and is about to return
        ended = not self._thread.is_alive()
        if command == "stop" and self._state == "compiling":
            self.run_control.command(command)
            self._report("stopped")  # compiling cannot be interrupted, but nobody has to wait for it
        elif not ended:
            self.run_control.command(command, speed)
        elif command in ("continue", "step", "epoch") and self._trainer is not None and self._state != "failed":
            if self._state == "finished":
                self._epochs += self._trainer.settings["epochs"]
            self.run_control.restart(command)
            self._start_thread()

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
            self._points.append([progress.epoch, progress.step, *progress.curve_point])
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
        self._report(
            self._state,
            epoch_done=number,
            metrics=dict(epoch.to_dict()),
            confusion=evaluation.confusion,
            mistakes=mistakes,
            checkpoint=self._save_checkpoint(),
        )
        self.run_control.finish_epoch()

    def _report_progress(self, state: RunState) -> None:
        """Report how far the run is, with the points of all chunks since the last time."""
        points, self._points = self._points, []
        self._report(state, **self._progress, **({"points": points} if points else {}))

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
            if self._trainer is None:
                self._trainer = self._prepare()
            else:
                self._report("running", epochs=self._epochs)
            self._trainer.train(self._epochs)
            self._report_progress("stopped" if self._trainer.stopped else "finished")
        except StoppedError:
            self._report("stopped")
        except UserError as error:
            if isinstance(error, TrainingError) and self._trainer is not None:
                self._copy_weights()  # those before the step that went wrong: how large they had become says why
            self._report("failed", **self._progress_at_failure(), message=error.message, code=error.code.value)
        except Exception as error:  # the engine must live on, and the window must know
            message = f"Training ended: {_first_line(error)}"
            self._report("failed", **self._progress_at_failure(), message=message, code=ErrorCode.INTERNAL.value)

    def _progress_at_failure(self) -> dict[str, Any]:
        """Return how far the run came, with the points since the last report and the step that failed, if one did."""
        trainer = self._trainer
        if trainer is None:
            return {}
        points, self._points = self._points, []
        done = trainer.failed_step or trainer.step - len(trainer.epochs) * trainer.loop.steps
        self._progress = {
            "rate": 0.0,
            **self._progress,
            "epoch": len(trainer.epochs),
            "step": done,
            "left": 0.0,
            "norms": trainer.loop.gradient_norms,
        }
        return {**self._progress, **({"points": points} if points else {})}

    def _prepare(self) -> "Trainer":
        from explorer.engine.training.optimizer_state import OptimizerState
        from explorer.engine.training.trainer import Trainer

        if self._before is not None:
            self._before.retire()
            self._before = None
        # Networks and compiled functions are full of cycles, and in this process nobody else collects them.
        gc.collect()
        self._report("compiling")  # the window learns by it which run the events are of
        checkpoint = None
        source = str(self._payload.get("data") or "auto")
        if (path := self._payload.get("go_on_from")) is not None:
            checkpoint = load_checkpoint(Path(path))
            source = checkpoint.source
        chosen: Mapping[str, Any] = checkpoint.settings if checkpoint is not None else self._payload["settings"]
        settings = run_settings(**chosen)
        data = self._data.open(source)
        _check_data(data, checkpoint)
        self._source = data.source  # what ``auto`` found: it must be the same when the run continues
        self._report("compiling", data=data.name, images=len(data.x_train), validation=len(data.x_validation))
        trainer = Trainer(settings, data, self, checkpoint)
        # A run that continues after its end does as many epochs again, so an interrupted one may be in a later round.
        self._epochs = (len(trainer.epochs) // settings["epochs"] + 1) * settings["epochs"]
        self._trainer = trainer
        self._optimizer_state = OptimizerState(trainer.loop, trainer.settings)
        self._copy_weights()
        title = str(self._payload.get("title") or f"run {self.number}: {settings['model']}")
        probes, labels = data.x_train[:PROBES], data.y_train[:PROBES]
        network = self._models.set_network_of_run(
            CurrentNetwork(title, trainer.model, self._history, probes, self._optimizer_state, labels=labels)
        )
        self._report(
            "running",
            steps=trainer.loop.steps,
            epochs=self._epochs,
            parameters=trainer.parameters,
            layers=trainer.loop.layers,
            settings=trainer.settings,
            compile_seconds=trainer.compile_seconds,
            network=network,
        )
        return trainer

    def _save_checkpoint(self) -> bool:
        """Save a checkpoint if the window wants one; a full disk costs the checkpoint, not the run."""
        path = self._payload.get("checkpoint")
        if path is None:
            return False
        with contextlib.suppress(OSError):
            self._ready.checkpoint(self._source).save(Path(path))
            return True
        return False

    def _copy_weights(self) -> None:
        trainer = self._ready
        # The optimizer's state first: whoever finds the newest weights looks for it.
        if self._optimizer_state is not None:
            self._optimizer_state.save(trainer.step)
        self._history.add(trainer.step, trainer.loop.weights())


def _check_data(data: Dataset, checkpoint: Checkpoint | None) -> None:
    if checkpoint is not None and checkpoint.image_counts != (len(data.x_train), len(data.x_validation)):
        raise CheckpointError(f"The interrupted run used {checkpoint.data_name}, which is not what is there now.")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


class TrainingService:
    """Has one run at a time: a new one replaces it."""

    def __init__(self, send: Send, models: ModelService, data: DataService) -> None:
        self._send = send
        self._models = models
        self._data = data
        self._run: _Run | None = None
        self._count = 0

    def handlers(self) -> Handlers:
        """Return the functions that answer requests."""
        return dict(
            (
                TRAIN.handled_by(self.start),
                TRAIN_CONTROL.handled_by(self.control),
                PREPARE_TRAINING.handled_by(self.prepare),
            )
        )

    def start(self, request: TrainPayload) -> RunReply:
        """Begin a run; return at once."""
        self.stop()
        self._count = int(request.get("run") or self._count + 1)
        self._run = _Run(self._count, request, self._send, self._models, self._data, self._run)
        return {"run": self._count}

    def control(self, request: TrainControlPayload) -> RunReply:
        """Pass a command on to the run."""
        if self._run is not None:
            self._run.control(request["command"], request.get("speed", 0.0))
        return {"run": self._count}

    def prepare(self, _request: EmptyPayload) -> PrepareTrainingReply:
        """Import Keras, which takes a second, before it is needed."""
        import keras

        from explorer.engine.training import trainer as _trainer  # noqa: F401

        return {"keras": str(keras.__version__)}

    def yield_to_drawing(self) -> None:
        """Let the run pause briefly, so that the network answers quickly while the user draws."""
        if self._run is not None:
            self._run.run_control.yield_to_drawing()

    def stop(self) -> None:
        """Stop the run in progress, if there is one."""
        if self._run is not None:
            self._run.control("stop")
