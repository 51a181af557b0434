"""The column beside the graph: chain rule, curve and inputs."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.views.autodiff.inputs_panel import InputsPanel
from explorer.views.autodiff.method_card import MethodCard
from explorer.views.plot.curve_panel import CurvePanel
from explorer.views.widgets.scroll_page import VerticalScroll

PREFERRED_WIDTH_PX = 340
"""Width at scale 1."""


class SideColumn(VerticalScroll):
    """Stacks its parts; it is narrower than its preferred width in a narrow tab."""

    def __init__(self, methods: MethodCard, plot: CurvePanel, inputs: InputsPanel) -> None:
        inner = QWidget()
        super().__init__("autodiffSide", inner)
        self.setHorizontalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAsNeeded
        )  # its limit of half the tab may be too narrow for the content
        self._parts = {"chain": methods, "plot": plot, "inputs": inputs}
        self._preferred_width = PREFERRED_WIDTH_PX
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(methods, 0)
        column.addWidget(plot, 1)
        column.addWidget(inputs, 0)
        column.addStretch(0)

    def setScale(self, scale: float) -> None:
        """Set the scale of the preferred width, which `fit` applies; the parts have scales of their own."""
        self._preferred_width = round(PREFERRED_WIDTH_PX * min(scale, 1.3))

    def setPanels(self, panels: tuple[str, ...]) -> None:
        """Show some of `PANELS`."""
        for name, part in self._parts.items():
            part.setVisible(name in panels)

    def fit(self, width: int) -> None:
        """Adapt the width to a tab of ``width`` pixels."""
        minimum = min(self.minimumSizeHint().width(), round(0.5 * width))  # the content is not cut off
        self.setMinimumWidth(max(minimum, min(self._preferred_width, round(0.36 * width))))
