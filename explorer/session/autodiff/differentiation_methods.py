"""Three methods of differentiation: the chain rule backward, tangents forward, and the sum over paths."""

from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from explorer.core.autodiff.paths import (
    PassCounts,
    Path,
    PathCounts,
    count_passes,
    count_paths,
    list_paths,
    tensors_between,
)
from explorer.core.autodiff.trace import Trace, Values
from explorer.core.lessons.scene_keys import METHODS
from explorer.core.protocol.autodiff import TANGENTS as TANGENTS_REQUEST
from explorer.core.protocol.autodiff import TangentsPayload, TangentsReply
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.engine_client.client import EngineClient
from explorer.session.timers import single_shot_timer

CHAIN, TANGENTS, PATHS = METHODS

TANGENT_DELAY_MS = 30
"""Time after a change of values before tangents are requested: while a slider moves, values come first."""


class MethodSession(QObject):
    """The chosen method and what it needs.

    method: one of `METHODS`. variable: where tangents and paths begin, None if no variable has a gradient. tangents:
    TensorFlow's derivative of each tensor by the variable, None until they arrive. message: why there are none.
    paths: the first paths; counts: of all of them. chosen: index of the highlighted path, None for none.
    """

    changed = Signal()

    def __init__(self, client: EngineClient, session: AutodiffSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.method = CHAIN
        self.variable: str | None = None
        self.tangents: dict[str, Any] | None = None
        self.message = ""
        self.paths: list[Path] = []
        self.counts: PathCounts | None = None
        self.chosen: int | None = None
        self._client = client
        self._session = session
        self._timer = single_shot_timer(self, self._request_tangents, TANGENT_DELAY_MS)
        session.traceChanged.connect(lambda *_: self._begin())
        session.valuesChanged.connect(lambda _: self._update_values())
        session.depthChanged.connect(lambda _: self._restart() if self.method == PATHS else None)
        session.stepper.stepChanged.connect(lambda *_: self._update_step())
        session.stepper.quizChanged.connect(self._update_step)

    @property
    def session(self) -> AutodiffSession:
        """The session whose expression is differentiated."""
        return self._session

    @property
    def trace(self) -> Trace | None:
        """The trace that the session shows."""
        return self._session.visible_trace

    @property
    def reached(self) -> list[str]:
        """The tensors between the variable and the output, both included, in forward order."""
        trace = self.trace
        return [] if trace is None or self.variable is None else tensors_between(trace, self.variable)

    def is_complete(self, tensor: str) -> bool:
        """Whether all gradients that reach a tensor have arrived at the current step of the backward pass."""
        trace = self.trace
        later = trace.steps[self._session.stepper.step :] if trace is not None else ()
        return not any(slot.tensor == tensor for step in later for slot in step.inputs if slot.gradient_tensor)

    @property
    def variables(self) -> list[str]:
        """The variables for which there is a gradient."""
        trace = self._session.trace
        return trace.variables_with_gradient if trace is not None else []

    @property
    def passes(self) -> PassCounts | None:
        """The number of passes and products that all derivatives need in either mode."""
        trace = self.trace
        return count_passes(trace, self._session.values) if trace is not None else None

    @property
    def gradient(self) -> Any:
        """TensorFlow's gradient for the variable from the backward pass; None where there is none."""
        trace = self._session.trace
        if trace is None or self.variable is None:
            return None
        return trace.gradient_value(self.variable, self._session.values)

    @property
    def products(self) -> list[float | None]:
        """The product of each listed path."""
        return [path.product(self._session.values) for path in self.paths]

    @property
    def total(self) -> float | None:
        """The sum of the products; None if not all paths are listed or a product is not a single number."""
        products = self.products
        if self.counts is None or len(products) < self.counts.paths or any(each is None for each in products):
            return None
        return float(np.sum([each for each in products if each is not None]))

    def is_path_marked(self) -> bool:
        """Whether a path is highlighted in the graph."""
        return bool(self.marked_edges)

    @property
    def shown_tangents(self) -> Values | None:
        """The tangents that are shown in the graph; None while none are."""
        return self.tangents if self.method == TANGENTS and not self._session.stepper.hides_gradients else None

    @property
    def marked_edges(self) -> tuple[tuple[str, str, int], ...]:
        """The edges of the chosen path as (op, op, argument slot of the second)."""
        if self.method != PATHS or self.chosen is None:
            return ()
        return tuple((edge.source, edge.op, edge.slot) for edge in self.paths[self.chosen].edges)

    def set_method(self, method: str) -> None:
        """Show another method."""
        if method != self.method and method in METHODS:
            self.method = method
            self._restart()

    def next_method(self) -> None:
        """Show the next method."""
        self.set_method(METHODS[(METHODS.index(self.method) + 1) % len(METHODS)])

    def set_variable(self, name: str) -> None:
        """Begin at another variable."""
        if name != self.variable and name in self.variables:
            self.variable = name
            self._restart()

    def choose(self, index: int | None) -> None:
        """Highlight a path in the graph; None: none."""
        if index != self.chosen:
            self.chosen = index
            self._emit_changed()

    def _begin(self) -> None:
        names = self.variables
        if self.variable not in names:
            self.variable = names[0] if names else None
        self._restart()

    def _restart(self) -> None:
        trace = self.trace
        self.tangents, self.message, self.paths, self.counts, self.chosen = None, "", [], None, None
        if trace is not None and self.variable is not None and self.method == PATHS:
            self.counts = count_paths(trace, self.variable)
            self.paths = list_paths(trace, self.variable)
        if self.method == TANGENTS:
            self._request_tangents()
        self._emit_changed()

    def _emit_changed(self) -> None:
        self._session.batch.notify(self.changed)

    def _update_values(self) -> None:
        if self.method == TANGENTS:
            self._timer.start()
        elif self.method == PATHS:
            self._emit_changed()

    def _update_step(self) -> None:
        if self.method != CHAIN:
            self._emit_changed()

    def _request_tangents(self) -> None:
        trace = self._session.trace
        if trace is None or self.variable is None or self.method != TANGENTS:
            return
        payload = TangentsPayload(graph=trace.graph, variable=self.variable, point=dict(self._session.point))
        receive = partial(self._receive_tangents, trace.graph, self.variable)
        self._client.request(TANGENTS_REQUEST, payload, receive)

    def _receive_tangents(self, graph: int, variable: str, reply: TangentsReply) -> None:
        trace = self._session.trace
        if trace is None or trace.graph != graph or variable != self.variable:
            return
        error = reply.get("error")
        self.tangents = None if error is not None else dict(reply["tangents"])
        self.message = "" if error is None else error["message"]
        self._emit_changed()
