"""The tab "Weights": shows the weights of a layer at a step of training."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Property, QSignalBlocker, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QSpinBox,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from explorer.core.atomic_write import save_and_report, write_atomically
from explorer.core.models.architecture import NUM_CLASSES
from explorer.core.weights.weight_text import (
    array_text,
    dead_units_text,
    history_text,
    no_weights_text,
    non_finite_text,
)
from explorer.session.weights.gradient_explanation import GradientExplanationSession
from explorer.session.weights.session import WeightsSession
from explorer.views.models.history_slider import HistorySlider
from explorer.views.models.no_network_page import NoNetworkPage
from explorer.views.painting.drawing_export import png_bytes
from explorer.views.theme.theme import Theme
from explorer.views.weights.comparison_view import ComparisonView, common_limits
from explorer.views.weights.gradient_explanation import GradientExplanationView
from explorer.views.weights.layer_list import LayerList
from explorer.views.weights.statistics_view import StatisticsView
from explorer.views.weights.weights_view import WeightsView
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.cards import MIN_CARD_HEIGHT_PX, card_width, make_card
from explorer.views.widgets.fields.segmented_control import SegmentedControl
from explorer.views.widgets.fields.spin_boxes import IntegerSpinBox
from explorer.views.widgets.file_dialog import open_file_dialog
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label
from explorer.views.widgets.scroll_page import ScrollPage

FILE_TYPES = {"png": ("weights.png", "Pictures (*.png)"), "npz": ("weights.npz", "NumPy files (*.npz)")}

EMPTY_TEXT = (
    "Train one, and watch its weights move here while it learns.\n"
    "With logistic regression you see a template for each of the ten digits."
)

HINT = "Point at a weight to read it, with the mouse or the arrow keys"

CLICK_HINT = "; click it to see what pushes it"


class WeightsTab(QWidget):
    """Shows the weights session and sends it requests. first: widget with the initial focus."""

    trainingRequested = Signal()
    messageReported = Signal(str)

    def __init__(
        self, session: WeightsSession, explain: GradientExplanationSession, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._are_counts_covered = False
        self.setObjectName("weightsTab")
        self._session = session
        self._explain = explain
        self._scale = 1.0
        self._stack = QStackedLayout(self)
        empty = NoNetworkPage("Weights", EMPTY_TEXT, session.network)
        empty.trainingRequested.connect(self.trainingRequested)
        self._stack.addWidget(empty)
        self._stack.addWidget(self._build())
        session.network.networkChanged.connect(self._network_changed)
        session.changed.connect(self._show_chosen)
        session.shownChanged.connect(self._show)
        session.deadUnitsChanged.connect(self._show_dead)
        session.messageChanged.connect(self._show_message)
        session.pinnedChanged.connect(self._show_chosen)
        session.messageReported.connect(self.messageReported)
        explain.changed.connect(self._show_explanation)

    isComplete = Property(bool, lambda self: self._is_complete)
    """Whether everything that was requested is shown."""

    @property
    def _is_complete(self) -> bool:
        layers, session = self._session.network.layers, self._session
        named = bool(layers) and self.view.property("shownLayer") == layers[session.layer]["name"]
        return named and session.is_complete and self._explain.is_complete

    # -- building ---------------------------------------------------------------------------------

    def _build(self) -> QWidget:
        column = QVBoxLayout()
        page = ScrollPage(column)
        column.setContentsMargins(16, 10, 16, 8)
        column.setSpacing(10)
        session = self._session
        self.bar = HistorySlider(
            session.network, "weights", lambda: None if session.shown is None else int(session.shown["step"])
        )
        session.shownChanged.connect(self.bar.show_step)
        session.changed.connect(self.bar.show_step)
        self._add_buttons(self.bar.row)
        column.addWidget(self.bar)
        self._row = row = FlowRow(fills=True)
        row.setSpacing(12)
        row.addWidget(self._build_layers())
        row.addWidget(self._build_picture(), 1)
        row.addWidget(self._build_statistics())
        column.addLayout(row, 1)
        return page

    def _add_buttons(self, row: FlowRow) -> None:
        session = self._session
        self._keep = push_button(
            "keepButton", "Keep beside", "Keep this picture to compare it with another moment or another run",
            lambda: session.set_pinned(self._keep.isChecked()), row,
        )  # fmt: skip
        self._keep.setCheckable(True)
        push_button(
            "savePictureButton", "PNG …", "Save what you see as a picture", lambda: self._open_save_dialog("png"), row
        )
        push_button(
            "saveArraysButton", "NPZ …", "Save all arrays of this moment for NumPy",
            lambda: self._open_save_dialog("npz"), row,
        )  # fmt: skip

    def _build_layers(self) -> QWidget:
        card, column = make_card()
        line = FlowRow()
        for text, role in (("Layers", "heading"), ("weights", "muted")):
            head = make_label(role, text=text)
            line.addWidget(head, role == "heading")
        column.addLayout(line)
        self.layers_card = card
        self.layers = LayerList()
        self.layers.layerRequested.connect(self._session.set_layer)
        self.first = self.layers
        column.addWidget(self.layers, 1)
        self._memory = make_label("muted", "snapshotMemory", wraps=True)
        column.addWidget(self._memory)
        return card

    def _build_picture(self) -> QWidget:
        card, column = make_card()
        self._picture = card
        head = FlowRow()
        head.setSpacing(8)
        self._title_label = make_label("heading", "layerTitle", wraps=True)
        head.addWidget(self._title_label, 1)
        self._channel = self._spin("weightsChannelSpin", "Filters for this input channel", "channel ")
        self._channel.valueChanged.connect(self._session.set_channel)
        head.addWidget(self._channel)
        self._back = push_button("unitsBackButton", "◀", "The units before", lambda: self._turn_page(-1))
        self._pages = make_label("muted", "unitsLabel")
        self._on = push_button("unitsOnButton", "▶", "The next units", lambda: self._turn_page(1))
        for widget in (self._back, self._pages, self._on):
            head.addWidget(widget)
        self._scales = SegmentedControl(
            "scaleSwitch",
            {
                "layer": ("one scale", "The same colours for the whole layer: units can be compared"),
                "own": ("each its own", "Each image or row has its own scale: faint ones can be seen"),
            },
        )
        self._scales.setCurrent("layer")
        self._scales.chosen.connect(lambda key: self._session.set_scale_per_image(key == "own"))
        head.addWidget(self._scales)
        column.addLayout(head)
        self._pointed_label = label = make_label("muted", "pointedWeight", wraps=True)
        self.view = WeightsView()
        self.view.pointed.connect(lambda text: label.setText(text or self._hint))
        self.view.chosen.connect(self._choose_weight)
        self.pair = ComparisonView(self.view)
        self.pair.pinned.pointed.connect(lambda text: label.setText(f"Kept: {text}" if text else self._hint))
        column.addWidget(self.pair, 1)
        self._notice = make_label("notice", "weightsNotice", wraps=True)
        column.addWidget(self._notice)
        column.addWidget(label)
        return card

    def _build_statistics(self) -> QWidget:
        card, column = make_card()
        self._statistics_card = card
        self._side = SegmentedControl(
            "weightsSide",
            {
                "layer": ("The layer", "Statistics of all its weights"),
                "weight": ("One weight", "What pushes the weight that you click"),
            },
        )
        self._side.chosen.connect(self._show_side)
        column.addWidget(self._side)
        self.statistics = StatisticsView()
        self.explained = GradientExplanationView(self._explain)
        column.addWidget(self.statistics)
        column.addWidget(self.explained)
        self._show_side("layer")
        return card

    def _spin(self, name: str, tip: str, prefix: str) -> QSpinBox:
        spin = IntegerSpinBox(name)
        spin.setPrefix(prefix)
        spin.setToolTip(tip)
        spin.setAccessibleName(tip)
        spin.setKeyboardTracking(False)
        return spin

    # -- requests ---------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Request the current weights."""
        super().showEvent(event)
        self._session.set_visible(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop requesting weights."""
        super().hideEvent(event)
        self._session.set_visible(False)

    def _turn_page(self, pages: int) -> None:
        shown = self._session.shown
        if shown is not None:
            self._session.set_first_unit(max(0, self._session.first_unit + pages * int(shown["max_images"])))

    def _show_side(self, key: str) -> None:
        self._side.setCurrent(key)
        self.statistics.setVisible(key == "layer")
        self.explained.setVisible(key == "weight")

    def _choose_weight(self, array: str, index: tuple[int, ...]) -> None:
        self._show_side("weight")
        self._explain.choose((self._session.layer, array, tuple(index)))

    def _open_save_dialog(self, kind: str) -> None:
        name, kinds = FILE_TYPES[kind]
        open_file_dialog(self, "saveWeightsDialog", "Save the weights", kinds, self.save, save_as=name)

    def save(self, path: str) -> None:
        """Save the picture (.png) or all arrays of this training step (.npz), and report the result."""
        if not path.endswith(".png"):
            self._session.save(path)
            return
        data = png_bytes(self._picture.grab().toImage())
        self.messageReported.emit(save_and_report(path, lambda: write_atomically(Path(path), data)))

    # -- showing ----------------------------------------------------------------------------------

    @property
    def _hint(self) -> str:
        return f"{HINT}{CLICK_HINT if self._explain.has_batches else ''}."

    def _network_changed(self, info: Any) -> None:
        if info is None:
            self.view.clear()
            self._stack.setCurrentIndex(0)
            return
        self.layers.setLayers(info["layers"], self._session.layer, self._are_counts_covered)
        self.view.clear()
        self._pointed_label.setText(self._hint)
        self.view.setMessage("The weights are being loaded.")
        self._stack.setCurrentIndex(1)

    def setCountsCovered(self, covered: bool) -> None:
        """Cover the numbers of weights, for an exercise that asks for them."""
        if covered == self._are_counts_covered:
            return
        self._are_counts_covered = covered
        self.bar.setCountsCovered(covered)
        self.statistics.setCountsCovered(covered)
        if (info := self._session.network.info) is not None:
            self.layers.setLayers(info["layers"], self._session.layer, covered)

    def _show_chosen(self) -> None:
        session = self._session
        self._keep.setChecked(session.pinned is not None)
        self._keep.setEnabled(session.shown is not None)
        if self.layers.currentRow() != session.layer:
            with QSignalBlocker(self.layers):
                self.layers.setCurrentRow(session.layer)
        self._scales.setCurrent("own" if session.scale_per_image else "layer")
        if session.is_complete or (session.shown is not None and session.shown["layer"] == session.layer):
            self._show()

    def _show(self) -> None:
        session = self._session
        shown, layers = session.shown, session.network.layers
        if shown is None or not 0 <= shown["layer"] < len(layers):
            return
        self._keep.setEnabled(True)
        layer, arrays = layers[shown["layer"]], shown["arrays"]
        digits = shown["layer"] == len(layers) - 1 and layer["shape"] == [NUM_CLASSES]
        limits = common_limits(arrays, session.pinned)
        self.view.setArrays(layer["name"], arrays, session.scale_per_image, digits, limits)
        self.pair.setPinned(session.pinned, arrays, session.scale_per_image, limits, session.title())
        self._memory.setText(history_text(len(shown["steps"]), shown["bytes"], shown["budget"]))
        if not arrays:
            self.view.setMessage(no_weights_text(layer["type"]))
        self.statistics.setArrays(layer["name"], arrays)
        self._update_side_visibility()
        self._pointed_label.setVisible(bool(arrays))
        self._title_label.setText(self._title(layer, arrays, digits, int(shown["max_images"])))
        self._show_controls(arrays, int(shown["max_images"]))
        self._show_dead()

    def _title(self, layer: Any, arrays: Any, digits: bool, page_size: int) -> str:
        if not arrays:
            return f"{layer['name']} · no weights"
        first = arrays[0]
        if first["kind"] == "images" and digits:
            return "What it looks for: a template for each digit"
        if (first["kind"] == "filters" and first["shape"][2] > 1) or first["shape"][-1] > page_size:
            return str(layer["name"])  # the fields and statistics beside it show the rest
        if first["gates"]:
            return f"{layer['name']} · {array_text(first['kind'], first['shape'], first['gates'])}"
        if first["kind"] == "matrix":
            return f"{layer['name']} · {' × '.join(f'{size:,}' for size in first['shape'])}"
        times = f"{len(arrays)} times " if first["kind"] == "bars" and len(arrays) > 1 else ""
        return f"{layer['name']} · {times}{array_text(first['kind'], first['shape'])}"

    def _show_controls(self, arrays: Any, page_size: int) -> None:
        first: Mapping[str, Any] = arrays[0] if arrays else {"kind": "bars", "shape": [0]}
        channels = first["shape"][2] if first["kind"] == "filters" else 1
        self._channel.setVisible(channels > 1)
        with QSignalBlocker(self._channel):
            self._channel.setRange(0, channels - 1)
            self._channel.setValue(self._session.channel)
            self._channel.setSuffix(f" of {channels}")
        units = first["shape"][-1] if first["kind"] in ("images", "filters") else 0
        for widget in (self._back, self._pages, self._on):
            widget.setVisible(units > page_size)
        start = int(first.get("start", 0))
        self._pages.setText(f"{start:,} to {min(start + page_size, units) - 1:,} of {units:,}")
        self._back.setEnabled(start > 0)
        self._on.setEnabled(start + page_size < units)
        self._scales.setVisible(bool(arrays) and first["kind"] != "bars")

    def _show_dead(self) -> None:
        session = self._session
        arrays = [] if session.shown is None else session.shown["arrays"]
        dead = session.dead_units or []
        self.view.setDead(dead)
        counts = [(array["name"], int(array["summary"]["nan"])) for array in arrays]
        kind = arrays[0]["kind"] if arrays else ""
        name = "" if session.shown is None else self._layer_name(session.shown["layer"])
        not_finite = [] if session.shown is None else session.shown["not_finite"]
        elsewhere = [array for array in not_finite if not array.startswith(f"{name}/")]
        messages = [non_finite_text(counts, elsewhere), dead_units_text(dead, session.dead_images, kind)]
        self._set_message(session.message or " ".join(filter(None, messages)))

    def _layer_name(self, index: int) -> str:
        """Return the name of a layer without the number of its call."""
        return str(self._session.network.layers[index]["name"]).partition(", ")[0]

    def _update_side_visibility(self) -> None:
        """Hide the statistics while two pictures need their space, unless a weight is explained."""
        session = self._session
        has_arrays = session.shown is not None and bool(session.shown["arrays"])
        self._statistics_card.setVisible(has_arrays and (session.pinned is None or self._explain.chosen is not None))

    def _show_explanation(self) -> None:
        chosen = self._explain.chosen
        self._update_side_visibility()
        self.view.setMarked(None if chosen is None else chosen[1:])

    def _show_message(self, message: str) -> None:
        self._show_dead()
        if message and self._session.shown is None:
            self.view.setMessage(message)

    def _set_message(self, text: str) -> None:
        self._notice.setText(text)
        self._notice.setVisible(bool(text))

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        for part in (self.layers, self.pair, self.statistics, self.explained):
            part.setTheme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the cards to the new width."""
        super().resizeEvent(event)
        self._fit_cards()

    def _fit_cards(self) -> None:
        self._row.setPreferredWidth(self.layers_card, card_width(206, self._scale, 0.21 * self.width()))
        self._row.setPreferredWidth(self._statistics_card, card_width(300, self._scale, 0.33 * self.width()))
        self._row.setMinimumLineHeight(round(MIN_CARD_HEIGHT_PX * self._scale))

    def setScale(self, scale: float) -> None:
        """Set the scale of the painted texts and of the cards."""
        self._scale = scale
        self._fit_cards()
        for part in (self.layers, self.pair, self.statistics, self.explained):
            part.setScale(scale)
