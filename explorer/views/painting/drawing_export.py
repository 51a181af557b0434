"""Export of anything that is painted: vector graphics as SVG and PDF, pixels of any scale as PNG."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

from PySide6.QtCore import QBuffer, QByteArray, QMarginsF, QPoint, QPointF, QRectF, QSize, QSizeF
from PySide6.QtGui import (
    QColor,
    QFont,
    QGuiApplication,
    QImage,
    QImageWriter,
    QPageLayout,
    QPageSize,
    QPainter,
    QPainterPath,
    QPdfWriter,
    QPen,
    QRegion,
)
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsItem, QGraphicsView, QWidget

from explorer.core.atomic_write import write_atomically

FORMATS = ("svg", "png", "pdf")

PNG_SCALE = 2.0
"""Default number of pixels of a PNG for each pixel of the screen."""

MAX_PIXELS = 100_000_000
"""Largest number of pixels of a PNG, which take 400 MB while painting."""

_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Drawing:
    """size: in pixels of the screen. draw: paints everything into a rectangle of the same proportions."""

    size: QSizeF
    draw: Callable[[QPainter, QRectF], None]


def drawing_of(widget: QWidget) -> Drawing:
    """Return the contents of a view; a view may define a method ``drawing`` for it.

    Raises ValueError, with a message, if there is nothing to draw.
    """
    own_drawing: Callable[[], Drawing] | None = getattr(widget, "drawing", None)
    if own_drawing is not None:
        return own_drawing()
    if isinstance(widget, QGraphicsView):
        return view_drawing(widget)

    def draw(painter: QPainter, box: QRectF) -> None:
        painter.save()
        painter.translate(box.topLeft())
        painter.scale(box.width() / widget.width(), box.height() / widget.height())
        flags = QWidget.RenderFlag.DrawChildren
        if widget.isWindow():
            flags |= QWidget.RenderFlag.DrawWindowBackground
        QWidget.render(widget, painter, QPoint(), QRegion(), flags)
        painter.restore()

    return Drawing(QSizeF(widget.size()), draw)


def view_drawing(view: QGraphicsView) -> Drawing:
    """Return the visible part of a scene as vector graphics; items that are cached as pixmaps are painted again."""
    source = view.viewport().rect()

    def draw(painter: QPainter, box: QRectF) -> None:
        items = view.scene().items()
        cached = [(item, item.cacheMode()) for item in items if item.cacheMode() != QGraphicsItem.CacheMode.NoCache]
        exportable = [item for item in items if hasattr(item, "setExportMode")]  # items of pyqtgraph
        options = [opts for item in exportable if isinstance((opts := getattr(item, "opts", {})).get("pen"), QPen)]
        pens = [(opts, opts["pen"]) for opts in options]
        ratio = painter.device().devicePixelRatio() / view.devicePixelRatioF()
        for item, _ in cached:
            item.setCacheMode(QGraphicsItem.CacheMode.NoCache)
        for item in exportable:
            item.setExportMode(True)
        for opts, pen in pens:
            # The pen is cosmetic, since x and y have different scales, so its width must follow the device.
            opts["pen"] = QPen(pen)
            opts["pen"].setWidthF(pen.widthF() * ratio)
        view.scene().render(painter, box, QRectF(source))
        for opts, pen in pens:
            opts["pen"] = pen
        for item in exportable:
            item.setExportMode(False)
        for item, mode in cached:
            item.setCacheMode(mode)

    return Drawing(QSizeF(source.size()), draw)


def save_drawing(drawing: Drawing, background: QColor, path: str, scale: float = PNG_SCALE) -> None:
    """Save a drawing on a background. The suffix of ``path`` is the format; ``scale`` is that of a PNG.

    Raises OSError if the file cannot be written, ValueError for another format or too many pixels.
    """
    render_file(drawing, background, path, scale)()


def render_file(drawing: Drawing, background: QColor, path: str, scale: float = PNG_SCALE) -> Callable[[], None]:
    """Paint a drawing and return a function that writes the file, for use in a thread; see `save_drawing`.

    Raises ValueError; the returned function raises OSError.
    """
    target = Path(path)
    kind = target.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise ValueError(f"{target.name}: the name must end in .svg, .png or .pdf")
    _initialise_qt_types()
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    if kind == "png":
        image = _image(drawing, background, scale)
        return lambda: write_atomically(target, png_bytes(image))
    device = _svg(buffer, drawing.size) if kind == "svg" else _pdf(buffer, drawing.size)
    painter = QPainter(device)
    page = QRectF(QPointF(), drawing.size if kind == "svg" else QSizeF(device.width(), device.height()))
    painter.fillRect(page, background)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    drawing.draw(painter, page)
    painter.end()
    data = bytes(buffer.data().data())
    return lambda: write_atomically(target, _outline_text(data) if kind == "svg" else data)


@cache
def _initialise_qt_types() -> None:
    """Use each Qt type once in this thread: PySide crashes if two threads use one for the first time simultaneously."""
    png_bytes(QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied))
    _outline_text(b'<svg xmlns="http://www.w3.org/2000/svg"><text font-family="Inter">o</text></svg>')


def png_bytes(image: QImage) -> bytes:
    """Return an image as the bytes of a PNG file."""
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"PNG")).write(image)
    return bytes(buffer.data().data())


def _image(drawing: Drawing, background: QColor, scale: float) -> QImage:
    size = (drawing.size * scale).toSize()
    if size.width() * size.height() > MAX_PIXELS:
        raise ValueError(
            f"{size.width():,} × {size.height():,} pixels are too many for a picture; choose a smaller scale"
        )
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(background)
    # The image has a device pixel ratio instead of a scaled painter, so that cosmetic pens scale as well.
    image.setDevicePixelRatio(scale)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    drawing.draw(painter, QRectF(QPointF(), drawing.size))
    painter.end()
    return image


def _svg(buffer: QBuffer, size: QSizeF) -> QSvgGenerator:
    device = QSvgGenerator()
    device.setOutputDevice(buffer)
    page = QSize(round(size.width()), round(size.height()))
    device.setSize(page)
    device.setViewBox(QRectF(0, 0, page.width(), page.height()))
    device.setTitle("Autodiff Explorer")
    device.setResolution(_resolution())
    return device


def _pdf(buffer: QBuffer, size: QSizeF) -> QPdfWriter:
    device = QPdfWriter(buffer)
    device.setTitle("Autodiff Explorer")
    page = QPageSize(size * 0.75, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch)
    device.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    device.setResolution(_resolution())
    return device


def _resolution() -> int:
    """Return the dots per inch of the screen: a QPicture, as pyqtgraph's axes use, scales with the resolution."""
    return round(QGuiApplication.primaryScreen().logicalDotsPerInch())


def _outline_text(svg: bytes) -> bytes:
    """Replace text by outlines, because the fonts may be missing where the file is opened; a PDF embeds them."""
    ET.register_namespace("", "http://www.w3.org/2000/svg")
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ET.fromstring(svg)
    for parent in root.iter():
        for index, text in enumerate(parent):
            if text.tag == f"{_SVG}text":
                parent[index] = ET.Element(f"{_SVG}path", {"d": _text_path(text), **_fill_attributes(text)})
    outlined: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return outlined


def _text_path(text: ET.Element) -> str:
    font = QFont(text.get("font-family", ""))
    font.setPixelSize(max(1, round(float(text.get("font-size", "12")))))
    font.setWeight(QFont.Weight(int(text.get("font-weight", "400"))))
    font.setItalic(text.get("font-style") == "italic")
    path = QPainterPath()
    path.addText(QPointF(float(text.get("x", "0")), float(text.get("y", "0"))), font, "".join(text.itertext()))
    pieces = []
    number = 0
    while number < path.elementCount():
        one = path.elementAt(number)
        if one.type == QPainterPath.ElementType.CurveToElement:
            two, three = path.elementAt(number + 1), path.elementAt(number + 2)
            pieces.append(f"C{one.x:.2f},{one.y:.2f} {two.x:.2f},{two.y:.2f} {three.x:.2f},{three.y:.2f}")
            number += 3
        else:
            letter = "M" if one.type == QPainterPath.ElementType.MoveToElement else "L"
            pieces.append(f"{letter}{one.x:.2f},{one.y:.2f}")
            number += 1
    return "".join(pieces)


def _fill_attributes(text: ET.Element) -> dict[str, str]:
    present = {key: text.get(key, "") for key in ("fill", "fill-opacity", "stroke") if text.get(key) is not None}
    return {**present, "fill-rule": "nonzero"}
