"""A pool of networks with their compiled functions, so that the next run of the same kind starts at once.

The pool also keeps the process small: memory of what XLA has compiled is never freed.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import keras

from explorer.core.data.dataset import Dataset
from explorer.engine.data.tensors import training_tensors
from explorer.engine.models.build import build_network, build_optimizer
from explorer.engine.training.evaluation import Evaluator
from explorer.engine.training.loop import Loop

POOL_SIZE = 3
"""Compiled models that are kept while no run uses them."""

VALUE_SETTINGS = frozenset({"learning_rate", "epochs", "seed", "xla"})
"""Settings that need no other compiled function: they are values of variables, or how often which one is called."""


@dataclass(eq=False)
class CompiledModel:
    """A network with all that was compiled for it; one run uses it at a time.

    kind: see `kind_of`. rates: measured steps per second, by whether XLA is used.
    """

    kind: tuple[Any, ...]
    data: Dataset
    model: keras.Model
    loop: Loop
    evaluator: Evaluator
    rates: dict[bool, float] = field(default_factory=dict)


def kind_of(settings: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return a key that is equal for runs that can use the same functions, for which XLA is equally fast as well."""
    return tuple(sorted((key, repr(value)) for key, value in settings.items() if key not in VALUE_SETTINGS))


_pool: list[CompiledModel] = []
_lock = threading.Lock()


def acquire_model(settings: Mapping[str, Any], data: Dataset) -> CompiledModel:
    """Return a compiled model for a run with these settings, pooled or new, with the weights that the seed gives."""
    kind = kind_of(settings)
    model, optimizer, seed = build_network(settings), build_optimizer(settings), int(settings["seed"])
    with _lock:
        _pool[:] = [compiled for compiled in _pool if compiled.data is data]  # other images are not held in memory
        pooled = next((compiled for compiled in _pool if compiled.kind == kind), None)
        if pooled is not None:
            _pool.remove(pooled)
    if pooled is None:
        loop = Loop(model, optimizer, *training_tensors(data), settings["batch_size"], seed)
        return CompiledModel(kind, data, model, loop, Evaluator(model, data.x_validation, data.y_validation))
    optimizer.build(model.trainable_variables)
    pooled.loop.reset(seed, [variable.value.numpy() for variable in (*model.variables, *optimizer.variables)])
    return pooled


def release_model(compiled: CompiledModel) -> None:
    """Return a compiled model to the pool."""
    with _lock:
        if compiled not in _pool:
            _pool.append(compiled)
            del _pool[:-POOL_SIZE]
