"""Rows of the op table that change the gradient and leave the value unchanged."""

import numpy as np

from explorer.core.ops.op import Op

CUSTOM_GRADIENT_TYPE, STOP_GRADIENT_TYPE = "IdentityN", "StopGradient"
"""TensorFlow's types of the ops that `tf.custom_gradient` and `tf.stop_gradient` build."""

GRADIENT_OVERRIDES = (
    Op(
        "stop_gradient",
        "stop",
        "stop: treated as a constant",
        1,
        (None,),
        "tf.stop_gradient({a})",
        np.asarray,
        r"\operatorname{{stop}}\left({a}\right)",
        (STOP_GRADIENT_TYPE,),
    ),
    # custom(f, df, u), see `core.expression.custom_gradient`. Its derivative stands in the expression, not here.
    Op(
        "custom",
        "custom",
        "your own rule",
        3,
        (None, None, None),
        "tf.custom_gradient",
        lambda a, _b, _c: np.asarray(a),
        r"\operatorname{{custom}}\left({a};\; d/d{c} = {b}\right)",
        (CUSTOM_GRADIENT_TYPE,),
    ),
)
