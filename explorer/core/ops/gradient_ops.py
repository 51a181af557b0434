"""Ops that occur only in TensorFlow's gradients: they are forward ops in the graph of a second derivative.

They are not part of the language, but ``expansion`` gives what they compute in it. Their arguments a and b stand in
TensorFlow's order, which mostly is (output of the function, upstream gradient).
"""

import numpy as np

from explorer.core.ops.op import Op

_ROWS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("Reciprocal", "1/x", "1/a", ("-1/a^2",)),
    ("TanhGrad", "tanh′", "b*(1-a^2)", ("-2*a*b", "1-a^2")),
    ("SigmoidGrad", "σ′", "b*a*(1-a)", ("b*(1-2*a)", "a*(1-a)")),
    ("SqrtGrad", "√′", "b*0.5/a", ("-b*0.5/a^2", "0.5/a")),
    ("ReciprocalGrad", "(1/x)′", "-b*a^2", ("-2*a*b", "-a^2")),
    ("ReluGrad", "relu′", "a*max(sign(b),0)", ("max(sign(b),0)", "0")),
    ("EluGrad", "elu′", "a*min(b+1,1)", ("min(b+1,1)", "a*max(sign(-b),0)")),
    ("LeakyReluGrad", "leaky_relu′", "a*max(sign(b),0.2)", ("max(sign(b),0.2)", "0")),
)

GRADIENT_OPS = (
    *(
        Op(
            tf_type,
            symbol,
            f"rule of {tf_type}",
            len(derivatives),
            derivatives,
            f"{tf_type}({', '.join(['{a}', '{b}'][: len(derivatives)])})",
            np.asarray,
            tf_types=(tf_type,),
            expansion=expansion,
        )
        for tf_type, symbol, expansion, derivatives in _ROWS
    ),
    Op("AddN", "Σ", "sum rule", 8, ("1",) * 8, "AddN", np.asarray, tf_types=("AddN",)),
)
