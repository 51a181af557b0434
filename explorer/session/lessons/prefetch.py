"""Requests in advance what the next scene of a lesson will show, and the previous one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.core.autodiff.concept_trace import concept_trace
from explorer.core.autodiff.trace import Trace, Values
from explorer.core.autodiff.visible_steps import hidden_tensors, step_count
from explorer.core.errors import UserError
from explorer.core.lessons.lesson import Scene
from explorer.core.lessons.scene_keys import LAST_STEP
from explorer.core.protocol.autodiff import EVALUATE, SIMPLIFY, TRACE, EvaluateReply, SimplifyReply, TraceReply
from explorer.session.autodiff.payloads import scene_payload, simplify_payloads
from explorer.session.engine_client.client import EngineClient
from explorer.session.lessons.session import LessonSession
from explorer.session.timers import single_shot_timer

POLL_INTERVAL_MS = 50
"""Time after which the prefetcher checks again whether the open scene is complete."""


@dataclass(frozen=True)
class PrefetchedScene:
    """What a scene will show.

    view_state: the keys of the scene. simplified: SymPy's shorter forms of the gradients, by variable. step: that of
    the pass. hidden: the tensors whose numbers are hidden at that step.
    """

    view_state: Mapping[str, Any]
    trace: Trace
    values: Values
    simplified: Mapping[str, str | None]
    step: int
    hidden: frozenset[str]


class ScenePrefetcher(QObject):
    """Requests one thing at a time, while the open scene is complete; the engine drops prefetches for other requests.

    The client caches the replies, where the scene will find them. prepared: emitted with a `PrefetchedScene` that can
    be laid out and typeset. ``is_idle`` returns whether the open scene is shown with everything that belongs to it.
    """

    prepared = Signal(object)

    def __init__(
        self, client: EngineClient, lessons: LessonSession, is_idle: Callable[[], bool], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._lessons = lessons
        self._is_idle = is_idle
        self._scenes: list[Scene] = []
        self._has_no_numbers = False  # whether those of the scene cannot be computed
        self._not_simplified: set[str] = set()  # formulas without a shorter form, or without one in time
        self._timer = single_shot_timer(self, self._continue)
        lessons.sceneChanged.connect(self._begin)
        lessons.lessonChanged.connect(lambda lesson: self._stop() if lesson is None else None)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to prefetch."""
        return not self._scenes

    def _begin(self, index: int) -> None:
        lesson = self._lessons.lesson
        assert lesson is not None
        near = [lesson.scenes[number] for number in (index + 1, index - 1) if 0 <= number < len(lesson.scenes)]
        self._not_simplified.clear()
        self._scenes = [scene for scene in near if scene.view_state["expression"]]
        if self._scenes:
            self._timer.start(POLL_INTERVAL_MS)

    def _stop(self) -> None:
        self._scenes = []
        self._timer.stop()

    def _continue(self) -> None:
        """Send the next request, or report a scene of which everything has arrived."""
        if not self._scenes:
            return
        if not self._is_idle():
            self._timer.start(POLL_INTERVAL_MS)
            return
        scene = self._scenes[0]
        try:
            prefetched = self._prefetch(scene)
        except UserError:  # the scene itself will report it
            self._skip(scene)
            return
        if prefetched is not None:
            self._skip(scene)
            self.prepared.emit(prefetched)

    def _prefetch(self, scene: Scene) -> PrefetchedScene | None:
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
        visible = concept_trace(trace) if view["depth"] == "concept" else trace
        simplified = {}
        for name, wanted in simplify_payloads(trace, payload["point"]).items():
            answer = self._client.cached_reply(SIMPLIFY, wanted)
            if answer is not None:
                simplified[name] = answer["simplified"]
            elif wanted["formula"] not in self._not_simplified:
                self._client.prefetch(SIMPLIFY, wanted, partial(self._receive_simplified, scene, wanted["formula"]))
                return None
        numbers = self._lessons.values.payload_to_prefetch(scene)
        if numbers is not None and self._client.cached_reply(EVALUATE, numbers) is None and not self._has_no_numbers:
            self._client.prefetch(EVALUATE, numbers, partial(self._receive_numbers, scene))
            return None
        values = dict(zip(trace.fetches, reply["values"], strict=True))
        total = step_count(visible, view["pass"])
        step = total if view["step"] == LAST_STEP else min(view["step"], total)
        hides = view["hide"] or (scene.exercise is not None and scene.exercise.kind == "next")
        hidden = hidden_tensors(visible, view["pass"], step) if hides else frozenset()
        return PrefetchedScene(view, visible, values, simplified, step, hidden)

    def _receive_trace(self, scene: Scene, reply: TraceReply) -> None:
        if scene not in self._scenes[:1]:
            return
        if reply.get("superseded"):
            self._timer.start(POLL_INTERVAL_MS)
        elif reply.get("error") is not None:
            self._skip(scene)
        else:
            self._timer.start(0)

    def _receive_simplified(self, scene: Scene, formula: str, reply: SimplifyReply) -> None:
        if scene not in self._scenes[:1]:
            return
        if reply.get("superseded"):
            self._timer.start(POLL_INTERVAL_MS)
            return
        if reply.get("simplified") is None:
            self._not_simplified.add(formula)
        self._timer.start(0)

    def _receive_numbers(self, scene: Scene, reply: EvaluateReply) -> None:
        if scene not in self._scenes[:1]:
            return
        if reply.get("superseded"):
            self._timer.start(POLL_INTERVAL_MS)
            return
        self._has_no_numbers = reply.get("error") is not None
        self._timer.start(0)

    def _skip(self, scene: Scene) -> None:
        self._has_no_numbers = False
        self._scenes.remove(scene)
        self._timer.start(0)
