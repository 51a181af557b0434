"""Finds what is wrong with the gradients of an open graph for its batch, and the op that is to blame."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from explorer.core.autodiff.trace import op_of
from explorer.core.network_graph.gradient_health import (
    Blame,
    BlameKind,
    Diagnosis,
    GradientProblem,
    LayerGradient,
    find_passage,
    find_problem,
)
from explorer.engine.network_graph.backward_paths import BackwardPaths
from explorer.engine.network_graph.blame import Blamer, ops_before
from explorer.engine.network_graph.open_graph import OpenGraph
from explorer.engine.network_graph.variables import graph_variables

MAX_TENSORS = 1500
"""Tensors that are looked at for a cause; in a larger graph the problem is named without one."""

Statistics = Mapping[str, float]


def diagnose(graph: OpenGraph, layers: Mapping[str, str], found: Mapping[str, Statistics]) -> Diagnosis | None:
    """Return what is wrong with the gradients, None if nothing is.

    Of a batch of random numbers only that is said which does not depend on it.

    Parameters
    ----------
    layers : the tensor that each layer returns, by group.
    found : statistics of these tensors, of their gradients, and of the gradients of the weights.
    """
    return _Diagnosing(graph, layers, found).diagnose()


class _Diagnosing:
    def __init__(self, graph: OpenGraph, layers: Mapping[str, str], found: Mapping[str, Statistics]) -> None:
        self._graph, self._traced, self._layers, self._found = graph, graph.traced, layers, found
        self._has_trained = graph.network is not None and graph.network.history.all[-1].step > 0
        self._blamer = Blamer(graph)

    def diagnose(self) -> Diagnosis | None:
        if any(statistics["nan"] for statistics in self._found.values()):
            if self._is_wrong_somewhere():
                return self._not_finite()
            # Some ops work with infinite numbers, as that of CTC with the logarithm of 0: that alone is no problem.
            if diagnosis := self._not_finite_weights():
                return diagnosis
        if self._traced.loss is None or self._traced.batch.info["is_random"]:
            return None
        if not self._traced.model.trainable_variables:
            return Diagnosis(GradientProblem.FROZEN, total=self._traced.model.count_params())
        if not self._traced.weights:
            return Diagnosis(GradientProblem.NO_PATH)
        gradients = self._layer_gradients()
        weights = {
            path: self._found[gradient]["norm"]
            for path, (_, gradient) in self._traced.weights.items()
            if gradient in self._found
        }
        unlearned = self._unlearned(weights)
        kind, layer = find_problem(gradients, weights) or (None, None)
        if kind in (GradientProblem.ALL_ZERO, GradientProblem.ZERO):
            return Diagnosis(
                kind,
                layer.name if layer is not None else "",
                blame=self._blame_for_zero(layer.tensor if layer is not None else self._last_weights(weights)),
                has_trained=self._has_trained,
                unlearned=tuple(unlearned) if kind == GradientProblem.ZERO else (),
            )
        if unlearned:
            name, paths = list(unlearned.items())[-1]
            blame = self._blame_for_zero(self._last_weights(paths))
            return Diagnosis(
                GradientProblem.UNLEARNED, name, blame=blame, has_trained=self._has_trained, unlearned=tuple(unlearned)
            )
        if kind is None:
            names = self._without_gradient()
            return Diagnosis(GradientProblem.NO_PATH, unlearned=names) if names else None
        assert layer is not None
        return Diagnosis(
            kind,
            layer.name,
            gradients[0].name,
            layer.norm / gradients[0].norm,
            self._blame_for_size(kind, layer.tensor, gradients[0].tensor),
            has_trained=self._has_trained,
        )

    def _layer_gradients(self) -> list[LayerGradient]:
        """Return the layers in the order of the backward pass."""
        gradients = []
        for name, tensor in self._layers.items():
            statistics = self._found.get(self._traced.gradients.get(tensor, ""))
            if statistics is not None and "norm" in statistics:
                layer = LayerGradient(name.rpartition("/")[2], tensor, statistics["norm"])
                gradients.append((self._traced.order.get(op_of(tensor), 0), layer))
        return [layer for _, layer in sorted(gradients, key=lambda pair: pair[0])]

    def _unlearned(self, weights: Mapping[str, float]) -> dict[str, list[str]]:
        """Return the layers whose weights all have a gradient of 0, with the paths of these weights."""
        paths: dict[str, list[str]] = {}
        for path in weights:
            paths.setdefault(self._blamer.layer_of_group(self._traced.weights[path][0]), []).append(path)
        return {layer: own for layer, own in paths.items() if not any(weights[path] for path in own)}

    def _without_gradient(self) -> tuple[str, ...]:
        """Return the layers that have weights for training, of which TensorFlow has no gradient."""
        has_gradient: dict[str, bool] = {}
        handles = {variable.path: variable.handle for variable in graph_variables(self._traced)}
        for variable in self._traced.model.trainable_variables:
            if variable.path in handles:
                layer = self._blamer.layer_of_group(self._traced.graph.group_of[handles[variable.path]])
                has_gradient[layer] = has_gradient.get(layer, False) or variable.path in self._traced.weights
        return tuple(layer for layer, has in has_gradient.items() if not has)

    def _last_weights(self, paths: Iterable[str]) -> str:
        """Return the handle of the last of some arrays of weights."""
        handles = {variable.path: variable.handle for variable in graph_variables(self._traced)}
        return f"{handles[list(paths)[-1]]}:0"

    # -- NaN and infinite numbers -------------------------------------------------------------------

    def _is_wrong_somewhere(self) -> bool:
        """Whether the loss, what a layer returns, or a gradient of these or of weights is NaN or infinite."""
        traced = self._traced
        results = [
            *self._layers.values(),
            *traced.outputs,
            *([] if traced.loss_tensor is None else [traced.loss_tensor]),
        ]
        gradients = [traced.gradients.get(tensor, "") for tensor in results]
        weights = [gradient for _, gradient in traced.weights.values()]
        return any(self._found[name]["nan"] for name in (*results, *gradients, *weights) if name in self._found)

    def _not_finite_weights(self) -> Diagnosis | None:
        arrays = self._arrays_that_are_not_finite()
        return replace(arrays[0], other_arrays=len(arrays) - 1) if arrays else None

    def _not_finite(self) -> Diagnosis | None:
        if diagnosis := self._not_finite_weights():
            return diagnosis
        if self._traced.batch.info["is_random"]:
            return None
        for value in self._traced.batch.arrays:
            found = _find_not_finite(np.asarray(value))
            if found:
                return Diagnosis(GradientProblem.DATA, **found)
        blame = self._first_bad_value()
        if blame is not None:
            return Diagnosis(GradientProblem.VALUE, blame=blame, has_trained=self._has_trained)
        return Diagnosis(GradientProblem.GRADIENT, blame=self._first_bad_gradient(), has_trained=self._has_trained)

    def _arrays_that_are_not_finite(self) -> list[Diagnosis]:
        values = {variable.path: variable.value for variable in self._traced.model.variables}
        arrays = []
        for variable in graph_variables(self._traced):
            found = _find_not_finite(values[variable.path].numpy())
            if found:
                layer = self._blamer.layer_of_group(self._traced.graph.group_of[variable.handle])
                array = variable.path.rpartition("/")[2]
                arrays.append(
                    Diagnosis(GradientProblem.WEIGHTS, layer, array=array, has_trained=self._has_trained, **found)
                )
        return arrays

    def _first_bad_value(self) -> Blame | None:
        """Return the first op of the forward pass that makes NaN or infinite numbers of finite ones."""
        outputs = {f"{op.id}:0": op for op in self._traced.graph.ops if not op.backward and op.shapes}
        bad = self._bad(outputs)
        for tensor, op in outputs.items():
            if tensor in bad and not any(source in bad for source in op.inputs):
                return self._blamer.place(op.id)
        return None

    def _first_bad_gradient(self) -> Blame | None:
        paths = BackwardPaths(self._traced)
        bad = self._bad([*paths.totals.values(), *self._traced.slots.values()])
        for op in sorted(self._traced.order, key=self._traced.order.__getitem__):
            passed = [gradient for (name, _), gradient in self._traced.slots.items() if name == op]
            if any(gradient in bad for gradient in passed) and not any(
                paths.totals.get(output) in bad for output in paths.outputs(op)
            ):
                return self._blamer.place(op)
        return None

    def _bad(self, tensors: Iterable[str]) -> set[str]:
        """Return those tensors that have NaN or infinite numbers; none where there are too many to look at."""
        wanted = list(tensors)
        if len(wanted) > MAX_TENSORS:
            return set()
        counts = self._graph.values.summarize(
            self._traced.batch.inputs, self._traced.batch.labels, wanted, lambda _name, value: _not_finite_count(value)
        )
        return {name for name, count in counts.items() if count}

    # -- gradients that are 0, small or large ---------------------------------------------------------

    def _norms(self, tensors: Iterable[str]) -> Mapping[str, float] | None:
        wanted = set(tensors)
        if len(wanted) > MAX_TENSORS:
            return None
        return self._graph.values.summarize(
            self._traced.batch.inputs, self._traced.batch.labels, wanted, lambda _name, value: _norm(value)
        )

    def _blame_for_zero(self, tensor: str) -> Blame | None:
        paths = BackwardPaths(self._traced)
        norms = self._norms(paths.gradients_after(tensor))
        if norms is None:
            return None
        blocked = paths.find_blocked(tensor, norms)
        if blocked is None:
            return None
        if isinstance(blocked, int):
            return self._blamer.cancelled(tensor, blocked)
        return self._with_root(self._blamer.blame(blocked), blocked.output)

    def _with_root(self, blame: Blame, output: str) -> Blame:
        """Add why all outputs of a relu are 0, if an op before it is the reason."""
        if blame.kind != BlameKind.INACTIVE or blame.share != 1:
            return blame
        graph = self._traced.graph
        before = {f"{op.id}:0": op for op in ops_before(graph, blame.op) if op.shapes}
        zero = {tensor for tensor, norm in (self._norms(before) or {}).items() if norm == 0}
        root = output
        while source := next((name for name in graph.by_name[op_of(root)].inputs if name in zero), None):
            if op_of(source) in graph.helper_kinds:
                break
            root = source
        return blame if root == output else replace(blame, root=self._blamer.of_zero_value(op_of(root)))

    def _blame_for_size(self, problem: GradientProblem, tensor: str, reference: str) -> Blame | None:
        paths = BackwardPaths(self._traced)
        norms = self._norms(paths.gradients_after(tensor))
        if norms is None:
            return None
        found = find_passage(paths.widest_path(tensor, reference, norms), problem)
        return None if found is None else self._blamer.blame(*found)


def _is_float(array: Any) -> bool:
    return bool(array.dtype.kind == "f" or array.dtype.name == "bfloat16")


def _not_finite_count(value: Any) -> int:
    """Return the number of NaN and infinite numbers of a tensor."""
    array = np.asarray(value)
    return int(array.size - np.count_nonzero(np.isfinite(array))) if _is_float(array) else 0


def _find_not_finite(array: Any) -> dict[str, Any]:
    """Return which numbers of an array are NaN or infinite, as a `Diagnosis` has them; nothing if all are finite."""
    count = _not_finite_count(array)
    if not count:
        return {}
    first = np.unravel_index(int(np.argmin(np.isfinite(array))), array.shape)
    return {
        "count": count,
        "total": int(array.size),
        "nan_count": int(np.count_nonzero(np.isnan(array))),
        "first": tuple(int(index) for index in first),
    }


def _norm(value: Any) -> float:
    return float(np.linalg.norm(np.asarray(value, np.float64).ravel()))
