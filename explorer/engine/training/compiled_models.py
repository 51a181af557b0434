"""A network with everything that was compiled for it: kept, so that the next run of the same kind begins at once.

It also keeps the process small: what XLA has compiled is never freed.
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

KEPT = 3
"""So many that are not in use are kept."""

VALUES = frozenset({"learning_rate", "epochs", "seed", "xla"})
"""Settings that change no function: they are values of variables, or say how often and how one is called."""


@dataclass(eq=False)
class CompiledModel:
    """One run uses it at a time. rates: steps a second, without and with XLA, of the ways that were tried."""

    kind: tuple[Any, ...]
    data: Dataset
    model: keras.Model
    loop: Loop
    evaluator: Evaluator
    rates: dict[bool, float] = field(default_factory=dict)


def kind_of(settings: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what is compiled: two runs of one kind use the same functions, and XLA is as fast in both."""
    return tuple(sorted((key, repr(value)) for key, value in settings.items() if key not in VALUES))


_kept: list[CompiledModel] = []
_lock = threading.Lock()


def take_machine(settings: Mapping[str, Any], data: Dataset) -> CompiledModel:
    """Return one for a run with these settings that nobody else has, with the weights that its seed gives."""
    kind = kind_of(settings)
    model, optimizer, seed = build_network(settings), build_optimizer(settings), int(settings["seed"])
    with _lock:
        _kept[:] = [machine for machine in _kept if machine.data is data]  # other images are not held in memory
        found = next((machine for machine in _kept if machine.kind == kind), None)
        if found is not None:
            _kept.remove(found)
    if found is None:
        loop = Loop(model, optimizer, *training_tensors(data), settings["batch_size"], seed)
        return CompiledModel(kind, data, model, loop, Evaluator(model, data.x_validation, data.y_validation))
    optimizer.build(model.trainable_variables)
    found.loop.begin(seed, [variable.value.numpy() for variable in (*model.variables, *optimizer.variables)])
    return found


def give_back(machine: CompiledModel) -> None:
    """Let another run have it."""
    with _lock:
        if machine not in _kept:
            _kept.append(machine)
            del _kept[:-KEPT]
