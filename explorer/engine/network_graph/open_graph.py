"""The training graph that is looked at, and what is remembered of it."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from explorer.engine.network_graph.op_profile import Cost
from explorer.engine.network_graph.tracing import TracedNetwork
from explorer.engine.network_graph.values import GraphValues
from explorer.engine.training.current_network import CurrentNetwork

Tiles: TypeAlias = dict[str, tuple[Any, float]]
"""Small pictures of a ``value`` and of its ``gradient``: int8, with the magnitude that `tiles.FULL` stands for."""


@dataclass
class OpenGraph:
    """A graph that is looked at. of: the network in view that it was traced of, None for others.

    images, labels: a batch as ``traced.specs`` wants it; batch: what it is, in words. weights: the moment's that the
    model has, None for its own. tiles: small pictures by box, as they were when numbers were told last. costs: of each
    op by its name, None before they are measured.
    """

    number: int
    source: str
    traced: TracedNetwork
    values: GraphValues
    images: Any
    labels: Any
    batch: str
    of: CurrentNetwork | None = None
    weights: Any = None
    number_of_values: int = 0
    tiles: dict[str, Tiles] = field(default_factory=dict)
    costs: dict[str, Cost] | None = None

    def take_newest(self) -> int | None:
        """Take the newest weights of a network that trains; returns after how many steps they were so."""
        if self.of is None:
            return None
        moment = self.of.history.all[-1]
        if moment.weights is not self.weights:
            self.traced.model.set_weights(list(moment.weights))
            self.weights = moment.weights
        return moment.step
