"""Whatever is typed: what is odd has a cause and a sentence, and what is ordinary has none."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.autodiff.causes.cause import Causes
from explorer.core.autodiff.causes.cause_kind import CauseKind
from explorer.core.autodiff.causes.cause_text import cause_sentence, explain_causes
from explorer.core.autodiff.causes.derivative_caveat import derivative_caveat
from explorer.core.autodiff.causes.ordinary_pass import passes_ordinarily
from explorer.core.autodiff.causes.value_roots import ValueRoots
from explorer.core.autodiff.concept_trace import concept_trace
from explorer.core.errors import UserError
from explorer.core.ops.table import op_table
from explorer.engine.in_process import trace_and_run

OPERATORS = {
    "add": "({}+{})",
    "sub": "({}-{})",
    "mul": "({}*{})",
    "div": "({}/{})",
    "pow": "(({})^({}))",
    "neg": "(-{})",
}
ROWS = [row for row in op_table().values() if row.elementwise and row.name != "custom"]
OF_VECTORS = ("sum", "mean", "reduce_max", "reduce_min", "norm", "softmax", "log_softmax", "logsumexp")
NUMBERS = st.sampled_from(
    [0, 1, -1, 2, -2, 0.5, -0.5, 3, 100, -100, 1e20, 1e-20, -1e-20, 1e-30, 1e30, 40, -40, 1e-40, 1.5, 0.1]
)
LEAVES = st.sampled_from(["x", "y", "x", "y", "2", "0", "-1", "0.5", "[1,-1]", "[0,2]", "v", "1e30", "1e-30"])


def grown(parts):
    """Return texts that apply an op to ``parts``."""

    def of_row(row, arguments):
        arguments = arguments[: row.arity]
        template = OPERATORS.get(row.name)
        return template.format(*arguments) if template else f"{row.name}({', '.join(arguments)})"

    def of_vector(name, part):
        return f"{name}(v*{part})"

    return st.one_of(
        st.builds(of_row, st.sampled_from(ROWS), st.tuples(parts, parts)),
        st.builds(of_vector, st.sampled_from(OF_VECTORS), parts),
        st.just("(W@v)"),
        st.just("custom(x^2, 1/x, x)"),
    )


TEXTS = st.recursive(LEAVES, grown, max_leaves=4)


def check(text, x, y, v, w, dtype, again):
    point = {"x": x, "y": y, "v": v, "W": [w, w[::-1]]}
    point = {name: value for name, value in point.items() if re.search(rf"\b{name}\b", text)}
    try:
        trace, values = trace_and_run(text, point, dtype, None, ["x"] * (again and "x" in point))
    except UserError:
        return
    causes = Causes(trace, values)
    output = np.asarray(values[trace.output])
    cause = causes.of_output()
    assert cause is not None or np.all(np.isfinite(output))
    if cause is not None:
        assert cause_sentence(trace, values, cause).endswith(".")
    for name, info in trace.gradients.items():
        cause = causes.of_variable(name)
        gradient = None if info.tensor is None else np.asarray(values[info.tensor])
        is_odd = gradient is None or not np.all(np.isfinite(gradient)) or not np.any(gradient)
        assert cause is not None or not is_odd, name
        if gradient is not None and np.all(np.isfinite(output)) and np.all(np.isfinite(gradient)) and np.all(gradient):
            assert cause is None or cause.kind in (
                CauseKind.DOMAIN,
                CauseKind.KINK,
                CauseKind.SATURATED,
                CauseKind.CANCELS,
            ), (name, cause)
        if cause is not None:
            assert cause.entry is None or np.ndim(values[cause.tensor]) == len(cause.entry)
            assert cause_sentence(trace, values, cause, name).endswith(".")
        if cause is not None:  # the quick look finds nothing that the long one would
            assert not passes_ordinarily(ValueRoots(trace, values)) or gradient is None
    explain_causes(trace, values)
    for step in concept_trace(trace).steps:
        derivative_caveat(trace, values, step)


ARGUMENTS = {
    "text": TEXTS, "x": NUMBERS, "y": NUMBERS, "v": st.tuples(NUMBERS, NUMBERS), "w": st.tuples(NUMBERS, NUMBERS),
    "dtype": st.sampled_from(["float32", "float64"]), "again": st.sampled_from([False, False, False, True]),
}  # fmt: skip


@settings(deadline=None, max_examples=60, derandomize=True)
@given(**ARGUMENTS)
def test_what_is_odd_has_a_cause_and_what_is_ordinary_has_none(text, x, y, v, w, dtype, again):
    check(text, x, y, list(v), list(w), dtype, again)


@pytest.mark.slow
@settings(deadline=None, max_examples=1500)
@given(**ARGUMENTS)
def test_what_is_odd_has_a_cause_in_many_expressions(text, x, y, v, w, dtype, again):
    check(text, x, y, list(v), list(w), dtype, again)
