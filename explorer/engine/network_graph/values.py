"""What flows through a training graph for one batch: values and gradients of chosen tensors, as statistics."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from explorer.engine.models.build import BUILD_LOCK
from explorer.engine.network_graph.tracing import TRACING, TracedNetwork

KEPT = 4
"""Sets of fetches that stay compiled: what is open, and what was open before."""

CHUNK = 65_536
"""Numbers that are summed up at a time."""

MAPS, PIXELS = 16, 64
"""Of a tensor of pictures so many maps are told, none larger than so many pixels a side."""


class GraphValues:
    """Runs a traced network for a batch; its weights are those that the model has at that moment.

    It is a second trace of the same step, from which only what is fetched is run: nothing that a training step changes,
    such as moving averages, is touched.
    """

    def __init__(self, traced: TracedNetwork) -> None:
        self._traced = traced
        self.prepared = False
        """Whether what was asked for last had been asked for before; the first time it is traced."""
        self._whole: Any = None
        self._parts: dict[tuple[str, ...], Any] = {}
        self._seen: dict[str, Any] = {}
        self._looks: dict[str, Any] = {}
        self._look: Callable[[str, Any], Any] = lambda _name, value: value

    def run(self, images: Any, labels: Any, tensors: Iterable[str]) -> dict[str, Any]:
        """Return the values of tensors by name; those that cannot be computed are left out."""
        names = tuple(sorted(set(tensors)))
        self.prepared = names in self._parts
        if not names:
            return {}
        known, run = self._part(names)
        results = run(tf.constant(images), tf.constant(labels))
        return {name: result.numpy() for name, result in zip(known, results, strict=True)}

    def look(self, images: Any, labels: Any, tensors: Iterable[str], look: Callable[[str, Any], Any]) -> dict[str, Any]:
        """Return what ``look`` says of the name and the value of each tensor; those that cannot be computed are left
        out.

        It looks at each when it is there, and TensorFlow lets go of it: all of a large network's at once would fill the
        memory.
        """
        names = tuple(sorted(set(tensors)))
        self.prepared = ("looks", *names) in self._parts
        if not names:
            return {}
        _, run = self._part(names, looked_at=True)
        self._look, self._seen = look, {}
        run(tf.constant(images), tf.constant(labels))
        seen, self._seen = self._seen, {}
        return seen

    def _part(self, names: tuple[str, ...], looked_at: bool = False) -> tuple[list[str], Any]:
        key = ("looks", *names) if looked_at else names
        if key not in self._parts:
            if self._whole is None:
                with TRACING, BUILD_LOCK:
                    self._whole = tf.compat.v1.wrap_function(self._traced.step, list(self._traced.specs))
            graph = self._whole.graph
            found = {}
            for name in names:
                try:
                    tensor = graph.get_tensor_by_name(self._traced.originals.get(name, name))
                except (KeyError, ValueError):
                    continue
                if tensor.dtype.is_floating or tensor.dtype.is_integer:
                    found[name] = tensor
            inputs = [tensor for tensor in self._whole.inputs if tensor.dtype != tf.resource][:2]
            while len(self._parts) >= KEPT:
                del self._parts[next(iter(self._parts))]
            fetches = [self._looking(name, tensor) if looked_at else tensor for name, tensor in found.items()]
            self._parts[key] = list(found), self._whole.prune(inputs, fetches)
        return self._parts[key]

    def _looking(self, name: str, tensor: Any) -> Any:
        """An op that hands the value of a tensor to `_look` when it is there."""
        if name not in self._looks:

            def take(value: Any) -> Any:
                self._seen[name] = self._look(name, value)
                return np.int8(0)

            with self._whole.graph.as_default():
                self._looks[name] = tf.numpy_function(take, [tensor], tf.int8, name="looked_at")
        return self._looks[name]


def statistics(value: Any) -> dict[str, float]:
    """Return what is told of a tensor: ``count``, ``nan`` (NaN and infinities), and of the finite numbers ``mean``,
    ``std`` (spread), ``norm``, ``min``, ``max`` and ``zeros`` (their share, from 0 to 1).

    Sums are made in float64: in float32 the mean of a million numbers loses digits.
    """
    flat = np.asarray(value).ravel()
    count, total, square, zeros, low, high = 0, 0.0, 0.0, 0, np.inf, -np.inf
    for start in range(0, flat.size, CHUNK):  # a chunk stays in the processor's cache
        part = flat[start : start + CHUNK].astype(np.float64)
        if not np.isfinite(part).all():
            part = part[np.isfinite(part)]
        if part.size:
            count += part.size
            total += float(part.sum())
            square += float(np.square(part).sum())  # a product of vectors would wake all of BLAS's threads
            zeros += part.size - int(np.count_nonzero(part))
            low, high = min(low, float(part.min())), max(high, float(part.max()))
    told: dict[str, float] = {"count": flat.size, "nan": flat.size - count}
    if not count:
        return told
    mean = total / count
    return told | {
        "mean": mean,
        "std": float(np.sqrt(max(square / count - mean * mean, 0.0))),
        "norm": float(np.sqrt(square)),
        "min": low,
        "max": high,
        "zeros": zeros / count,
    }


def dead_share(value: Any) -> float:
    """Return the share of units, or maps, that are 0 for every example of the batch."""
    array = np.asarray(value)
    axes = tuple(range(array.ndim - 1))
    return float(np.mean(~np.any(array != 0, axis=axes))) if array.ndim >= 2 else 0.0


def pictures(value: Any) -> Any:
    """Return the maps of the first example as (n, height, width) float32, or None where it is no picture.

    A batch of grey images (n, h, w) is one picture for each example.
    """
    array = np.asarray(value)
    if array.ndim == 4:
        maps = np.moveaxis(array[0], -1, 0)[:MAPS]
    elif array.ndim == 3 and array.shape[1] > 3 and array.shape[2] > 3:
        maps = array[:MAPS]
    else:
        return None
    stride = max(1, -(-max(maps.shape[1:]) // PIXELS))
    return np.ascontiguousarray(maps[:, ::stride, ::stride], np.float32)


def combined(told: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the statistics of several tensors taken together."""
    if len(told) == 1:
        return dict(told[0])
    full = [one for one in told if "mean" in one]
    total: dict[str, float] = {"count": sum(one["count"] for one in told), "nan": sum(one["nan"] for one in told)}
    finite = sum(one["count"] - one["nan"] for one in full)
    if not finite:
        return total
    sizes = [(one["count"] - one["nan"]) / finite for one in full]
    mean = sum(share * one["mean"] for share, one in zip(sizes, full, strict=True))
    square = sum(one["norm"] ** 2 for one in full)
    return total | {
        "mean": mean,
        "std": float(np.sqrt(max(square / finite - mean * mean, 0.0))),
        "norm": float(np.sqrt(square)),
        "min": min(one["min"] for one in full),
        "max": max(one["max"] for one in full),
        "zeros": sum(share * one["zeros"] for share, one in zip(sizes, full, strict=True)),
    }
