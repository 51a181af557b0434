"""Problems of gradients, found from measured norms, and their words."""

from math import inf

import pytest

from explorer.core.network_graph.diagnosis_text import diagnosis_text
from explorer.core.network_graph.gradient_health import (
    Blame,
    BlameKind,
    Diagnosis,
    GradientProblem,
    LayerGradient,
    Passage,
    find_passage,
    find_problem,
)


def layers(*norms):
    return [LayerGradient(f"l{k}", f"l{k}:0", norm) for k, norm in enumerate(norms)]


@pytest.mark.parametrize(
    ("norms", "weights", "expected"),
    [
        ((1, 0.9, 0.5), (1, 1), None),
        ((1, 1e-2, 1e-4, 1e-6), (1,), (GradientProblem.VANISHING, "l2")),
        ((1, 1e2, 1e4), (1,), (GradientProblem.EXPLODING, "l2")),
        ((1, 0.5, 0, 0), (1, 0), (GradientProblem.ZERO, "l2")),
        ((1, 0, 0), (0, 0), (GradientProblem.ALL_ZERO, "l1")),
        ((1, 1), (0,), (GradientProblem.ALL_ZERO, None)),
        ((0, 0), (1e-3,), (GradientProblem.ZERO, "l0")),  # the weights have gradients of penalties only
        ((inf, 1), (1,), None),
        ((), (), None),
    ],
)
def test_a_problem_is_seen_first_at_a_layer(norms, weights, expected):
    found = find_problem(layers(*norms), {f"w{k}": norm for k, norm in enumerate(weights)})
    assert (None if found is None else (found[0], found[1] and found[1].name)) == expected


def path(*factors):
    """Return passages from the layer where it is seen to the one with which that is compared."""
    return [Passage(f"op{k}", 0, f"op{k}:0", 1.0, factor) for k, factor in enumerate(factors)]


@pytest.mark.parametrize(
    ("factors", "problem", "expected"),
    [
        ((1, 1e-5, 0.9), GradientProblem.VANISHING, ("op1", 0)),
        ((1e-4, 0.1, 2), GradientProblem.VANISHING, ("op0", 0)),
        ((0.2, 0.2, 0.2, 0.9, 0.2), GradientProblem.VANISHING, ("op4", 3)),
        ((3, 1e6, 0.1), GradientProblem.EXPLODING, ("op1", 0)),
        ((5, 5, 5, 1), GradientProblem.EXPLODING, ("op2", 2)),
        ((0.8, 0.9), GradientProblem.VANISHING, None),
        ((), GradientProblem.VANISHING, None),
    ],
)
def test_one_op_is_to_blame_or_the_first_of_many(factors, problem, expected):
    found = find_passage(path(*factors), problem)
    assert (None if found is None else (found[0].op, found[1])) == expected


def blame(kind, type_, factor=0.0, **measured):
    return Blame(kind, "hidden", "x", type_, factor, **measured)


DEAD = blame(BlameKind.INACTIVE, "Relu", share=1.0)
SMALL_WEIGHTS = blame(BlameKind.WEIGHTS, "MatMul", 1e-3, array="kernel", scale=0.001)
SMALL_DERIVATIVES = blame(BlameKind.DERIVATIVE, "Sigmoid", 0.2, share=0.1, others=4)

TEXTS = {
    Diagnosis(GradientProblem.WEIGHTS, "hidden", array="kernel", count=10, total=7840, nan_count=10, first=(300, 0)): (
        "10 of the 7,840 weights in the array kernel of hidden are NaN, the first one at [300, 0]."
    ),
    Diagnosis(
        GradientProblem.WEIGHTS, "hidden", array="bias", count=2, total=8, first=(3,), other_arrays=1, has_trained=True
    ): (
        "2 of the 8 weights in the array bias of hidden are infinite, the first one at [3]. So are some in 1 other "
        "array. The learning rate may be too high."
    ),
    Diagnosis(GradientProblem.DATA, count=1, total=20, nan_count=1, first=(0, 2)): (
        "1 of the 20 numbers of the batch is NaN, at [0, 2]."
    ),
    Diagnosis(GradientProblem.VALUE, blame=blame(BlameKind.OTHER, "Exp")): (
        "NaN or infinite numbers begin at Exp in hidden, to which only finite ones come."
    ),
    Diagnosis(GradientProblem.ALL_ZERO, blame=blame(BlameKind.SATURATED, "Sigmoid", share=1.0)): (
        "The gradients of all weights are 0, so nothing learns: all outputs of Sigmoid in hidden are saturated, where "
        "its derivative is 0."
    ),
    Diagnosis(GradientProblem.ZERO, "first", blame=DEAD, unlearned=("first",)): (
        "No gradient comes to first: all outputs of Relu in hidden are 0 for this batch, where it passes no gradient "
        "on. The gradients of all weights of first are 0."
    ),
    Diagnosis(GradientProblem.VANISHING, "first", "out", 5e-4, SMALL_WEIGHTS): (
        "Gradients vanish: at first they are 2,000 times smaller than at out. The cause: the weights kernel of hidden "
        "(root mean square 0.001) multiply gradients by 0.001."
    ),
    Diagnosis(GradientProblem.VANISHING, "first", "out", 5e-4, SMALL_DERIVATIVES): (
        "Gradients vanish: at first they are 2,000 times smaller than at out. It begins at hidden: Sigmoid in hidden, "
        "whose derivative is 0.25 at most, passes on 0.2 times the size of what comes to it, though it is not "
        "saturated; 4 other ops on the way add to it."
    ),
    Diagnosis(GradientProblem.VANISHING, "first", "out", 5e-4, blame(BlameKind.SPREAD, "Mean", 1e-3, count=784)): (
        "Gradients vanish: at first they are 2,000 times smaller than at out. The cause: Mean in hidden divides each "
        "gradient among the 784 numbers of which it takes the mean."
    ),
    Diagnosis(GradientProblem.EXPLODING, "first", "out", 4e4): (
        "Gradients explode: at first they are 40,000 times larger than at out."
    ),
    Diagnosis(GradientProblem.FROZEN, total=12): (
        "Nothing is trained: all weights of the network are frozen, so that there are no gradients."
    ),
    Diagnosis(GradientProblem.NO_PATH, unlearned=("a", "b")): (
        "The weights of a and b have no gradient: nothing that can be differentiated leads from them to the loss."
    ),
}  # fmt: skip


@pytest.mark.parametrize(("diagnosis", "text"), TEXTS.items())
def test_a_diagnosis_is_put_into_words(diagnosis, text):
    assert diagnosis_text(diagnosis) == text


@pytest.mark.parametrize("kind", BlameKind)
def test_every_kind_of_blame_has_words(kind):
    for factor, share in ((0.0, None), (0.0, 0.3), (0.1, 0.9)):
        text = diagnosis_text(
            Diagnosis(GradientProblem.ZERO, "first", blame=blame(kind, "Relu", factor, share=share, count=2))
        )
        assert text.startswith("No gradient comes to first: ")
        assert text.endswith(".")
        assert "hidden" in text
