"""Rows of the op table: vectors and matrices."""

from collections.abc import Callable
from typing import Any

import numpy as np

from explorer.core.ops.op import Kink, Op
from explorer.core.syntax_tree import FloatArray


def _softmax(a: FloatArray) -> FloatArray:
    shifted = np.exp(a - np.max(a, axis=-1, keepdims=True))
    return np.asarray(shifted / np.sum(shifted, axis=-1, keepdims=True))


def _logsumexp(a: FloatArray) -> FloatArray:
    top = np.max(a)
    return np.asarray(top + np.log(np.sum(np.exp(a - top))))


def _tied_entries(extreme: Callable[[FloatArray], FloatArray], which: str, name: str) -> Kink:
    """Return the corner at which several entries are the largest, or the smallest."""

    def is_tied(a: FloatArray) -> Any:
        is_extreme = np.equal(a, extreme(a))
        return is_extreme & (np.count_nonzero(is_extreme) > 1)

    return Kink(
        is_tied, f"Several entries are the {which}: the {name} has a corner here; TensorFlow shares the gradient."
    )


VECTORS = (
    Op(
        "sum",
        "Σ",
        "sum: every entry gets the gradient",
        1,
        (None,),
        "tf.reduce_sum({a})",
        lambda a: np.asarray(np.sum(a)),
        r"\sum {a}",
        ("Sum",),
        elementwise=False,
        matrix_rule="dA = G, repeated to the shape of A",
    ),
    Op(
        "mean",
        "mean",
        "mean: every entry gets its share",
        1,
        (None,),
        "tf.reduce_mean({a})",
        lambda a: np.asarray(np.mean(a)),
        None,
        ("Mean",),
        elementwise=False,
        matrix_rule="dA = G / n, repeated to the shape of A",
    ),
    Op(
        "reduce_max",
        "max",
        "the largest entry gets it all",
        1,
        (None,),
        "tf.reduce_max({a})",
        lambda a: np.asarray(np.max(a)),
        r"\max\left({a}\right)",
        ("Max",),
        elementwise=False,
        matrix_rule="dA = G where A is largest, shared among equals, else 0",
        kinks=(_tied_entries(np.max, "largest", "maximum"),),
    ),
    Op(
        "reduce_min",
        "min",
        "the smallest entry gets it all",
        1,
        (None,),
        "tf.reduce_min({a})",
        lambda a: np.asarray(np.min(a)),
        r"\min\left({a}\right)",
        ("Min",),
        elementwise=False,
        matrix_rule="dA = G where A is smallest, shared among equals, else 0",
        kinks=(_tied_entries(np.min, "smallest", "minimum"),),
    ),
    Op(
        "dot",
        "·",
        "dot product",
        2,
        (None, None),
        "tf.reduce_sum({a} * {b})",
        lambda a, b: np.asarray(np.sum(a * b)),
        r"{a} \cdot {b}",
        expansion="sum(a*b)",
        elementwise=False,
    ),
    Op(
        "matmul",
        "@",
        "matrix product rule",
        2,
        (None, None),
        "{a} @ {b}",
        np.matmul,
        "{a} {b}",
        ("MatMul", "BatchMatMulV2"),
        elementwise=False,
        matrix_rule="dA = G Bᵀ,  dB = Aᵀ G",
    ),
    Op(
        "transpose",
        "ᵀ",
        "transpose: the gradient is transposed back",
        1,
        (None,),
        "tf.transpose({a})",
        np.transpose,
        r"{a}^{{\top}}",
        ("Transpose",),
        elementwise=False,
        matrix_rule="dA = Gᵀ",
    ),
    Op(
        "norm",
        "‖·‖",
        "length of a vector",
        1,
        (None,),
        "tf.sqrt(tf.reduce_sum(tf.square({a})))",
        lambda a: np.asarray(np.sqrt(np.sum(np.square(a)))),
        r"\left\|{a}\right\|",
        expansion="sqrt(sum(square(a)))",
        elementwise=False,
    ),
    Op(
        "softmax",
        "softmax",
        "softmax rule",
        1,
        (None,),
        "tf.nn.softmax({a})",
        _softmax,
        None,
        ("Softmax",),
        elementwise=False,
        matrix_rule="dA = (G − Σ G·S)·S with S = softmax(A), row by row",
    ),
    Op(
        "log_softmax",
        "log softmax",
        "log softmax rule",
        1,
        (None,),
        "tf.nn.log_softmax({a})",
        lambda a: np.log(_softmax(a)),
        None,
        ("LogSoftmax",),
        elementwise=False,
        matrix_rule="dA = G − softmax(A)·Σ G, row by row",
    ),
    Op(
        "logsumexp",
        "logsumexp",
        "logarithm of a sum of exponentials",
        1,
        (None,),
        "tf.reduce_logsumexp({a})",
        _logsumexp,
        None,
        (),
        elementwise=False,
        matrix_rule="dA = G·softmax(A)",
    ),
)
