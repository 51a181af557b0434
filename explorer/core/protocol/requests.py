"""All requests that the engine answers, by name."""

from collections.abc import Mapping
from typing import Any

from explorer.core.protocol import autodiff, data, models, network_graph, plot, training
from explorer.core.protocol.request_kind import RequestKind

REQUESTS: Mapping[str, RequestKind[Any, Any]] = {
    kind.name: kind for module in (autodiff, plot, data, training, models, network_graph) for kind in module.KINDS
}
