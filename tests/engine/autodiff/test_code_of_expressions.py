"""The code that is copied runs, and prints what the program shows, in both types and with numbers at any place."""

from contextlib import nullcontext

import numpy as np
import pytest
import tensorflow as tf

from explorer.core.expression.parser import parse
from explorer.core.expression.tensorflow_code import tensorflow1_code, tensorflow2_code
from explorer.core.expression.values import bind
from explorer.core.ops.table import op_table
from explorer.engine.in_process import trace_and_run

NOT_CALLED = {"custom", "neg", "matmul"}
OPERATORS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "^"}


def with_number(row):
    """Yield an op of the table with a number, or an array of numbers, at each of its arguments in turn."""
    text = (
        f"{{}} {OPERATORS[row.name]} {{}}" if row.name in OPERATORS else f"{row.name}({', '.join(['{}'] * row.arity)})"
    )
    number, variable = ("0.5", "x") if row.elementwise else ("[0.5, 2]", "x*[1, 3]")
    for slot in range(row.arity):
        operands = [number if each == slot else variable for each in range(row.arity)]
        yield text.format(*operands) if row.arity == 2 else f"x*{text.format(*operands)}"


EXPRESSIONS = [
    *(text for row in op_table().values() if row.name not in NOT_CALLED for text in with_number(row)),
    "max(1/3, x)",
    "max(-pi/2, x)",
    "a = 1/3; max(a, x)",
    "sum(max(x, [1, 2]))",
    "dot([0.5, 2], x*[1, 3])",
    "x*max(1, 2)",
    "sin(1)",
    "2*3",
    "max(2, 3)",
]


@pytest.mark.parametrize("code", [tensorflow2_code, tensorflow1_code])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_code_prints_what_the_program_shows(dtype, code):
    for text in EXPRESSIONS:
        program = parse(text)
        point = bind(program, {"x": 0.7} if program.variables else {})
        script = code(program, point, dtype)
        printed = []
        # Not through tf.compat.v1.disable_eager_execution, which would hold for all tests that follow.
        script, space = script.replace("tf.disable_eager_execution()", ""), {"print": printed.append}
        with tf.Graph().as_default() if code is tensorflow1_code else nullcontext():
            exec(compile(script, text, "exec"), space)
        if code is tensorflow1_code:
            del printed[0]  # what is not run yet
        trace, values = trace_and_run(text, point, dtype)
        gradients = [values.get(trace.gradients[name].tensor) for name in program.variables]
        tolerance = 1e-6 if dtype == "float32" else 1e-12
        for shown, value in zip(printed, [values[trace.output], *gradients], strict=True):
            assert (shown is None) == (value is None), text
            if value is not None:
                assert np.asarray(shown).dtype == dtype, text
                np.testing.assert_allclose(shown, value, rtol=tolerance, atol=tolerance, err_msg=text)
