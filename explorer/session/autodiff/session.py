"""What the user does in the tab "Autodiff": the one owner of text, values and selection."""

from collections.abc import Mapping
from time import monotonic
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from explorer.core.autodiff.gradient_diagnosis import kink_note, why
from explorer.core.autodiff.tensor_text import search
from explorer.core.autodiff.trace import Trace, Values
from explorer.core.autodiff.visible_steps import BACKWARD, FORWARD
from explorer.core.errors import ExpressionError
from explorer.core.expression.parser import parse
from explorer.core.expression.shapes import check_shapes
from explorer.core.syntax_tree import FloatArray, Program
from explorer.session.autodiff.payloads import trace_payload
from explorer.session.autodiff.sentences import forward_sentence, selection_details
from explorer.session.autodiff.simplifier import Simplifier
from explorer.session.autodiff.stepper import Stepper
from explorer.session.autodiff.undo_history import UndoHistory
from explorer.session.autodiff.variable_values import VariableValues
from explorer.session.engine_client.client import EngineClient

SETTLE = 250
"""Milliseconds without a change after which formulas that depend on the values are asked for again."""

BUSY_AFTER = 300
"""Milliseconds after which an unanswered request is shown as work."""


class AutodiffSession(QObject):
    """State of the tab. Every field changes through a method alone, and each real change is a signal.

    text: what stands in the line. program: the last text that was right, as a checked tree. at: value of each of its
    variables. trace, values: TensorFlow's answer, perhaps to an earlier text. error: what is wrong with the text.
    differentiated_by: the variables by which it was differentiated first: its derivative is what is walked through.
    walk: where we are in it; a new expression begins at step 0. selection: ``("node", op)``, ``("edge", tensor)`` or
    None.
    """

    textChanged = Signal(str)
    errorChanged = Signal(object)
    programChanged = Signal(object)
    variablesChanged = Signal(object)
    traceChanged = Signal(object, object)
    valuesChanged = Signal(object)
    selectionChanged = Signal(object)
    depthChanged = Signal(str)
    directionChanged = Signal(str)
    simplifiedChanged = Signal(object)
    noticeChanged = Signal(str)
    busyChanged = Signal(bool)
    refused = Signal(str)

    def __init__(self, client: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self.program: Program | None = None
        self.point: dict[str, FloatArray] = {}
        self.dtype = "float32"
        self.trace: Trace | None = None
        self.values: Values = {}
        self.error: ExpressionError | None = None
        self.depth = "concept"
        self.direction = "TB"
        self.next_look: tuple[str, str] | None = None
        self.selection: tuple[str, str] | None = None
        self.notice = ""
        self.differentiated_by: tuple[str, ...] = ()
        self.busy = False
        self._said = ""
        self._client = client
        self._inputs = VariableValues()
        self._history = UndoHistory()
        self._is_typing = False  # whether the text came letter by letter, so that another one may follow
        self._simplifier = Simplifier(client, lambda: self.trace if self.is_current else None, self)
        self._simplifier.changed.connect(self.simplifiedChanged)
        self.walk = Stepper(lambda: self.trace, self)
        self.walk.stepChanged.connect(self._update_notice)
        self.walk.quizChanged.connect(self._update_notice)
        self._settle_timer = QTimer(self, singleShot=True, interval=SETTLE)
        self._settle_timer.timeout.connect(self._ask_trace)
        self._busy_timer = QTimer(self, singleShot=True, interval=BUSY_AFTER)
        self._busy_timer.timeout.connect(lambda: self._set_busy(True))
        client.died.connect(self.set_notice)
        client.ready.connect(lambda _info: self.set_notice(""))

    # -- text and values --------------------------------------------------------------------------

    def set_text(self, text: str) -> None:
        """Take what was typed: parsed here at once, traced by TensorFlow as soon as it can."""
        if text != self.text:
            self._history.typed(text, monotonic())
            self._is_typing = True
            self._take_text(text)

    def _take_text(self, text: str, differentiated_by: tuple[str, ...] | None = None) -> None:
        self.text = text
        self.textChanged.emit(text)
        try:
            program = parse(text)
            self._inputs.adopt(program)
            point = self._inputs.bind(program)
            check_shapes(program, {name: value.shape for name, value in point.items()})
        except ExpressionError as error:
            self._set_error(error)
            return
        if differentiated_by is not None or self.program is None or program.text != self.program.text:
            self.differentiated_by = differentiated_by or ()
        self.program = program
        self._set_point(point)
        self._set_error(None)
        self.programChanged.emit(program)
        self._ask_trace()

    def set_value(self, name: str, value: Any) -> None:
        """Give a variable a number, nested list or text such as ``pi/4``."""
        if self.program is None:
            return
        try:
            self._inputs.set(name, value)
            point = self._inputs.bind(self.program)
            moved = any(self.point[other].shape != array.shape for other, array in point.items())
            if moved:
                check_shapes(self.program, {other: array.shape for other, array in point.items()})
        except ExpressionError as error:
            # The text is right; what is wrong is a value, which the next one puts right.
            self._set_error(ExpressionError(error.message))
            return
        self._set_error(None)
        before, self.point = self.point, point
        # The engine works while the fields follow.
        if moved or not self.is_current or self.is_tracing:
            self._ask_trace()  # a graph that is on its way would bring the old values
        else:
            self._ask_values()
        self._tell_at(before)

    def set_point(self, point: Mapping[str, Any]) -> None:
        """Set several variables, also some that do not occur (yet)."""
        for name, value in point.items():
            self._inputs.set(name, value)
        if self.program is not None:
            self._take_text(self.text)

    def set_dtype(self, dtype: str) -> None:
        """Compute with ``float32`` or ``float64``."""
        if dtype != self.dtype:
            self.dtype = dtype
            if self.program is not None:
                self._ask_trace()

    def set_differentiated_by(self, differentiated_by: tuple[str, ...]) -> None:
        """Walk through the derivative along these variables, one after the other, instead of what was typed."""
        if differentiated_by != self.differentiated_by and self.program is not None:
            self.differentiated_by = differentiated_by
            self._ask_trace()

    def undo(self) -> None:
        """Bring back the text before."""
        if (text := self._history.undo()) is not None:
            self._take_text(text)

    def redo(self) -> None:
        """Bring the text back that was undone."""
        if (text := self._history.redo()) is not None:
            self._take_text(text)

    def forget_values(self) -> None:
        """Let every variable begin anew: at 1, or at what the text says."""
        self._inputs = VariableValues()
        if self.program is not None:
            self._take_text(self.text)

    def begin(
        self,
        text: str,
        point: Mapping[str, Any],
        differentiated_by: tuple[str, ...] = (),
        look: tuple[str, str] | None = None,
    ) -> None:
        """Begin anew with a text and values, which may also be of variables that it sets. Raises ExpressionError.

        look: depth and direction that come with the new graph, so that the old one is not laid out once more.
        """
        inputs = VariableValues()
        inputs.adopt(parse(text))
        for name, value in point.items():
            inputs.set(name, value)
        self._inputs = inputs
        self._history.typed(text, monotonic())
        self._is_typing = False
        self.next_look = look
        self._take_text(text, differentiated_by)

    @property
    def free_values(self) -> dict[str, FloatArray]:
        """Values given to variables which the text leaves open, by name."""
        return self._inputs.free

    @property
    def is_current(self) -> bool:
        """Whether the trace is that of the text as it stands."""
        trace = self.trace
        if trace is None or self.error is not None:
            return False
        own = (self.text, self.dtype, self.differentiated_by)
        return (trace.expression, trace.dtype, trace.differentiated_by) == own

    @property
    def simplified(self) -> dict[str, str | None]:
        """SymPy's shorter form of each gradient, by variable, as far as it has come."""
        return self._simplifier.simplified

    @property
    def is_tracing(self) -> bool:
        """Whether a graph was asked for and is not there yet."""
        return self._busy_timer.isActive() or self.busy

    @property
    def is_settled(self) -> bool:
        """Whether the engine owes nothing, and nothing will be asked for without the user."""
        return self._client.waiting == 0 and not (self._simplifier.is_waiting or self._settle_timer.isActive())

    def _set_point(self, point: dict[str, FloatArray]) -> None:
        before, self.point = self.point, point
        self._tell_at(before)

    def _tell_at(self, before: Mapping[str, FloatArray]) -> None:
        point = self.point
        same = list(before) == list(point) and all(np.array_equal(before[n], point[n], equal_nan=True) for n in point)
        if not same:
            self.variablesChanged.emit(point)

    def _set_error(self, error: ExpressionError | None) -> None:
        if error is not None or self.error is not None:
            self.error = error
            self.errorChanged.emit(error)

    # -- asking the engine ------------------------------------------------------------------------

    def _ask_trace(self) -> None:
        if self.program is None:
            return
        self._settle_timer.stop()
        self._simplifier.stop()
        self._busy_timer.start()
        question = trace_payload(self.program, self.point, self.dtype, self.differentiated_by)
        self._client.request("trace", question, self._take_trace)

    def _take_trace(self, reply: dict[str, Any]) -> None:
        self._busy_timer.stop()
        self._set_busy(False)
        if (error := reply.get("error")) is not None:
            self._take_look()
            if self.differentiated_by:  # the text is right: only its derivative cannot be shown
                self.refused.emit(str(error.get("message")))
                self.set_differentiated_by(self.differentiated_by[:-1])
            else:
                self._set_error(ExpressionError(str(error.get("message")), error.get("column")))
            return
        trace = Trace.from_wire(reply["trace"])
        before = self.trace
        self.trace = trace
        self.values = dict(zip(trace.fetches, reply["values"], strict=True))
        fresh = before is None or (before.expression, before.differentiated_by) != (
            trace.expression,
            trace.differentiated_by,
        )
        if fresh:
            self.selection = None
            self._simplifier.simplified = {}
        self.walk.take_up(fresh)
        self._simplifier.ask(self.point, self._is_typing)  # SymPy works while the window draws
        self.traceChanged.emit(trace, self.values)
        self._take_look()
        self.walk.tell()
        self.selectionChanged.emit(self.selection)

    def _take_look(self) -> None:
        look, self.next_look = self.next_look, None
        if look is not None:
            self.set_depth(look[0])
            self.set_direction(look[1])

    def _ask_values(self) -> None:
        if self.trace is not None:
            payload = {"graph": self.trace.graph, "point": dict(self.point)}
            self._client.request("values", payload, self._take_values)

    def _take_values(self, reply: dict[str, Any]) -> None:
        trace = self.trace
        if reply.get("error") is not None:
            self._ask_trace()  # the engine closed that graph, or is a new one
            return
        if trace is None or reply.get("graph") != trace.graph:
            return
        self.values = dict(zip(trace.fetches, reply["values"], strict=True))
        self.valuesChanged.emit(self.values)
        self._update_notice()
        if any(node.type == "Pow" for node in trace.nodes):
            self._settle_timer.start()  # which formula a power's derivative has depends on the values

    def _set_busy(self, busy: bool) -> None:
        if busy != self.busy:
            self.busy = busy
            self.busyChanged.emit(busy)

    # -- look -------------------------------------------------------------------------------------

    def set_depth(self, depth: str) -> None:
        """Show the ``concept`` or the ``full`` graph."""
        if depth != self.depth:
            self.depth = depth
            self.depthChanged.emit(depth)

    def set_direction(self, direction: str) -> None:
        """Lay out top-down (``TB``) or left-to-right (``LR``)."""
        if direction != self.direction:
            self.direction = direction
            self.directionChanged.emit(direction)

    def select_node(self, name: str) -> None:
        """Select an op."""
        self._select(("node", name))

    def select_edge(self, tensor: str) -> None:
        """Select a tensor."""
        self._select(("edge", tensor))

    def find(self, text: str) -> int:
        """Select the next op that ``text`` finds, by name, type or formula; returns how many there are."""
        found = search(self.trace, text) if self.trace is not None else []
        if found:
            current = self.selection[1] if self.selection is not None else None
            self.select_node(found[(found.index(current) + 1) % len(found)] if current in found else found[0])
        return len(found)

    def clear_selection(self) -> None:
        """Select nothing."""
        self._select(None)

    def _select(self, selection: tuple[str, str] | None) -> None:
        if selection != self.selection:
            self.selection = selection
            self.selectionChanged.emit(selection)

    # -- sentences --------------------------------------------------------------------------------

    def forward_sentence(self, digits: int = 4) -> str:
        """Return what the current forward step does."""
        if self.trace is None:
            return ""
        if self.walk.hidden_tensors():
            return "What comes out here?"
        return forward_sentence(self.trace, self.values, self.walk.step, digits)

    def kink_sentence(self) -> str | None:
        """Return what TensorFlow chose where the step's op has no derivative, else None."""
        if self.trace is None or self.walk.pass_ == FORWARD or not 0 < self.walk.step <= len(self.trace.steps):
            return None
        return kink_note(self.trace, self.values, self.trace.steps[self.walk.step - 1])

    def details(self) -> tuple[str, str]:
        """Return title and text for the selection; numbers that are hidden are not in it."""
        if self.trace is None:
            return "", ""
        shown = self.walk.shown_tensors() if self.walk.quiz else self.values
        known = {name: value for name, value in self.values.items() if name in shown}
        return selection_details(self.trace, known, self.selection)

    def set_notice(self, sentence: str) -> None:
        """Say something that is not about the text, such as that the engine is started again; "" ends it."""
        self._said = sentence
        self._update_notice()

    def _update_notice(self) -> None:
        notice = self._said or self._gradient_notice()
        if notice != self.notice:
            self.notice = notice
            self.noticeChanged.emit(notice)

    def _gradient_notice(self) -> str:
        """Why gradients are 0, missing, NaN or infinite, once the class has walked to the end."""
        trace = self.trace
        at_end = self.walk.pass_ == BACKWARD and self.walk.is_at_end
        if trace is None or not at_end or self.walk.hidden_tensors():
            return ""
        return " ".join(s for name in trace.variables if (s := why(trace, self.values, name)) is not None)
