"""Rows of the op table that change what a gradient is, and not what a value is."""

import numpy as np

from explorer.core.ops.op import Op

RULES = (
    Op(
        "stop_gradient",
        "stop",
        "stop: treated as a constant",
        1,
        (None,),
        "tf.stop_gradient({a})",
        np.asarray,
        r"\operatorname{{stop}}\left({a}\right)",
        ("StopGradient",),
    ),
    # custom(f, df, u): `core.custom` says what it means. What its derivative is stands in the text, not in this table.
    Op(
        "custom",
        "custom",
        "your own rule",
        3,
        (None, None, None),
        "tf.custom_gradient",
        lambda a, _b, _c: np.asarray(a),
        r"\operatorname{{custom}}\left({a};\; d/d{c} = {b}\right)",
        ("IdentityN",),
    ),
)
