"""What the tab "Training" shows: one run's state, its curves, its confusion matrix."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.core.training import run_settings
from explorer.session.engine_client import EngineClient

UNDER_WAY = frozenset({"compiling", "running", "paused"})


class TrainingSession(QObject):
    """State of training, from the engine's events.

    state: ``idle``, ``compiling``, ``running``, ``paused``, ``finished``, ``stopped`` or ``failed``. step: steps done
    in the epoch, of ``steps``. curves: name to (epochs as floats, values); ``epochs``: metrics of each whole epoch.
    """

    stateChanged = Signal(str)
    progressed = Signal()
    epochDone = Signal(int)
    sentenceChanged = Signal(str)

    def __init__(self, client: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = "idle"
        self.data = ""
        self.settings: dict[str, Any] = run_settings()
        self.epoch, self.step, self.steps, self.all_epochs = 0, 0, 0, 0
        self.parameters = 0
        self.rate = 0.0
        self.epochs: list[Mapping[str, float]] = []
        self.curves: dict[str, tuple[list[float], list[float]]] = {}
        self.confusion: Any = None
        self.sentence = ""
        self._client = client
        self._run = 0
        client.training.connect(self._take)
        client.died.connect(self._died)

    @property
    def is_under_way(self) -> bool:
        """Whether there is a run that can be paused or stopped."""
        return self.state in UNDER_WAY

    def start(self, settings: Mapping[str, Any], data: str) -> None:
        """Begin a new run."""
        self.reset()
        self.settings = run_settings(**settings)
        self._set_state("compiling")
        self._client.request("train", {"settings": self.settings, "data": data}, self._started, lane="train")

    def pause(self) -> None:
        """Pause after the chunk that is under way."""
        self._control("pause")

    def go_on(self) -> None:
        """Continue after a pause."""
        self._control("continue")

    def one_step(self) -> None:
        """Do one step, then pause."""
        self._control("step")

    def one_epoch(self) -> None:
        """Go on to the end of the epoch, then pause."""
        self._control("epoch")

    def stop(self) -> None:
        """End the run."""
        self._control("stop")

    def reset(self) -> None:
        """Forget the run and its curves."""
        if self.is_under_way:
            self.stop()
        self._run = -1
        self.epoch, self.step, self.steps, self.rate = 0, 0, 0, 0.0
        self.epochs, self.curves, self.confusion = [], {}, None
        self._say("")
        self._set_state("idle")
        self.progressed.emit()

    def _control(self, wish: str) -> None:
        if self.is_under_way:
            self._client.request("train_control", {"wish": wish}, lambda _reply: None)

    def _started(self, reply: dict[str, Any]) -> None:
        if (error := reply.get("error")) is not None:
            self._say(str(error.get("message")))
            self._set_state("failed")
        else:
            self._run = int(reply["run"])

    def _died(self, _sentence: str) -> None:
        if self.is_under_way:
            self._say("TensorFlow's process ended while it trained; the curves so far are kept.")
            self._set_state("failed")

    def _take(self, event: dict[str, Any]) -> None:
        if self._run < 0 and event["state"] == "compiling":
            self._run = int(event["run"])  # events may overtake the reply
        if event.get("run") != self._run or not self.is_under_way:
            return
        self.data = event.get("data", self.data)
        self.steps = event.get("steps", self.steps)
        self.all_epochs = event.get("epochs", self.all_epochs)
        self.parameters = event.get("parameters", self.parameters)
        if "step" in event:
            self.epoch, self.step = event["epoch"], event["step"]
            at = self.epoch + self.step / max(self.steps, 1)
            self._add("loss", at, event["loss"])
            self._add("accuracy", at, event["accuracy"])
        if "metrics" in event:
            self.epochs.append(event["metrics"])
            self.rate = event["metrics"]["images_per_second"]
            self.confusion = event["confusion"]
            self._add("val_loss", event["epoch_done"] + 1.0, event["metrics"]["val_loss"])
            self._add("val_accuracy", event["epoch_done"] + 1.0, event["metrics"]["val_accuracy"])
            self.epochDone.emit(event["epoch_done"])
        if "sentence" in event:
            self._say(event["sentence"])
        self._set_state(event["state"])
        self.progressed.emit()

    def _add(self, name: str, at: float, value: float) -> None:
        xs, ys = self.curves.setdefault(name, ([], []))
        xs.append(at)
        ys.append(value)

    def _say(self, sentence: str) -> None:
        if sentence != self.sentence:
            self.sentence = sentence
            self.sentenceChanged.emit(sentence)

    def _set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self.stateChanged.emit(state)
