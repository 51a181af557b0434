"""The card with the input image: drawn, from the data by its number, or from a file."""

from html import escape

from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.core.models.input_scale import InputScale, scale_text
from explorer.session.activations.session import ActivationsSession
from explorer.views.activations.draw_canvas import DrawCanvas
from explorer.views.activations.image_file import ImageFileReader
from explorer.views.painting.array_images import grey_image
from explorer.views.theme.theme import Theme
from explorer.views.widgets.fields.segmented_control import SegmentedControl
from explorer.views.widgets.fields.spin_boxes import IntegerSpinBox
from explorer.views.widgets.fields.wheel import leave_wheel_to_page
from explorer.views.widgets.file_dialog import open_file_dialog
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label
from explorer.views.widgets.painted_widget import PaintedWidget

MAX_CANVAS_HEIGHT_PX = 256
"""Largest height of the canvas, which is also its width."""

PARTS = {"validation": "validation", "train": "training"}

SCALE_TEXTS = {
    InputScale.UNIT: "pixels / 255",
    InputScale.OWN: "0 to 255, its own",
    InputScale.RAW: "0 to 255",
}
"""What a pixel is when it enters the network."""

MAX_NUMBER_BEFORE_DATA = 99_999
"""Largest number of an image that can be entered before the size of the data is known."""


class NetworkInputView(PaintedWidget):
    """Shows the 28 x 28 pixels that the network sees."""

    def __init__(self, session: ActivationsSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("seenView")
        self.setAccessibleName("The 28 × 28 pixels that the network sees")
        self.setToolTip("What the network sees: 28 × 28 pixels, scaled and centred as MNIST's images were")
        self._session = session

    def sizeHint(self) -> QSize:
        """Return five pixels for each pixel of the image, and a frame."""
        return QSize(142, 142)

    def minimumSizeHint(self) -> QSize:
        """Return two pixels for each pixel of the image, and a frame."""
        return QSize(58, 58)

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the image."""
        side = min(self.width(), self.height()) - 2
        box = QRectF(self.width() - side - 1, (self.height() - side) / 2, side, side)
        painter.drawImage(box, grey_image(self._session.image))
        painter.setPen(theme.border)
        painter.drawRect(box)


class InputCard(QFrame):
    """Sets the image of the session. messageReported: why a file cannot be used."""

    messageReported = Signal(str)

    def __init__(self, session: ActivationsSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("drawCard")
        self.setProperty("card", True)
        self._session = session
        self._is_label_covered = False
        self._reader = ImageFileReader(self)
        self._reader.done.connect(session.set_grey_image)
        self._reader.failed.connect(self.messageReported)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(8)
        self._title = make_label("heading", "imageTitle", "Draw a digit")
        head = FlowRow()
        head.addWidget(self._title, 1)
        clear = QToolButton()
        clear.setObjectName("clearButton")
        clear.setText("Clear")
        clear.setProperty("small", True)
        clear.setToolTip("Erase the drawing")
        clear.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        head.addWidget(clear)
        column.addLayout(head)
        self.canvas = DrawCanvas()
        clear.clicked.connect(self.canvas.clear)
        self.canvas.inked.connect(session.set_drawing)
        self.canvas.setMaximumHeight(MAX_CANVAS_HEIGHT_PX)
        column.addWidget(self.canvas, 3)
        QWidget.setTabOrder(self.canvas, clear)
        column.addLayout(self._build_tools())
        column.addLayout(self._build_source())
        column.addLayout(self._build_network_input(), 1)
        session.imageChanged.connect(self._show)
        session.network.networkChanged.connect(self._show_scale)
        session.network.scaleChanged.connect(self._show_scale)
        self._show_scale()

    @property
    def controls(self) -> tuple[QWidget, ...]:
        """What changes the image."""
        button = self.findChild(QPushButton, "openPictureButton")
        assert button is not None
        return self.tool, self.brush, self.part, self.number, button

    def _build_tools(self) -> FlowRow:
        row = FlowRow()
        row.setSpacing(6)
        tools = {"pen": ("Pen", "Draw"), "eraser": ("Eraser", "Take ink away, also from an image of the data")}
        self.tool = SegmentedControl("drawTool", tools)
        self.tool.setCurrent("pen")
        self.tool.chosen.connect(lambda key: setattr(self.canvas, "is_erasing", key == "eraser"))
        row.addWidget(self.tool)
        self.brush = QSlider(Qt.Orientation.Horizontal)
        leave_wheel_to_page(self.brush)
        self.brush.setObjectName("brushSlider")
        self.brush.setRange(8, 50)
        self.brush.setMinimumWidth(84)
        self.brush.setValue(self.canvas.brush)
        self.brush.setAccessibleName("Width of the brush")
        self.brush.setToolTip("Width of the brush")
        self.brush.valueChanged.connect(lambda value: setattr(self.canvas, "brush", value))
        row.addWidget(self.brush, 1)
        return row

    def _build_source(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(6)
        row = FlowRow()
        row.setSpacing(6)
        self.part = QComboBox()
        leave_wheel_to_page(self.part)
        self.part.setObjectName("samplePartCombo")
        self.part.setAccessibleName("Part of the data")
        self.part.setToolTip("Images that the network was not trained on, or those that it was")
        for key, text in PARTS.items():
            self.part.addItem(f"{text} image", key)
        self.part.activated.connect(lambda _index: self._request_sample())
        row.addWidget(self.part, 1)
        self.number = IntegerSpinBox("sampleSpin")
        self.number.setRange(0, MAX_NUMBER_BEFORE_DATA)
        self.number.setMinimumWidth(66)
        self.number.setAccessibleName("Number of the image")
        self.number.setToolTip("Number of the image in the data, from 0; arrow keys go on and back")
        self.number.valueChanged.connect(lambda _value: self._request_sample())
        row.addWidget(self.number)
        column.addLayout(row)
        choose = QPushButton("Open a picture …")
        choose.setObjectName("openPictureButton")
        choose.setToolTip("A photograph or a scan of one digit: PNG, JPEG and others")
        choose.clicked.connect(self._ask_path)
        column.addWidget(choose)
        return column

    def _build_network_input(self) -> QHBoxLayout:
        # Not a `FlowRow`: a QVBoxLayout never shrinks an item with height-for-width, so the image, which prefers to be
        # large, would push the widgets above it over the canvas.
        row = QHBoxLayout()
        row.setSpacing(10)
        left = QVBoxLayout()
        left.setSpacing(2)
        head = make_label("heading", text="The network\nsees")
        size_label = make_label("muted", text="28 × 28 pixels")
        self.label = make_label("", "sampleLabel")
        self._scale_label = make_label("muted", "inputScaleLabel", wraps=True)
        self.scale = QComboBox()
        leave_wheel_to_page(self.scale)
        self.scale.setObjectName("inputScaleCombo")
        self.scale.setAccessibleName("Scale of the pixels that the network is fed")
        self.scale.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.scale.activated.connect(self._choose_scale)
        left.addStretch(1)
        for widget in (head, size_label, self._scale_label, self.scale, self.label):
            left.addWidget(widget)
        left.addStretch(1)
        row.addLayout(left)
        self.network_input = NetworkInputView(self._session)
        row.addWidget(self.network_input, 1)
        return row

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self.canvas.setTheme(theme)
        self.network_input.setTheme(theme)

    def open(self, path: str) -> None:
        """Read an image file."""
        self._reader.open(path)

    def _request_sample(self) -> None:
        self._session.show_sample(self.part.currentData(), self.number.value())

    def _ask_path(self) -> None:
        name_filter = "Pictures (*.png *.jpg *.jpeg *.bmp *.webp *.gif)"
        open_file_dialog(self, "pictureFileDialog", "A picture of a digit", name_filter, self.open)

    def _choose_scale(self, _index: int) -> None:
        self._session.network.set_scale(InputScale(self.scale.currentData()))

    def _show_scale(self, _info: object = None) -> None:
        """Show with which scale the image is fed, as a choice where the network does not tell it for certain."""
        network = self._session.network
        scales, is_choice = network.scales, len(network.scales) > 1
        with QSignalBlocker(self.scale):
            self.scale.clear()
            for scale in scales:
                self.scale.addItem(SCALE_TEXTS[scale], scale.value)
            self.scale.setCurrentIndex(scales.index(network.scale))
        self._scale_label.setText(SCALE_TEXTS[network.scale])
        for widget in (self._scale_label, self.scale):
            widget.setToolTip(scale_text(network.scale, network.title))
        self.scale.setVisible(is_choice)
        self._scale_label.setVisible(not is_choice)

    def setLabelCovered(self, covered: bool) -> None:
        """Cover the label of the image, or show it."""
        self._is_label_covered = covered
        self._show()

    def _show(self) -> None:
        session = self._session
        self.network_input.update()
        with QSignalBlocker(self.number), QSignalBlocker(self.part):
            if session.total:
                self.number.setRange(0, session.total - 1)
            if session.origin == "sample":
                self.number.setValue(session.number)
                self.part.setCurrentIndex(self.part.findData(session.part))
        label = None if self._is_label_covered else session.label
        self.label.setText("" if label is None else f"label: <b>{escape(session.classes[label])}</b>")
        if session.origin != "drawn":
            self.canvas.showImage(session.image)
        titles = {"drawn": "Your drawing", "file": "Your picture"}
        title = titles.get(session.origin, f"{PARTS[session.part].title()} image {session.number:,}")
        self._title.setText(title if session.image.any() else "Draw a digit")
