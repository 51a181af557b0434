"""Which lesson is open, at which scene, and how far each was walked."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.core.atomic_write import atomic_write
from explorer.core.data.dataset import SAMPLE_TRAIN_COUNT
from explorer.core.lessons.lesson import Lesson, LessonError, Scene, load_lesson
from explorer.core.lessons.scene_keys import LAST_STEP
from explorer.core.lessons.writer import lesson_text, scene_text
from explorer.core.models.architecture import build_layer_specs
from explorer.core.resources import resource_path
from explorer.session.lessons.scene_setter import SceneSetter
from explorer.session.sessions import Sessions

RATES = {"logistic": 60_000, "perceptron": 60_000, "mlp": 30_000, "cnn": 4_000, "own": 15_000}
"""Images a second that an old laptop trains at least, for a first guess of how long a run takes."""

BEGIN = 4.0
"""Seconds that a first run takes to begin: Keras is imported, and the network compiled."""

KEPT = 200
"""Lessons whose progress is kept."""


@dataclass(frozen=True)
class LessonEntry:
    """One line of the list of lessons."""

    key: str
    title: str
    path: Path


class LessonSession(QObject):
    """lesson: the open one, None for none. scene: which of its scenes, from 0. sentence: what is wrong, or "".

    lessonChanged: another lesson, or none. sceneChanged: another scene. progressChanged: how far one was walked.
    """

    lessonChanged = Signal(object)
    sceneChanged = Signal(int)
    progressChanged = Signal()
    sentenceChanged = Signal(str)
    told = Signal(str)

    def __init__(self, sessions: Sessions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lesson: Lesson | None = None
        self.scene = 0
        self.sentence = ""
        self.setter = SceneSetter(sessions, self)
        self._sessions = sessions

    # -- the list ---------------------------------------------------------------------------------

    @cached_property
    def shelf(self) -> tuple[LessonEntry, ...]:
        """The lessons that are shipped, in their order."""
        try:
            paths = sorted(resource_path("lessons").glob("*.md"))
        except FileNotFoundError:
            return ()
        return tuple(LessonEntry(path.stem, _title(path), path) for path in paths)

    def progress(self, key: str) -> int:
        """Return at which scene a lesson was left, from 0; -1: it was never begun."""
        kept = self._sessions.store.get("lessons").get(key, -1)
        return kept if isinstance(kept, int) and not isinstance(kept, bool) else -1

    # -- open and walk ----------------------------------------------------------------------------

    def open_key(self, key: str) -> None:
        """Open a shipped lesson where it was left."""
        for line in self.shelf:
            if line.key == key:
                self._open(line.path, line.key)

    def open(self, path: str | Path) -> None:
        """Open a lesson from a file where it was left; one that cannot be read is refused with a sentence."""
        self._open(Path(path), None)

    def _open(self, path: Path, key: str | None) -> None:
        try:
            lesson = load_lesson(path, key)
        except LessonError as error:
            self._say(f"{path.name} is not opened: {error}")
            return
        self._say("")
        self.lesson = lesson
        reached = self.progress(lesson.key)
        self.scene = min(max(reached, 0), len(lesson.scenes) - 1)
        self.lessonChanged.emit(lesson)
        self._set()

    def close(self) -> None:
        """Leave the lesson; the window stays as it is, and is the user's again."""
        if self.lesson is not None:
            self.lesson = None
            self._sessions.prediction.set_exercise(None)
            self.setter.set(None, Path())
            self.lessonChanged.emit(None)

    @property
    def current(self) -> Scene | None:
        """The scene that is shown."""
        return self.lesson.scenes[self.scene] if self.lesson is not None else None

    @property
    def shown_graph(self) -> int | None:
        """The engine's number of the graph that is on the screen, None without one."""
        trace = self._sessions.autodiff.trace
        return trace.graph if trace is not None else None

    @property
    def following(self) -> Scene | None:
        """The scene after it, None at the end."""
        if self.lesson is None or self.scene + 1 >= len(self.lesson.scenes):
            return None
        return self.lesson.scenes[self.scene + 1]

    def go(self, scene: int) -> None:
        """Go to a scene, or as near as there is one."""
        if self.lesson is None:
            return
        scene = min(max(scene, 0), len(self.lesson.scenes) - 1)
        if scene != self.scene:
            self.scene = scene
            self._set()

    def next(self) -> None:
        """Go to the next scene."""
        self.go(self.scene + 1)

    def back(self) -> None:
        """Go to the scene before."""
        self.go(self.scene - 1)

    def again(self) -> None:
        """Set the scene once more, after somebody played with the window."""
        if self.lesson is not None:
            self._set()

    def _set(self) -> None:
        lesson, scene = self.lesson, self.current
        assert lesson is not None
        assert scene is not None
        self._sessions.prediction.set_exercise(None)
        self.setter.set(scene, lesson.folder)
        self._sessions.prediction.set_exercise(scene.exercise, self._fact)
        kept = {key: index for key, index in self._sessions.store.get("lessons").items() if key != lesson.key}
        self._sessions.store.set("lessons", {**dict(list(kept.items())[-KEPT:]), lesson.key: self.scene})
        self.sceneChanged.emit(self.scene)
        self.progressChanged.emit()

    # -- what exercises ask that is no gradient ---------------------------------------------------

    def _fact(self, asks: str) -> float | None:
        data, network = self._sessions.data, self._sessions.current_network
        if asks == "parameters":
            return None if network.info is None else float(network.info["parameters"])
        page = data.page
        place = data.index - data.page_start
        if page is None or not data.is_up_to_date or not 0 <= place < len(page["labels"]):
            return None
        return float(page["labels"][place])

    # -- training ---------------------------------------------------------------------------------

    def duration(self) -> float:
        """Return about how many seconds the scene's run takes, from the last run's pace where there was one."""
        settings = self.setter.settings()
        training = self._sessions.training
        rate = float(RATES[settings["model"]])
        if (
            training.run is not None
            and training.images_per_second
            and training.run.settings["model"] == settings["model"]
        ):
            rate = training.images_per_second
        images = self._sessions.data.count("train") or SAMPLE_TRAIN_COUNT
        return BEGIN + float(settings["epochs"]) * images / rate

    def network_words(self) -> str:
        """Return what the scene trains, in words."""
        settings = self.setter.settings()
        count = sum(1 for layer in build_layer_specs(settings) if layer.kind in ("Dense", "Conv2D"))
        names = {"logistic": "logistic regression", "mlp": "a multilayer perceptron", "perceptron": "a perceptron",
                 "cnn": "a convolutional network"}  # fmt: skip
        return names.get(settings["model"], f"a network of {count} layers")

    # -- saving -----------------------------------------------------------------------------------

    def save_scene(self, path: str | Path, title: str, tab: str, panels: tuple[str, ...]) -> None:
        """Write what the window shows as a scene: at the end of a lesson that is there, else as a lesson of its own."""
        target = Path(path)
        said = f"`{title}`" if tab == "autodiff" else title  # the stars of a product are no emphasis
        scene = Scene(title, f"What the window showed: {said}.", view_keys=self.shown(tab, panels))
        try:
            if target.exists():
                lesson = load_lesson(target)
                text = target.read_text(encoding="utf-8-sig").rstrip("\n") + "\n\n" + scene_text(scene)
                count = len(lesson.scenes) + 1
            else:
                text, count = lesson_text(Lesson(title, (scene,))), 1
            with atomic_write(target) as part:
                part.write_text(text, encoding="utf-8")
        except LessonError as error:
            self.told.emit(f"Not saved: {target.name} is there, and is no lesson: {error}")
        except (OSError, UnicodeError) as error:
            self.told.emit(f"Not saved: {error}")
        else:
            self.told.emit(f"Saved: {target}, scene {count}")

    def shown(self, tab: str, panels: tuple[str, ...]) -> dict[str, Any]:
        """Return what the window shows, as keys of a scene, without those that are as in any new window."""
        sessions = self._sessions
        session, curve = sessions.autodiff, sessions.curve
        shows: dict[str, Any] = {"tab": tab}
        if session.program is not None:
            shows |= {
                "expression": session.program.text,
                "at": {name: value.tolist() for name, value in session.point.items()},
                "dtype": session.dtype,
                "again": session.differentiated_by,
                "way": sessions.methods.method,
                "pass": session.stepper.pass_,
                "step": session.stepper.step,
                "select": session.selection[1] if session.selection is not None else "",
                "depth": session.depth,
                "direction": session.direction,
                "hide": session.stepper.quiz,
                "variable": curve.variable or "",
                "range": (curve.low, curve.high),
                "points": curve.points,
                "first": curve.first,
                "second": curve.second,
                "overlay": curve.overlay,
                "claim": curve.claim,
                "panels": panels,
            }
        if tab != "autodiff":
            shows |= self._shown_network(tab)
        usual = {**Scene("", "").view_state, "panels": ("chain", "plot", "inputs"), "direction": "TB"}
        if curve.variables:
            usual["variable"] = curve.variables[0]
        usual["range"] = (-3.141592653589793, 3.141592653589793)
        kept = {key: value for key, value in shows.items() if key in ("tab", "expression") or usual.get(key) != value}
        return {**kept, "tab": tab}

    def _shown_network(self, tab: str) -> Mapping[str, Any]:
        sessions = self._sessions
        data, run = sessions.data, sessions.training.run
        looking: dict[str, Any] = {"data": data.source if not Path(data.source).is_absolute() else "sample"}
        if tab == "data":
            looking |= {"part": data.part, "image": data.index}
            if data.digit is not None:
                looking["digit"] = data.digit
        elif run is not None and not sessions.current_network.path:
            usual = self.setter_defaults(run.settings)
            looking["train"] = {key: value for key, value in run.settings.items() if usual.get(key) != value}
            looking["train"]["model"] = run.settings["model"]
        if tab == "weights":
            looking["layer"] = sessions.weights.layer
            looking["moment"] = LAST_STEP if sessions.weights.step is None else sessions.weights.step
        if tab == "activations" and sessions.activations.origin == "sample":
            looking |= {"part": sessions.activations.part, "image": sessions.activations.number}
            if sessions.activations.selected is not None:
                layer, index = sessions.activations.selected
                looking["unit"] = (layer, *index)
        return looking

    def setter_defaults(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a run of the same network and optimizer has where nothing was chosen."""
        from explorer.core.training.settings import run_settings

        usual = run_settings(model=settings["model"], optimizer=settings["optimizer"])
        return {**usual, "optimizer": run_settings()["optimizer"], "xla": settings["xla"]}

    def _say(self, sentence: str) -> None:
        if sentence != self.sentence:
            self.sentence = sentence
            self.sentenceChanged.emit(sentence)


def _title(path: Path) -> str:
    """The title in a file's head, read without the rest; the file's name where there is none."""
    try:
        head = path.read_text(encoding="utf-8").split("+++", 2)[1]
        return str(tomllib.loads(head)["title"])
    except (OSError, UnicodeDecodeError, IndexError, KeyError, tomllib.TOMLDecodeError):
        return re.sub(r"^\d+-", "", path.stem).replace("-", " ")
