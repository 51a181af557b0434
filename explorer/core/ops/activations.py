"""Rows of the op table: piecewise functions, and the activations of neural networks."""

import math

import numpy as np

from explorer.core.ops.elementary import erf
from explorer.core.ops.op import Kink, Op
from explorer.core.ops.predicates import corner_at_zero, equal_operands, equal_to, is_whole, jumps
from explorer.core.syntax_tree import FloatArray

_STEP = "max(sign(a),0)"


def _sigmoid(a: FloatArray) -> FloatArray:
    small = np.exp(-np.abs(a))  # never too large, and exact where the sigmoid is all but 0
    return np.asarray(np.where(np.greater_equal(a, 0), 1.0, small) / (1.0 + small))


def _elu(a: FloatArray) -> FloatArray:
    return np.where(a > 0, a, np.expm1(np.minimum(a, 0.0)))


PIECEWISE = (
    Op(
        "abs",
        "|·|",
        "absolute value rule",
        1,
        ("sign(a)",),
        "tf.abs({a})",
        np.abs,
        r"\left|{a}\right|",
        ("Abs",),
        kinks=(corner_at_zero("The absolute value"),),
    ),
    Op(
        "sign",
        "sign",
        "step: flat between jumps",
        1,
        ("0",),
        "tf.sign({a})",
        np.sign,
        None,
        ("Sign",),
        steps=(0,),
        kinks=(Kink(equal_to(0), "The sign jumps at 0 and has no derivative there; TensorFlow chose 0."),),
    ),
    Op(
        "floor",
        "floor",
        "step: no gradient",
        1,
        (None,),
        "tf.floor({a})",
        np.floor,
        r"\left\lfloor {a} \right\rfloor",
        ("Floor",),
        steps=(0,),
        kinks=(jumps(is_whole, "The floor"),),
    ),
    Op(
        "ceil",
        "ceil",
        "step: no gradient",
        1,
        (None,),
        "tf.math.ceil({a})",
        np.ceil,
        r"\left\lceil {a} \right\rceil",
        ("Ceil",),
        steps=(0,),
        kinks=(jumps(is_whole, "The ceiling"),),
    ),
    Op(
        "round",
        "round",
        "step: no gradient",
        1,
        (None,),
        "tf.round({a})",
        np.round,
        None,
        ("Round",),
        steps=(0,),
        kinks=(jumps(lambda a: np.equal(np.abs(a) % 1, 0.5), "Rounding"),),
    ),
    Op(
        "max",
        "max",
        "the larger one gets it all",
        2,
        ("1-max(sign(b-a),0)", "max(sign(b-a),0)"),
        "tf.maximum({a}, {b})",
        np.maximum,
        r"\max\left({a}, {b}\right)",
        ("Maximum",),
        not_selected=(np.less, np.greater_equal),
        kinks=(equal_operands("maximum"),),
    ),
    Op(
        "min",
        "min",
        "the smaller one gets it all",
        2,
        ("1-max(sign(a-b),0)", "max(sign(a-b),0)"),
        "tf.minimum({a}, {b})",
        np.minimum,
        r"\min\left({a}, {b}\right)",
        ("Minimum",),
        not_selected=(np.greater, np.less_equal),
        kinks=(equal_operands("minimum"),),
    ),
)

ACTIVATIONS = (
    Op(
        "relu",
        "relu",
        "relu: slope 1 above 0, 0 below",
        1,
        (_STEP,),
        "tf.nn.relu({a})",
        lambda a: np.maximum(a, 0.0),
        None,
        ("Relu",),
        saturates=(0,),
        kinks=(corner_at_zero("Relu"),),
    ),
    Op(
        "leaky_relu",
        "leaky relu",
        "leaky relu: slope 1 above 0, 0.2 below",
        1,
        ("max(sign(a),0.2)",),
        "tf.nn.leaky_relu({a})",
        lambda a: np.where(a > 0, a, 0.2 * a),
        None,
        ("LeakyRelu",),
        kinks=(Kink(equal_to(0), "Leaky relu has a corner at 0; TensorFlow chose the slope of the left side, 0.2."),),
    ),
    Op(
        "elu",
        "elu",
        "elu: slope 1 above 0, exponential below",
        1,
        ("exp(min(a,0))",),
        "tf.nn.elu({a})",
        _elu,
        None,
        ("Elu",),
        saturates=(0,),
    ),
    Op(
        "gelu",
        "gelu",
        "gelu",
        1,
        (None,),
        "0.5 * {a} * (1 + tf.math.erf({a} / 2.0 ** 0.5))",
        lambda a: 0.5 * a * (1.0 + erf(a / math.sqrt(2.0))),
        expansion="1/2*a*(1+erf(a/sqrt(2)))",
    ),
    Op(
        "silu",
        "silu",
        "silu",
        1,
        (None,),
        "{a} * tf.sigmoid({a})",
        lambda a: a * _sigmoid(a),
        aliases=("swish",),
        expansion="a*sigmoid(a)",
    ),
    Op(
        "sigmoid",
        "σ",
        "sigmoid rule",
        1,
        ("sigmoid(a)*(1-sigmoid(a))",),
        "tf.sigmoid({a})",
        _sigmoid,
        r"\sigma\left({a}\right)",
        ("Sigmoid",),
        saturates=(0,),
    ),
    Op(
        "softplus",
        "softplus",
        "softplus rule",
        1,
        ("sigmoid(a)",),
        "tf.math.softplus({a})",
        lambda a: np.logaddexp(a, 0.0),
        None,
        ("Softplus",),
        saturates=(0,),
    ),
)
