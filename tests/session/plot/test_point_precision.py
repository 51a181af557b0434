"""What float64 has instead of the numbers of the point: only what differs, of the entry that is plotted."""

from types import SimpleNamespace

import numpy as np
import pytest

from explorer.core.autodiff.output_choice import SUM, OutputChoice
from explorer.core.expression.coordinate import Coordinate
from explorer.session.plot.point_precision import point_note

X = Coordinate("x", ())


def session_of(different, choice=SUM):
    gradients = {"x": SimpleNamespace(tensor="grad:0")}
    trace = SimpleNamespace(
        output="y:0", gradients=gradients, output_choice=choice, is_output_chosen=choice != SUM, dtype="float32"
    )
    return SimpleNamespace(trace=trace, different={name: np.asarray(value) for name, value in different.items()})


@pytest.mark.parametrize(
    ("different", "note"),
    [
        ({}, ""),
        ({"other:0": 3.0}, ""),
        ({"y:0": 0.5}, "Here the value is 0 in float32 but 0.5 in float64."),
        ({"grad:0": -1.7e-5}, "Here the slope is 10000 in float32 but −1.7×10⁻⁵ in float64."),
        (
            {"y:0": 0.5, "grad:0": 2.0},
            "Here the value is 0 in float32 but 0.5 in float64 and the slope is 10000 in float32 but 2 in float64.",
        ),
        ({"y:0": 0.0, "grad:0": 1e4}, ""),
    ],
)
def test_both_numbers_are_named(different, note):
    assert point_note(session_of(different), X, (1e-4, np.float32(0), np.float32(1e4))) == note


def test_an_unknown_slope_is_left_out():
    assert point_note(session_of({"grad:0": 2.0}), X, (1e-4, np.float32(0), None)) == ""


def test_the_entry_that_is_plotted_counts():
    coordinate = Coordinate("x", (1,))
    different = {"y:0": [1.0, 7.0], "grad:0": [5.0, 6.0]}
    point = (0.0, np.float32(7), np.float32(6))
    assert point_note(session_of(different, OutputChoice((1,))), coordinate, point) == ""
    said = point_note(session_of(different, OutputChoice((0,))), Coordinate("x", (0,)), point)
    assert said == "Here the value is 7 in float32 but 1 in float64 and the slope is 6 in float32 but 5 in float64."
