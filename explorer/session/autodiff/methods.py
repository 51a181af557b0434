"""Which way to the gradient the tab shows: the chain rule backward, tangents forward, or single paths."""

from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from explorer.core.autodiff.paths import PassCounts, Path, PathCounts, count_paths, list_paths, passes
from explorer.core.autodiff.trace import Trace, Values
from explorer.core.graph.op_graph import leading_to, op_graph, op_of, reached_from
from explorer.core.lessons.scene_keys import WAYS
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.engine_client.client import EngineClient

CHAIN, TANGENTS, PATHS = WAYS

SETTLE = 30
"""Milliseconds after a change of values after which tangents are asked for: while a slider moves, values go first."""


class MethodSession(QObject):
    """way: one of `WAYS`. variable: where tangents and paths begin, None if there is none with a gradient.

    tangents: tensor name to TensorFlow's tangent along the variable; None until it has come. note: why there is none.
    paths: the first of them; counts: of all. chosen: the path that is marked in the graph, None for none.
    """

    changed = Signal()

    def __init__(self, client: EngineClient, session: AutodiffSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.way = CHAIN
        self.variable: str | None = None
        self.tangents: dict[str, Any] | None = None
        self.note = ""
        self.paths: list[Path] = []
        self.counts: PathCounts | None = None
        self.chosen: int | None = None
        self._client = client
        self._session = session
        self._timer = QTimer(self, singleShot=True, interval=SETTLE)
        self._timer.timeout.connect(self._ask)
        session.traceChanged.connect(lambda *_: self._begin())
        session.valuesChanged.connect(lambda _: self._values_changed())
        session.walk.stepChanged.connect(lambda *_: self._step_changed())
        session.walk.quizChanged.connect(self._step_changed)

    @property
    def session(self) -> AutodiffSession:
        """The session that is followed."""
        return self._session

    @property
    def trace(self) -> Trace | None:
        """What the session shows."""
        return self._session.trace

    @property
    def reached(self) -> list[str]:
        """The tensors that the variable reaches, itself first, in forward order."""
        trace = self._session.trace
        if trace is None or self.variable is None:
            return []
        source = trace.variables[self.variable]
        reached = reached_from(op_graph(trace.nodes), [op_of(source)])
        leading = leading_to(op_graph(trace.nodes), [op_of(trace.output)])
        return [node.tensor for node in trace.nodes if node.id in reached & leading]

    def is_complete(self, tensor: str) -> bool:
        """Whether all that arrives at a tensor has arrived at this step of the backward pass."""
        trace = self._session.trace
        later = trace.steps[self._session.walk.step :] if trace is not None else ()
        return not any(slot.tensor == tensor for step in later for slot in step.inputs if slot.gradient_tensor)

    @property
    def variables(self) -> list[str]:
        """The variables for which there is a gradient."""
        trace = self._session.trace
        return [name for name, info in trace.gradients.items() if info.tensor is not None] if trace is not None else []

    @property
    def passes(self) -> PassCounts | None:
        """How many passes and products all derivatives need."""
        trace = self._session.trace
        return passes(trace, self._session.values) if trace is not None else None

    @property
    def gradient(self) -> Any:
        """TensorFlow's gradient for the variable, from the backward pass; None where there is none."""
        trace = self._session.trace
        if trace is None or self.variable is None:
            return None
        return self._session.values.get(trace.gradients[self.variable].tensor or "")

    @property
    def products(self) -> list[float | None]:
        """The product of each listed path."""
        return [path.product(self._session.values) for path in self.paths]

    @property
    def total(self) -> float | None:
        """The sum of all paths' products, None where not all are listed or one is no single number."""
        products = self.products
        if self.counts is None or len(products) < self.counts.paths or any(each is None for each in products):
            return None
        return float(np.sum([each for each in products if each is not None]))

    def is_marking(self) -> bool:
        """Whether a path stands out in the graph."""
        return bool(self.marked_edges)

    @property
    def pushed(self) -> tuple[str, Values] | None:
        """What stands before a tangent, and the tangents; None while none are shown."""
        return (
            None
            if self.way != TANGENTS or self.tangents is None or self._session.walk.hides_gradients
            else (f"d/d{self.variable}", self.tangents)
        )

    @property
    def marked_edges(self) -> tuple[tuple[str, str, int], ...]:
        """The edges of the chosen path, as (op, op, argument slot of the second)."""
        if self.way != PATHS or self.chosen is None:
            return ()
        return tuple((op_of(edge.tensor), edge.op, edge.slot) for edge in self.paths[self.chosen].edges)

    def set_way(self, way: str) -> None:
        """Show another way."""
        if way != self.way and way in WAYS:
            self.way = way
            self._follow()

    def turn(self) -> None:
        """Show the next way."""
        self.set_way(WAYS[(WAYS.index(self.way) + 1) % len(WAYS)])

    def set_variable(self, name: str) -> None:
        """Begin at another variable."""
        if name != self.variable and name in self.variables:
            self.variable = name
            self._follow()

    def choose(self, number: int | None) -> None:
        """Mark a path in the graph; None: none."""
        if number != self.chosen:
            self.chosen = number
            self.changed.emit()

    def _begin(self) -> None:
        """A new graph is there."""
        names = self.variables
        if self.variable not in names:
            self.variable = names[0] if names else None
        self._follow()

    def _follow(self) -> None:
        trace = self._session.trace
        self.tangents, self.note, self.paths, self.counts, self.chosen = None, "", [], None, None
        if trace is not None and self.variable is not None and self.way == PATHS:
            self.counts = count_paths(trace, self.variable)
            self.paths = list_paths(trace, self.variable)
        if self.way == TANGENTS:
            self._ask()
        self.changed.emit()

    def _values_changed(self) -> None:
        if self.way == TANGENTS:
            self._timer.start()
        elif self.way == PATHS:
            self.changed.emit()

    def _step_changed(self) -> None:
        if self.way != CHAIN:
            self.changed.emit()

    def _ask(self) -> None:
        trace = self._session.trace
        if trace is None or self.variable is None or self.way != TANGENTS:
            return
        payload = {"graph": trace.graph, "variable": self.variable, "point": dict(self._session.point)}
        graph, variable = trace.graph, self.variable
        self._client.request("tangents", payload, lambda reply: self._take(graph, variable, reply), "tangents")

    def _take(self, graph: int, variable: str, reply: dict[str, Any]) -> None:
        trace = self._session.trace
        if trace is None or trace.graph != graph or variable != self.variable:
            return
        error = reply.get("error")
        self.tangents = None if error is not None else dict(reply["tangents"])
        self.note = "" if error is None else str(error.get("message"))
        self.changed.emit()
