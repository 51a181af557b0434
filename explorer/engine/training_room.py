"""Training in a thread of the engine: started, paused, stepped and stopped by requests, told by events."""

import threading
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from explorer.core.dataset import DataError
from explorer.core.training import run_settings
from explorer.engine.data_room import chosen_data
from explorer.engine.network_room import PROBES, Network, NetworkRoom
from explorer.engine.snapshots import Snapshots
from explorer.engine.trainer import Trainer, TrainingError

Send = Callable[[dict[str, Any]], None]

EVENTS_A_SECOND = 20
"""Chunks come more often; the window need not repaint for each."""

SNAPSHOTS_A_SECOND = 10
"""So often the weights are copied for whoever looks into the network while it trains."""


class _StoppedError(Exception):
    """The run was stopped or replaced."""


class _Run:
    """One run: its thread, and what the user wants of it."""

    def __init__(self, number: int, payload: Mapping[str, Any], send: Send, networks: NetworkRoom) -> None:
        self.number = number
        self._payload = payload
        self._send = send
        self._networks = networks
        self._snapshots = Snapshots()
        self._wish = threading.Condition()
        self._paused = False
        self._steps_left: int | None = None
        self._stopped = False
        self._told_at = 0.0
        self._copied_at = 0.0
        self._state = "compiling"
        self.thread = threading.Thread(target=self._work, name=f"training {number}", daemon=True)

    def control(self, wish: str) -> None:
        """Take a wish: ``pause``, ``continue``, ``step``, ``epoch`` or ``stop``."""
        with self._wish:
            match wish:
                case "pause":
                    self._paused, self._steps_left = True, None
                case "continue":
                    self._paused, self._steps_left = False, None
                case "step":
                    self._paused, self._steps_left = False, 1
                case "epoch":
                    self._paused, self._steps_left = False, -1
                case "stop":
                    self._stopped = True
            self._wish.notify_all()
        if wish == "stop" and self._state == "compiling":
            self._tell("stopped")  # compiling cannot be broken off, but nobody has to wait for it

    def _work(self) -> None:
        try:
            self._train()
        except _StoppedError:
            self._tell("stopped")
        except (TrainingError, DataError) as error:
            self._tell("failed", sentence=str(error))
        except Exception as error:  # the engine must live on, and the window must know
            self._tell("failed", sentence=f"Training ended: {str(error).splitlines()[0] or type(error).__name__}")

    def _train(self) -> None:
        data = chosen_data(str(self._payload.get("data") or "auto"))
        settings = run_settings(**dict(self._payload["settings"]))
        self._tell("compiling", data=data.name, images=len(data.x_train), validation=len(data.x_validation))
        trainer = Trainer(settings, data)
        if self._stopped:
            raise _StoppedError
        trainer.pace = self._pace
        self._trainer = trainer
        self._steps = trainer.loop.steps
        self._copy_weights(0)
        title = f"run {self.number}: {settings['model']}"
        network = self._networks.show(Network(title, trainer.model, self._snapshots, data.x_train[:PROBES]))
        self._tell(
            "running", steps=self._steps, epochs=settings["epochs"], parameters=trainer.parameters, network=network
        )
        trainer.train(self._progress, self._epoch_done)
        if trainer.stopped:
            raise _StoppedError
        self._tell("finished")

    def _pace(self, count: int) -> int:
        """Wait while paused; returns how many steps come next, 0 to end."""
        with self._wish:
            if self._steps_left == 0:
                self._paused, self._steps_left = True, None
            while self._paused and not self._stopped:
                if self._state != "paused":
                    self._tell("paused")
                self._wish.wait()
            if self._stopped:
                return 0
            if self._state == "paused":
                self._tell("running")
            if self._steps_left is not None and self._steps_left > 0:
                count = min(count, self._steps_left)
                self._steps_left -= count
            return count

    def _progress(self, epoch: int, step: int, loss: float, accuracy: float) -> bool:
        now = monotonic()
        last = step >= self._steps
        if last or now - self._copied_at > 1 / SNAPSHOTS_A_SECOND or self._steps_left is not None:
            self._copied_at = now
            self._copy_weights(epoch * self._steps + step)
        if last or now - self._told_at > 1 / EVENTS_A_SECOND or self._steps_left is not None:
            self._told_at = now
            self._tell(self._state, epoch=epoch, step=step, loss=loss, accuracy=accuracy)
        return True

    def _epoch_done(self, number: int, told: Mapping[str, float], confusion: Any) -> None:
        self._tell(self._state, epoch_done=number, metrics=dict(told), confusion=confusion)
        with self._wish:
            if self._steps_left == -1:
                self._paused, self._steps_left = True, None

    def _copy_weights(self, step: int) -> None:
        self._snapshots.add(step, [weight.value.numpy().copy() for weight in self._trainer.model.weights])

    def _tell(self, state: str, **more: Any) -> None:
        self._state = state
        self._send({"kind": "training", "run": self.number, "state": state, **more})


class TrainingRoom:
    """The one run that is under way; a new one replaces it."""

    def __init__(self, send: Send, networks: NetworkRoom) -> None:
        self._send = send
        self._networks = networks
        self._run: _Run | None = None
        self._count = 0

    def start(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Begin a run; returns its number at once."""
        self.stop()
        self._count += 1
        self._run = _Run(self._count, payload, self._send, self._networks)
        self._run.thread.start()
        return {"run": self._count}

    def control(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Pass a wish on to the run."""
        if self._run is not None:
            self._run.control(str(payload.get("wish")))
        return {"run": self._count}

    def stop(self) -> None:
        """End the run that is under way, if there is one."""
        if self._run is not None:
            self._run.control("stop")
