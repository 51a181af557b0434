"""The card that explains how the selected number was computed."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from explorer.core.activations.unit_text import formula_text, position_text
from explorer.core.models.architecture import IMAGE_SIDE
from explorer.core.number_format import format_full
from explorer.session.activations.session import ActivationsSession
from explorer.views.activations.unit_picture import UnitPicture
from explorer.views.theme.theme import Theme
from explorer.views.widgets.fields.segmented_control import SegmentedControl
from explorer.views.widgets.fields.spin_boxes import IntegerSpinBox
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label

FORMULA_HEIGHT_PX = 54
"""Height of three lines at scale 1, reserved so that the layout does not change with the selection."""

EXCITING_TEXT = "Of the first training images, those for which it is largest."

MODES = {
    "sum": ("how it was made", "The numbers that made it"),
    "images": ("what excites it", "Training images for which this unit, or the strongest place of its map, is largest"),
}


class UnitCard(QFrame):
    """Shows the unit of the session, one input channel at a time, or the images that excite it."""

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
        self._title = make_label("heading", "unitWhere")
        row.addWidget(self._title)
        self.modes = SegmentedControl("unitSwitch", MODES)
        self.modes.setCurrent("sum")
        self.modes.chosen.connect(self._set_mode)
        row.addWidget(self.modes)
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
        session.selectionChanged.connect(self._request_images)
        session.unitChanged.connect(self._request_images)  # the session may select a unit by itself
        session.excitingImagesChanged.connect(self._show_images)
        self._show()

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self.picture.setTheme(theme)

    def setScale(self, scale: float) -> None:
        """Set the scale of the painted texts and of the reserved height."""
        self._scale = scale
        self.picture.setScale(scale)
        self._formula.setMinimumHeight(round(FORMULA_HEIGHT_PX * scale))

    def _set_mode(self, key: str) -> None:
        self._shows_images = key == "images"
        self._show()
        self._request_images()
        self._show_images()

    def _request_images(self) -> None:
        if self._shows_images:
            self._session.request_exciting_images()

    def _show_images(self) -> None:
        self.picture.setImages(self._session.exciting_images if self._shows_images else None)

    def _show(self) -> None:
        session, unit = self._session, self._session.unit
        channels = unit["inputs"].shape[-1] if unit and unit["kind"] == "sum" and unit["inputs"].ndim == 3 else 1
        self.channel.setRange(0, channels - 1)
        self.channel.setVisible(channels > 1 and not self._shows_images)
        if unit is None or session.selected is None:
            self._title.setText("A number")
            self._formula.setText("Select a number in a picture above: its sum is taken apart here.")
            self.picture.setUnit(None, None, (0, 0), None, 0)
            return
        layer, index = int(unit["layer"]), tuple(unit["index"])
        name = session.network.layers[layer]["name"]
        is_of_map = self._shows_images and len(index) == 3
        self._title.setText(f"{name}: {f'map {index[2]}, wherever' if is_of_map else position_text(index)}")
        lines = [EXCITING_TEXT] if self._shows_images else formula_text(unit, self.channel.value())
        last, equals, output = lines[-1].rpartition(" = ")
        bold = f"{last}{equals}<b>{output}</b>" if equals else lines[-1]
        self._formula.setText("<br>".join([*lines[:-1], bold]))
        self._formula.setToolTip(f"All digits of the output: {format_full(unit['output'])}")
        map_, place = self._map_of(unit, layer, index)
        self.picture.setUnit(unit, map_, place, self._image_of(layer), self.channel.value())

    def _map_of(self, unit: Mapping[str, Any], layer: int, index: tuple[int, ...]) -> tuple[Any, tuple[int, int]]:
        """Return the map (h, w) that contains a number, or from which it was copied, if any, and its position."""
        outputs = self._session.outputs
        if outputs is None:
            return None, (0, 0)
        output: Any = outputs[layer]
        if unit["kind"] == "same":
            index, network = tuple(unit["from"]), self._session.network
            before = network.layers[layer]["inputs"]
            if network.info is not None and (not before or before[0] < 0):
                pixel = int(np.ravel_multi_index(index, tuple(network.info["input_shape"])))
                return self._session.image / network.scale.divisor, divmod(pixel, IMAGE_SIDE)
            output = outputs[before[0]]
        if len(index) == 3 and index[2] < output.shape[2]:
            return output[..., index[2]], index[:2]
        return (output, index[:2]) if len(index) == 2 else (None, (0, 0))

    def _image_of(self, layer: int) -> Any:
        """Return the input image if a layer gets its pixels, else None."""
        return self._session.image if self._session.network.layers[layer]["is_on_pixels"] else None
