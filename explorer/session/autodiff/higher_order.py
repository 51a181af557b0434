"""Differentiate again: the gradient graph becomes the forward graph, as often as it can be shown."""

from PySide6.QtCore import QObject, Signal

from explorer.core.autodiff.chain_rule_text import base_name
from explorer.core.autodiff.higher_order import MAX_ORDER, derivative_text
from explorer.core.expression.limits import MAX_OPS
from explorer.session.autodiff.session import AutodiffSession


class HigherOrderSession(QObject):
    """Where one is among f, f′, f″ …; the session itself knows along what it has differentiated."""

    changed = Signal()

    def __init__(self, session: AutodiffSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        session.traceChanged.connect(lambda *_: self.changed.emit())

    @property
    def order(self) -> int:
        """How often what is shown was differentiated before."""
        trace = self._session.trace
        return len(trace.differentiated_by) if trace is not None else 0

    @property
    def variables(self) -> list[str]:
        """The variables along which can be differentiated again: those for which there is a gradient."""
        trace = self._session.trace
        return [name for name, info in trace.gradients.items() if info.tensor is not None] if trace is not None else []

    def name(self, order: int, further: str | None = None) -> str:
        """Return what the derivative of an order is called, from y on; ``further``: differentiated once more."""
        trace = self._session.trace
        differentiated_by = trace.differentiated_by[:order] if trace is not None else ()
        single = trace is None or len(trace.variables) == 1
        base = base_name(trace.expression) if trace is not None else "f"
        return derivative_text((*differentiated_by, *([further] if further is not None else [])), base, single)

    @property
    def obstacle(self) -> str:
        """Why it cannot be differentiated again, in a sentence; "" where it can."""
        trace = self._session.trace
        if trace is None:
            return "There is nothing to differentiate yet."
        if not self.variables:
            return f"{self.name(self.order)} does not change with any variable, so its derivative is 0 everywhere."
        if len(trace.differentiated_by) >= MAX_ORDER:
            return f"Up to {MAX_ORDER} derivatives can be shown, one behind the other."
        count = len(trace.nodes) + sum(node.needed for node in trace.gradient_nodes)
        if count > MAX_OPS:
            return f"The graph of the next derivative has {count:,} ops; up to {MAX_OPS:,} can be shown."
        return ""

    def differentiate(self, variable: str | None = None) -> None:
        """Let the gradient for ``variable`` be the function that is walked; None: the same as before, or the first."""
        trace = self._session.trace
        if trace is None or not self._session.is_current:
            return
        if sentence := self.obstacle:
            self._session.refused.emit(sentence)
            return
        known = self.variables
        last = trace.differentiated_by[-1:]
        usual = last[0] if last and last[0] in known else known[0]
        self._session.set_differentiated_by((*trace.differentiated_by, variable if variable in known else usual))

    def back(self) -> None:
        """Go back to what was differentiated last."""
        self.go(self.order - 1)

    def go(self, order: int) -> None:
        """Go back to the derivative of an order; 0 is what was typed."""
        trace = self._session.trace
        if trace is not None and 0 <= order < len(trace.differentiated_by):
            self._session.set_differentiated_by(trace.differentiated_by[:order])
