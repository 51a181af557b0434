"""The column beside the graph: chain rule, curve and inputs."""

from math import ceil

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.views.autodiff.inputs_panel import InputsPanel
from explorer.views.autodiff.method_card import MethodCard
from explorer.views.plot.curve_panel import CurvePanel
from explorer.views.widgets.scroll_page import VerticalScroll

PREFERRED_WIDTH_PX = 340
"""Width at scale 1."""

WIDTH_SHARE, MAX_WIDTH_PX = 0.275, 520
"""Share of the tab's width that the column has, and its largest width at scale 1, unless the user chooses another."""

WIDTH_STEP_PX = 20
"""Step at scale 1 in which the column becomes wider for its content, and never narrower: the page would move."""

METHOD_SHARE, PLOT_SHARE = 6, 5
"""Shares of the height: the same at every step, so that nothing moves."""


class SideColumn(VerticalScroll):
    """Stacks its parts; it is narrower than its preferred width in a narrow tab."""

    def __init__(self, methods: MethodCard, plot: CurvePanel, inputs: InputsPanel) -> None:
        inner = QWidget()
        super().__init__("autodiffSide", inner)
        self.setHorizontalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAsNeeded
        )  # its limit of half the tab may be too narrow for the content
        self._inputs = inputs
        self._parts = {"chain": methods, "plot": plot, "inputs": inputs}
        self._preferred_width = PREFERRED_WIDTH_PX
        self._presented_share: float | None = None
        self._step, self._content_width = WIDTH_STEP_PX, 0
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(methods, METHOD_SHARE)
        column.addWidget(plot, PLOT_SHARE)
        column.addWidget(inputs, 0)
        column.addStretch(0)

    def setScale(self, scale: float) -> None:
        """Set the scale of the preferred width, which `fit` applies; the parts have scales of their own."""
        self._preferred_width = round(PREFERRED_WIDTH_PX * min(scale, 1.3))
        self._step, self._content_width = round(WIDTH_STEP_PX * scale), 0

    def setPanels(self, panels: tuple[str, ...], presented_share: float | None = None) -> None:
        """Show some of `PANELS`. presented_share: share of the tab's width while presenting, None otherwise."""
        for name, part in self._parts.items():
            part.setVisible(name in panels)
        self._inputs.setAlone("chain" not in panels and "plot" not in panels)
        self._presented_share = presented_share

    def preferred_width(self, width: int) -> int:
        """Return the width of the column in a tab of ``width`` pixels."""
        if self._presented_share is not None:
            return max(self.minimumWidth(), round(self._presented_share * width))
        return max(self.minimumWidth(), min(round(WIDTH_SHARE * width), MAX_WIDTH_PX))

    def fit(self, width: int) -> None:
        """Adapt the width to a tab of ``width`` pixels."""
        needed = ceil(self.minimumSizeHint().width() / self._step) * self._step
        self._content_width = max(self._content_width, needed)
        minimum = min(self._content_width, round(0.5 * width))  # the content is not cut off
        self.setMinimumWidth(max(minimum, min(self._preferred_width, round(0.36 * width))))
