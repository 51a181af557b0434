"""The card that says how the selected number of a network was made."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from explorer.core.activations.unit_text import formula_text, position_text
from explorer.core.number_format import format_full
from explorer.session.activations.session import ActivationsSession
from explorer.views.activations.unit_picture import UnitPicture
from explorer.views.theme.theme import Theme
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label
from explorer.views.widgets.segmented_control import SegmentedControl
from explorer.views.widgets.spin_boxes import IntegerSpinBox

FORMULA_HEIGHT_PX = 54
"""Pixels of three lines at scale 1: what is above must not jump when another unit is selected."""

EXCITING_TEXT = "Of the first training images, those for which it is largest."

MODES = {
    "sum": ("how it was made", "The numbers that made it"),
    "images": ("what excites it", "Training images for which this unit, or the strongest place of its map, is largest"),
}

MIN_SWITCH_WIDTH_PX = 600
"""Pixels of width at scale 1 that need no sparing."""


class UnitCard(QFrame):
    """Shows the session's unit. Of a patch with several input channels one is chosen."""

    def __init__(self, session: ActivationsSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("unitCard")
        self.setProperty("card", True)
        self._session = session
        self._scale = 1.0
        self._shows_images = False
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(6)
        row = FlowRow()
        row.setSpacing(10)
        self._where = make_label("heading", "unitWhere")
        row.addWidget(self._where)
        self.ways = SegmentedControl("unitSwitch", MODES)
        self.ways.setCurrent("sum")
        self.ways.chosen.connect(self._choose_way)
        row.addWidget(self.ways)
        row.addStretch(1)
        self.channel = IntegerSpinBox("unitChannelSpin")
        self.channel.setPrefix("channel ")
        self.channel.setAccessibleName("Input channel")
        self.channel.setToolTip("Which map of the layer before is multiplied here")
        self.channel.valueChanged.connect(lambda _value: self._show())
        row.addWidget(self.channel)
        column.addLayout(row)
        self.picture = UnitPicture()
        column.addWidget(self.picture)
        self._formula = make_label("notice", "unitFormula", wraps=True)
        self._formula.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        column.addWidget(self._formula)
        session.unitChanged.connect(self._show)
        session.selectionChanged.connect(self._ask_images)
        session.unitChanged.connect(self._ask_images)  # a unit may also be selected by the session itself
        session.excitingImagesChanged.connect(self._show_images)
        self._show()

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self.picture.setTheme(theme)

    def setScale(self, scale: float) -> None:
        """Scale what is painted."""
        self._scale = scale
        self.picture.setScale(scale)
        self._formula.setMinimumHeight(round(FORMULA_HEIGHT_PX * scale))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what is only said where there is room for it."""
        self.ways.setVisible(event.size().width() > MIN_SWITCH_WIDTH_PX * self._scale)

    def _choose_way(self, key: str) -> None:
        self._shows_images = key == "images"
        self._show()
        self._ask_images()
        self._show_images()

    def _ask_images(self) -> None:
        if self._shows_images:
            self._session.request_exciting_images()

    def _show_images(self) -> None:
        self.picture.setImages(self._session.exciting_images if self._shows_images else None)

    def _show(self) -> None:
        session, told = self._session, self._session.unit
        channels = told["inputs"].shape[-1] if told and told["kind"] == "sum" and told["inputs"].ndim == 3 else 1
        self.channel.setRange(0, channels - 1)
        self.channel.setVisible(channels > 1 and not self._shows_images)
        if told is None or session.selected is None:
            self._where.setText("A number")
            self._formula.setText("Select a number in a picture above: its sum is taken apart here.")
            self.picture.setUnit(None, None, (0, 0), None, 0)
            return
        layer, index = int(told["layer"]), tuple(told["index"])
        name = session.network.layers[layer]["name"]
        is_of_map = self._shows_images and len(index) == 3
        self._where.setText(f"{name}: {f'map {index[2]}, wherever' if is_of_map else position_text(index)}")
        lines = [EXCITING_TEXT] if self._shows_images else formula_text(told, self.channel.value())
        last, equals, output = lines[-1].rpartition(" = ")
        bold = f"{last}{equals}<b>{output}</b>" if equals else lines[-1]
        self._formula.setText("<br>".join([*lines[:-1], bold]))
        self._formula.setToolTip(f"All digits of the output: {format_full(told['output'])}")
        map_, place = self._map_of(told, layer, index)
        self.picture.setUnit(told, map_, place, self._image_of(layer), self.channel.value())

    def _map_of(self, told: Mapping[str, Any], layer: int, index: tuple[int, ...]) -> tuple[Any, tuple[int, int]]:
        """Return the map (h, w) that a number is in, or was handed on from, and where; None for one without a place."""
        outputs = self._session.outputs
        if outputs is None:
            return None, (0, 0)
        output: Any = outputs[layer]
        if told["kind"] == "same":
            index = tuple(told["from"])
            output = outputs[layer - 1] if layer else self._session.image / 255
        if len(index) == 3 and index[2] < output.shape[2]:
            return output[..., index[2]], index[:2]
        return (output, index[:2]) if len(index) == 2 else (None, (0, 0))

    def _image_of(self, layer: int) -> Any:
        """Return the image where it is what the layer multiplies: everything before only lays its pixels out."""
        before = self._session.network.layers[:layer]
        plain = all(other["type"] in ("Flatten", "Reshape", "Dropout", "InputLayer") for other in before)
        return self._session.image if plain else None
