"""Ops that occur only in TensorFlow's gradients: they are forward ops in the graph of a second derivative.

They are not part of the language, but ``expansion`` gives what they compute in it. Their arguments a and b stand in
TensorFlow's order, which mostly is (output of the function, upstream gradient).
"""

from typing import Any

import numpy as np

from explorer.core.ops.op import Kink, Op, Pole
from explorer.core.ops.predicates import equal_to, is_a_zero, is_b_zero, vertical_tangent


def _row(tf_type: str, symbol: str, expansion: str, derivatives: tuple[str, ...], **special_points: Any) -> Op:
    """Return the row of an op that has one or two arguments; ``special_points`` are further fields of `Op`."""
    return Op(
        tf_type,
        symbol,
        f"rule of {tf_type}",
        len(derivatives),
        derivatives,
        f"{tf_type}({', '.join(['{a}', '{b}'][: len(derivatives)])})",
        np.asarray,
        tf_types=(tf_type,),
        expansion=expansion,
        **special_points,
    )


GRADIENT_OPS = (
    _row("Reciprocal", "1/x", "1/a", ("-1/a^2",), poles=(Pole(equal_to(0), "1/x is infinite at 0."),)),
    _row(
        "TanhGrad",
        "tanh′",
        "b*(1-a^2)",
        ("-2*a*b", "1-a^2"),
        saturates=(1,),
        zero_factors=(is_b_zero, None),
        stationary=(is_a_zero, None),
    ),
    _row(
        "SigmoidGrad",
        "σ′",
        "b*a*(1-a)",
        ("b*(1-2*a)", "a*(1-a)"),
        saturates=(1,),
        zero_factors=(is_b_zero, None),
        stationary=(lambda a, b: np.equal(a, 0.5), None),
    ),
    _row(
        "SqrtGrad",
        "√′",
        "b/(2*a)",
        ("-b/(2*a^2)", "1/(2*a)"),
        poles=(vertical_tangent(is_a_zero, "0", "square root"),),
        zero_factors=(is_b_zero, None),
    ),
    _row(
        "ReciprocalGrad",
        "(1/x)′",
        "-b*a^2",
        ("-2*a*b", "-a^2"),
        zero_factors=(is_b_zero, None),
        stationary=(is_a_zero, is_a_zero),
    ),
    _row(
        "ReluGrad",
        "relu′",
        "a*max(sign(b),0)",
        ("max(sign(b),0)", "0"),
        saturates=(0,),
        steps=(1,),
        kinks=(Kink(is_b_zero, "The derivative of relu jumps at 0; TensorFlow chose 0 there."),),
    ),
    _row(
        "EluGrad",
        "elu′",
        "a*min(b+1,1)",
        ("min(b+1,1)", "a*max(sign(-b),0)"),
        saturates=(0,),
        kinks=(Kink(is_b_zero, "The derivative of elu has a corner at 0; TensorFlow chose 0 for its derivative."),),
        zero_factors=(None, is_a_zero),
        stationary=(None, lambda a, b: np.greater(b, 0)),
    ),
    _row(
        "LeakyReluGrad",
        "leaky_relu′",
        "a*max(sign(b),0.2)",
        ("max(sign(b),0.2)", "0"),
        steps=(1,),
        kinks=(Kink(is_b_zero, "The derivative of leaky relu jumps at 0; TensorFlow chose 0.2 there."),),
    ),
    Op("AddN", "Σ", "sum rule", 8, ("1",) * 8, "AddN", np.asarray, tf_types=("AddN",)),
)
