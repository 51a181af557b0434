"""Curves and checks near the largest and smallest numbers of each type. Warnings are errors in all tests."""

import numpy as np
import pytest

from explorer.core.errors import UserError

TEXTS = (
    "x", "1e38*x", "3e38*x", "exp(88*x)", "x^20", "1e-45*x", "1/(x*1e-38)", "exp(1/x)", "floor(1e38*x)", "1/x^50",
    "1e300*x", "1.7e308*x", "5e-324*x", "exp(700*x)", "sin(x)*1e308", "log(x)*1e308", "1e308",
)  # fmt: skip


def request(text, dtype, low, high, points):
    return {
        "text": text, "differentiated_by": [], "output": "sum", "point": {"x": np.array(1.0)}, "dtype": dtype,
        "variable": "x", "tensor": None, "low": low, "high": high, "points": points, "pixels": 200, "orders": [0, 1, 2],
    }  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_curves_and_checks_at_the_ends_of_a_type(curves, text, dtype):
    for low, high in ((-3.0, 3.0), (-1e30, 1e30), (0.0, 1e-40)):
        for points in (2, 3, 500):
            asked = request(text, dtype, low, high, points)
            for curve in curves.curve(asked)["curves"]:
                if curve["y"] is not None:
                    assert len(curve["x"]) == len(curve["y"]) >= 2
                    assert np.isfinite(curve["x"]).all()
            for claim in ("cos(x)", "1e308*x"):
                try:
                    assert curves.check({**asked, "claim": claim})["compared"] <= points
                except UserError as error:  # floor has no gradient
                    assert "no gradient" in error.message


def test_a_range_beyond_the_type_is_refused(curves):
    with pytest.raises(UserError, match=r"float32 has no numbers beyond ±3\.4e"):
        curves.curve(request("x", "float32", -1e40, 1.0, 10))
    reply = curves.curve(request("x", "float64", -1e40, 1.0, 10))
    assert reply["curves"][0]["y"][0] == -1e40
