"""Asks ahead of time: while a scene stands on the screen, what the next one will show, and the one before it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from explorer.core.autodiff.trace import Trace, Values
from explorer.core.autodiff.visible_steps import hidden_tensors, step_count
from explorer.core.errors import UserError
from explorer.core.lessons.lesson import Scene
from explorer.core.lessons.scene_keys import LAST_STEP
from explorer.core.protocol.autodiff import SIMPLIFY, TRACE, SimplifyReply, TraceReply
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

    view_state: Mapping[str, Any]
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
        self._scenes = [scene for scene in near if scene.view_state["expression"]]
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
            prefetched = self._complete_or_request(scene)
        except UserError:  # the scene itself will report it
            self._leave(scene)
            return
        if prefetched is not None:
            self._leave(scene)
            self.expected.emit(prefetched)

    def _complete_or_request(self, scene: Scene) -> PrefetchedScene | None:
        """Return what a scene will show; None if a reply is missing, which is then requested."""
        view = scene.view_state
        payload = scene_payload(view)
        assert payload is not None
        reply = self._client.cached_reply(TRACE, payload)
        if reply is None:
            shown = self._lessons.shown_graph
            if shown is not None:
                payload["visible_graph"] = shown
            self._client.prefetch(TRACE, payload, partial(self._receive_trace, scene))
            return None
        trace = Trace.from_dict(reply["trace"])
        simplified = {}
        for name, wanted in simplify_payloads(trace, payload["point"]).items():
            answer = self._client.cached_reply(SIMPLIFY, wanted)
            if answer is not None:
                simplified[name] = answer["simplified"]
            elif wanted["formula"] not in self._unsaid:
                self._client.prefetch(SIMPLIFY, wanted, partial(self._receive_simplified, scene, wanted["formula"]))
                return None
        values = dict(zip(trace.fetches, reply["values"], strict=True))
        total = step_count(trace, view["pass"])
        step = total if view["step"] == LAST_STEP else min(view["step"], total)
        hides = view["hide"] or (scene.exercise is not None and scene.exercise.kind == "next")
        return PrefetchedScene(
            view, trace, values, simplified, step, hidden_tensors(trace, view["pass"], step) if hides else frozenset()
        )

    def _receive_trace(self, scene: Scene, reply: TraceReply) -> None:
        if scene not in self._scenes[:1]:
            return
        if reply.get("superseded"):
            self._timer.start(LOOK)
        elif reply.get("error") is not None:
            self._leave(scene)
        else:
            self._timer.start(0)

    def _receive_simplified(self, scene: Scene, formula: str, reply: SimplifyReply) -> None:
        if scene not in self._scenes[:1]:
            return
        if reply.get("superseded"):
            self._timer.start(LOOK)
            return
        if reply.get("simplified") is None:
            self._unsaid.add(formula)
        self._timer.start(0)

    def _leave(self, scene: Scene) -> None:
        self._scenes.remove(scene)
        self._timer.start(0)
