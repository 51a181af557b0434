"""The open lesson, its scene, and the progress in each lesson."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.core.atomic_write import atomic_write
from explorer.core.autodiff.output_choice import SUM
from explorer.core.data.dataset import SAMPLE_TRAIN_COUNT
from explorer.core.lessons.lesson import Lesson, LessonError, Scene, load_lesson
from explorer.core.lessons.scene_keys import LAST_STEP, check_value
from explorer.core.lessons.value_text import fill_in
from explorer.core.lessons.writer import lesson_text, scene_text
from explorer.core.models.architecture import build_layer_specs
from explorer.core.practice.judging import RIGHT
from explorer.core.resources import resource_path
from explorer.session.lessons.progress import DONE, LessonProgress
from explorer.session.lessons.scene_setter import SceneSetter
from explorer.session.lessons.values import LessonValues
from explorer.session.practice.prediction import SHOWN
from explorer.session.sessions import Sessions

TRAINING_RATES = {"logistic": 60_000, "perceptron": 60_000, "mlp": 30_000, "cnn": 4_000, "own": 15_000}
"""Images a second that an old laptop trains at least, for a first estimate of the duration of a run."""

MAX_LESSONS_IN_FOLDER = 200
"""Files of a folder among which the next lesson is looked for."""

START_S = 4.0
"""Seconds until a first run begins: Keras is imported and the network compiled."""


@dataclass(frozen=True)
class LessonEntry:
    """One line of the list of lessons."""

    key: str
    title: str
    path: Path


class LessonSession(QObject):
    """The state of lessons.

    lesson: the open lesson, None for none. scene: index of its scene. message: why a file was not opened, or "".
    setter: sets in the other sessions what a scene shows. values: the numbers in its texts. textChanged: a number has
    arrived in them. messageReported: the result of saving.
    """

    lessonChanged = Signal(object)
    sceneChanged = Signal(int)
    textChanged = Signal()
    progressChanged = Signal()
    messageChanged = Signal(str)
    messageReported = Signal(str)

    def __init__(self, sessions: Sessions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lesson: Lesson | None = None
        self.scene = 0
        self.message = ""
        self.setter = SceneSetter(sessions, self)
        self.values = LessonValues(self.setter, self)
        self.values.changed.connect(self.textChanged)
        self._sessions = sessions
        self._progress = LessonProgress(sessions.store)
        sessions.prediction.answered.connect(self._answered)
        sessions.prediction.changed.connect(self._look_for_end_of_step)

    # -- the list ---------------------------------------------------------------------------------

    @cached_property
    def shelf(self) -> tuple[LessonEntry, ...]:
        """The lessons that come with the program, in order."""
        try:
            paths = sorted(resource_path("lessons").glob("*.md"))
        except FileNotFoundError:
            return ()
        return tuple(LessonEntry(path.stem, _title(path), path) for path in paths)

    def progress(self, key: str) -> int:
        """Return the index of the scene at which a lesson was left, -1 if it was never opened."""
        return self._progress.scene(key)

    def mark(self, key: str) -> str:
        """Return whether a lesson is `progress.NEW`, `progress.PARTLY` or `progress.DONE`."""
        return self._progress.mark(key)

    def open_exercises(self, key: str) -> int:
        """Return how many exercises of a lesson whose end was reached are not answered yet."""
        return self._progress.open_exercises(key)

    # -- lessons and scenes -----------------------------------------------------------------------

    def open_key(self, key: str) -> None:
        """Open a lesson of the program where it was left."""
        for entry in self.shelf:
            if entry.key == key:
                self._open(entry.path, entry.key)

    def open(self, path: str | Path) -> None:
        """Open a lesson from a file where it was left; if it cannot be read, `message` says why."""
        shipped = {entry.path.resolve(): entry.key for entry in self.shelf}
        self._open(Path(path), shipped.get(Path(path).resolve()))

    def _open(self, path: Path, key: str | None) -> None:
        try:
            lesson = load_lesson(path, key)
        except LessonError as error:
            self._set_message(f"{path.name} is not opened: {error}")
            return
        self._set_message("")
        self.lesson = lesson
        reached = 0 if self.mark(lesson.key) == DONE else self.progress(lesson.key)
        self.scene = min(max(reached, 0), len(lesson.scenes) - 1)
        self.lessonChanged.emit(lesson)
        self._set()

    def close(self) -> None:
        """Close the lesson; the window keeps what it shows."""
        if self.lesson is not None:
            self.lesson = None
            self._sessions.prediction.set_exercise(None)
            self.setter.set(None, Path())
            self.values.set_scene(None)
            self.lessonChanged.emit(None)

    @property
    def current(self) -> Scene | None:
        """The scene that is shown, None without a lesson."""
        return self.lesson.scenes[self.scene] if self.lesson is not None else None

    @property
    def text(self) -> str:
        """The text of the scene for the class, Markdown with its numbers; "" without a lesson."""
        return self.values.markdown(self.current.text) if self.current is not None else ""

    @property
    def notes(self) -> str:
        """The notes of the scene for the lecturer, as `text`."""
        return self.values.markdown(self.current.notes) if self.current is not None else ""

    @property
    def shown_graph(self) -> int | None:
        """The engine's number of the graph that is shown, None without one."""
        trace = self._sessions.autodiff.trace
        return trace.graph if trace is not None else None

    @property
    def following(self) -> Scene | None:
        """The next scene, None at the end."""
        if self.lesson is None or self.scene + 1 >= len(self.lesson.scenes):
            return None
        return self.lesson.scenes[self.scene + 1]

    @property
    def following_text(self) -> str:
        """The text of the next scene with the numbers that were prefetched; "" at the end."""
        if (scene := self.following) is None:
            return ""
        return fill_in(scene.text, self.values.prefetched(scene))

    def go(self, scene: int) -> None:
        """Go to the scene of an index, or to the nearest one."""
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
        """Go to the previous scene."""
        self.go(self.scene - 1)

    def restore_scene(self) -> None:
        """Set the scene once more, after the user has changed what the window shows."""
        if self.lesson is not None:
            self._set()

    def _set(self) -> None:
        lesson, scene = self.lesson, self.current
        assert lesson is not None
        assert scene is not None
        self._sessions.prediction.suspend()
        self._sessions.prediction.cover.begin(scene.exercise)
        self.setter.set(scene, lesson.folder)
        self.values.set_scene(scene)
        self._sessions.prediction.set_exercise(scene.exercise, self._fact, self.values.plain)
        self._progress.record_scene(lesson, self.scene)
        self.sceneChanged.emit(self.scene)
        self.progressChanged.emit()

    # -- the end of a lesson ------------------------------------------------------------------------

    @property
    def next_lesson(self) -> LessonEntry | None:
        """The lesson that follows the open one; None before its last scene, and if none follows.

        A lesson that does not come with the program is followed by the next one in its folder.
        """
        if self.lesson is None or self.following is not None:
            return None
        entries = self.shelf
        if self.lesson.key not in [entry.key for entry in entries]:
            entries = _lessons_in(self.lesson.folder)
        keys = [entry.key for entry in entries]
        index = keys.index(self.lesson.key) + 1 if self.lesson.key in keys else len(keys)
        return entries[index] if index < len(keys) else None

    def open_next_lesson(self) -> None:
        """Open the lesson that follows."""
        if (entry := self.next_lesson) is not None:
            self.open(entry.path)

    def _answered(self, verdict: str) -> None:
        exercise = self.current.exercise if self.current is not None else None
        if exercise is not None and exercise.kind != "next" and verdict in (RIGHT, SHOWN):
            self._record_answer()

    def _look_for_end_of_step(self) -> None:
        """Record the exercise of a step, which is answered when its last number is."""
        exercise = self.current.exercise if self.current is not None else None
        if exercise is None or exercise.kind != "next" or not self.setter.is_set or self.setter.scene != self.current:
            return
        session = self._sessions.autodiff
        if session.is_current and session.stepper.quiz and not self._sessions.prediction.question:
            self._record_answer()

    def _record_answer(self) -> None:
        assert self.lesson is not None
        if self._progress.record_answer(self.lesson, self.scene):
            self.progressChanged.emit()

    # -- exercises about numbers that are no gradients --------------------------------------------

    def _fact(self, asks: str) -> float | None:
        data, network = self._sessions.data, self._sessions.current_network
        if asks == "parameters":
            return None if network.info is None else float(network.info["parameters"])
        page = data.page
        index_in_page = data.index - data.page_start
        if page is None or not data.is_up_to_date or not 0 <= index_in_page < len(page["labels"]):
            return None
        return float(page["labels"][index_in_page])

    # -- training ---------------------------------------------------------------------------------

    def duration(self) -> float:
        """Return the expected duration of the scene's run in seconds, from the rate of the last run if there is one."""
        settings = self.setter.settings()
        training = self._sessions.training
        rate = float(TRAINING_RATES[settings["model"]])
        if (
            training.run is not None
            and training.images_per_second
            and training.run.settings["model"] == settings["model"]
        ):
            rate = training.images_per_second
        images = self._sessions.data.count("train") or SAMPLE_TRAIN_COUNT
        return START_S + float(settings["epochs"]) * images / rate

    def network_text(self) -> str:
        """Return the kind of network that the scene trains."""
        settings = self.setter.settings()
        count = sum(1 for layer in build_layer_specs(settings) if layer.kind in ("Dense", "Conv2D"))
        names = {"logistic": "logistic regression", "mlp": "a multilayer perceptron", "perceptron": "a perceptron",
                 "cnn": "a convolutional network"}  # fmt: skip
        return names.get(settings["model"], f"a network of {count} layers")

    # -- saving -----------------------------------------------------------------------------------

    def save_scene(self, path: str | Path, title: str, tab: str, panels: tuple[str, ...]) -> None:
        """Write what the window shows as a scene, at the end of an existing lesson or as a lesson of its own."""
        target = Path(path)
        quoted = f"`{title}`" if tab == "autodiff" else title  # the asterisks of products are no emphasis
        scene = Scene(title, f"What the window showed: {quoted}.", view_keys=self.shown(tab, panels))
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
            self.messageReported.emit(f"Not saved: {target.name} exists and is not a lesson: {error}")
        except (OSError, UnicodeError) as error:
            self.messageReported.emit(f"Not saved: {error}")
        else:
            self.messageReported.emit(f"Saved: {target}, scene {count}")

    def shown(self, tab: str, panels: tuple[str, ...]) -> dict[str, Any]:
        """Return what the window shows as keys of a scene, without the defaults of a new window."""
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
            if session.output_choice != SUM and tab != "activations":
                shows["output"] = check_value("output", session.output_choice.text)
        if tab != "autodiff":
            shows |= self._shown_network(tab)
        defaults = {**Scene("", "").view_state, "panels": ("chain", "plot", "inputs"), "direction": "auto"}
        defaults["variable"] = curve.default_variable or ""
        defaults["range"] = (-3.141592653589793, 3.141592653589793)
        changed = {
            key: value for key, value in shows.items() if key in ("tab", "expression") or defaults.get(key) != value
        }
        return {**changed, "tab": tab}

    def _shown_network(self, tab: str) -> Mapping[str, Any]:
        sessions = self._sessions
        data, run = sessions.data, sessions.training.run
        shows: dict[str, Any] = {"data": data.source if not Path(data.source).is_absolute() else "sample"}
        if tab == "data":
            shows |= {"part": data.part, "image": data.index}
            if data.digit is not None:
                shows["digit"] = data.digit
        elif run is not None and not sessions.current_network.path:
            defaults = self._default_settings(run.settings)
            shows["train"] = {key: value for key, value in run.settings.items() if defaults.get(key) != value}
            shows["train"]["model"] = run.settings["model"]
        if tab == "weights":
            shows["layer"] = sessions.weights.layer
            shows["moment"] = LAST_STEP if sessions.weights.step is None else sessions.weights.step
        if tab == "activations" and sessions.activations.origin == "sample":
            shows |= {"part": sessions.activations.part, "image": sessions.activations.number}
            if sessions.activations.selected is not None:
                layer, index = sessions.activations.selected
                shows["unit"] = (layer, *index)
        return shows

    def _default_settings(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the default settings of a run with the same network and optimizer."""
        from explorer.core.training.settings import run_settings

        defaults = run_settings(model=settings["model"], optimizer=settings["optimizer"])
        return {**defaults, "optimizer": run_settings()["optimizer"], "xla": settings["xla"]}

    def _set_message(self, message: str) -> None:
        if message != self.message:
            self.message = message
            self.messageChanged.emit(message)


def _lessons_in(folder: Path) -> tuple[LessonEntry, ...]:
    """Return the lessons in a folder by name: Markdown files that begin as one."""
    found = []
    for path in sorted(folder.glob("*.md"))[:MAX_LESSONS_IN_FOLDER]:
        try:
            with path.open(encoding="utf-8-sig") as file:
                begins = file.read(4).strip() == "+++"
        except (OSError, UnicodeDecodeError):
            continue
        if begins:
            found.append(LessonEntry(str(path.resolve()), _title(path), path))
    return tuple(found)


def _title(path: Path) -> str:
    """Return the title in the head of a lesson's file, or a title made from the name of the file."""
    try:
        head = path.read_text(encoding="utf-8").split("+++", 2)[1]
        return str(tomllib.loads(head)["title"])
    except (OSError, UnicodeDecodeError, IndexError, KeyError, tomllib.TOMLDecodeError):
        return re.sub(r"^\d+-", "", path.stem).replace("-", " ")
