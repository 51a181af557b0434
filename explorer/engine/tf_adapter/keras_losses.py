"""Private parts of Keras's compiled losses: which losses a compiled model has, and for which output.

Written for Keras 3.6 to 3.15. Where a private part is missing, AttributeError is raised.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from explorer.engine.tf_adapter.keras_layers import output_structure


@dataclass(frozen=True)
class LossTerm:
    """One term of a compiled loss.

    output: number of the model's output. name: of the function in `keras.losses`, or of the loss's class. weight: None
    for 1. from_logits: whether it takes the output as logits. ignored: class that does not count, None for none.
    is_for_each_example: whether it has a number for each example instead of one for the batch.
    """

    output: int
    name: str
    weight: float | None
    from_logits: bool
    ignored: int | None
    is_for_each_example: bool


def loss_terms(model: keras.Model) -> Sequence[LossTerm]:
    """Return the terms of a compiled model's loss, and build the loss, so that `compute_loss` can be traced.

    Keras counts the mean of each of several losses in variables of its own. Those are removed, so that a traced step
    has no ops for them. Uses ``Model._compile_loss`` and its parts ``_flat_losses``, ``_y_pred_build_structure`` and
    ``_metrics``.
    """
    compiled = model._compile_loss
    outputs = output_structure(model)
    compiled.build(outputs, outputs)
    object.__setattr__(compiled, "_metrics", [None] * len(compiled._flat_losses))
    numbers = keras.tree.pack_sequence_as(outputs, list(range(len(model.outputs))))
    if isinstance(compiled._y_pred_build_structure, dict) and not isinstance(numbers, dict):
        numbers = dict(zip(model.output_names, keras.tree.flatten(numbers), strict=True))
    # Of several losses for a single output Keras computes the first one alone.
    losses = compiled._flat_losses if keras.tree.is_nested(outputs) else compiled._flat_losses[:1]
    return [
        LossTerm(
            _resolve(path, numbers),
            _function_name(loss),
            _number(weight),
            bool(_options(loss).get("from_logits")),
            _options(loss).get("ignore_class"),
            loss.reduction in (None, "none"),
        )
        for path, loss, weight, _ in losses
    ]


def _resolve(path: Sequence[Any], values: Any) -> int:
    for key in path:
        values = values[key]
    return int(values)


def _function_name(loss: Any) -> str:
    function = getattr(loss, "fn", None)
    return str(getattr(function, "__name__", None) or type(loss).__name__)


def _number(weight: Any) -> float | None:
    return None if weight is None else float(weight)


def _options(loss: Any) -> dict[str, Any]:
    """Return the arguments with which a loss calls its function."""
    return dict(getattr(loss, "_fn_kwargs", {}))
