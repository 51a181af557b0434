"""The numbers in the texts of the open scene, computed by TensorFlow from what the scene shows."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.core.errors import UserError
from explorer.core.lessons.lesson import Scene
from explorer.core.lessons.scene_values import facts_of, is_count, names_of_scene, scene_values
from explorer.core.lessons.value_names import SceneValue
from explorer.core.lessons.value_text import FAILED, PENDING, fill_in, fill_in_plain, format_scene_value
from explorer.core.protocol.autodiff import EVALUATE, EvaluatePayload, EvaluateReply
from explorer.session.autodiff.payloads import scene_payload
from explorer.session.lessons.facts import fact_value
from explorer.session.lessons.scene_setter import SceneSetter
from explorer.session.timers import single_shot_timer

LIVE_DELAY_MS = 120
"""Delay after which the numbers follow a slider, so that the graph comes first."""


def values_payload(scene: Scene, numbers: Mapping[str, float], sources: Sequence[str]) -> EvaluatePayload:
    """Return the payload that evaluates values of a scene at its own point; raises ExpressionError."""
    payload = EvaluatePayload(expressions=list(sources), numbers=dict(numbers))
    if (traced := scene_payload(scene.view_state)) is not None:
        payload |= {
            "text": traced["text"],
            "point": traced["point"],
            "dtype": traced["dtype"],
            "differentiated_by": traced["differentiated_by"],
            "output": traced["output"],
        }
    return payload


class LessonValues(QObject):
    """The values of one scene.

    They belong to the point of the scene, or with its key ``live`` to that of the sliders. changed: some have arrived.
    """

    changed = Signal()

    def __init__(self, setter: SceneSetter, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._setter = setter
        self._scene: Scene | None = None
        self._found: dict[str, SceneValue] = {}
        self._names: tuple[str, ...] = ()
        self._shown: dict[str, str] = {}
        self._requested: EvaluatePayload | None = None
        self._is_waiting = False
        self._timer = single_shot_timer(self, self._update)
        sessions = setter.sessions
        for changed in (
            sessions.training.epochFinished,
            sessions.training.stateChanged,
            sessions.current_network.networkChanged,
            sessions.data.infoChanged,
        ):
            changed.connect(lambda *_: self._update_later(0))
        for moved in (sessions.autodiff.valuesChanged, sessions.autodiff.traceChanged):
            moved.connect(lambda *_: self._follow())

    def set_scene(self, scene: Scene | None) -> None:
        """Compute the values of a scene; None for no scene."""
        self._timer.stop()
        self._scene = scene
        self._requested, self._is_waiting = None, False
        self._shown = {}
        self._names = names_of_scene(scene.view_state) if scene is not None else ()
        self._found = scene_values(scene.texts, scene.view_state) if scene is not None else {}
        self._update()

    @property
    def is_complete(self) -> bool:
        """Whether no value is being computed; one of a run that goes on is not."""
        return not self._is_waiting and not self._timer.isActive()

    def markdown(self, text: str) -> str:
        """Return a Markdown text of the scene with its numbers, ``…`` for those that are not known yet."""
        return fill_in(text, self._number)

    def plain(self, text: str) -> str:
        """Return a plain text of the scene with its numbers."""
        return fill_in_plain(text, self._number)

    def _number(self, source: str) -> str:
        return self._shown.get(source, PENDING if source in self._found else FAILED)

    # -- the next scene ---------------------------------------------------------------------------

    def payload_to_prefetch(self, scene: Scene) -> EvaluatePayload | None:
        """Return the payload for the values of a scene that depend on its expression alone; None if it has others."""
        names = names_of_scene(scene.view_state)
        found = scene_values(scene.texts, scene.view_state)
        if not found or any(facts_of(value, names) for value in found.values()):
            return None
        return values_payload(scene, {}, list(found))

    def prefetched(self, scene: Scene) -> Callable[[str], str]:
        """Return a function that returns the numbers of a scene that is not open, as far as they are known."""
        payload = self.payload_to_prefetch(scene)
        reply = self._setter.sessions.client.cached_reply(EVALUATE, payload) if payload is not None else None
        if payload is None or reply is None:
            return lambda _source: PENDING
        found = scene_values(scene.texts, scene.view_state)
        numbers = {
            source: FAILED if value is None else format_scene_value(found[source], value)
            for source, value in zip(payload["expressions"], reply["values"], strict=True)
        }
        return lambda source: numbers.get(source, FAILED)

    # -- computing --------------------------------------------------------------------------------

    def _update_later(self, delay_ms: int) -> None:
        if self._found:
            self._timer.start(delay_ms)

    def _follow(self) -> None:
        if self._scene is not None and self._scene.view_state["live"]:
            self._update_later(LIVE_DELAY_MS)

    def _update(self) -> None:
        scene, before = self._scene, dict(self._shown)
        if scene is None or not self._found:
            return
        numbers: dict[str, float] = {}
        sources = []
        for source, value in self._found.items():
            facts = facts_of(value, self._names)
            known = {name.text: fact_value(self._setter, name) for name in facts}
            if any(number is None for number in known.values()):
                self._shown.pop(source, None)
            elif (only := value.only_name) is not None and only.text in known and not value.entry:
                self._show(source, known[only.text])
            else:
                numbers |= {text: number for text, number in known.items() if number is not None}
                sources.append(source)
        if sources:
            self._request(scene, numbers, sources)
        if self._shown != before:
            self.changed.emit()

    def _request(self, scene: Scene, numbers: Mapping[str, float], sources: Sequence[str]) -> None:
        try:
            payload = values_payload(scene, numbers, sources)
        except UserError:  # the scene itself reports it
            return
        autodiff = self._setter.sessions.autodiff
        if scene.view_state["live"] and autodiff.text == scene.view_state["expression"] and autodiff.is_current:
            payload["point"] = dict(autodiff.point)
        if _same(payload, self._requested):
            return
        self._requested, self._is_waiting = payload, True
        self._setter.sessions.client.request(EVALUATE, payload, partial(self._receive, payload))

    def _receive(self, payload: EvaluatePayload, reply: EvaluateReply) -> None:
        if payload is not self._requested:
            return
        self._is_waiting = False
        if reply.get("error") is not None:
            self._shown |= dict.fromkeys(payload["expressions"], FAILED)
        else:
            for source, value in zip(payload["expressions"], reply["values"], strict=True):
                self._show(source, value)
        self.changed.emit()

    def _show(self, source: str, value: Any) -> None:
        found = self._found[source]
        self._shown[source] = (
            FAILED if value is None else format_scene_value(found, value, is_count(found, self._names))
        )


def _same(one: EvaluatePayload, other: EvaluatePayload | None) -> bool:
    """Return whether two payloads of one scene ask for the same."""
    if other is None or one["expressions"] != other["expressions"] or one["numbers"] != other["numbers"]:
        return False
    point, before = one.get("point") or {}, other.get("point") or {}
    return all(name in before and bool((point[name] == before[name]).all()) for name in point)
