"""Training in a thread of the engine: started, paused, stepped and stopped by requests, told by events."""

import contextlib
import gc
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from explorer.core.data.dataset import DataError, Dataset
from explorer.core.training.callback import Progress, StoppedError, TrainingCallback, TrainingError
from explorer.core.training.checkpoint import Checkpoint, CheckpointError, load_checkpoint
from explorer.core.training.settings import Epoch, run_settings
from explorer.engine.services.data import DataService
from explorer.engine.services.models import PROBES, ModelService
from explorer.engine.training.current_network import CurrentNetwork
from explorer.engine.training.run_control import RunControl
from explorer.engine.training.weight_history import WeightHistory

if TYPE_CHECKING:
    # Keras takes a second to import: it comes in the thread of the run, and a wish for its end can come before.
    from explorer.engine.training.evaluation import Evaluation
    from explorer.engine.training.optimizer_state import OptimizerState
    from explorer.engine.training.trainer import Trainer

Send = Callable[[dict[str, Any]], None]

EVENTS_A_SECOND = 10
"""Chunks come more often; the window need not repaint for each."""

SNAPSHOTS_A_SECOND = 10
"""So often the weights are copied for whoever looks into the network while it trains."""

SMALL = 150_000
"""Weights up to which they are copied after each chunk: otherwise a run of half a second had only five moments. Larger
networks take longer."""

ENDED = frozenset({"finished", "stopped", "failed"})

PATIENCE = 2.0
"""Seconds that a run waits for the one before it to end, whose compiled functions it could use."""


class _Run(TrainingCallback):
    """One run: its thread, what the user wants of it, and what the window hears of it."""

    def __init__(
        self,
        number: int,
        payload: Mapping[str, Any],
        send: Send,
        networks: ModelService,
        images: DataService,
        before: "_Run | None",
    ) -> None:
        self.number = number
        self._before = before
        self._payload = payload
        self._send = send
        self._networks = networks
        self._images = images
        self._history = WeightHistory()
        self._trainer: Trainer | None = None
        self._optimizer_state: OptimizerState | None = None
        self._epochs = 0
        self._progress: dict[str, Any] = {}
        self._points: list[list[float]] = []
        self._told_at = 0.0
        self._copied_at = 0.0
        self._state = "compiling"
        self._thread = threading.Thread()
        self.wishes = RunControl()
        self.wishes.command(str(payload.get("wish") or "continue"))
        self.wishes.command(f"slow {float(payload.get('speed') or 0)}")
        self._go()

    # -- what the user wants ----------------------------------------------------------------------

    def control(self, wish: str) -> None:
        """Take a wish: ``pause``, ``continue``, ``step``, ``epoch``, ``stop``, or ``slow 5`` (steps a second)."""
        if self._trainer is not None and self._state in ENDED:
            self._thread.join(PATIENCE)  # it has told its end and is about to return
        ended = not self._thread.is_alive()
        if wish == "stop" and self._state == "compiling":
            self.wishes.command(wish)
            self._tell("stopped")  # compiling cannot be broken off, but nobody has to wait for it
        elif not ended:
            self.wishes.command(wish)
        elif wish in ("continue", "step", "epoch") and self._trainer is not None and self._state != "failed":
            if self._state == "finished":
                self._epochs += self._trainer.settings["epochs"]
            self.wishes.restart(wish)
            self._go()

    def pace(self, count: int) -> int:
        """Wait while paused; returns how many steps come next, 0 to end."""
        return self.wishes.pace(count, self._waits)

    def breathe(self) -> bool:
        """Wait while paused; returns whether to go on."""
        return self.wishes.wait_while_paused(self._waits)

    def _waits(self, paused: bool) -> None:
        if self._trainer is not None and paused != (self._state == "paused"):
            if paused:
                self._copy_weights()
            self._tell_progress("paused" if paused else "running")

    # -- what the window hears --------------------------------------------------------------------

    def progressed(self, progress: Progress) -> None:
        """Tell it, and copy the weights, as often as somebody can follow."""
        trainer = self._ready
        if progress.point is not None:
            self._points.append([progress.epoch, progress.step, *progress.point])
        self._progress = {
            "epoch": progress.epoch,
            "step": progress.step,
            "rate": progress.images_per_second,
            "left": progress.left,
            "norms": trainer.loop.gradient_norms,
        }
        now, single = monotonic(), self.wishes.is_slow
        last = progress.step >= trainer.loop.steps
        if last or single or trainer.parameters <= SMALL or now - self._copied_at > 1 / SNAPSHOTS_A_SECOND:
            self._copied_at = now
            self._copy_weights()
        if last or single or now - self._told_at > 1 / EVENTS_A_SECOND:
            self._told_at = now
            self._tell_progress(self._state)

    def epoch_done(self, number: int, epoch: Epoch, evaluation: "Evaluation") -> None:
        """Tell it, with the worst mistakes as pictures, and keep a checkpoint."""
        data, worst = self._ready.data, evaluation.worst
        mistakes = {
            "images": data.x_validation[worst],
            "truth": data.y_validation[worst],
            "said": evaluation.said,
            "sure": evaluation.sure,
            "classes": list(data.classes),
        }
        self._tell(
            self._state,
            epoch_done=number,
            metrics=dict(epoch.to_wire()),
            confusion=evaluation.confusion,
            mistakes=mistakes,
            checkpoint=self._keep(),
        )
        self.wishes.finish_epoch()

    # -- the run ----------------------------------------------------------------------------------

    @property
    def _ready(self) -> "Trainer":
        assert self._trainer is not None
        return self._trainer

    def retire(self) -> None:
        """End it for good, and leave what was compiled to the next run; waits for the chunk that is under way."""
        self.control("stop")
        self._thread.join(PATIENCE)
        if self._trainer is not None and not self._thread.is_alive():
            self._networks.without_batches(self._optimizer_state)
            self._trainer.release()

    def _go(self) -> None:
        self._thread = threading.Thread(target=self._work, name=f"training {self.number}", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            if self._trainer is None:
                self._trainer = self._prepare()
            else:
                self._tell("running", epochs=self._epochs)
            self._trainer.train(self._epochs)
            self._tell_progress("stopped" if self._trainer.stopped else "finished")
        except StoppedError:
            self._tell("stopped")
        except TrainingError as error:
            if self._trainer is not None:
                self._copy_weights()  # those before the step that went wrong: how large they had become says why
            self._tell("failed", sentence=str(error))
        except (DataError, CheckpointError) as error:
            self._tell("failed", sentence=str(error))
        except Exception as error:  # the engine must live on, and the window must know
            self._tell("failed", sentence=f"Training ended: {_first_line(error)}")

    def _prepare(self) -> "Trainer":
        from explorer.engine.training.optimizer_state import OptimizerState
        from explorer.engine.training.trainer import Trainer

        if self._before is not None:
            self._before.retire()
            self._before = None
        # Networks and compiled functions are full of cycles, and in this process nobody else collects them.
        gc.collect()
        self._tell("compiling")  # the window learns by it which run the events are of
        checkpoint = None
        source = str(self._payload.get("data") or "auto")
        if (path := self._payload.get("go_on_from")) is not None:
            checkpoint = load_checkpoint(Path(path))
            source = checkpoint.source
        settings = run_settings(**dict(checkpoint.settings if checkpoint is not None else self._payload["settings"]))
        data = self._images.open(source)
        _check_data(data, checkpoint)
        self._source = data.source  # what ``auto`` found: it must be the same when the run goes on
        self._tell("compiling", data=data.name, images=len(data.x_train), validation=len(data.x_validation))
        trainer = Trainer(settings, data, self, checkpoint)
        # A run that goes on after its end does as many epochs again, so an interrupted one may be in a later round.
        self._epochs = (len(trainer.epochs) // settings["epochs"] + 1) * settings["epochs"]
        self._trainer = trainer
        self._optimizer_state = OptimizerState(trainer.loop, trainer.settings)
        self._copy_weights()
        title = str(self._payload.get("title") or f"run {self.number}: {settings['model']}")
        probes, labels = data.x_train[:PROBES], data.y_train[:PROBES]
        network = self._networks.show(
            CurrentNetwork(title, trainer.model, self._history, probes, self._optimizer_state, labels=labels)
        )
        self._tell(
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

    def _keep(self) -> bool:
        """Keep a checkpoint where the window wants one; a full disk costs the checkpoint, not the run."""
        path = self._payload.get("checkpoint")
        if path is None:
            return False
        with contextlib.suppress(OSError):
            self._ready.checkpoint(self._source).save(Path(path))
            return True
        return False

    def _copy_weights(self) -> None:
        trainer = self._ready
        # First what the optimizer remembers: whoever finds the newest weights looks for it.
        if self._optimizer_state is not None:
            self._optimizer_state.save(trainer.step)
        self._history.add(trainer.step, trainer.loop.weights())

    def _tell_progress(self, state: str) -> None:
        """Tell where the run is, with the points of all chunks since the last time."""
        points, self._points = self._points, []
        self._tell(state, **self._progress, **({"points": points} if points else {}))

    def _tell(self, state: str, **more: Any) -> None:
        if state == "compiling" and self.wishes.is_stopped:
            return  # the window was told that it has stopped
        self._state = state
        self._send({"kind": "training", "run": self.number, "state": state, **more})


def _check_data(data: Dataset, checkpoint: Checkpoint | None) -> None:
    if checkpoint is not None and checkpoint.images != (len(data.x_train), len(data.x_validation)):
        raise CheckpointError(f"The interrupted run used {checkpoint.data}, which is not what is there now.")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


class TrainingService:
    """The latest run; a new one replaces it."""

    def __init__(self, send: Send, networks: ModelService, images: DataService) -> None:
        self._send = send
        self._networks = networks
        self._images = images
        self._run: _Run | None = None
        self._count = 0

    def start(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Begin a run; returns its number at once.

        payload: ``run``, its number, and its ``title``; ``settings`` and ``data``, or ``go_on_from``, the path of a
        checkpoint. ``checkpoint``: where to keep one at the end of each epoch. ``wish``: ``step`` or ``epoch`` to pause
        after that. ``speed``: steps a second in slow motion, 0 for all.
        """
        self.stop()
        self._count = int(payload.get("run") or self._count + 1)
        self._run = _Run(self._count, payload, self._send, self._networks, self._images, self._run)
        return {"run": self._count}

    def control(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Pass a wish on to the run."""
        if self._run is not None:
            self._run.control(str(payload.get("wish")))
        return {"run": self._count}

    def stand_aside(self) -> None:
        """Let the run wait a little: somebody draws."""
        if self._run is not None:
            self._run.wishes.yield_to_drawing()

    def stop(self) -> None:
        """End the run that is under way, if there is one."""
        if self._run is not None:
            self._run.control("stop")
