"""The expression that is explored: text, values of the variables, TensorFlow's trace, layout and selection."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from explorer.core.autodiff.causes.cause_text import explain_causes
from explorer.core.autodiff.concept_trace import concept_trace, visible_op
from explorer.core.autodiff.output_choice import SUM, OutputChoice, chosen_order
from explorer.core.autodiff.trace import Trace, Values, op_of
from explorer.core.autodiff.visible_steps import BACKWARD
from explorer.core.errors import ExpressionError
from explorer.core.expression.coordinate import Coordinate, parse_coordinate
from explorer.core.expression.parser import parse
from explorer.core.expression.shapes import check_shapes
from explorer.core.expression.values import as_array, is_same_point
from explorer.core.protocol.autodiff import TRACE, VALUES, TracePayload, TraceReply, ValuesPayload, ValuesReply
from explorer.core.syntax_tree import FloatArray, Program, Shape
from explorer.session.autodiff.payloads import trace_payload
from explorer.session.autodiff.precision import PrecisionCheck
from explorer.session.autodiff.simplifier import Simplifier
from explorer.session.autodiff.stepper import COVERED, Stepper
from explorer.session.autodiff.undo_history import UndoHistory
from explorer.session.autodiff.update_batch import UpdateBatch
from explorer.session.autodiff.variable_values import VariableValues
from explorer.session.engine_client.client import EngineClient
from explorer.session.timers import single_shot_timer

BUSY_DELAY_MS = 300
"""Time after which an unanswered request is shown as work in progress."""


@dataclass(frozen=True)
class _UndoState:
    """What undo restores: the typed text, the output that is differentiated, and the values of the variables."""

    text: str
    output: OutputChoice
    values: VariableValues


class AutodiffSession(QObject):
    """The state of the tab "Autodiff". Fields change through methods only, and each real change emits a signal.

    text: the text in the expression line. program: the last valid text, parsed and checked. point: value of each of
    its variables. error: what is wrong with the text or a value; text_error: with the text, whatever the values.
    differentiated_by: the variables by which the program is differentiated first; the passes are then those of its
    derivative. output_choice: which output is differentiated, of the first of f, f′, f″ … that is no single number;
    output_shape: its shape, () if there is none; typed_shape: that of f. trace, values: TensorFlow's reply, possibly
    to an earlier text. visible_trace: the trace of the chosen depth. depth: ``concept`` or ``full``; direction:
    ``TB`` (top-down), ``LR`` or ``auto``, what fits the window. selection: ``("node", op)``, ``("edge", tensor)`` or
    None. notice: a message that is no error. stepper: the current step. batch: groups changes; open it around several
    calls to update the views once.
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
    differentChanged = Signal(object)
    noticeChanged = Signal(str)
    busyChanged = Signal(bool)
    outputChanged = Signal()
    refused = Signal(str)

    def __init__(self, client: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self.program: Program | None = None
        self.point: dict[str, FloatArray] = {}
        self.dtype = "float32"
        self.trace: Trace | None = None
        self.values: Values = {}
        self.computed_point: Mapping[str, FloatArray] = {}
        self.error: ExpressionError | None = None
        self.text_error: ExpressionError | None = None
        self.depth = "concept"
        self.direction = "auto"
        self.selection: tuple[str, str] | None = None
        self.notice = ""
        self.differentiated_by: tuple[str, ...] = ()
        self.output_choice = SUM
        self.output_shape: Shape = ()
        self.typed_shape: Shape = ()
        self.busy = False
        self.batch = UpdateBatch(self)
        self._awaited_trace: TracePayload | None = None  # the newest request for a trace
        self._next_layout: tuple[str, str] | None = None  # depth and direction that come with the next trace
        self._engine_notice = ""
        self._client = client
        self._inputs = VariableValues()
        self._unfit_point: dict[str, FloatArray] | None = None  # of a text that is valid but for its shapes
        self._history = UndoHistory(_UndoState("", SUM, VariableValues()))
        self._is_typing = False  # the text comes letter by letter, so another one may follow at once
        self._simplifier = Simplifier(client, lambda: self.trace if self.is_current else None, self)
        self._simplifier.changed.connect(self._receive_simplified)
        self._precision = PrecisionCheck(client, lambda: self.trace if self.is_current else None, self)
        self._precision.changed.connect(self._receive_different)
        self._concept: Trace | None = None
        self.stepper = Stepper(lambda: self.visible_trace, self.batch, self)
        self.stepper.stepChanged.connect(self._update_notice)
        self.stepper.quizChanged.connect(self._update_notice)
        self.stepper.coverRefused.connect(lambda: self.refused.emit(COVERED))
        self._busy_timer = single_shot_timer(self, lambda: self._set_busy(True), BUSY_DELAY_MS)
        client.died.connect(self.set_notice)
        client.ready.connect(lambda _info: self.set_notice(""))

    # -- text and values --------------------------------------------------------------------------

    def set_text(self, text: str) -> None:
        """Set the typed text: it is parsed at once and traced by TensorFlow as soon as the engine is free."""
        if text != self.text:
            self._is_typing = True
            self._adopt_text(text)
            self._history.add_text(self._undo_state, monotonic())

    def _adopt_text(
        self, text: str, differentiated_by: tuple[str, ...] | None = None, output: OutputChoice | None = None
    ) -> None:
        with self.batch:
            self.text = text
            self.textChanged.emit(text)
            self._unfit_point = point = self.text_error = None
            try:
                program = parse(text)
                self._inputs.adopt(program)
                point = self._inputs.bind(program)
                typed_shape = check_shapes(program, {name: value.shape for name, value in point.items()})
            except ExpressionError as error:
                self._unfit_point = point
                self.text_error = error if point is None else None
                self._next_layout = None  # no trace will come with it
                self._set_error(error)
                return
            if differentiated_by is not None or self.program is None or program.text != self.program.text:
                self.differentiated_by = differentiated_by or ()
            self.program = program
            before, self.point = self.point, point
            self.typed_shape = typed_shape
            self._fit_output(output)
            self._set_error(None)
            self._request_trace()  # first, so that the engine works while the views update
            self._emit_variables(before)
            self.programChanged.emit(program)

    def set_value(self, name: str, value: Any) -> None:
        """Set a variable, or an entry such as ``W[0,1]``, to a number, nested list or text such as ``pi/4``."""
        if self._unfit_point is not None:
            self._set_value_until_shapes_fit(name, value)
            return
        if self.program is None:
            return
        with self.batch:
            try:
                self._set_input(name, value)
                self._history.add_value(self._undo_state, monotonic())
                point = self._inputs.bind(self.program)
                is_reshaped = any(self.point[other].shape != array.shape for other, array in point.items())
                if is_reshaped:
                    shapes = {other: array.shape for other, array in point.items()}
                    self.typed_shape = check_shapes(self.program, shapes)
            except ExpressionError as error:
                # No column: the text is valid, the value is not, and the next value corrects it.
                self._set_error(ExpressionError(error.message))
                return
            self._set_error(self.text_error)  # another value does not make the text valid
            before, self.point = self.point, point
            if is_reshaped:
                self._fit_output()
            # The request goes first, so that the engine computes while the window updates its fields.
            if is_reshaped or not self.is_current or self.is_tracing:
                self._request_trace()  # a trace that is on its way would bring the old values
            else:
                self._request_values()
            self._emit_variables(before)

    def _set_input(self, name: str, value: Any) -> None:
        coordinate = parse_coordinate(name)
        if coordinate.index:
            number = as_array(value, name)
            if number.ndim:
                raise ExpressionError(f"The value of {name} must be a single number.")
            value = coordinate.of_values(self.entered_point).moved(self.entered_point, float(number))
        self._inputs.set(coordinate.variable, value)

    def _set_value_until_shapes_fit(self, name: str, value: Any) -> None:
        with self.batch:
            try:
                self._set_input(name, value)
            except ExpressionError as error:
                self._set_error(ExpressionError(error.message))
                return
            self._adopt_text(self.text)
            self._history.add_value(self._undo_state, monotonic())

    def set_point(self, point: Mapping[str, Any]) -> None:
        """Set several variables, including ones that do not occur (yet)."""
        for name, value in point.items():
            self._inputs.set(name, value)
        if self.program is not None or self._unfit_point is not None:
            self._adopt_text(self.text)
        self._history.amend(self._undo_state)

    def set_dtype(self, dtype: str) -> None:
        """Compute with ``float32`` or ``float64``."""
        if dtype != self.dtype:
            self.dtype = dtype
            if self.program is not None:
                self._request_trace()

    def set_differentiated_by(self, variables: tuple[str, ...]) -> None:
        """Show the derivative by these variables, one after the other, instead of the typed expression."""
        if variables != self.differentiated_by and self.program is not None:
            self.differentiated_by = variables
            self._fit_output()
            self._request_trace()

    def set_output(self, choice: OutputChoice) -> None:
        """Differentiate an entry of the output, a weighted sum of its entries, or their sum."""
        if self.program is None:
            return
        try:
            choice = choice.of_shape(self.output_shape)
        except ExpressionError as error:
            self.refused.emit(error.message)
            return
        if choice != self.output_choice:
            self.output_choice = choice
            self._history.add_choice(self._undo_state)
            self.batch.notify(self.outputChanged)
            self._request_trace()

    def _fit_output(self, wanted: OutputChoice | None = None) -> None:
        """Keep the chosen output while its shape stays the same; ``wanted``: choose this one if it fits."""
        before = self.output_choice, self.output_shape
        _, self.output_shape = chosen_order(self.typed_shape, self.point, self.differentiated_by)
        if wanted is not None or self.output_shape != before[1]:
            try:
                self.output_choice = (wanted or SUM).of_shape(self.output_shape)
            except ExpressionError:  # the values have another shape than when it was chosen
                self.output_choice = SUM
        if (self.output_choice, self.output_shape) != before:
            self.batch.notify(self.outputChanged)

    def undo(self) -> None:
        """Restore the text, its values and its chosen output from before the last change."""
        self._restore(self._history.undo())

    def redo(self) -> None:
        """Restore what was undone."""
        self._restore(self._history.redo())

    def _restore(self, state: _UndoState | None) -> None:
        if state is not None:
            self._inputs = state.values.copy()
            self._adopt_text(state.text, output=state.output)

    @property
    def _undo_state(self) -> _UndoState:
        return _UndoState(self.text, self.output_choice, self._inputs.copy())

    def begin_drag(self) -> None:
        """Begin a drag: until `end_drag` all changes of values are undone as one."""
        self._history.begin_drag()

    def end_drag(self) -> None:
        """End a drag."""
        self._history.end_drag()

    def bring_back(self, name: str = "") -> None:
        """Set a variable or an entry to the value before its last change; "": the variable that changed last.

        To do so again brings the later value back.
        """
        if self.program is None or self._unfit_point is not None:
            return
        present = self.point
        coordinates = [parse_coordinate(name)] if name else [Coordinate(variable) for variable in present]
        for state in self._history.earlier():
            before = state.values.bind(self.program)
            for coordinate in coordinates:
                old, new = before[coordinate.variable], present[coordinate.variable]
                index = coordinate.index if old.shape == new.shape else ()
                if not np.array_equal(old[index], new[index], equal_nan=True):
                    self._history.end_drag()
                    self.set_value(Coordinate(coordinate.variable, index).text, old[index])
                    self._history.end_drag()
                    return

    def begin(
        self,
        text: str,
        point: Mapping[str, Any],
        differentiated_by: tuple[str, ...] = (),
        layout: tuple[str, str] | None = None,
        output: OutputChoice = SUM,
    ) -> None:
        """Replace text and values; the values may also be of variables that the text sets. Raises ExpressionError.

        layout: depth and direction that come into effect with the new trace, so that the old graph is not laid out
        once more. output: which output is differentiated.
        """
        inputs = VariableValues()
        inputs.adopt(parse(text))
        for name, value in point.items():
            inputs.set(name, value)
        self._inputs = inputs
        self._is_typing = False
        self._next_layout = layout
        self._adopt_text(text, differentiated_by, output)
        self._history.add_text(self._undo_state, monotonic())

    @property
    def free_values(self) -> dict[str, FloatArray]:
        """The values that were set for variables which the text leaves open, by name."""
        return self._inputs.free

    @property
    def entered_point(self) -> Mapping[str, FloatArray]:
        """The values in the fields: `point`, or those of a typed text that is valid but for its shapes."""
        return self.point if self._unfit_point is None else self._unfit_point

    @property
    def is_current(self) -> bool:
        """Whether the trace belongs to the present text, precision, order of differentiation and output."""
        trace = self.trace
        if trace is None or self.error is not None:
            return False
        return (trace.expression, trace.dtype, trace.differentiated_by, trace.output_choice) == (
            self.text,
            self.dtype,
            self.differentiated_by,
            self.output_choice,
        )

    @property
    def visible_trace(self) -> Trace | None:
        """The trace that is shown and stepped through: TensorFlow's, or with ops folded in the depth ``concept``."""
        return self._concept if self.shown_depth == "concept" else self.trace

    @property
    def shown_depth(self) -> str:
        """The chosen depth; ``concept`` while gradients are covered, since the full graph has their ops."""
        return "concept" if self.stepper.covered else self.depth

    @property
    def simplified(self) -> dict[str, str | None]:
        """SymPy's shorter form of each gradient, by variable, as far as they have arrived."""
        return self._simplifier.simplified

    @property
    def different(self) -> Mapping[str, Any]:
        """The float64 values that differ from ``values``, by tensor, as far as they have arrived."""
        return self._precision.different

    @property
    def is_tracing(self) -> bool:
        """Whether a trace is requested and has not arrived; an older one may have arrived meanwhile."""
        return self._awaited_trace is not None

    @property
    def has_all_replies(self) -> bool:
        """Whether all is there but the comparison with float64, which begins once the user pauses."""
        return self._client.waiting == 0 and not self._simplifier.is_waiting

    @property
    def is_settled(self) -> bool:
        """Whether no reply is pending and no request will be sent without the user."""
        return self.has_all_replies and not self._precision.is_waiting

    def _emit_variables(self, before: Mapping[str, FloatArray]) -> None:
        if not is_same_point(before, self.point):
            self.batch.notify(self.variablesChanged, self.point)

    def _set_error(self, error: ExpressionError | None) -> None:
        if error is not None or self.error is not None:
            self.error = error
            self.batch.notify(self.errorChanged, error)

    # -- requests and replies ---------------------------------------------------------------------

    def _request_trace(self) -> None:
        if self.program is None:
            return
        self._simplifier.stop()
        self._busy_timer.start()
        payload = trace_payload(self.program, self.point, self.dtype, self.differentiated_by, self.output_choice)
        self._awaited_trace = payload
        self._client.request(TRACE, payload, partial(self._receive_trace, payload, self.point))

    def _receive_trace(self, payload: TracePayload, point: Mapping[str, FloatArray], reply: TraceReply) -> None:
        is_newest = payload is self._awaited_trace
        if reply.get("error") is not None and not is_newest:
            return  # the text that it is about has been replaced
        with self.batch:
            if is_newest:
                self._awaited_trace = None
                self._busy_timer.stop()
                self._set_busy(False)
            if (error := reply.get("error")) is not None:
                self._apply_next_layout()
                if self.differentiated_by:  # the text is valid; only its derivative cannot be shown
                    self.refused.emit(error["message"])
                    self.set_differentiated_by(self.differentiated_by[:-1])
                else:
                    self._set_error(ExpressionError(error["message"], error["column"]))
                return
            trace, before = Trace.from_dict(reply["trace"]), self.trace
            self.trace, self._concept = trace, concept_trace(trace)
            self.values = dict(zip(trace.fetches, reply["values"], strict=True))
            self.computed_point = point
            is_new = before is None or not trace.is_same_function(before)
            was_selected = self.selection is not None
            if is_new:
                self.selection = None
            if is_new or before is None or trace.output_choice != before.output_choice:
                self._simplifier.clear()
            self._precision.begin(self.point)
            self.stepper.begin(is_new)
            self._simplifier.request(self.point, self._is_typing)  # SymPy works while the window draws
            self.traceChanged.emit(trace, self.values)
            if is_newest:
                self._apply_next_layout()
            self.stepper.emit_changed()
            if is_new and was_selected:
                self.selectionChanged.emit(None)

    def _apply_next_layout(self) -> None:
        layout, self._next_layout = self._next_layout, None
        if layout is not None:
            depth, direction = layout
            self.set_depth(depth)
            self.set_direction(direction)

    def _request_values(self) -> None:
        if self.trace is not None:
            payload = ValuesPayload(graph=self.trace.graph, point=dict(self.point))
            self._client.request(VALUES, payload, partial(self._receive_values, self.point))

    def _receive_values(self, point: Mapping[str, FloatArray], reply: ValuesReply) -> None:
        trace = self.trace
        if reply.get("error") is not None:
            self._request_trace()  # the engine has closed that graph, or was restarted
            return
        if trace is None or reply.get("graph") != trace.graph:
            return
        with self.batch:
            self.values = dict(zip(trace.fetches, reply["values"], strict=True))
            self.computed_point = point
            self._precision.begin(point)
            self.valuesChanged.emit(self.values)
            self._update_notice()

    def _receive_simplified(self, simplified: dict[str, str | None]) -> None:
        self.batch.notify(self.simplifiedChanged, simplified)

    def _receive_different(self, different: Mapping[str, Any]) -> None:
        with self.batch:
            self.batch.notify(self.differentChanged, different)
            self._update_notice()

    def _set_busy(self, busy: bool) -> None:
        if busy != self.busy:
            self.busy = busy
            self.batch.notify(self.busyChanged, busy)

    # -- layout and selection ---------------------------------------------------------------------

    def set_covered(self, on: bool) -> None:
        """Cover everything that has to do with gradients, for an exercise that asks for one, or uncover it again."""
        if on == self.stepper.covered:
            return
        with self.batch:
            before = self.shown_depth
            self.stepper.set_covered(on)
            if self.shown_depth != before:
                self.batch.notify(self.depthChanged, self.shown_depth)
            self.select(None)

    def set_depth(self, depth: str) -> None:
        """Show the ``concept`` or the ``full`` graph, at the corresponding step."""
        if depth != self.depth:
            with self.batch:
                before, self.depth = self.visible_trace, depth
                self.batch.notify(self.depthChanged, depth)
                self.select(self.visible_selection(self.selection))
                if before is not None:
                    self.stepper.continue_from(before)

    def set_direction(self, direction: str) -> None:
        """Lay the graph out top-down (``TB``), left-to-right (``LR``), or as it fits the window (``auto``)."""
        if direction != self.direction:
            self.direction = direction
            self.batch.notify(self.directionChanged, direction)

    def select_node(self, name: str) -> None:
        """Select an op, or that into which it is folded."""
        self.select(self.visible_selection(("node", name)))

    def select_edge(self, tensor: str) -> None:
        """Select a tensor, or the op that hides it."""
        self.select(self.visible_selection(("edge", tensor)))

    def clear_selection(self) -> None:
        """Select nothing."""
        self.select(None)

    def visible_selection(self, selection: tuple[str, str] | None) -> tuple[str, str] | None:
        """Return what shows a selected op or tensor in this depth: the op into which it is folded, if it is."""
        if selection is None or self.trace is None or self.shown_depth != "concept":
            return selection
        kind, name = selection
        op = visible_op(self.trace, op_of(name))
        is_forward = op in self.trace.nodes_by_name
        return ("node", op) if kind == "node" or (is_forward and not self._is_shown(name)) else selection

    def _is_shown(self, tensor: str) -> bool:
        return self._concept is not None and tensor in self._concept.nodes_by_tensor

    def select(self, selection: tuple[str, str] | None) -> None:
        """Select an op or tensor that this depth shows; None: nothing."""
        if selection != self.selection:
            self.selection = selection
            self.batch.notify(self.selectionChanged, selection)

    # -- notices ----------------------------------------------------------------------------------

    def set_notice(self, message: str) -> None:
        """Show a message about the engine, such as that it is restarted; "" ends it."""
        self._engine_notice = message
        self._update_notice()

    def _update_notice(self) -> None:
        notice = self._engine_notice or self._gradient_notice()
        if notice != self.notice:
            self.notice = notice
            self.batch.notify(self.noticeChanged, notice)

    def _gradient_notice(self) -> str:
        """Return why gradients or the output are 0, missing, NaN or infinite; only at the end of the backward pass."""
        trace, stepper = self.trace, self.stepper
        if trace is None or stepper.pass_ != BACKWARD or not stepper.is_at_end or stepper.hidden_tensors():
            return ""
        return explain_causes(trace, self.values, self.different)
