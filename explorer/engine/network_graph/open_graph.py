"""The training graph that is looked at, and what is remembered of it."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from explorer.core.network_graph.search import searchable_texts
from explorer.core.network_graph.visible_graph import VisibleGraphBuilder
from explorer.engine.network_graph.op_profile import OpProfile
from explorer.engine.network_graph.tracing import TracedNetwork
from explorer.engine.network_graph.values import GraphValues
from explorer.engine.training.current_network import CurrentNetwork

Thumbnails: TypeAlias = dict[str, tuple[Any, float]]
"""Of a ``value`` and of its ``gradient``: int8 images, and the magnitude that `FULL_SCALE` stands for."""


@dataclass
class OpenGraph:
    """A graph that is looked at. of: the network in view that it was traced of, None for others.

    images, labels: a batch as ``traced.specs`` wants it; batch: what it is, in words. weights: the moment's that the
    model has, None for its own. thumbnails: by box, of the numbers that were
    sent last. profile: of each op by its name, None before it is measured. views: builds what is visible of it.
    search_texts: its `searchable_texts`.
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
    thumbnails: dict[str, Thumbnails] = field(default_factory=dict)
    profile: dict[str, OpProfile] | None = None
    views: VisibleGraphBuilder = field(init=False)
    search_texts: list[tuple[str, bool]] = field(init=False)

    def __post_init__(self) -> None:
        self.views = VisibleGraphBuilder(self.traced.graph, self.traced.order)
        self.search_texts = searchable_texts(self.traced.graph)  # or the first search would have to wait for it

    def take_newest(self) -> int | None:
        """Take the newest weights of a network that trains; returns after how many steps they were so."""
        if self.of is None:
            return None
        moment = self.of.history.all[-1]
        if moment.weights is not self.weights:
            self.traced.model.set_weights(list(moment.weights))
            self.weights = moment.weights
        return moment.step
