"""The tab "Data": facts about the images, a grid to browse them, and one enlarged image with its numbers."""

from functools import partial
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QWidget,
)

from explorer.core.models.input_scale import InputScale, scale_text
from explorer.session.data.session import DataSession
from explorer.session.models.current_network import CurrentNetworkSession
from explorer.views.data.class_counts import ClassCounts
from explorer.views.data.digit_grid import DigitGrid
from explorer.views.data.pixel_view import VISIBLE_SIDES, PixelView
from explorer.views.data.source_combo import SourceCombo, SourceState
from explorer.views.theme.theme import Theme
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.cards import MIN_CARD_HEIGHT_PX, card_width, make_card
from explorer.views.widgets.fields.segmented_control import SegmentedControl
from explorer.views.widgets.fields.spin_boxes import IntegerSpinBox
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label
from explorer.views.widgets.scroll_page import make_scrollable

ARRAY_NAMES = {
    "x_train": "training_images",
    "y_train": "training_labels",
    "x_validation": "val_images",
    "y_validation": "val_labels",
}
"""Names of the arrays as in TensorFlow's tutorial, by the engine's keys."""

GRID_COLUMNS = 8

PIXEL_TOOLTIP = "The mouse or the arrow keys choose a pixel; + and − look closer or farther"

INFO_WIDTH_PX, MAX_INFO_WIDTH_PX = 308, 400
"""Width of the card on the left at scale 1, and its largest width with large text."""


class DataTab(QWidget):
    """Shows the data session and sends it requests."""

    def __init__(self, session: DataSession, network: CurrentNetworkSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dataTab")
        self._session, self._network = session, network
        self._pixel_position = 0, 0
        self._labels_hidden = False
        self._row = row = make_scrollable(self, FlowRow(fills=True))
        row.setContentsMargins(12, 12, 12, 8)
        row.setSpacing(10)
        row.addWidget(self._build_info(), 0)
        row.addWidget(self._build_grid(), 4)
        row.addWidget(self._build_large(), 6)
        session.infoChanged.connect(self._show_info)
        session.filterChanged.connect(self._show_filter)
        session.pageChanged.connect(self._show_page)
        session.selected.connect(self._show_selected)
        network.networkChanged.connect(self._show_fed_number)
        network.scaleChanged.connect(self._show_fed_number)

    # -- building ---------------------------------------------------------------------------------

    def _build_info(self) -> QWidget:
        card, column = make_card()
        self._info = card
        self.source = SourceCombo(self._session, "dataSourceCombo")
        column.addWidget(self.source)
        self._title = make_label("large", "dataTitle", "Images")
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setWordWrap(True)
        column.addWidget(self._title)
        column.addWidget(SourceState(self._session, "data"))
        self._shapes: dict[str, tuple[QLabel, QLabel]] = {}
        column.addLayout(self._build_shapes())
        self.counts = ClassCounts()
        self.counts.chosen.connect(self._session.set_digit)
        column.addWidget(self.counts, 1)
        return card

    def _build_shapes(self) -> QGridLayout:
        """Return a table of the names, shapes and dtypes of the arrays, which the tutorial prints first."""
        table = QGridLayout()
        table.setHorizontalSpacing(7)
        table.setVerticalSpacing(2)
        for row, (key, name) in enumerate(ARRAY_NAMES.items()):
            shape = make_label("", f"{key}Shape")
            dtype = make_label("", f"{key}Dtype")
            self._shapes[key] = shape, dtype
            for column, label in enumerate((QLabel(name), shape, dtype)):
                label.setProperty("role", "code" if column == 1 else "codeName")
                table.addWidget(label, row, column)
        table.setColumnStretch(1, 1)
        return table

    def _build_grid(self) -> QWidget:
        card, column = make_card()
        line = FlowRow()
        line.setSpacing(6)
        self._part = SegmentedControl(
            "partSwitch",
            {
                "train": ("Training", "Images that are trained on"),
                "validation": ("Validation", "Images that are never trained on: they tell how good a network is"),
            },
        )
        self._part.setCurrent("train")
        self._part.chosen.connect(self._session.set_part)
        line.addWidget(self._part)
        line.addStretch(1)
        for name, text, tip, by in (
            ("pageBackButton", "‹", "The page before (Page Up)", -1),
            ("pageOnButton", "›", "The next page (Page Down)", 1),
        ):
            push_button(name, text, tip, partial(self._session.turn_pages, by), line)
        column.addLayout(line)
        self.grid = DigitGrid(GRID_COLUMNS, "digitGrid")
        self.grid.setAccessibleName("Images with their labels; the arrow keys select one, Page Down turns the page")
        self.grid.setToolTip("Images with their labels. Select one to see it large")
        self.grid.chosen.connect(self._session.select_on_page)
        self.grid.moveRequested.connect(self._session.move)
        column.addWidget(self.grid, 1)
        self._page_label = make_label("muted", "pageLabel")
        column.addWidget(self._page_label)
        return card

    def _build_large(self) -> QWidget:
        card, column = make_card()
        line = FlowRow()
        line.setSpacing(4)
        self._name = make_label("code", text="training_images[")
        self._number = IntegerSpinBox("imageSpin")
        self._number.setToolTip("The number of the image: type one to go there, or Up and Down")
        self._number.setAccessibleName("Number of the image")
        self._number.setKeyboardTracking(False)
        self._number.setMinimumWidth(66)
        self._number.valueChanged.connect(self._session.show_number)
        line.addWidget(self._name)
        line.addWidget(self._number)
        line.addWidget(make_label("code", text="]"))
        line.addStretch(1)
        column.addLayout(line)
        self._label = make_label("large", "digitLabel", wraps=True)
        column.addWidget(self._label)
        self.large = PixelView()
        self.large.pixelChanged.connect(self._show_pixel)
        self.large.sideRequested.connect(self._set_side)
        column.addWidget(self.large, 1)
        self._pixel = make_label("muted", "pixelLabel", wraps=True)
        below = FlowRow()
        below.addWidget(self._pixel, 1)
        self._side = SegmentedControl(
            "zoomSwitch",
            {
                str(side): (f"{28 // side}×", f"{side} by {side} pixels of the image (+ and −)")
                for side in VISIBLE_SIDES
            },
        )
        self._side.setCurrent(str(VISIBLE_SIDES[0]))
        self._side.chosen.connect(lambda key: self._set_side(int(key)))
        below.addWidget(self._side)
        column.addLayout(below)
        return card

    def showEvent(self, event: QShowEvent) -> None:
        """Load the data when the tab is shown for the first time."""
        super().showEvent(event)
        self._session.load_once()

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        for part in (self.counts, self.grid, self.large):
            part.setTheme(theme)

    def setScale(self, scale: float) -> None:
        """Set the scale of the painted texts and of the cards."""
        self._row.setPreferredWidth(self._info, card_width(INFO_WIDTH_PX, scale, MAX_INFO_WIDTH_PX))
        self._row.setMinimumLineHeight(round(MIN_CARD_HEIGHT_PX * scale))
        self.counts.setScale(scale)

    # -- showing ----------------------------------------------------------------------------------

    def _show_info(self, info: Any) -> None:
        self._title.setText(info["name"])
        for name, part in info["parts"].items():
            shape, dtype = self._shapes[name]
            shape.setText(str(tuple(part["shape"])))
            dtype.setText(part["dtype"])
        self._show_filter()

    def _show_filter(self) -> None:
        session = self._session
        if session.info is None:
            return
        self._part.setCurrent(session.part)
        self.counts.setCounts(session.class_counts.tolist(), session.info["classes"], session.info["means"])
        self.counts.setDigit(session.digit)
        self._name.setText(f"{ARRAY_NAMES[f'x_{session.part}']}[")
        with QSignalBlocker(self._number):
            self._number.setRange(0, max(session.count(session.part) - 1, 0))

    def _show_page(self, page: Any) -> None:
        labels, digit = page["labels"].tolist(), page["digit"]
        self.grid.setImages(page["images"], ["" if self._labels_hidden else str(label) for label in labels])
        first, last = page["start"] + 1, page["start"] + len(labels)
        text = f"{first:,} to {last:,} of {page['total']:,} images" if last else "No images"
        if digit is not None and (info := self._session.info) is not None:
            text += f" of {info['classes'][digit]}"
        self._page_label.setText(text)

    def setLabelsHidden(self, hidden: bool) -> None:
        """Hide all labels, or show them; a lesson that asks for a label hides them."""
        if hidden != self._labels_hidden:
            self._labels_hidden = hidden
            if (page := self._session.page) is not None and self._session.is_up_to_date:
                self._show_page(page)
                self._show_selected(self._session.index - self._session.page_start)

    def _show_selected(self, index: int) -> None:
        page, info = self._session.page, self._session.info
        if page is None or info is None:
            return
        number, label = int(page["numbers"][index]), int(page["labels"][index])
        self.grid.setSelectedIndex(index)
        with QSignalBlocker(self._number):
            self._number.setValue(number)
        meaning = info["classes"][label]
        text = f"{ARRAY_NAMES['y_' + page['part']]}[{number}] = {'?' if self._labels_hidden else label}"
        self._label.setText(text if meaning == str(label) or self._labels_hidden else f"{text}, {meaning}")
        self.large.setImage(page["images"][index])

    def _set_side(self, side: int) -> None:
        self._side.setCurrent(str(side))
        self.large.setSide(side)

    def _show_fed_number(self, _info: object = None) -> None:
        """Show the marked pixel, and the number that the network in view is fed for it."""
        if self.large.image is None:
            return
        row, column = self._pixel_position
        value, scale = int(self.large.image[row, column]), self._network.scale
        fed = f", /255 = {value / scale.divisor:.3f}" if scale is InputScale.UNIT else ", fed as it is"
        self._pixel.setText(f"Pixel [{row}, {column}] = {value}{fed}")
        self._pixel.setToolTip(f"Row, column and value of the marked pixel. {scale_text(scale, self._network.title)}")

    def _show_pixel(self, row: int, column: int) -> None:
        self._pixel_position = row, column
        self._show_fed_number()
        # Without room for the numbers, the tooltip says how to see them.
        self.large.setToolTip(
            PIXEL_TOOLTIP if self.large.shows_numbers else f"{PIXEL_TOOLTIP}. At 2× each shows its number"
        )
