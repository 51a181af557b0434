"""Asks ahead of time: while a scene stands on the screen, what the next one will show, and the one before it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from explorer.core.autodiff.trace import Trace, Values
from explorer.core.autodiff.visible_steps import hidden, steps_total
from explorer.core.errors import ExpressionError
from explorer.core.lessons.lesson import Scene
from explorer.core.lessons.scene_keys import LAST
from explorer.session.autodiff.payloads import scene_payload, simplify_payloads
from explorer.session.engine_client.client import EngineClient
from explorer.session.lessons.session import LessonSession

LOOK = 50
"""Milliseconds after which it is looked again whether anybody still waits for something else."""


@dataclass(frozen=True)
class PrefetchedScene:
    """What a scene will show: its keys, its graph with values, SymPy's shorter forms by variable, and its step.

    hidden: the tensors of which that step asks.
    """

    view: Mapping[str, Any]
    trace: Trace
    values: Values
    simplified: Mapping[str, str | None]
    step: int
    hidden: frozenset[str]


class ScenePrefetcher(QObject):
    """Nothing is asked while anybody waits, and the engine drops what is asked here for all that anybody waits for.

    Answers are kept by the client, where the scene will find them. expected: all is there that a scene will show, so
    that it can be laid out and typeset. ``idle``: whether the scene that is open is on the screen with everything.
    """

    expected = Signal(object)

    def __init__(
        self, client: EngineClient, lessons: LessonSession, idle: Callable[[], bool], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._lessons = lessons
        self._idle = idle
        self._scenes: list[Scene] = []
        self._unsaid: set[str] = set()  # formulas of which SymPy knows no shorter form, or not soon enough
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._go_on)
        lessons.sceneChanged.connect(self._begin)
        lessons.lessonChanged.connect(lambda lesson: self._stop() if lesson is None else None)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left that could be asked ahead."""
        return not self._scenes

    def _begin(self, index: int) -> None:
        lesson = self._lessons.lesson
        assert lesson is not None
        near = [lesson.scenes[number] for number in (index + 1, index - 1) if 0 <= number < len(lesson.scenes)]
        self._unsaid.clear()
        self._scenes = [scene for scene in near if scene.view["expression"]]
        if self._scenes:
            self._timer.start(LOOK)

    def _stop(self) -> None:
        self._scenes = []
        self._timer.stop()

    def _go_on(self) -> None:
        """Ask the next question, or tell what has come; one thing at a time, and then see whether anybody waits."""
        if not self._scenes:
            return
        if not self._idle():
            self._timer.start(LOOK)
            return
        scene = self._scenes[0]
        try:
            said = self._look_into(scene)
        except ExpressionError:  # the scene will say it
            self._leave(scene)
            return
        if isinstance(said, PrefetchedScene):
            self._leave(scene)
            self.expected.emit(said)
        else:
            kind, question = said
            self._client.ask_ahead(kind, question, partial(self._take, scene, question))

    def _look_into(self, scene: Scene) -> PrefetchedScene | tuple[str, dict[str, Any]]:
        """Return what a scene will show, or kind and payload of what must be asked for it."""
        view = scene.view
        question = scene_payload(view)
        assert question is not None
        reply = self._client.known("trace", question)
        if reply is None:
            shown = self._lessons.shown_graph
            return "trace", question if shown is None else {**question, "hold": shown}
        trace = Trace.from_wire(reply["trace"])
        simplified = {}
        for name, asked in simplify_payloads(trace, question["point"]).items():
            answer = self._client.known("simplify", asked)
            if answer is not None:
                simplified[name] = answer["simplified"]
            elif asked["formula"] not in self._unsaid:
                return "simplify", asked
        values = dict(zip(trace.fetches, reply["values"], strict=True))
        total = steps_total(trace, view["pass"])
        step = total if view["step"] == LAST else min(view["step"], total)
        hides = view["hide"] or (scene.exercise is not None and scene.exercise.asks == "next")
        return PrefetchedScene(
            view, trace, values, simplified, step, hidden(trace, view["pass"], step) if hides else frozenset()
        )

    def _take(self, scene: Scene, question: Mapping[str, Any], reply: dict[str, Any]) -> None:
        if scene not in self._scenes[:1]:
            return
        if reply.get("superseded"):
            self._timer.start(LOOK)
        elif reply.get("kind") == "simplify" and reply.get("simplified") is None:
            self._unsaid.add(question["formula"])
            self._timer.start(0)
        elif reply.get("error") is not None:
            self._leave(scene)
        else:
            self._timer.start(0)

    def _leave(self, scene: Scene) -> None:
        self._scenes.remove(scene)
        self._timer.start(0)
