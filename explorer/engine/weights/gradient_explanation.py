"""One weight and one batch: its gradient, each image's share in it, and the step that the optimizer makes of it."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from explorer.core.errors import UserError
from explorer.engine.models.build import build_optimizer
from explorer.engine.models.inspector import ModelInspector
from explorer.engine.tf_adapter.keras_optimizers import slot_variables
from explorer.engine.training.optimizer_state import OptimizerState

HARDEST = 5
"""Images that are shown: those that push hardest."""


class WeightExplainer:
    """Explains weights of a copy of the network; leaves that copy changed by one step."""

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
        """Explain the weight at ``index`` of a layer's array called ``array``; the copy has the weights of ``step``.

        batch: its place in the epoch, None for the one that comes next. Answers with ``weight``, its ``gradient`` of
        the mean loss by reverse mode; ``shares``, (n,) float32, the derivative of each image's part of that mean by
        forward mode; ``penalty``, the share of L2; the batch, the images that push hardest, and ``made``, what the
        optimizer makes of it. Raises UserError where there is no gradient.
        """
        variable = self._variable(layer, array, index)
        loop = self._optimizer_state.loop
        epoch, following = divmod(step, loop.steps)
        batch_index = following if batch is None else min(max(0, int(batch)), loop.steps - 1)
        x, labels = loop.batch(epoch, batch_index)
        count = int(x.shape[0])
        place = tuple(index)
        direction = np.zeros(variable.shape, np.float32)
        direction[place] = 1.0
        # One forward pass for both modes: dropout must leave out the same units in both.
        with (
            tf.autodiff.ForwardAccumulator(variable.value, tf.constant(direction)) as forward,
            tf.GradientTape() as tape,
        ):
            probabilities = self._model(x, training=True)
            losses = keras.losses.sparse_categorical_crossentropy(labels, probabilities)
            penalty = tf.add_n(self._model.losses) if self._model.losses else tf.constant(0.0)
            loss = tf.reduce_mean(losses) + penalty
        gradients = tape.gradient(loss, self._model.trainable_variables)
        places = {id(one): place for place, one in enumerate(self._model.trainable_variables)}
        number = places[id(variable)]
        pushed = forward.jvp(losses)
        shares = np.zeros(count, np.float32) if pushed is None else pushed.numpy() / np.float32(count)
        share_of_penalty = forward.jvp(penalty)
        hardest = np.argsort(-np.abs(shares), kind="stable")[:HARDEST]
        chances = probabilities.numpy()
        return {
            "array": array,
            "index": [int(one) for one in index],
            "weight": float(variable.numpy()[place]),
            "gradient": float(gradients[number].numpy()[place]),
            "shares": shares,
            "penalty": 0.0 if share_of_penalty is None else float(share_of_penalty),
            "epoch": epoch,
            "batch": batch_index,
            "batches": loop.steps,
            "is_next": batch_index == following,
            "hardest": hardest.astype(np.int32),
            "images": np.rint(x.numpy()[hardest] * 255).astype(np.uint8),
            "labels": labels.numpy()[hardest].astype(np.int32),
            "sure": chances[hardest, labels.numpy()[hardest]].astype(np.float32),
            "has_dropout": any(isinstance(one, keras.layers.Dropout) for one in self._model.layers),
            "made": self._make_step(gradients, number, variable, place, step),
        }

    def _variable(self, layer: int, array: str, index: Sequence[int]) -> Any:
        found = [weight for weight in self._inspector.layers[layer].weights if weight.name == array]
        if not found:
            raise UserError(f"The layer has no array {array}.")
        variable = found[0]
        if not any(variable is one for one in self._model.trainable_variables):
            raise UserError(f"{array} has no gradient: it follows what the batches are like.")
        shape = tuple(variable.shape)
        if len(index) != len(shape) or any(
            not 0 <= position < size for position, size in zip(index, shape, strict=True)
        ):
            raise UserError(f"{array} has shape {shape}, so there is no weight {list(index)} in it.")
        return variable

    def _make_step(
        self, gradients: Sequence[Any], number: int, variable: Any, place: tuple[int, ...], step: int
    ) -> dict[str, Any]:
        """Let TensorFlow's own optimizer make the step on the copy, and tell what it did to one weight.

        Answers with ``optimizer``, ``rate``, ``t`` (which step it is), ``after`` (the weight), and what it remembers
        of the weight before and after: ``before`` and ``then``. Without ``after`` where its memory is not known.
        """
        kind = str(self._optimizer_state.settings["optimizer"])
        told = {"optimizer": kind, "rate": float(self._optimizer_state.settings["learning_rate"])}
        if not self._optimizer_state.restore(self._optimizer, step) and kind != "sgd":
            return told
        slots = slot_variables(self._optimizer, kind, number)
        before = [float(slot.numpy()[place]) for slot in slots]
        self._optimizer.apply_gradients(zip(gradients, self._model.trainable_variables, strict=True))
        return {
            **told,
            "t": step + 1,
            "before": before,
            "then": [float(slot.numpy()[place]) for slot in slots],
            "after": float(variable.numpy()[place]),
        }
