"""Whether something is wrong with the gradients of a network, where it is seen, and which op is to blame: as data.

`diagnosis_text` puts it into words. Everything was measured for one batch; nothing is concluded from names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite, log, sqrt

VANISHING_RATIO = 1e-3
"""Ratio to the gradient of the last layer below which gradients vanish."""

EXPLODING_RATIO = 1e3
"""Ratio to the gradient of the last layer above which gradients explode."""

_SPREAD = 0.5
"""Share of the whole change that the op with the largest part of it has, below which many ops are to blame."""


class GradientProblem(StrEnum):
    """What is wrong.

    WEIGHTS: some weights are NaN or infinite. DATA: the batch has such numbers. VALUE: an op makes some of finite
    numbers. GRADIENT: a gradient function does. FROZEN: no weight is trained, or there is none. NO_PATH: weights
    have no gradient at all. ALL_ZERO: the gradients of all weights are 0. ZERO: no gradient comes to a layer.
    UNLEARNED: gradients come to all layers, but those of all weights of some layers are 0. VANISHING, EXPLODING:
    gradients become much smaller, or larger, on the way back.
    """

    WEIGHTS = "weights"
    DATA = "data"
    VALUE = "value"
    GRADIENT = "gradient"
    FROZEN = "frozen"
    NO_PATH = "no path"
    ALL_ZERO = "all zero"
    ZERO = "zero"
    UNLEARNED = "unlearned"
    VANISHING = "vanishing"
    EXPLODING = "exploding"


class BlameKind(StrEnum):
    """Why an op passes on another gradient than it gets.

    INACTIVE: outputs of a relu are 0. SATURATED: an activation is flat there. DERIVATIVE: an activation is not flat,
    but its derivative is small everywhere, as that of the sigmoid. CLIPPED: values lie outside the limits of a clip.
    EXACT: the output equals the target. WEIGHTS: a product with weights. INPUT: a product with what came in. FACTOR: a
    product with another number. SPREAD: a mean divides it among the numbers that are averaged. NOT_SELECTED: the op
    takes other entries. CANCELS: gradients from several ops add up to 0. OTHER: any other op.
    """

    INACTIVE = "inactive"
    SATURATED = "saturated"
    DERIVATIVE = "derivative"
    CLIPPED = "clipped"
    EXACT = "exact"
    WEIGHTS = "weights"
    INPUT = "input"
    FACTOR = "factor"
    SPREAD = "spread"
    NOT_SELECTED = "not selected"
    CANCELS = "cancels"
    OTHER = "other"


@dataclass(frozen=True)
class LayerGradient:
    """A layer, the tensor that it returns, and the Euclidean norm of the gradient of that for the whole batch."""

    name: str
    tensor: str
    norm: float


@dataclass(frozen=True)
class Passage:
    """An op through which a gradient goes back: the norms of what comes to it and of what it passes on.

    slot: the argument through which it goes. output: the tensor whose gradient comes.
    """

    op: str
    slot: int
    output: str
    upstream: float
    passed: float

    @property
    def factor(self) -> float:
        """The passed norm divided by that of the upstream gradient; 0 where that is 0."""
        return self.passed / self.upstream if self.upstream else 0.0


@dataclass(frozen=True)
class Blame:
    """The op that is to blame.

    Parameters
    ----------
    layer : the layer in which it is, "" for an op of the loss.
    op, type : its name, and TensorFlow's type.
    factor : norm of the gradient that it passes on, divided by that of the gradient that comes to it.
    share : share of its outputs that are 0, flat, or outside the limits, from 0 to 1; None where it was not measured.
    array : the weights with which it multiplies, "" where it does not.
    scale : root mean square of what it multiplies with; None where it was not measured.
    count : how many numbers are averaged, or from how many ops gradients come.
    others : number of other ops on the way that change the gradient in the same direction, where no single one is to
        blame.
    root : why all its outputs are 0, if they are because of an op before it.
    """

    kind: BlameKind
    layer: str
    op: str
    type: str
    factor: float = 0.0
    share: float | None = None
    array: str = ""
    scale: float | None = None
    count: int = 0
    others: int = 0
    root: "Blame | None" = None


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with the gradients of a network.

    Parameters
    ----------
    layer : where it is seen.
    reference : the layer with whose gradient that of ``layer`` is compared.
    ratio : the first divided by the second.
    blame : the op that is to blame, None where it was not found.
    array, count, total : an array with NaN or infinite numbers, how many these are, and how many it has; for
        ``FROZEN`` total is the number of all weights.
    nan_count, first : how many of them are NaN, and the indices of the first one.
    other_arrays : number of other arrays that have some, too.
    has_trained : whether the network has been trained here.
    unlearned : layers whose weights all have a gradient of 0; for ``NO_PATH`` those whose weights have none at all.
    """

    problem: GradientProblem
    layer: str = ""
    reference: str = ""
    ratio: float = 1.0
    blame: Blame | None = None
    array: str = ""
    count: int = 0
    total: int = 0
    nan_count: int = 0
    first: tuple[int, ...] = ()
    other_arrays: int = 0
    has_trained: bool = False
    unlearned: tuple[str, ...] = ()


def root_mean_square(norm: float, count: float) -> float:
    """Return the root mean square of the elements of a tensor from its Euclidean norm; 0 for an empty tensor."""
    return norm / sqrt(count) if count else 0.0


def find_problem(
    layers: Sequence[LayerGradient], weights: Mapping[str, float]
) -> tuple[GradientProblem, LayerGradient | None] | None:
    """Return what is wrong with finite gradients and the first layer at which it is seen; None if nothing is.

    Parameters
    ----------
    layers : in the order of the backward pass.
    weights : norm of the gradient of each array of weights.
    """
    known = [layer for layer in layers if isfinite(layer.norm)]
    if weights and not any(weights.values()):
        return GradientProblem.ALL_ZERO, next((layer for layer in known if not layer.norm), None)
    for layer in known:
        if not layer.norm:
            return GradientProblem.ZERO, layer
    for layer in known[1:]:
        ratio = layer.norm / known[0].norm
        if ratio < VANISHING_RATIO:
            return GradientProblem.VANISHING, layer
        if ratio > EXPLODING_RATIO:
            return GradientProblem.EXPLODING, layer
    return None


def find_passage(path: Sequence[Passage], problem: GradientProblem) -> tuple[Passage, int] | None:
    """Return the op that makes gradients smaller, or larger, and how many others do if it is not that one alone.

    ``path`` begins at the layer where it is seen, and ends at the one with which that is compared. If one op has at
    least half of the change, counted in powers of ten, that is returned; else the first one in the backward pass of
    those that have a part in it.
    """
    sign = -1 if problem == GradientProblem.VANISHING else 1
    parts = [sign * log(passage.factor) if passage.factor else 0.0 for passage in path]
    changing = [(part, passage) for part, passage in zip(parts, path, strict=True) if part > log(2)]
    if not changing:
        return None
    largest, passage = max(changing, key=lambda pair: pair[0])
    if len(changing) == 1 or largest >= _SPREAD * sum(part for part, _ in changing):
        return passage, 0
    return changing[-1][1], len(changing) - 1
