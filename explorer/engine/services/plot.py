"""Answers requests about curves and surfaces."""

from collections.abc import Callable

from explorer.core.protocol.plot import CHECK, CURVE, CURVE_TABLE, DESCEND, FIELD
from explorer.core.protocol.request_kind import Handlers
from explorer.engine.plot.curves import Curves
from explorer.engine.plot.graphs import PlotGraphs
from explorer.engine.plot.surface import Surfaces


class PlotService:
    """yield_to_tracing: called between the parts of a computation, so that a trace can go first."""

    def __init__(self, yield_to_tracing: Callable[[], None]) -> None:
        graphs = PlotGraphs(yield_to_tracing)
        self._curves, self._surfaces = Curves(graphs), Surfaces(graphs)

    def handlers(self) -> Handlers:
        """Return the functions that answer requests."""
        return dict(
            (
                CURVE.handled_by(self._curves.curve),
                CURVE_TABLE.handled_by(self._curves.table),
                CHECK.handled_by(self._curves.check),
                FIELD.handled_by(self._surfaces.field),
                DESCEND.handled_by(self._surfaces.descend),
            )
        )
