"""Training in compiled chunks: one function runs many steps over data that stays in memory.

`model.fit` pays about a millisecond of Python a step. Here one compiled `tf.while_loop` runs a whole chunk; start and
count are arguments, so that run, step and pause are the same function, and nothing is compiled anew.
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from explorer.engine.tf_adapter.parallelism import part_count, split_batch
from explorer.engine.training.forward_pass import forward


class Loop:
    """One network, its optimizer and the data, with the compiled functions that train and evaluate it.

    images: (n, 28, 28) uint8, labels: (n,), arrays or tensors. The order of an epoch depends on seed and epoch alone.
    gradient_norms: of each layer that learns (``layers``, by name), (n,) float32, in the last step that was run.
    """

    def __init__(
        self, model: keras.Model, optimizer: keras.optimizers.Optimizer, images: Any, labels: Any, batch: int, seed: int
    ) -> None:
        self.model = model
        self.optimizer = optimizer
        self.batch = min(int(batch), len(images))
        self.steps = -(-len(images) // self.batch)
        self._images = tf.convert_to_tensor(images, tf.uint8)
        self._labels = tf.cast(tf.convert_to_tensor(labels), tf.int32)
        self._seed = int(seed)
        self._order: tuple[int, Any] = (-1, None)
        optimizer.build(model.trainable_variables)
        self.variables = [*model.variables, *optimizer.variables]
        # One call for all of them: read one by one they cost as long as a tenth of a small chunk.
        read = tf.function(lambda: [tf.identity(variable.value) for variable in self.variables])
        self._read = read.get_concrete_function()
        self._state: list[Any] | None = None
        self._functions: dict[tuple[int, bool], Any] = {}
        index_of = {id(variable): place for place, variable in enumerate(self.variables)}
        self._weights = [index_of[id(weight)] for weight in model.weights]
        learning = [layer for layer in model.layers if layer.trainable_variables]
        self.layers = [layer.name for layer in learning]
        self.gradient_norms = np.zeros(len(learning), np.float32)
        places = {id(variable): index for index, variable in enumerate(model.trainable_variables)}
        self._places = [[places[id(variable)] for variable in layer.trainable_variables] for layer in learning]

    def begin(self, seed: int, state: list[Any]) -> None:
        """Begin another run, from ``state`` and in the order of another seed."""
        self._seed = seed
        self._order = (-1, None)
        self.gradient_norms = np.zeros(len(self.layers), np.float32)
        self.set_state(state)

    def order(self, epoch: int) -> Any:
        """Return the order in which epoch ``epoch`` (from 0) sees the images, (n,) int32."""
        if self._order[0] != epoch:
            self._order = epoch, self._shuffled(epoch)
        return self._order[1]

    def _shuffled(self, epoch: int) -> Any:
        return tf.random.experimental.stateless_shuffle(tf.range(len(self._images)), seed=[self._seed, epoch])

    def batch_of(self, epoch: int, step: int) -> tuple[Any, Any]:
        """Return the images of a step as the network gets them, (n, 28, 28) float32, and their labels, (n,) int32.

        Changes nothing, so that another thread may ask while this one trains.
        """
        known, order = self._order
        if known != epoch:
            order = self._shuffled(epoch)
        return self._gathered(order[step * self.batch : (step + 1) * self.batch])

    def _gathered(self, places: Any) -> tuple[Any, Any]:
        """Return the images at ``places`` as the network gets them, and their labels."""
        return tf.cast(tf.gather(self._images, places), tf.float32) / 255.0, tf.gather(self._labels, places)

    def run(
        self, epoch: int, start: int, count: int, xla: bool = False, sums: tuple[float, int] = (0.0, 0)
    ) -> tuple[float, int, int]:
        """Run steps ``start`` to ``start + count`` of an epoch; count is cut at the epoch's end.

        Returns the sum of the losses over images and how many were right, both added to ``sums``, and how many images
        there were. Sums go through, so that their last bit does not depend on where an epoch is cut.
        """
        order = self.order(epoch)
        whole = len(self._images) // self.batch
        full = max(0, min(start + count, whole) - start)
        (total, right), seen = sums, 0
        if full:
            total, right = self._call(self.batch, xla, order, start, full, total, right)
            seen += full * self.batch
        rest = len(self._images) - whole * self.batch
        if rest and start + count > whole:
            # A partial last batch has a shape of its own, so it is a function of its own: one step, never with XLA.
            tail = tf.roll(order, rest, 0)
            total, right = self._call(rest, False, tail, 0, 1, total, right)
            seen += rest
        return total, right, seen

    def _call(
        self, size: int, xla: bool, order: Any, start: int, count: int, total: float, right: int
    ) -> tuple[float, int]:
        self._state = None
        where = tf.constant(start), tf.constant(count)
        sums = tf.constant(total, tf.float64), tf.constant(right)
        total, right, norms = self._function(size, xla)(order, *where, *sums)
        if count:
            self.gradient_norms = norms.numpy()
        return float(total), int(right)

    def compile(self, xla: bool) -> None:
        """Trace and compile without changing anything: a chunk of no steps, and of the partial last batch."""
        order = self.order(0)
        self._call(self.batch, xla, order, 0, 0, 0.0, 0)
        if rest := len(self._images) % self.batch:
            self._call(rest, False, order, 0, 0, 0.0, 0)

    def state(self) -> list[Any]:
        """Return all weights and the optimizer's state as arrays; asked again after the same step, the same arrays."""
        if self._state is None:
            self._state = [value.numpy() for value in self._read()]
        return list(self._state)

    def weights(self) -> list[Any]:
        """Return the weights alone, in the order of Keras's ``get_weights``."""
        return [self.state()[index] for index in self._weights]

    def memory(self) -> list[Any]:
        """Return what the optimizer remembers, in the order of its variables."""
        return self.state()[len(self.model.variables) :]

    def set_state(self, state: list[Any]) -> None:
        """Set what `state` returned."""
        self._state = None
        for variable, value in zip(self.variables, state, strict=True):
            variable.assign(value)

    def _function(self, size: int, xla: bool) -> Any:
        key = (size, xla)
        if key not in self._functions:
            parts = 1 if xla else part_count(self.model, size)
            function = tf.function(self._chunk(size, parts), jit_compile=xla)
            # Traced for these types, once: finding out at each call that it is would take as long as a small network's
            # chunk.
            one, sums = tf.TensorSpec((), tf.int32), tf.TensorSpec((), tf.float64)
            order = tf.TensorSpec((len(self._images),), tf.int32)
            self._functions[key] = function.get_concrete_function(order, one, one, sums, one)
        return self._functions[key]

    def _chunk(self, size: int, parts: int) -> Any:
        model, optimizer = self.model, self.optimizer
        network = forward(model)

        def norms(gradients: list[Any]) -> Any:
            return tf.stack([tf.linalg.global_norm([gradients[index] for index in places]) for places in self._places])

        def learn(x: Any, y: Any) -> tuple[Any, Any, list[Any]]:
            # A part's share of the batch's loss and gradients: they add up to the whole's.
            with tf.GradientTape() as tape:
                probabilities = network(x)
                loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, probabilities))
                if model.losses:
                    loss = loss + tf.add_n(model.losses)
                loss = loss / parts
            guessed = tf.argmax(probabilities, axis=1, output_type=tf.int32)
            correct = tf.reduce_sum(tf.cast(tf.equal(guessed, y), tf.int32))
            return loss, correct, tape.gradient(loss, model.trainable_variables)

        def step(index: Any, total: Any, right: Any, order: Any, is_last: Any) -> tuple[Any, Any, Any]:
            chosen = tf.gather(order, index * size + tf.range(size))
            passes = [learn(*self._gathered(places)) for (places,) in split_batch(parts, chosen)]
            losses, rights, shares = zip(*passes, strict=True)
            loss, correct = tf.add_n(losses), tf.add_n(rights)
            gradients = [tf.add_n(each) for each in zip(*shares, strict=True)]
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            # Only one step of a chunk is looked at, so only that one pays for it.
            seen = tf.cond(is_last, lambda: norms(gradients), lambda: tf.zeros(len(self._places)))
            return total + tf.cast(loss, tf.float64) * size, right + correct, seen

        def chunk(order: Any, start: Any, count: Any, total: Any, right: Any) -> tuple[Any, Any, Any]:
            def body(done: Any, total: Any, right: Any, _: Any) -> tuple[Any, Any, Any, Any]:
                total, right, seen = step(start + done, total, right, order, done + 1 >= count)
                return done + 1, total, right, seen

            before = tf.constant(0), total, right, tf.zeros(len(self._places))
            _, total, right, seen = tf.while_loop(lambda done, *_: done < count, body, before)
            return total, right, seen

        return chunk
