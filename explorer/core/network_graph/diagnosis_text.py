"""What is wrong with the gradients of a network, in words."""

from collections.abc import Callable, Sequence

from explorer.core.network_graph.gradient_health import Blame, BlameKind, Diagnosis, GradientProblem
from explorer.core.number_format import format_count, format_list

MAX_LISTED_LAYERS = 3
"""Layers that a sentence lists; more are counted."""

_LARGEST_WRITTEN_OUT = 1e7

_LEARNING_RATE = " The learning rate may be too high."


def diagnosis_text(diagnosis: Diagnosis) -> str:
    """Return a diagnosis in one to three sentences."""
    return _TEXTS[diagnosis.problem](diagnosis)


def _weights(diagnosis: Diagnosis) -> str:
    where = f" in the array {diagnosis.array} of {diagnosis.layer}"
    text = f"{diagnosis.count:,} of the {diagnosis.total:,} weights{where} {_what(diagnosis)}."
    if diagnosis.other_arrays:
        others = format_count(diagnosis.other_arrays, "other array")
        text += f" So are some in {others}."
    return text + (_LEARNING_RATE if diagnosis.has_trained else "")


def _data(diagnosis: Diagnosis) -> str:
    numbers = f"{diagnosis.count:,} of the {diagnosis.total:,} numbers of the batch"
    return f"{numbers} {_what(diagnosis)}."


def _what(diagnosis: Diagnosis) -> str:
    """Return what some numbers are, and where the first one is."""
    kind = "NaN or infinite"
    if diagnosis.nan_count in (0, diagnosis.count):
        kind = "NaN" if diagnosis.nan_count else "infinite"
    where = f"at [{', '.join(map(str, diagnosis.first))}]"
    if diagnosis.count == 1:
        return f"is {kind}, {where}" if diagnosis.first else f"is {kind}"
    return f"are {kind}, the first one {where}" if diagnosis.first else f"are {kind}"


def _value(diagnosis: Diagnosis) -> str:
    text = f"NaN or infinite numbers begin at {_place(diagnosis.blame)}, to which only finite ones come."
    return text + (_LEARNING_RATE if diagnosis.has_trained else "")


def _gradient(diagnosis: Diagnosis) -> str:
    return (
        f"The values are finite, but gradients are NaN or infinite from {_place(diagnosis.blame)} on: "
        "its gradient function makes them of finite ones."
    )


def _frozen(diagnosis: Diagnosis) -> str:
    if not diagnosis.total:
        return "Nothing is trained: the network has no weights, so that there are no gradients."
    return "Nothing is trained: all weights of the network are frozen, so that there are no gradients."


def _no_path(diagnosis: Diagnosis) -> str:
    whose = _listed(diagnosis.unlearned)
    if not whose:
        return "No weight has a gradient: nothing that can be differentiated leads from the weights to the loss."
    return f"The weights of {whose} have no gradient: nothing that can be differentiated leads from them to the loss."


def _listed(names: Sequence[str]) -> str:
    if len(names) > MAX_LISTED_LAYERS:
        return format_count(len(names), "layer")
    return format_list(names) if names else ""


def _all_zero(diagnosis: Diagnosis) -> str:
    return f"The gradients of all weights are 0, so nothing learns{_because(diagnosis.blame)}"


def _zero(diagnosis: Diagnosis) -> str:
    text = f"No gradient comes to {diagnosis.layer}{_because(diagnosis.blame)}"
    unlearned = _listed(diagnosis.unlearned)
    return f"{text} The gradients of all weights of {unlearned} are 0." if unlearned else text


def _unlearned(diagnosis: Diagnosis) -> str:
    text = f"The gradients of all weights of {_listed(diagnosis.unlearned)} are 0"
    if len(diagnosis.unlearned) == 1 or diagnosis.blame is None:
        return f"{text}{_because(diagnosis.blame)}"
    return f"{text}, those of {diagnosis.layer} because {_reason(diagnosis.blame)}."


def _vanishing(diagnosis: Diagnosis) -> str:
    times = f"{_times(1 / diagnosis.ratio)} times smaller than at {diagnosis.reference}"
    return f"Gradients vanish: at {diagnosis.layer} they are {times}.{_begin(diagnosis.blame)}"


def _exploding(diagnosis: Diagnosis) -> str:
    times = f"{_times(diagnosis.ratio)} times larger than at {diagnosis.reference}"
    return f"Gradients explode: at {diagnosis.layer} they are {times}.{_begin(diagnosis.blame)}"


_TEXTS: dict[GradientProblem, Callable[[Diagnosis], str]] = {
    GradientProblem.WEIGHTS: _weights,
    GradientProblem.DATA: _data,
    GradientProblem.VALUE: _value,
    GradientProblem.GRADIENT: _gradient,
    GradientProblem.FROZEN: _frozen,
    GradientProblem.NO_PATH: _no_path,
    GradientProblem.ALL_ZERO: _all_zero,
    GradientProblem.ZERO: _zero,
    GradientProblem.UNLEARNED: _unlearned,
    GradientProblem.VANISHING: _vanishing,
    GradientProblem.EXPLODING: _exploding,
}


def _because(blame: Blame | None) -> str:
    return "." if blame is None else f": {_reason(blame)}."


def _begin(blame: Blame | None) -> str:
    if blame is None:
        return ""
    if not blame.others:
        return f" The cause: {_reason(blame)}."
    others = "another op" if blame.others == 1 else format_count(blame.others, "other op")
    return f" It begins at {blame.layer or 'the loss'}: {_reason(blame)}; {others} on the way add to it."


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio < _LARGEST_WRITTEN_OUT else f"{ratio:.1e}"


def _place(blame: Blame | None) -> str:
    if blame is None:
        return "an op"
    return f"{blame.type} in {blame.layer}" if blame.layer else f"{blame.type} in the loss"


def _reason(blame: Blame) -> str:
    return _REASONS[blame.kind](blame)


def _outputs(blame: Blame) -> str:
    if blame.share is None or blame.share >= 1:
        return f"all outputs of {_place(blame)}"
    share = f"{min(blame.share, 0.999):.1%}".replace(".0%", "%")
    return f"{share} of the outputs of {_place(blame)}"


def _inactive(blame: Blame) -> str:
    limits = "0 or 6" if blame.type == "Relu6" else "0"
    if not blame.factor and blame.share is not None and blame.share < 1:
        return f"gradients come only to outputs of {_place(blame)} that are {limits}, where it passes none on"
    if blame.root is not None:
        return f"{_outputs(blame)} are 0 for this batch, because {_root(blame.root)}"
    return f"{_outputs(blame)} are {limits} for this batch, where it passes no gradient on"


def _root(root: Blame) -> str:
    if root.kind == BlameKind.WEIGHTS:
        return _product_with_weights(root)
    if root.type == "Placeholder":
        return "all numbers that the network is fed are 0"
    return f"those of {_place(root)} are 0 already"


def _saturated(blame: Blame) -> str:
    if not blame.factor and blame.share is not None and blame.share < 1:
        return f"gradients come only to outputs of {_place(blame)} that are saturated, where it passes none on"
    return f"{_outputs(blame)} are saturated, where its derivative is {'near 0' if blame.factor else '0'}"


def _derivative(blame: Blame) -> str:
    limit = ", whose derivative is 0.25 at most," if blame.type == "Sigmoid" else ""
    return f"{_place(blame)}{limit} passes on {_factor(blame)} of what comes to it, though it is not saturated"


def _clipped(blame: Blame) -> str:
    whose = "a clip" if blame.layer else "the loss clips its values"
    where = f" in {blame.layer}" if blame.layer else ""
    return f"{whose}{where} ({blame.type}): values outside its limits have a gradient of 0"


def _exact(blame: Blame) -> str:
    return f"{_place(blame)} has nothing to correct, because the output equals the target"


def _product_with_weights(blame: Blame) -> str:
    if blame.scale == 0:
        return f"all weights {blame.array} of {blame.layer or 'the loss'} are 0"
    scale = "" if blame.scale is None else f" (root mean square {blame.scale:.2g})"
    return f"the weights {blame.array} of {blame.layer}{scale} multiply gradients by {blame.factor:.2g}"


def _product_with_input(blame: Blame) -> str:
    if blame.scale == 0:
        return f"all that comes into {_place(blame)} is 0"
    return f"what comes into {_place(blame)} multiplies gradients by {blame.factor:.2g}"


def _product_with_factor(blame: Blame) -> str:
    if blame.scale == 0 or not blame.factor:
        return f"{_place(blame)} multiplies gradients by 0"
    return f"{_place(blame)} multiplies gradients by {blame.factor:.2g}"


def _spread(blame: Blame) -> str:
    return f"{_place(blame)} divides each gradient among the {blame.count:,} numbers of which it takes the mean"


def _not_selected(blame: Blame) -> str:
    return f"{_place(blame)} takes none of the numbers on this path"


def _cancels(blame: Blame) -> str:
    return f"the gradients that come to {_place(blame)} from {blame.count} ops add up to 0"


def _other(blame: Blame) -> str:
    return f"{_place(blame)} passes on {_factor(blame)} of what comes to it"


def _factor(blame: Blame) -> str:
    if not blame.factor:
        return "nothing"
    return f"{blame.factor:.2g} times the size"


_REASONS: dict[BlameKind, Callable[[Blame], str]] = {
    BlameKind.INACTIVE: _inactive,
    BlameKind.SATURATED: _saturated,
    BlameKind.DERIVATIVE: _derivative,
    BlameKind.CLIPPED: _clipped,
    BlameKind.EXACT: _exact,
    BlameKind.WEIGHTS: _product_with_weights,
    BlameKind.INPUT: _product_with_input,
    BlameKind.FACTOR: _product_with_factor,
    BlameKind.SPREAD: _spread,
    BlameKind.NOT_SELECTED: _not_selected,
    BlameKind.CANCELS: _cancels,
    BlameKind.OTHER: _other,
}
