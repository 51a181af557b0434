"""How a network is trained: its batches, and the optimizer's variables that belong to the newest weights."""

from collections.abc import Mapping
from typing import Any

import keras

from explorer.engine.models.build import build_optimizer
from explorer.engine.training.loop import Loop


class OptimizerState:
    """The optimizer's variables as they were when the weights were copied last.

    loop: the run's, which gives its batches. settings: the run's.
    """

    def __init__(self, loop: Loop, settings: Mapping[str, Any]) -> None:
        self.loop = loop
        self.settings = settings
        self._saved: tuple[int, list[Any]] = (-1, [])

    def save(self, step: int) -> None:
        """Save the current variables as those after ``step``; called by the thread that trains."""
        self._saved = step, self.loop.optimizer_state()

    def optimizer(self, model: keras.Model, step: int) -> keras.optimizers.Optimizer:
        """Return an optimizer built for a copy of the network, with the variables after ``step`` where they are known.

        Otherwise its variables have their initial values.
        """
        optimizer = build_optimizer(self.settings)
        optimizer.build(model.trainable_variables)
        self.restore(optimizer, step)
        return optimizer

    def restore(self, optimizer: keras.optimizers.Optimizer, step: int) -> bool:
        """Assign the variables after ``step`` to ``optimizer``; return whether they are known."""
        saved, values = self._saved  # one read: the thread that trains may replace the pair at any time
        if saved != step:
            return False
        for variable, value in zip(optimizer.variables, values, strict=True):
            variable.assign(value)
        return True
