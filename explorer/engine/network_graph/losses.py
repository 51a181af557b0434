"""The loss of a training step: the model's own, the one that the user chose, or the one that fits its output."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from explorer.core.errors import UserError
from explorer.core.network_graph.losses import FROM_LOGITS, LABEL_FORMS, LabelForm, LossChoice, parse_loss
from explorer.core.number_format import format_count
from explorer.core.protocol.network_graph import LossInfo
from explorer.engine.models.compiled_loss import CompiledLoss
from explorer.engine.models.keras_file import error_reason
from explorer.engine.network_graph.end_names import output_names
from explorer.engine.tf_adapter.keras_layers import (
    all_layers,
    graph_ends,
    output_index,
    output_structure,
    producing_operation,
)
from explorer.engine.tf_adapter.keras_losses import LossTerm, loss_terms

CHOOSE = "Choose a loss to see the backward pass."
"""What a user does about a network without a loss."""


_OTHER_IN_TRAINING = frozenset({"AugMix", "CutMix", "MixUp", "RandAugment", "SpectralNormalization"})
"""Classes of layers that always do something else in training, besides those whose name begins with Random."""


@dataclass(frozen=True)
class NetworkLoss:
    """The loss of a training step.

    Parameters
    ----------
    name : as Keras has it; of several outputs ``output: name``, joined by `` + ``.
    source : "compiled", "chosen" or "assumed".
    reason : where it comes from, a sentence.
    forms : form of the labels of each output, None for an output without a loss.
    compute : function of the labels and outputs, both in the order of the model's outputs, that returns the loss with
        the model's penalties; the label of an output without a loss is None.
    ignored : of each output the class that does not count, None for none.
    scopes : how many name scopes around all ops of the loss Keras adds, which are no groups.
    """

    name: str
    source: str
    reason: str
    forms: tuple[LabelForm | None, ...]
    compute: Callable[[Sequence[Any], Sequence[Any]], Any]
    ignored: tuple[int | None, ...] = ()
    scopes: int = 0


@dataclass(frozen=True)
class NoLoss:
    """A network without a loss. reason: why there is none, and what to do, in sentences."""

    reason: str


def nan_sentence(model: keras.Model) -> str:
    """Return which layer has weights that are no numbers, and what to do; "" where all are numbers."""
    for layer in all_layers(model, include_self=False):
        own = [] if all_layers(layer, include_self=False) else layer.weights
        count = sum(int(np.size(array) - np.count_nonzero(np.isfinite(array))) for array in _floats(own))
        if count:
            are = "is" if count == 1 else "are"
            return (
                f"{format_count(count, 'weight')} of the layer “{layer.name}” {are} NaN or infinite, so the loss may "
                "be no number: train the model anew."
            )
    return ""


def training_sentence(model: keras.Model) -> str:
    """Return that layers of the model do something else in training than in `evaluate`, "" where none does."""
    found = [layer for layer in all_layers(model, include_self=False) if _differs_in_training(layer)]
    parts = {id(part) for layer in found for part in all_layers(layer, include_self=False)}
    names = [layer.name for layer in found if id(layer) not in parts]
    if not names:
        return ""
    if len(names) == 1:
        return f"It is that of training, in which “{names[0]}” does something else than in `evaluate`."
    others = format_count(len(names) - 1, "other layer")
    return f"It is that of training, in which “{names[0]}” and {others} do something else than in `evaluate`."


def _differs_in_training(layer: keras.Layer) -> bool:
    kind = type(layer).__name__
    if kind == "BatchNormalization":
        return bool(layer.trainable)  # Keras lets one that is frozen use its moving averages in training, too
    if kind.startswith("Random") or kind in _OTHER_IN_TRAINING:
        return True
    rates = [getattr(layer, name, None) for name in ("rate", "dropout", "recurrent_dropout", "stddev")]
    return any(isinstance(rate, float) and rate > 0 for rate in rates)


def _floats(weights: Sequence[Any]) -> list[Any]:
    arrays = [weight.value.numpy() for weight in weights]
    return [array for array in arrays if array.dtype.kind == "f"]


def label_forms(model: keras.Model, loss: NetworkLoss | NoLoss) -> tuple[LabelForm | None, ...]:
    """Return the form of the labels of each output, None for one without a loss."""
    return loss.forms if isinstance(loss, NetworkLoss) else (None,) * len(model.outputs)


def loss_info(loss: NetworkLoss | NoLoss, value: float | None = None) -> LossInfo | None:
    """Return what is reported of a loss and its value, None where there is none; a value that is not finite is None."""
    if isinstance(loss, NoLoss):
        return None
    is_finite = value is not None and isfinite(value)
    return {"name": loss.name, "value": value if is_finite else None, "source": loss.source}


def find_loss(
    model: keras.Model, choice: str = "", compiled: CompiledLoss | None = None, is_trained_here: bool = False
) -> NetworkLoss | NoLoss:
    """Return the loss of a model.

    choice: name of the loss that the user chose, "" for none. compiled: the loss in the model's file. is_trained_here:
    whether this program trains the model, which it does with the cross-entropy of its labels.

    Raises UserError where a chosen loss is not one of Keras's or does not fit the output.
    """
    if choice:
        loss = parse_loss(choice)
        for place in range(len(model.outputs)):
            _check_fit(model, place, loss)
        return _compiled(model, CompiledLoss(_keras_loss(loss)), "chosen", "It was chosen.")
    if is_trained_here:
        return _loss_of_training(model)
    problem = ""
    if compiled is not None:
        problem = compiled.problem
        if compiled.loss is not None:
            return _compiled(model, compiled, "compiled", "The model was compiled with it.")
    return _assumed(model, problem)


def _keras_loss(loss: LossChoice) -> keras.losses.Loss:
    """Return a loss of Keras's class whose name is that of the function, without the underscores."""
    classes = {name.lower(): getattr(keras.losses, name) for name in dir(keras.losses) if not name.islower()}
    made = classes.get(loss.name.replace("_", ""))
    if made is None:
        raise UserError(f"Keras {keras.__version__} has no loss {loss.name}; newer ones have it.")
    return made(from_logits=True) if loss.from_logits else made()


def _check_fit(model: keras.Model, place: int, loss: LossChoice) -> None:
    """Raise UserError where a loss does not fit an output."""
    shape = tuple(model.outputs[place].shape[1:])
    output = f"The output {output_names(model)[place][0]}" if len(model.outputs) > 1 else "The output"
    text = f"{output} has shape {shape_text(shape)}"
    if "float" not in str(model.outputs[place].dtype):
        raise UserError(f"{output} is {model.outputs[place].dtype}, and a loss needs floating-point numbers.")
    if loss.form in (LabelForm.CLASS, LabelForm.ONE_HOT) and (not shape or shape[-1] == 1):
        other = "binary_crossentropy" + (FROM_LOGITS if loss.from_logits else "")
        raise UserError(
            f"{text}, but {loss.name} needs one number for each class, at least two. For one number there are "
            f"{other} and mean_squared_error."
        )
    if loss.form is LabelForm.SEQUENCE and len(shape) != 2:
        raise UserError(f"{text}, but ctc needs a sequence: (steps, classes).")
    if loss.form is LabelForm.GROUP and len(shape) != 1:
        raise UserError(f"{text}, but circle needs one vector for each example.")


def shape_text(shape: Sequence[int | None], first: str = "n") -> str:
    """Return a shape with its batch as text, as in (n, 28, 28); a size that is not fixed is ``any``."""
    sizes = [first, *("any" if size is None else str(size) for size in shape)]
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"


def _compiled(model: keras.Model, loss: CompiledLoss, source: str, reason: str) -> NetworkLoss:
    """Return the loss that Keras computes for a model that is compiled with it."""
    try:
        model.compile(loss=loss.loss, loss_weights=loss.weights)
        terms = loss_terms(model)
    # Keras raises many types for a loss that does not belong to these outputs.
    except Exception as error:
        raise UserError(
            f"Keras cannot use this loss for the outputs of {model.name}: {error_reason(error)} Choose another loss."
        ) from error
    forms: list[LabelForm | None] = [None] * len(model.outputs)
    ignored: list[int | None] = [None] * len(model.outputs)
    for term in terms:
        forms[term.output] = LABEL_FORMS.get(term.name, LabelForm.NUMBER)
        ignored[term.output] = term.ignored
    if any(term.is_for_each_example for term in terms):
        reason = (
            f"{reason} It is a number for each example: the value is their mean, and the gradients are those of their "
            "sum, as in Keras."
        )

    def compute(labels: Sequence[Any], outputs: Sequence[Any]) -> Any:
        # An output without a loss stands for its own label, which Keras does not read.
        known = [output if label is None else label for label, output in zip(labels, outputs, strict=True)]
        structure = output_structure(model)
        packed = [keras.tree.pack_sequence_as(structure, list(values)) for values in (known, outputs)]
        return model.compute_loss(y=packed[0], y_pred=packed[1])

    scopes = 2 if len(terms) == 1 else 1  # that of all losses, and that of the only one
    return NetworkLoss(_name(model, terms), source, reason, tuple(forms), compute, tuple(ignored), scopes)


def _name(model: keras.Model, terms: Sequence[LossTerm]) -> str:
    if len(model.outputs) == 1:
        return " + ".join(map(_term_name, terms))
    names = output_names(model)
    return " + ".join(f"{names[term.output][0]}: {_term_name(term)}" for term in terms)


def _term_name(term: LossTerm) -> str:
    weight = "" if term.weight is None or term.weight == 1 else f"{term.weight:g} × "
    return f"{weight}{term.name}{FROM_LOGITS if term.from_logits else ''}"


def _loss_of_training(model: keras.Model) -> NetworkLoss:
    """Return the loss with which this program trains a model."""
    function = keras.losses.sparse_categorical_crossentropy

    def compute(labels: Sequence[Any], outputs: Sequence[Any]) -> Any:
        total = tf.reduce_mean(function(labels[0], outputs[0]))
        for penalty in model.losses:
            total = total + penalty
        return total

    return NetworkLoss(
        "sparse_categorical_crossentropy", "compiled", "The tab Training uses it.", (LabelForm.CLASS,), compute
    )


def _assumed(model: keras.Model, problem: str) -> NetworkLoss | NoLoss:
    """Return the cross-entropy that fits the output of an obvious classifier."""
    found = [_fitting_loss(tensor) for tensor in graph_ends(model)[1]]
    known = [one for one in found if one is not None]
    before = f"{problem} " if problem else ""
    if len(known) < len(found):
        start = before or "The model was not compiled, and its output does not say what it is for. "
        return NoLoss(f"{start}So there is no loss, and this is the forward pass alone. {CHOOSE}")
    losses = CompiledLoss([loss.name for loss, _ in known])
    ends = " and ".join(dict.fromkeys(why for _, why in known))
    which = "the model ends" if len(known) == 1 else "the outputs end"
    return _compiled(model, losses, "assumed", f"{before}It is assumed, because {which} in {ends}.")


def _fitting_loss(tensor: Any) -> tuple[LossChoice, str] | None:
    """Return the cross-entropy for an output, and in which function the output ends; None if it is no classifier."""
    activation, size = _last_activation(tensor), tensor.shape[-1] or 0
    if activation == "softmax" and size > 1:
        return LossChoice("sparse_categorical_crossentropy"), "softmax"
    if activation == "sigmoid" and len(tensor.shape) == 2 and size == 1:
        return LossChoice("binary_crossentropy"), "one sigmoid"
    return None


def _last_activation(tensor: Any) -> str:
    """Return the name of the function in which a symbolic tensor ends, "" for none; reshaping is passed over."""
    operation = producing_operation(tensor)
    name = type(operation).__name__
    if isinstance(operation, keras.Model):
        return _last_activation(graph_ends(operation)[1][output_index(tensor)])
    if isinstance(operation, keras.layers.TimeDistributed):
        operation = operation.layer
    if name in ("Softmax", "Sigmoid"):
        return name.lower()
    function = str(getattr(getattr(operation, "activation", None), "__name__", ""))
    if function in ("", "linear") and name in ("Reshape", "Flatten", "Identity", "Dropout", "Activation", "Cast"):
        before = keras.tree.flatten(operation.input)
        return _last_activation(before[0]) if before else ""
    return function
