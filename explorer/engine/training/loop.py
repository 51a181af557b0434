"""Training in compiled chunks: one function runs many steps over data that stays in memory.

`model.fit` costs about a millisecond of Python per step. Here one compiled `tf.while_loop` runs a chunk of steps; start
and count are its arguments, so that training, a single step and a pause use the same function without compiling anew.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from explorer.engine.tf_adapter.parallelism import part_count, split_batch
from explorer.engine.training.forward_pass import build_forward_pass


class Loop:
    """One network, its optimizer and the data, with the compiled functions that train it.

    images: (n, 28, 28) uint8, labels: (n,), arrays or tensors. The order of an epoch depends on seed and epoch alone.
    steps: in an epoch. layers: names of those with trainable variables. gradient_norms: the norm of each such layer's
    gradient in the latest step, (layers,) float32.
    """

    def __init__(
        self,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        images: Any,
        labels: Any,
        batch_size: int,
        seed: int,
    ) -> None:
        self.model = model
        self.optimizer = optimizer
        self.batch_size = min(int(batch_size), len(images))
        self.steps = -(-len(images) // self.batch_size)
        self._images = tf.convert_to_tensor(images, tf.uint8)
        self._labels = tf.cast(tf.convert_to_tensor(labels), tf.int32)
        self._seed = int(seed)
        self._order: tuple[int, Any] = (-1, None)
        optimizer.build(model.trainable_variables)
        self.variables = [*model.variables, *optimizer.variables]
        # One call reads all of them: one by one they would take as long as a tenth of a small chunk.
        read = tf.function(lambda: [tf.identity(variable.value) for variable in self.variables])
        self._read = read.get_concrete_function()
        self._state: list[Any] | None = None
        self._functions: dict[tuple[int, bool], Any] = {}
        indices = {id(variable): index for index, variable in enumerate(self.variables)}
        self._weight_indices = [indices[id(weight)] for weight in model.weights]
        trained = [layer for layer in model.layers if layer.trainable_variables]
        self.layers = [layer.name for layer in trained]
        self.gradient_norms = np.zeros(len(trained), np.float32)
        trainable = {id(variable): index for index, variable in enumerate(model.trainable_variables)}
        self._layer_indices = [[trainable[id(variable)] for variable in layer.trainable_variables] for layer in trained]

    def reset(self, seed: int, state: list[Any]) -> None:
        """Prepare for another run, from ``state`` and in the order of another seed."""
        self._seed = seed
        self._order = (-1, None)
        self.gradient_norms = np.zeros(len(self.layers), np.float32)
        self.set_state(state)

    def order(self, epoch: int) -> Any:
        """Return the indices of the images in the order of ``epoch``, counted from 0, as (n,) int32."""
        if self._order[0] != epoch:
            self._order = epoch, self._shuffled(epoch)
        return self._order[1]

    def _shuffled(self, epoch: int) -> Any:
        return tf.random.experimental.stateless_shuffle(tf.range(len(self._images)), seed=[self._seed, epoch])

    def batch(self, epoch: int, step: int) -> tuple[Any, Any]:
        """Return the images of a step as the network gets them, (n, 28, 28) float32, and their labels, (n,) int32.

        Changes nothing, so that another thread may call it during training.
        """
        known, order = self._order
        if known != epoch:
            order = self._shuffled(epoch)
        return self._gather(order[step * self.batch_size : (step + 1) * self.batch_size])

    def _gather(self, indices: Any) -> tuple[Any, Any]:
        return tf.cast(tf.gather(self._images, indices), tf.float32) / 255.0, tf.gather(self._labels, indices)

    def run(
        self, epoch: int, start: int, count: int, xla: bool = False, sums: tuple[float, int] = (0.0, 0)
    ) -> tuple[float, int, int]:
        """Run steps ``start`` to ``start + count`` of an epoch, at most to its end.

        Return the sum of the losses over images and the number of correct predictions, both added to ``sums``, and the
        number of images. Sums are passed in so that their last bit does not depend on how an epoch is divided.
        """
        order = self.order(epoch)
        full_batches = len(self._images) // self.batch_size
        full = max(0, min(start + count, full_batches) - start)
        (total, correct), images = sums, 0
        if full:
            total, correct = self._call(self.batch_size, xla, order, start, full, total, correct)
            images += full * self.batch_size
        rest = len(self._images) - full_batches * self.batch_size
        if rest and start + count > full_batches:
            # A partial last batch has a shape and so a function of its own: one step, never with XLA.
            tail = tf.roll(order, rest, 0)
            total, correct = self._call(rest, False, tail, 0, 1, total, correct)
            images += rest
        return total, correct, images

    def _call(
        self, size: int, xla: bool, order: Any, start: int, count: int, total: float, correct: int
    ) -> tuple[float, int]:
        self._state = None
        steps = tf.constant(start), tf.constant(count)
        sums = tf.constant(total, tf.float64), tf.constant(correct)
        total, correct, norms = self._function(size, xla)(order, *steps, *sums)
        if count:
            self.gradient_norms = norms.numpy()
        return float(total), int(correct)

    def compile(self, xla: bool) -> None:
        """Trace and compile by running a chunk of no steps, and one of the partial last batch; changes nothing."""
        order = self.order(0)
        self._call(self.batch_size, xla, order, 0, 0, 0.0, 0)
        if rest := len(self._images) % self.batch_size:
            self._call(rest, False, order, 0, 0, 0.0, 0)

    def state(self) -> list[Any]:
        """Return all weights and the optimizer's variables as arrays; the same arrays until the next step."""
        if self._state is None:
            self._state = [value.numpy() for value in self._read()]
        return list(self._state)

    def weights(self) -> list[Any]:
        """Return the weights alone, in the order of Keras's ``get_weights``."""
        return [self.state()[index] for index in self._weight_indices]

    def optimizer_state(self) -> list[Any]:
        """Return the values of the optimizer's variables, in their order."""
        return self.state()[len(self.model.variables) :]

    def set_state(self, state: list[Any]) -> None:
        """Restore what `state` returned."""
        self._state = None
        for variable, value in zip(self.variables, state, strict=True):
            variable.assign(value)

    def _function(self, size: int, xla: bool) -> Any:
        key = (size, xla)
        if key not in self._functions:
            parts = 1 if xla else part_count(self.model, size)
            function = tf.function(self._build_chunk(size, parts), jit_compile=xla)
            # A concrete function, traced once: to compare the types of its arguments at each call would take as long as
            # the chunk of a small network.
            integer, real = tf.TensorSpec((), tf.int32), tf.TensorSpec((), tf.float64)
            order = tf.TensorSpec((len(self._images),), tf.int32)
            self._functions[key] = function.get_concrete_function(order, integer, integer, real, integer)
        return self._functions[key]

    def _build_chunk(self, size: int, parts: int) -> Callable[..., tuple[Any, Any, Any]]:
        model, optimizer = self.model, self.optimizer
        forward_pass = build_forward_pass(model)

        def norms(gradients: list[Any]) -> Any:
            return tf.stack([tf.linalg.global_norm([gradients[i] for i in layer]) for layer in self._layer_indices])

        def differentiate(x: Any, y: Any) -> tuple[Any, Any, list[Any]]:
            # The part's summand of the batch's loss and gradients.
            with tf.GradientTape() as tape:
                probabilities = forward_pass(x)
                loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, probabilities))
                if model.losses:
                    loss = loss + tf.add_n(model.losses)
                loss = loss / parts
            predicted = tf.argmax(probabilities, axis=1, output_type=tf.int32)
            correct = tf.reduce_sum(tf.cast(tf.equal(predicted, y), tf.int32))
            return loss, correct, tape.gradient(loss, model.trainable_variables)

        def step(index: Any, total: Any, correct: Any, order: Any, is_last: Any) -> tuple[Any, Any, Any]:
            chosen = tf.gather(order, index * size + tf.range(size))
            results = [differentiate(*self._gather(indices)) for (indices,) in split_batch(parts, chosen)]
            losses, corrects, summands = zip(*results, strict=True)
            loss, correct_here = tf.add_n(losses), tf.add_n(corrects)
            gradients = [tf.add_n(each) for each in zip(*summands, strict=True)]
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            # Norms are shown for the last step of a chunk alone, so the others do not compute them.
            shown = tf.cond(is_last, lambda: norms(gradients), lambda: tf.zeros(len(self._layer_indices)))
            return total + tf.cast(loss, tf.float64) * size, correct + correct_here, shown

        def chunk(order: Any, start: Any, count: Any, total: Any, correct: Any) -> tuple[Any, Any, Any]:
            def body(done: Any, total: Any, correct: Any, _: Any) -> tuple[Any, Any, Any, Any]:
                total, correct, shown = step(start + done, total, correct, order, done + 1 >= count)
                return done + 1, total, correct, shown

            before = tf.constant(0), total, correct, tf.zeros(len(self._layer_indices))
            _, total, correct, shown = tf.while_loop(lambda done, *_: done < count, body, before)
            return total, correct, shown

        return chunk
