"""Rows for ops that TensorFlow's gradients are made of, and that nobody types: the forward ops of a graph of f′.

Not part of the language. ``expansion`` says what such an op computes, in it; a and b are its arguments in TensorFlow's
order, which is mostly (value of the function, what arrived).
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
    ("LeakyReluGrad", "leaky_relu′", "a*max(sign(b),0.2)", ("max(sign(b),0.2)", "0")),
)


GRADIENTS = (
    *(
        Op(
            kind,
            symbol,
            f"rule of {kind}",
            len(derivatives),
            derivatives,
            f"{kind}({', '.join(['{a}', '{b}'][: len(derivatives)])})",
            np.asarray,
            tf_types=(kind,),
            expansion=expansion,
        )
        for kind, symbol, expansion, derivatives in _ROWS
    ),
    Op("AddN", "Σ", "sum rule", 8, ("1",) * 8, "AddN", np.asarray, tf_types=("AddN",)),
)
