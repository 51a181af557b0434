"""Causes in words: why a gradient or the output is 0, missing, infinite or not a number, and what happens at a kink."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from explorer.core.autodiff.causes.cause import MAX_ENTRIES, Cause, Causes
from explorer.core.autodiff.causes.cause_kind import CauseKind
from explorer.core.autodiff.causes.entry_flow import SOFTMAX_TYPES
from explorer.core.autodiff.causes.special_points import SpecialPoints
from explorer.core.autodiff.causes.wide_values import wide_values
from explorer.core.autodiff.matrix_rules import MATMUL_TYPES
from explorer.core.autodiff.precision import is_different
from explorer.core.autodiff.trace import GraphNode, Step, Trace, Values, op_of
from explorer.core.expression.printer import with_subtractions
from explorer.core.number_format import format_list
from explorer.core.ops.gradient_overrides import CUSTOM_GRADIENT_TYPE, STOP_GRADIENT_TYPE
from explorer.core.ops.op import Domain
from explorer.core.ops.table import ops_by_type

MAX_FORMULA_LENGTH = 40
"""Characters of a formula up to which a sentence contains it."""

_OVERRIDE_MESSAGES = {
    STOP_GRADIENT_TYPE: "The backward pass stops here: TensorFlow was told to treat this as a constant.",
    CUSTOM_GRADIENT_TYPE: "Your own rule: TensorFlow uses the derivative that you gave, whatever that of the value is.",
}


_NOTHING: Mapping[str, Any] = MappingProxyType({})


def gradient_sentence(
    trace: Trace, values: Values, variable: str, different: Mapping[str, Any] = _NOTHING
) -> str | None:
    """Return why the gradient of a variable is 0, missing, infinite or NaN; None for an ordinary one.

    different: the float64 values that differ, by tensor.
    """
    cause = Causes(trace, values, different).of_variable(variable)
    return None if cause is None else cause_sentence(trace, values, cause, variable, different)


def explain_causes(trace: Trace, values: Values, different: Mapping[str, Any] = _NOTHING) -> str:
    """Return why gradients, or else the output, are 0, missing, infinite or NaN; "" where all are ordinary.

    Variables with the same cause, such as both operands of a maximum at its kink, share a sentence. different: the
    float64 values that differ, by tensor.
    """
    causes = Causes(trace, values, different)
    shared: dict[Cause, list[tuple[str, Cause]]] = {}
    for name, tensor in trace.variables.items():
        cause = causes.of_variable(name)
        if cause is None:
            continue
        key = replace(cause, slot=None) if cause.kind == CauseKind.KINK else cause
        if cause.kind in (
            CauseKind.PRECISION,
            CauseKind.NO_PATH,
        ):  # both numbers of a gradient that differs in float64 are its own
            key = replace(cause, tensor=tensor)
        shared.setdefault(key, []).append((name, cause))
    texts = []
    for found in shared.values():
        names, cause = [name for name, _ in found], found[0][1]
        if len(names) == 1:
            texts.append(cause_sentence(trace, values, cause, names[0], different))
        else:
            texts.append(_shared_sentence(trace, values, cause, names))
    output = causes.of_output()
    if output is not None and not any(cause.node == output.node for cause in shared):
        texts.insert(0, cause_sentence(trace, values, output, None, different))
    return " ".join(texts)


def _shared_sentence(trace: Trace, values: Values, cause: Cause, variables: Sequence[str]) -> str:
    """Return one sentence about the gradients of several variables that have the same cause."""
    if cause.kind == CauseKind.KINK and (step := _step(trace, cause)) is not None:
        return kink_sentence(trace, values, step) or ""
    sentences = [_Sentence(trace, values, cause, variable) for variable in variables]
    predicates = {sentence.predicate() for sentence in sentences}
    predicate = predicates.pop() if len(predicates) == 1 else "are not ordinary"
    is_of_value = predicate.startswith("The value")
    head = predicate if is_of_value else f"The gradients for {format_list(variables)} {predicate}"
    return f"{head}: {sentences[0].reason()}."


def cause_sentence(
    trace: Trace, values: Values, cause: Cause, variable: str | None = None, different: Mapping[str, Any] = _NOTHING
) -> str:
    """Return a cause as one sentence; of the gradient of ``variable``, or of the output if it is None."""
    if cause.kind == CauseKind.PRECISION:
        return _precision_sentence(trace, values, cause, variable, different)
    if cause.kind == CauseKind.KINK and (step := _step(trace, cause)) is not None:
        return kink_sentence(trace, values, step) or ""
    return _Sentence(trace, values, cause, variable).text()


def _precision_sentence(
    trace: Trace, values: Values, cause: Cause, variable: str | None, different: Mapping[str, Any]
) -> str:
    """Return both numbers and the first op whose numbers differ; which of them is right is not known."""
    tensor = trace.output if variable is None else trace.gradients[variable].tensor
    assert tensor is not None
    assert cause.tensor is not None
    subject = "The value" if variable is None else f"The gradient for {variable}"
    head = f"{subject} is {different_numbers(values, different, tensor)}"
    own = op_of(cause.tensor)
    node = cause.node if any(node.tensor == cause.tensor for node in trace.nodes) else None
    where = (
        f"which sums the gradients of {cause.node}" if cause.op == "AddN" else f"in the backward pass of {cause.node}"
    )
    op = f"{own}, {where}" if node is None and cause.node not in (None, own) else own
    if cause.tensor == tensor:
        return f"{head}: {op}{',' if ',' in op else ''} is the first op whose numbers differ."
    both = different_numbers(values, different, cause.tensor)
    return f"{head}; the first op whose numbers differ is {op if ',' in op else f'{op} ({cause.op})'}: {both}."


def different_numbers(values: Values, different: Mapping[str, Any], tensor: str) -> str:
    """Return the first entry that differs, in both precisions: ``0 in float32 but 5e-09 in float64``."""
    one, other = np.asarray(values[tensor]), np.asarray(different[tensor])
    mask = is_different(one, other)
    index = tuple(int(each) for each in np.argwhere(mask)[0])
    both = f"{_number(one[index], 5)} in {one.dtype.name} but {_number(other[index], 5)} in {other.dtype.name}"
    if not mask.ndim:
        return both
    return f"{both} at {_place([index], int(np.count_nonzero(mask)), mask.size)}"


def kink_sentence(trace: Trace, values: Values, step: Step) -> str | None:
    """Return which derivative TensorFlow uses where the value of a step's op has none; None if it is at no kink.

    trace: with every op; the step may be that of a concept.
    """
    points = _points(trace, values, step)
    if points is None or _has_equal_operands(trace, step):
        return None
    for kink in points.row.kinks:
        mask = points.genuine(kink.where)
        if mask.any():
            return _at_entries(kink.message, mask)
    return None


def derivative_caveat(trace: Trace, values: Values, step: Step) -> str | None:
    """Return a sentence if ``step`` does not pass on a derivative of its value: at a kink, a pole, outside the domain.

    Also if the gradient was overridden. trace: with every op, also if the step is that of a concept.
    """
    if step.type in _OVERRIDE_MESSAGES:
        return _OVERRIDE_MESSAGES[step.type]
    points = _points(trace, values, step)
    if points is None:
        return None
    for pole in points.row.poles:
        if (mask := points.genuine(pole.where)).any():
            return _at_entries(pole.message, mask)
    for unclear in points.row.indeterminate:
        if (mask := points.genuine(unclear.where)).any():
            return _at_entries(f"Here stands {unclear.form}: there is no derivative.", mask)
    domain = points.row.domain
    if domain is not None and (mask := points.outside(domain.where)).any():
        return _at_entries(f"{step.type} is defined only for {domain.words}: there is no derivative here.", mask)
    return kink_sentence(trace, values, step)


def _points(trace: Trace, values: Values, step: Step) -> SpecialPoints | None:
    node = next((node for node in trace.nodes if node.id == step.op), None)
    row = ops_by_type().get(step.type)
    if node is None or row is None or any(name not in values for name in (node.tensor, *node.inputs[: row.arity])):
        return None
    return SpecialPoints(node, values, lambda: wide_values(trace, values))


def _has_equal_operands(trace: Trace, step: Step) -> bool:
    """Return whether a maximum compares a tensor with itself, which is no corner."""
    inputs = next(node.inputs for node in trace.nodes if node.id == step.op)[:2]
    return len(set(inputs)) < len(inputs)


def _at_entries(message: str, mask: Any) -> str:
    if not mask.ndim:
        return message
    indices = [tuple(int(each) for each in index) for index in np.argwhere(mask)]
    place = _place(indices[:MAX_ENTRIES], len(indices), mask.size)
    return f"{place[0].upper()}{place[1:]}: {message}"


def _place(entries: Sequence[tuple[int, ...]], count: int, total: int) -> str:
    """Return which entries of how many: ``entry [1], 1 of 4``."""
    if count == total:
        return f"all {total} entries" if total > 1 else f"entry {_listed(entries, 1)}"
    noun = "entry" if count == 1 else "entries"
    return f"{noun} {_listed(entries, count)}, {count} of {total}"


def _listed(entries: Sequence[tuple[int, ...]], count: int) -> str:
    texts = [str(list(entry)) for entry in entries]
    if count > len(texts):
        return f"{', '.join(texts)} …"
    return format_list(texts)


def _of(count: int, total: int, noun: str = "entries") -> str:
    return f"{count} of {total} {noun}"


def _step(trace: Trace, cause: Cause) -> Step | None:
    return next((step for step in trace.steps if step.op == cause.node), None)


class _Oddity(NamedTuple):
    """What is said of one gradient, and of several."""

    singular: str
    plural: str


_MISSING = _Oddity("is missing", "are missing")
_NAN = _Oddity("is not a number", "are not numbers")
_LOST = _Oddity("is lost", "are lost")
_INFINITE = _Oddity("is infinite", "are infinite")
_ZERO = _Oddity("is 0", "are 0")
_VANISHING = _Oddity("all but vanishes", "all but vanish")


class _Sentence:
    """One cause in words: what is odd, and why."""

    def __init__(self, trace: Trace, values: Values, cause: Cause, variable: str | None) -> None:
        self._trace, self._values = trace, values
        self._cause, self._variable = cause, variable
        self._node: GraphNode | None = next((node for node in trace.nodes if node.id == cause.node), None)
        self._step = _step(trace, cause)
        info = trace.gradients.get(variable or "")
        self._info = info
        name = trace.output if variable is None else None if info is None else info.tensor
        value = None if name is None else values.get(name)
        self._odd = None if value is None else np.asarray(value, dtype=np.float64)

    def text(self) -> str:
        """Return the whole sentence."""
        return f"{self._head()}: {self.reason()}."

    def reason(self) -> str:
        """Return why it is odd, without saying of what."""
        reasons = {
            CauseKind.DOMAIN: self._domain,
            CauseKind.INDETERMINATE: self._indeterminate,
            CauseKind.POLE: self._pole,
            CauseKind.OVERFLOW: self._overflow,
            CauseKind.UNDERFLOW: self._underflow,
            CauseKind.SATURATED: self._saturated,
            CauseKind.NOT_SELECTED: self._not_selected,
            CauseKind.DEAD: self._dead,
            CauseKind.STATIONARY: self._stationary,
            CauseKind.ZERO_FACTOR: self._zero_factor,
            CauseKind.CANCELS: self._cancels,
            CauseKind.STEP_FUNCTION: self._step_function,
            CauseKind.STOPPED: self._stopped,
            CauseKind.NO_PATH: self._no_path,
        }
        return reasons[self._cause.kind]()

    def predicate(self) -> str:
        """Return what is odd, for a sentence about several gradients."""
        value = self._oddity_of_value()
        if value is not None:
            return value
        oddity, mask = self._oddity()
        return oddity.plural if mask is None or np.all(mask) else f"have entries that {oddity.plural}"

    # -- what is odd --------------------------------------------------------------------------------

    def _head(self) -> str:
        value = self._oddity_of_value()
        if value is not None:
            return f"{value}{self._returned()}"
        oddity, mask = self._oddity()
        subject = "the value" if self._variable is None else f"the gradient for {self._variable}"
        if oddity is _MISSING:
            return f"There is no gradient for {self._variable}"
        if mask is None or np.all(mask):
            return f"{_sentence_case(subject)} {oddity.singular}"
        count = int(np.count_nonzero(mask))
        return f"{_of(count, mask.size)} of {subject} {oddity.plural if count > 1 else oddity.singular}"

    def _oddity_of_value(self) -> str | None:
        """Return why there is no derivative, if the value is to blame for it."""
        output, weights = self._values.get(self._trace.output), self._trace.output_weights
        if self._variable is None or output is None or self._cause.kind == CauseKind.NO_PATH:
            return None
        if np.any(np.isnan(output if weights is None else np.where(weights == 0, 0.0, output))):
            return "The value is not a number, so there is no derivative"
        if self._cause.kind == CauseKind.POLE and self._cause.slot is None and self._returned():
            return "The value is infinite, so there is no derivative"
        return None

    def _oddity(self) -> tuple[_Oddity, Any]:
        """Return what is odd about the gradient or the output, and at which entries; None for all."""
        odd = self._odd
        if odd is None:
            return _MISSING, None
        if self._cause.kind == CauseKind.DOMAIN and not np.any(np.isnan(odd)):
            domain = self._derivative_domain()
            chosen = domain.choice if domain is not None else None
            is_part = not odd.ndim and bool(odd)  # other paths pass a gradient on as well
            if self._operands() and not self._operands()[0]:  # 0^y is 0, but TensorFlow does not find that out
                if is_part:
                    text = f"a part that TensorFlow chose, {chosen}"
                    return _Oddity(f"has {text}", f"have {text}"), None
                return _Oddity(f"is what TensorFlow chose, {chosen}", f"are what TensorFlow chose, {chosen}"), None
            if is_part:
                text = f"TensorFlow chose {chosen} for a part of"
                return _Oddity(f"is undefined; {text} it", f"are undefined; {text} them"), None
            return _Oddity(
                f"is undefined; TensorFlow chose {chosen}", f"are undefined; TensorFlow chose {chosen}"
            ), None
        if np.any(np.isnan(odd)):
            return _NAN, np.isnan(odd)
        if np.any(np.isinf(odd)):
            return (_LOST if self._cause.kind in (CauseKind.OVERFLOW, CauseKind.UNDERFLOW) else _INFINITE), np.isinf(
                odd
            )
        return (_VANISHING, None) if np.all(odd) else (_ZERO, odd == 0)

    def _returned(self) -> str:
        """Return which number TensorFlow gives where there is no derivative."""
        if self._odd is None or not np.all(np.isfinite(self._odd)):
            return ""
        chain = None if self._info is None else self._info.chain
        if self._odd.ndim:
            number = "numbers"
        else:
            number = _number(self._odd)
            if chain is not None and len(chain) <= MAX_FORMULA_LENGTH and chain != number:
                number = f"{with_subtractions(chain)} = {number}"
        name = f" for {self._variable}" if len(self._trace.gradients) > 1 else ""
        return f", though TensorFlow returns {number}{name}"

    # -- why ----------------------------------------------------------------------------------------

    @property
    def _op(self) -> str:
        """The op's name, with its type if that is not plain from it."""
        if self._node is None:
            return self._cause.op or ""
        same = self._node.id.lower() == self._node.type.lower()
        return self._node.id if same else f"{self._node.id} ({self._node.type})"

    @property
    def _dtype(self) -> str:
        return self._trace.dtype

    @property
    def _where(self) -> str:
        """The entries concerned, of a vector or matrix."""
        cause = self._cause
        if not cause.entries:
            return ""
        return f" ({_place(cause.entries, cause.count, cause.total)})"

    def _operands(self) -> list[Any]:
        """Return the values of the op's operands at the first entry concerned."""
        if self._node is None:
            return []
        row = ops_by_type().get(self._node.type)
        if row is not None and not row.elementwise:
            return []
        names = self._node.inputs if row is None else self._node.inputs[: row.arity]
        found = []
        for name in names:
            value = np.asarray(self._values.get(name))
            if value.dtype.kind != "f":
                continue
            entry = self._cause.entry
            if entry is not None and value.ndim:
                try:
                    value = np.broadcast_to(value, np.shape(self._values[self._cause.tensor or ""]))[entry]
                except (ValueError, KeyError):
                    continue
            found.append(value)
        return [value for value in found if not value.ndim]

    def _at(self) -> str:
        operands = self._operands()
        return f" at {' and '.join(_number(value) for value in operands)}" if operands else ""

    def _domain(self) -> str:
        row, slot, domain = ops_by_type()[self._cause.op or ""], self._cause.slot, self._derivative_domain()
        got = " and ".join(_number(value) for value in self._operands())
        if domain is None:
            words = row.domain.words if row.domain is not None else "finite numbers"
            return f"{self._op} is defined only for {words}, and got {got}{self._where}"
        formula = next((each.local_formula for each in self._inputs() if each.slot == slot), None)
        is_short = formula and len(formula) <= MAX_FORMULA_LENGTH and formula != domain.choice
        stays = f"; the formula stays {formula}" if is_short else ""
        ordinal = ("first", "second")[slot or 0]
        return (
            f"the rule of {self._op} for its {ordinal} operand needs {domain.words}, and got {got}{self._where}{stays}"
        )

    def _derivative_domain(self) -> Domain | None:
        """Return where the derivative by the operand is defined, if that is less than the domain of the value."""
        row, slot = ops_by_type().get(self._cause.op or ""), self._cause.slot
        return row.derivative_domains[slot] if row is not None and slot is not None and row.derivative_domains else None

    def _inputs(self) -> tuple[Any, ...]:
        return () if self._step is None else self._step.inputs

    def _indeterminate(self) -> str:
        row = ops_by_type().get(self._cause.op or "")
        if self._node is not None and not self._node.inputs:
            return f"{self._node.id} is not a number as it was given"
        if self._cause.op == CUSTOM_GRADIENT_TYPE:
            return f"your own rule gives no number here{self._where}"
        if row is not None and self._is_at(*(each.where for each in row.indeterminate)):
            what = self._op if self._cause.slot is None else f"the local derivative of {self._op}"
            return f"{what}{self._at()} is {row.indeterminate[0].form}{self._where}"
        form = self._form_of_nan()
        if row is not None and self._is_at(*(pole.where for pole in row.poles)):
            what = f"{self._op} is" if self._cause.slot is None else f"the local derivative of {self._op} is"
            return f"{what} infinite{self._at()}{self._where}, and {form} is not a number"
        return f"{self._op}{self._at()} is {form}{self._where}"

    def _is_at(self, *predicates: Any) -> bool:
        if self._node is None or not predicates:
            return False
        return bool(SpecialPoints(self._node, self._values, dict).genuine(*predicates).any())

    def _form_of_nan(self) -> str:
        """Return which form the first NaN has, such as ``0 times infinity``."""
        for node in self._trace.nodes:
            value = np.asarray(self._values.get(node.tensor))
            if value.dtype.kind == "f" and np.any(np.isnan(value)):
                return _FORMS.get(node.type, f"what {node.id} makes of it")
        for step in self._trace.steps:
            for slot in step.inputs:
                passed = self._values.get(slot.gradient_tensor or "")
                if passed is not None and np.any(np.isnan(passed)):
                    return "0 times infinity"
        return "infinity minus infinity"

    def _pole(self) -> str:
        if self._cause.op == CUSTOM_GRADIENT_TYPE:
            return "your own rule gives infinity here"
        if self._cause.slot is not None:
            return f"the local derivative of {self._op}{self._at()} is infinite{self._where}"
        return f"{self._op}{self._at()} is infinite{self._where}"

    def _overflow(self) -> str:
        limit = f"goes beyond the largest number of {self._dtype}, {_limit(np.finfo(self._dtype).max)}"
        if self._cause.op == "AddN" and self._cause.slot is not None:
            return f"the sum of the gradients of {self._cause.tensor} {limit}{self._where}"
        if self._cause.op == "Sum" and self._node is not None and self._node.type != "Sum":
            return f"the sum of the gradients of {self._cause.tensor}, which was broadcast, {limit}{self._where}"
        if self._node is not None and not self._node.inputs:
            return f"{self._node.id}, as it was typed, {limit}{self._where}"
        if self._is_in_between():
            return f"what {self._op} computes on the way{self._at()} {limit}{self._where}"
        if self._cause.slot is not None:
            return f"the gradient that {self._op} passes on{self._at()} {limit}{self._where}"
        return f"{self._op}{self._at()} {limit}{self._where}"

    def _is_in_between(self) -> bool:
        """Return whether the result itself is a number of the type, but not all of what it is computed from."""
        if self._node is None or (
            self._odd is not None and np.any(np.isinf(self._odd)) and self._cause.slot is not None
        ):
            return False
        points = SpecialPoints(self._node, self._values, lambda: wide_values(self._trace, self._values))
        slot, entry = self._cause.slot, self._cause.entry or ()
        if not points.row.elementwise or not points.row.tf_types:
            return False
        if slot is not None and self._is_product_too_large(slot):
            return False
        result = points.wide_derivative(slot) if slot is not None else points.wide_result()
        return result is not None and bool(np.abs(result[entry]) <= np.finfo(self._dtype).max)

    def _is_product_too_large(self, slot: int) -> bool:
        """Return whether the local derivative is a number, and its product with what arrived is not."""
        link = next((each for each in self._inputs() if each.slot == slot), None)
        local = None if link is None else self._values.get(link.local_tensor or "")
        passed = None if link is None else self._values.get(link.gradient_tensor or "")
        if local is None or passed is None:
            return False
        return bool(np.all(np.isfinite(local))) and not np.all(np.isfinite(passed))

    def _underflow(self) -> str:
        if self._cause.slot is not None and self._step is not None and not self._cause.entries:
            slot = next((each for each in self._step.inputs if each.slot == self._cause.slot), None)
            arrived = self._values.get(self._step.upstream_tensor or "")
            local = None if slot is None else self._values.get(slot.local_tensor or "")
            if arrived is not None and local is not None and np.any(local) and np.all(np.isfinite(local)):
                product = f"{_number(arrived)} times {_number(local)}"
                return f"what {self._op} passes on, {product}, is too small for {self._dtype} and becomes 0"
        if self._node is not None and not self._node.inputs:
            return f"{self._node.id}, as it was typed, is too small for {self._dtype} and becomes 0{self._where}"
        what = self._op if self._cause.slot is None else f"the local derivative of {self._op}"
        if self._cause.slot is not None and self._odd is not None and not np.all(np.isfinite(self._odd)):
            what = f"what {self._op} computes on the way"
        return f"{what}{self._at()} is too small for {self._dtype} and becomes 0{self._where}"

    def _saturated(self) -> str:
        if self._cause.op in ("Relu", "ReluGrad"):
            return f"{self._op} is closed: its input {self._closed_input()} is not above 0, so nothing passes"
        epsilon = f"the epsilon of {self._dtype}, {_limit(np.finfo(self._dtype).eps)}"
        if self._cause.op in SOFTMAX_TYPES:
            return f"{self._op} is saturated: one entry has taken nearly everything, which leaves less than {epsilon}"
        slot = next((each for each in self._inputs() if each.slot == self._cause.slot), None)
        local = None if slot is None else self._values.get(slot.local_tensor or "")
        if local is not None and np.ndim(local) and self._cause.entry is not None:
            local = local[self._cause.entry]
        size = "" if local is None or np.ndim(local) else f", {_number(local)},"
        return f"{self._op} is saturated{self._at()}{self._where}: its local derivative{size} is below {epsilon}"

    def _closed_input(self) -> str:
        operands = self._operands()
        return _number(operands[-1]) if operands else ""

    def _not_selected(self) -> str:
        if self._cause.op in ("Max", "Min"):
            return f"{self._op} took other entries, so nothing passes{self._where}"
        return f"{self._op} took its other operand, so this one gets nothing{self._where}"

    def _dead(self) -> str:
        cause = self._cause
        units = _of(cause.count, cause.total, "units")
        verb = "passes" if cause.count == 1 else "pass"
        inputs = "its input is" if cause.count == 1 else "their inputs are"
        which = _listed(cause.entries, cause.count)
        return f"{units} of {self._op}, {which}, {verb} nothing on: {inputs} not above 0"

    def _stationary(self) -> str:
        if self._cause.op == CUSTOM_GRADIENT_TYPE:
            return "your own rule gives 0 here"
        return f"the local derivative of {self._op}{self._at()} is 0{self._where}"

    def _zero_factor(self) -> str:
        slot, node = self._cause.slot, self._node
        if node is not None and node.type == "Mul" and slot is not None:
            return f"{node.id} multiplies it by {node.inputs[1 - slot]}, which is 0{self._where}"
        if node is not None and node.type in MATMUL_TYPES:
            return f"{self._op} multiplies it by zeros only{self._where}"
        return f"the local derivative of {self._op}{self._at()} has a factor that is 0{self._where}"

    def _cancels(self) -> str:
        tensor, op = self._cause.tensor or "", self._cause.op
        if op in SOFTMAX_TYPES:
            if op == "Softmax":
                return f"the entries of {self._op} add up to 1 whatever comes in, so equal gradients for them cancel"
            return f"what {self._op} passes on from its entries cancels{self._where}"
        if op == "AddN":
            slots = [slot for step in self._trace.steps for slot in step.inputs if slot.tensor == tensor]
            arrived = [self._values.get(slot.gradient_tensor or "") for slot in slots]
            parts = [part for part in arrived if part is not None]
            numbers = "" if any(np.ndim(part) for part in parts) else f", {' and '.join(map(_number, parts))},"
            return f"what arrives at {tensor} on its {len(parts)} paths{numbers} cancels{self._where}"
        if op == "Sum":
            return f"{tensor} was broadcast, and the gradients of its copies cancel{self._where}"
        return f"the products that {self._op} adds up cancel{self._where}"

    def _step_function(self) -> str:
        if self._odd is None:
            return f"{self._op} is flat between its jumps, and TensorFlow passes no gradient through it"
        name = "the derivative" if (self._cause.op or "").endswith("Grad") else self._op
        return f"{name} is flat between its jumps{self._where}"

    def _stopped(self) -> str:
        if self._cause.op == CUSTOM_GRADIENT_TYPE:
            return f"your own rule at {self._op} treats it as a constant"
        return f"the backward pass ends at {self._op}, and there is no other path"

    def _no_path(self) -> str:
        return "no path leads from it to the output"


_FORMS = {
    "Mul": "0 times infinity",
    "MatMul": "0 times infinity",
    "RealDiv": "a quotient of zeros or infinities",
    **dict.fromkeys(("AddV2", "Sub", "AddN", "Sum", "Mean"), "infinity minus infinity"),
}


def _sentence_case(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _number(value: Any, digits: int = 4) -> str:
    return f"{float(value) + 0.0:.{digits}g}"  # -0 is written as 0


def _limit(value: Any) -> str:
    """Return a limit of a number format with two digits: ``3.4e38``."""
    mantissa, _, exponent = f"{float(value):.1e}".partition("e")
    return f"{mantissa}e{int(exponent)}"
