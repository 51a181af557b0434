"""The column beside the graph: chain rule, curve and inputs."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.views.autodiff.inputs_panel import InputsPanel
from explorer.views.autodiff.method_card import MethodCard
from explorer.views.plot.curve_panel import CurvePanel
from explorer.views.widgets.scroll_page import VerticalScroll

WIDTH = 340
"""Width that the column needs, in pixels at scale 1."""


class SideColumn(VerticalScroll):
    """Puts the parts above each other, and is narrower than it would like to be where there is no room."""

    def __init__(self, methods: MethodCard, plot: CurvePanel, inputs: InputsPanel) -> None:
        inner = QWidget()
        super().__init__("autodiffSide", inner)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)  # half the tab may be too little
        self._parts = {"chain": methods, "plot": plot, "inputs": inputs}
        self._wish = WIDTH
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(methods, 0)
        column.addWidget(plot, 1)
        column.addWidget(inputs, 0)
        column.addStretch(0)

    def setScale(self, scale: float) -> None:
        """Say how wide it would like to be, which `fit` then sees to; its parts are scaled by themselves."""
        self._wish = round(WIDTH * min(scale, 1.3))

    def setPanels(self, panels: tuple[str, ...]) -> None:
        """Show some of `core.scene.PANELS`."""
        for name, part in self._parts.items():
            part.setVisible(name in panels)

    def fit(self, width: int) -> None:
        """Give way in a tab of this width, in pixels."""
        least = min(self.minimumSizeHint().width(), round(0.5 * width))  # what is in it is not cut
        self.setMinimumWidth(max(least, min(self._wish, round(0.36 * width))))
