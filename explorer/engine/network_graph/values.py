"""Values and gradients of chosen tensors of a training graph for one batch, and statistics of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import tensorflow as tf

from explorer.core.errors import UserError
from explorer.engine.models.build import BUILD_LOCK
from explorer.engine.network_graph.tracing import TRACE_LOCK, TracedNetwork
from explorer.engine.tf_adapter.run_errors import run_error

CACHE_SIZE = 8
"""Sets of fetches whose functions are kept: of the groups that are open, of those that were open before, and of a
diagnosis."""

CHUNK_SIZE = 65_536
"""Numbers that are summed up at a time; a chunk stays in the processor's cache."""

MAX_MAPS, MAX_SIDE_PX = 16, 64
"""Maps of a tensor that are shown at most, and their largest side."""

T = TypeVar("T")


class GraphValues:
    """Runs a traced network for a batch with the model's current weights.

    It uses a second trace of the same step, of which only the ops that the fetches need are run: no moving average or
    other variable that a training step changes is touched.
    """

    def __init__(self, traced: TracedNetwork) -> None:
        self._traced = traced
        self.prepared = False
        """Whether the latest fetches had been requested before; the first time a function is built for them."""
        self._function: Any = None
        self._cache: dict[tuple[str, ...], tuple[list[str], Any]] = {}
        self._summaries: dict[str, Any] = {}
        self._taps: dict[str, Any] = {}
        self._summarize: Callable[[str, Any], Any] = lambda _name, value: value

    def run(self, inputs: Any, labels: Any, tensors: Iterable[str]) -> dict[str, Any]:
        """Return the values of tensors by name; those that cannot be computed are left out.

        inputs, labels: an array, or a sequence of those of several inputs or outputs; None for no label.
        """
        names = tuple(sorted(set(tensors)))
        self.prepared = names in self._cache
        if not names:
            return {}
        known, run = self._pruned(names)
        results = self._call(run, inputs, labels)
        return {name: result.numpy() for name, result in zip(known, results, strict=True)}

    def summarize(
        self, inputs: Any, labels: Any, tensors: Iterable[str], summarize: Callable[[str, Any], T]
    ) -> dict[str, T]:
        """Return ``summarize(name, value)`` of each tensor; those that cannot be computed are left out.

        It is called for each value as soon as it is computed, after which TensorFlow may free the value: all values of
        a large network at once would fill the memory.
        """
        names = tuple(sorted(set(tensors)))
        self.prepared = ("summaries", *names) in self._cache
        if not names:
            return {}
        _, run = self._pruned(names, summarized=True)
        self._summarize, self._summaries = summarize, {}
        self._call(run, inputs, labels)
        summaries, self._summaries = self._summaries, {}
        return summaries

    def _call(self, run: Any, inputs: Any, labels: Any) -> Any:
        """Run a function for a batch. Raises UserError that names the layer where an op fails."""
        try:
            return run(*_constants(inputs, labels))
        except tf.errors.OpError as error:
            reason, op = run_error(error)
            layer = self._traced.graph.layer_of(op)
            where = f"the layer “{layer}”" if layer else op or "this network"
            is_random = self._traced.batch.info["is_random"]
            other = "from a file instead of random numbers" if is_random else "that it can take"
            raise UserError(
                f"TensorFlow could not run {where} for this batch: {reason}. Feed examples {other}."
            ) from error

    def _pruned(self, names: tuple[str, ...], summarized: bool = False) -> tuple[list[str], Any]:
        """Return those of the names that can be computed, and a function that computes them or summarizes them."""
        key = ("summaries", *names) if summarized else names
        if key not in self._cache:
            if self._function is None:
                with TRACE_LOCK, BUILD_LOCK:
                    self._function = tf.compat.v1.wrap_function(self._traced.step, list(self._traced.specs))
            graph = self._function.graph
            tensors = {}
            for name in names:
                try:
                    tensor = self._tensor(graph, name)
                except (KeyError, ValueError):
                    continue
                if tensor.dtype.is_floating or tensor.dtype.is_integer:
                    tensors[name] = tensor
            inputs = [tensor for tensor in self._function.inputs if tensor.dtype != tf.resource]
            inputs = inputs[: len(self._traced.specs)]
            while len(self._cache) >= CACHE_SIZE:
                del self._cache[next(iter(self._cache))]
            fetches = [self._tap(name, tensor) if summarized else tensor for name, tensor in tensors.items()]
            self._cache[key] = list(tensors), self._function.prune(inputs, fetches)
        return self._cache[key]

    def _tensor(self, graph: Any, name: str) -> Any:
        """Return a tensor of the graph, or the sums of an embedding's gradients by row."""
        rows = self._traced.row_gradients.get(name)
        if rows is None:
            return graph.get_tensor_by_name(self._traced.originals.get(name, name))
        with graph.as_default():
            values, indices = self._tensor(graph, rows.values), self._tensor(graph, rows.indices)
            return tf.math.unsorted_segment_sum(values, indices, rows.rows)

    def _tap(self, name: str, tensor: Any) -> Any:
        """Return the output of an op that passes the value of a tensor to `_summarize`."""
        if name not in self._taps:

            def tap(value: Any) -> Any:
                self._summaries[name] = self._summarize(name, value)
                return np.int8(0)

            with self._function.graph.as_default():
                self._taps[name] = tf.numpy_function(tap, [tensor], tf.int8, name="tap")
        return self._taps[name]


def loss_value(traced: TracedNetwork) -> float | None:
    """Return the loss of the batch for which a network was traced, None without a loss."""
    if traced.loss_tensor is None:
        return None
    values = GraphValues(traced).run(traced.batch.inputs, traced.batch.labels, [traced.loss_tensor])
    return batch_loss(values[traced.loss_tensor])


def batch_loss(value: Any) -> float:
    """Return the loss of a batch as Keras reports it: the mean of one that has a number for each example."""
    return float(np.mean(value))


def _constants(inputs: Any, labels: Any) -> list[Any]:
    return [tf.constant(array) for array in tf.nest.flatten((inputs, labels)) if array is not None]


def statistics(value: Any) -> dict[str, float]:
    """Return statistics of a tensor.

    ``count``, ``nan`` (NaN and infinities), and of the finite numbers ``mean``, ``std``, ``norm``, ``min``, ``max`` and
    ``zeros`` (their fraction, from 0 to 1). Sums are computed in float64: in float32 the mean of a million numbers
    loses digits.
    """
    flat = np.asarray(value).ravel()
    count, total, square, zeros, low, high = 0, 0.0, 0.0, 0, np.inf, -np.inf
    for start in range(0, flat.size, CHUNK_SIZE):
        part = flat[start : start + CHUNK_SIZE].astype(np.float64)
        if not np.isfinite(part).all():
            part = part[np.isfinite(part)]
        if part.size:
            count += part.size
            total += float(part.sum())
            square += float(np.square(part).sum())  # a product of vectors would wake all of BLAS's threads
            zeros += part.size - int(np.count_nonzero(part))
            low, high = min(low, float(part.min())), max(high, float(part.max()))
    result: dict[str, float] = {"count": flat.size, "nan": flat.size - count}
    if not count:
        return result
    mean = total / count
    return result | {
        "mean": mean,
        "std": float(np.sqrt(max(square / count - mean * mean, 0.0))),
        "norm": float(np.sqrt(square)),
        "min": low,
        "max": high,
        "zeros": zeros / count,
    }


def combine_statistics(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the statistics of several tensors taken together."""
    if len(parts) == 1:
        return dict(parts[0])
    finite = [part for part in parts if "mean" in part]
    result: dict[str, float] = {
        "count": sum(part["count"] for part in parts),
        "nan": sum(part["nan"] for part in parts),
    }
    count = sum(part["count"] - part["nan"] for part in finite)
    if not count:
        return result
    fractions = [(part["count"] - part["nan"]) / count for part in finite]
    mean = sum(fraction * part["mean"] for fraction, part in zip(fractions, finite, strict=True))
    square = sum(part["norm"] ** 2 for part in finite)
    return result | {
        "mean": mean,
        "std": float(np.sqrt(max(square / count - mean * mean, 0.0))),
        "norm": float(np.sqrt(square)),
        "min": min(part["min"] for part in finite),
        "max": max(part["max"] for part in finite),
        "zeros": sum(fraction * part["zeros"] for fraction, part in zip(fractions, finite, strict=True)),
    }


def dead_fraction(value: Any) -> float:
    """Return the fraction of units, or maps, that are 0 for every example of the batch."""
    array = np.asarray(value)
    axes = tuple(range(array.ndim - 1))
    return float(np.mean(~np.any(array != 0, axis=axes))) if array.ndim >= 2 else 0.0


def feature_maps(value: Any) -> Any:
    """Return the maps of the first example as (n, height, width) float32, or None for a tensor without maps.

    Of a batch of grey images, (n, h, w), each example is one map.
    """
    array = np.asarray(value)
    if array.ndim == 4:
        maps = np.moveaxis(array[0], -1, 0)[:MAX_MAPS]
    elif array.ndim == 3 and array.shape[1] > 3 and array.shape[2] > 3:
        maps = array[:MAX_MAPS]
    else:
        return None
    stride = max(1, -(-max(maps.shape[1:]) // MAX_SIDE_PX))
    return np.ascontiguousarray(maps[:, ::stride, ::stride], np.float32)
