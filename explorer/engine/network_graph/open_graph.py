"""The training graph that the window shows, and results that are kept for it."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from explorer.core.network_graph.search import SearchIndex
from explorer.core.network_graph.visible_graph import VisibleGraphBuilder
from explorer.engine.network_graph.op_profile import OpProfile
from explorer.engine.network_graph.tracing import TracedNetwork
from explorer.engine.network_graph.values import GraphValues
from explorer.engine.network_graph.variables import graph_variables
from explorer.engine.training.current_network import CurrentNetwork

Thumbnails: TypeAlias = dict[str, tuple[Any, float]]
"""Of a ``value`` and of its ``gradient``: int8 images, and the magnitude that `FULL_SCALE` stands for."""


@dataclass
class OpenGraph:
    """A training graph, and results for it.

    network: the current network that was traced, None for any other. weights: those of ``network`` that the model has,
    None for its own. thumbnails: by box, of the values that were sent latest. profile: of each op by name, None until
    it is measured. views: builds the visible part. search: finds what is in the
    graph.
    """

    number: int
    source: str
    traced: TracedNetwork
    values: GraphValues
    network: CurrentNetwork | None = None
    weights: Any = None
    values_number: int = 0
    thumbnails: dict[str, Thumbnails] = field(default_factory=dict)
    profile: dict[str, OpProfile] | None = None
    views: VisibleGraphBuilder = field(init=False)
    search: SearchIndex = field(init=False)

    def __post_init__(self) -> None:
        self.views = VisibleGraphBuilder(self.traced.graph, self.traced.order)
        self.search = SearchIndex(self.traced.graph, graph_variables(self.traced))  # now, so that the first one is fast

    def update_weights(self) -> int | None:
        """Set the newest weights of the network that is trained; return their step, None for any other network."""
        if self.network is None:
            return None
        snapshot = self.network.history.all[-1]
        if snapshot.weights is not self.weights:
            self.traced.model.set_weights(list(snapshot.weights))
            self.weights = snapshot.weights
        return snapshot.step
