"""Answers requests about training, which runs in a thread: they start, pause, step and stop it."""

from explorer.core.protocol.request_kind import EmptyPayload, Handlers
from explorer.core.protocol.training import (
    PREPARE_TRAINING,
    TRAIN,
    TRAIN_CONTROL,
    PrepareTrainingReply,
    RunReply,
    TrainControlPayload,
    TrainPayload,
)
from explorer.engine.mailbox import Send
from explorer.engine.services.data import DataService
from explorer.engine.services.models import ModelService
from explorer.engine.services.training_run import TrainingRun


class TrainingService:
    """Has one run at a time: a new one replaces it."""

    def __init__(self, send: Send, models: ModelService, data: DataService) -> None:
        self._send = send
        self._models = models
        self._data = data
        self._run: TrainingRun | None = None
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
        self._run = TrainingRun(self._count, request, self._send, self._models, self._data, self._run)
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

    def close(self) -> None:
        """End the run in progress because the window is gone."""
        if self._run is not None:
            self._run.interrupt()
