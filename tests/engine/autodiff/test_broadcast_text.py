"""The sum over what was broadcast, in words."""

import re

import numpy as np
import pytest

from explorer.core.autodiff.broadcast_text import broadcast_lines
from explorer.core.autodiff.visible_steps import BACKWARD, hidden_tensors
from explorer.engine.in_process import trace_and_run

NEURON = "w=2; b=-1; sum(relu(w*x+b))"


def lines_of(text, point, kind):
    trace, values = trace_and_run(text, point)
    step = next(step for step in trace.steps if step.type == kind)
    return broadcast_lines(trace, values, step)


@pytest.mark.parametrize(
    ("text", "point", "kind", "lines"),
    [
        (
            NEURON, {"x": [-1, 0.5, 2, 3]}, "AddV2",
            ["b was broadcast to 4 entries, so its gradient is their sum: 0 + 0 + 1 + 1 = 2."],
        ),
        (
            NEURON, {"x": [-1, 0.5, 2, 3]}, "Mul",
            ["w was broadcast to 4 entries, so its gradient is their sum: 0 + 0 + 2 + 3 = 5."],
        ),
        (
            "x - y", {"x": [[1], [2]], "y": [1, 2, 3]}, "Sub",
            [
                "x was broadcast to 2×3: each entry was used 3 times, and its gradient is the sum: "
                "[[1 + 1 + 1], [1 + 1 + 1]] = [[3], [3]].",
                "y was broadcast to 2×3: each entry was used twice, and its gradient is the sum: "
                "[−1 − 1, −1 − 1, −1 − 1] = [−2, −2, −2].",
            ],
        ),
        (
            "x*y", {"x": np.arange(1200.0), "y": 2}, "Mul",
            ["y was broadcast to 1,200 entries, so its gradient is their sum: 7.194×10⁵."],
        ),
        ("x*y", {"x": [1, 2], "y": [3, 4]}, "Mul", []),
        ("x*y", {"x": [1], "y": 3}, "Mul", []),
        ("x*y", {"x": [[1, 2]], "y": [3, 4]}, "Mul", []),
    ],
)  # fmt: skip
def test_the_sum_is_written_out(text, point, kind, lines):
    assert lines_of(text, point, kind) == lines


@pytest.mark.parametrize("shape", [(), (1,), (3,), (1, 1), (1, 3), (2, 1)])
def test_what_is_written_out_is_the_sum(shape):
    y = (np.arange(np.prod(shape)) + 2.0).reshape(shape)
    (line,) = lines_of("x/y", {"x": [[1.5, -2, 3], [4, 5, -6]], "y": y}, "RealDiv")
    sums, _, result = re.search(r"sum: (.*)\.$", line)[1].replace("−", "-").rpartition(" = ")
    assert np.shape(eval(result)) == shape
    np.testing.assert_allclose(eval(sums), eval(result), atol=0.02)


def test_a_hidden_sum_is_not_told():
    trace, values = trace_and_run(NEURON, {"x": [-1, 0.5, 2, 3]})
    number, step = next((k, step) for k, step in enumerate(trace.steps, 1) if step.type == "AddV2")
    slot = next(slot for slot in step.inputs if slot.tensor == "b:0")
    for revealed, is_told in ((0, False), (1, False), (2, True)):
        hidden = hidden_tensors(trace, BACKWARD, number, revealed)
        assert (slot.product_tensor in hidden) == (not is_told)
        assert bool(broadcast_lines(trace, values, step, hidden=hidden)) == is_told
