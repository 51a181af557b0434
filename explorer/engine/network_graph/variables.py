"""The variables of a network in its training graph, by Keras's names."""

from explorer.core.network_graph.search import GraphVariable
from explorer.engine.network_graph.tracing import TracedNetwork
from explorer.engine.tf_adapter.graph_internals import captured_tensors


def graph_variables(traced: TracedNetwork) -> list[GraphVariable]:
    """Return the variables that ops of the graph use, those that are not trained included, in Keras's order."""
    handles = {id(outer): inner.op.name for outer, inner in captured_tensors(traced.function.graph)}
    found = []
    for variable in traced.model.variables:
        handle = handles.get(id(variable.value.handle))
        if handle is not None and handle in traced.graph.by_name:
            found.append(GraphVariable(variable.path, handle, tuple(variable.shape), str(variable.dtype)))
    return found
