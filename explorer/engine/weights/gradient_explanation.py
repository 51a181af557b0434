"""One weight and one batch: its gradient, the contribution of each image, and the optimizer's step."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from explorer.core.errors import UserError
from explorer.engine.models.build import build_optimizer
from explorer.engine.models.inspector import ModelInspector, named_weights
from explorer.engine.tf_adapter.keras_optimizers import slot_variables
from explorer.engine.training.optimizer_state import OptimizerState

MAX_IMAGES = 5
"""Images in an explanation: those with the largest contributions to the gradient."""


class WeightExplainer:
    """Explains weights of an inspector's copy of the network, which each explanation changes by one step."""

    def __init__(self, inspector: ModelInspector, optimizer_state: OptimizerState) -> None:
        self._inspector = inspector
        self._optimizer_state = optimizer_state
        self._model = inspector.model
        self._optimizer = build_optimizer(optimizer_state.settings)
        self._optimizer.build(self._model.trainable_variables)

    def explains(self, inspector: ModelInspector, optimizer_state: OptimizerState) -> bool:
        """Return whether this explains weights of that copy, trained in that run."""
        return self._inspector is inspector and self._optimizer_state is optimizer_state

    def explain(
        self, layer: int, array: str, index: Sequence[int], step: int, batch: int | None = None
    ) -> dict[str, Any]:
        """Explain the weight at ``index`` of a layer's array; the copy must have the weights after ``step``.

        array: its name. batch: its index in the epoch, None for the next one. The result has ``weight``; ``gradient``,
        that of the mean loss, by reverse mode; ``shares``, (n,) float32, the derivative of each image's part of that
        mean, by forward mode; ``penalty``, the part of L2; the batch; the images with the largest shares; and
        ``optimizer_step``. Raises UserError where there is no gradient.
        """
        variable = self._find_variable(layer, array, index)
        loop = self._optimizer_state.loop
        epoch, next_batch = divmod(step, loop.steps)
        batch_index = next_batch if batch is None else min(max(0, int(batch)), loop.steps - 1)
        x, labels = loop.batch(epoch, batch_index)
        count = int(x.shape[0])
        entry = tuple(index)
        direction = np.zeros(variable.shape, np.float32)
        direction[entry] = 1.0
        # One forward pass for both modes, since dropout must leave out the same units in both.
        with (
            tf.autodiff.ForwardAccumulator(variable.value, tf.constant(direction)) as forward,
            tf.GradientTape() as tape,
        ):
            probabilities = self._model(x, training=True)
            losses = keras.losses.sparse_categorical_crossentropy(labels, probabilities)
            penalty = tf.add_n(self._model.losses) if self._model.losses else tf.constant(0.0)
            loss = tf.reduce_mean(losses) + penalty
        gradients = tape.gradient(loss, self._model.trainable_variables)
        indices = {id(each): number for number, each in enumerate(self._model.trainable_variables)}
        number = indices[id(variable)]
        tangents = forward.jvp(losses)
        shares = np.zeros(count, np.float32) if tangents is None else tangents.numpy() / np.float32(count)
        penalty_tangent = forward.jvp(penalty)
        hardest = np.argsort(-np.abs(shares), kind="stable")[:MAX_IMAGES]
        true_labels = labels.numpy()[hardest]
        return {
            "array": array,
            "index": [int(i) for i in index],
            "weight": float(variable.numpy()[entry]),
            "gradient": float(gradients[number].numpy()[entry]),
            "shares": shares,
            "penalty": 0.0 if penalty_tangent is None else float(penalty_tangent),
            "epoch": epoch,
            "batch": batch_index,
            "batches": loop.steps,
            "is_next": batch_index == next_batch,
            "hardest": hardest.astype(np.int32),
            "images": np.rint(x.numpy()[hardest] * 255).astype(np.uint8),
            "labels": true_labels.astype(np.int32),
            "confidences": probabilities.numpy()[hardest, true_labels].astype(np.float32),
            "has_dropout": any(isinstance(each, keras.layers.Dropout) for each in self._model.layers),
            "optimizer_step": self._make_step(gradients, number, variable, entry, step),
        }

    def _find_variable(self, layer: int, array: str, index: Sequence[int]) -> Any:
        found = [weight for name, weight in named_weights(self._inspector.layers[layer]) if name == array]
        if not found:
            raise UserError(f"The layer has no array {array}.")
        variable = found[0]
        if not any(variable is each for each in self._model.trainable_variables):
            raise UserError(f"{array} has no gradient: it follows what the batches are like.")
        shape = tuple(variable.shape)
        if len(index) != len(shape) or any(not 0 <= i < size for i, size in zip(index, shape, strict=True)):
            raise UserError(f"{array} has shape {shape}, so there is no weight {list(index)} in it.")
        return variable

    def _make_step(
        self, gradients: Sequence[Any], number: int, variable: Any, entry: tuple[int, ...], step: int
    ) -> dict[str, Any]:
        """Let Keras's optimizer make the step on the copy, and return how it changed one weight.

        ``optimizer``, ``rate``, ``t`` (the number of the step), ``after`` (the weight), and the optimizer's slot
        variables for the weight before and after the step: ``before`` and ``then``. Only the first two where the slot
        variables after ``step`` are not known.
        """
        kind = str(self._optimizer_state.settings["optimizer"])
        common = {"optimizer": kind, "rate": float(self._optimizer_state.settings["learning_rate"])}
        if not self._optimizer_state.restore(self._optimizer, step) and kind != "sgd":
            return common
        slots = slot_variables(self._optimizer, kind, number)
        before = [float(slot.numpy()[entry]) for slot in slots]
        self._optimizer.apply_gradients(zip(gradients, self._model.trainable_variables, strict=True))
        return {
            **common,
            "t": step + 1,
            "before": before,
            "then": [float(slot.numpy()[entry]) for slot in slots],
            "after": float(variable.numpy()[entry]),
        }
