"""Derivatives of higher order: the gradient graph becomes the forward graph, repeatedly."""

from PySide6.QtCore import QObject, Signal

from explorer.core.autodiff.higher_order import MAX_ORDER, derivative_text
from explorer.core.autodiff.output_name import derivative_name
from explorer.core.expression.limits import MAX_OPS
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.autodiff.stepper import COVERED


class HigherOrderSession(QObject):
    """Moves between f, f′, f″ …; the session itself holds the variables by which it is differentiated."""

    changed = Signal()

    def __init__(self, session: AutodiffSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        session.traceChanged.connect(lambda *_: self.changed.emit())
        session.stepper.coverChanged.connect(lambda _on: self.changed.emit())

    @property
    def order(self) -> int:
        """The order of the derivative that is shown; 0 for the typed expression."""
        trace = self._session.trace
        return len(trace.differentiated_by) if trace is not None else 0

    @property
    def variables(self) -> list[str]:
        """The variables by which it can be differentiated: those for which there is a gradient."""
        trace = self._session.trace
        return trace.variables_with_gradient if trace is not None else []

    def name(self, order: int, by: str | None = None) -> str:
        """Return the name of the derivative of an order, such as ``y′``; with ``by``, of its derivative by that."""
        trace = self._session.trace
        further = [by] if by is not None else []
        if trace is None:
            return derivative_text(further)
        return derivative_name(trace, (*trace.differentiated_by[:order], *further))

    @property
    def message(self) -> str:
        """The message why it cannot be differentiated; "" if it can."""
        trace = self._session.trace
        if trace is None:
            return "There is nothing to differentiate yet."
        if self._session.stepper.covered:
            return COVERED
        if not self.variables:
            return f"{self.name(self.order)} does not change with any variable, so its derivative is 0 everywhere."
        if len(trace.differentiated_by) >= MAX_ORDER:
            return f"Up to {MAX_ORDER} derivatives can be shown, one behind the other."
        count = len(trace.nodes) + sum(node.needed for node in trace.gradient_nodes)
        if count > MAX_OPS:
            return f"The graph of the next derivative has {count:,} ops; up to {MAX_OPS:,} can be shown."
        return ""

    def differentiate(self, variable: str | None = None) -> None:
        """Show the derivative by ``variable``; None: by the same as before, or the first."""
        trace = self._session.trace
        if trace is None or not self._session.is_current:
            return
        if message := self.message:
            self._session.refused.emit(message)
            return
        before, available = trace.differentiated_by, self.variables
        preferred = [name for name in (variable, *before[-1:]) if name in available]
        self._session.set_differentiated_by((*before, (preferred or available)[0]))

    def back(self) -> None:
        """Go back by one order."""
        self.go(self.order - 1)

    def go(self, order: int) -> None:
        """Go back to the derivative of a lower order; 0 is the typed expression."""
        trace = self._session.trace
        if trace is not None and 0 <= order < len(trace.differentiated_by):
            self._session.set_differentiated_by(trace.differentiated_by[:order])
