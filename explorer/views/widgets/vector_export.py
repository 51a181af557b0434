"""Anything that is painted as a file: SVG and PDF with real lines, PNG at any scale. One way for all views."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

from PySide6.QtCore import QBuffer, QMarginsF, QPoint, QPointF, QRectF, QSize, QSizeF
from PySide6.QtGui import (
    QColor,
    QFont,
    QGuiApplication,
    QImage,
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

from explorer.core.atomic_write import write_whole

FORMATS = ("svg", "png", "pdf")

PNG_SCALE = 2.0
"""Pixels of a PNG for each of the screen, where nothing else is asked for."""

MAX_PIXELS = 100_000_000
"""A PNG may have this many: 400 MB while it is painted."""

_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Drawing:
    """size: in pixels of the screen. draw: paints all of it into a box of that shape."""

    size: QSizeF
    draw: Callable[[QPainter, QRectF], None]


def drawing_of(widget: QWidget) -> Drawing:
    """Return what a view shows. A view that knows better than its widget has a method ``drawing``.

    Raises ValueError, with a sentence, where it has nothing to show.
    """
    own = getattr(widget, "drawing", None)
    if own is not None:
        return own()
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
    """Return what is in view of a scene, as lines: what its items keep as pixels for the screen is drawn anew."""
    source = view.viewport().rect()

    def draw(painter: QPainter, box: QRectF) -> None:
        items = view.scene().items()
        kept = [(item, item.cacheMode()) for item in items if item.cacheMode() != QGraphicsItem.CacheMode.NoCache]
        plotted = [item for item in items if hasattr(item, "setExportMode")]  # pyqtgraph's word for it
        drawn = [opts for item in plotted if isinstance((opts := getattr(item, "opts", {})).get("pen"), QPen)]
        pens = [(opts, opts["pen"]) for opts in drawn]
        larger = painter.device().devicePixelRatio() / view.devicePixelRatioF()
        for item, _ in kept:
            item.setCacheMode(QGraphicsItem.CacheMode.NoCache)
        for item in plotted:
            item.setExportMode(True)
        for opts, pen in pens:
            # Its width is in pixels whatever the scale, for x and y are not stretched alike.
            opts["pen"] = QPen(pen)
            opts["pen"].setWidthF(pen.widthF() * larger)
        view.scene().render(painter, box, QRectF(source))
        for opts, pen in pens:
            opts["pen"] = pen
        for item in plotted:
            item.setExportMode(False)
        for item, mode in kept:
            item.setCacheMode(mode)

    return Drawing(QSizeF(source.size()), draw)


def save_drawing(drawing: Drawing, ground: QColor, path: str, scale: float = PNG_SCALE) -> None:
    """Write a drawing on ``ground``; the suffix of ``path`` says how, ``scale`` how large a PNG is.

    Raises OSError if the file cannot be written, ValueError for another format or too large a picture.
    """
    render_file(drawing, ground, path, scale)()


def render_file(drawing: Drawing, ground: QColor, path: str, scale: float = PNG_SCALE) -> Callable[[], None]:
    """Paint a drawing and return what writes it, which takes longer and may be called in a thread; see `save_drawing`.

    Raises ValueError; what is returned raises OSError.
    """
    target = Path(path)
    kind = target.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise ValueError(f"{target.name}: the name must end in .svg, .png or .pdf")
    _initialise_qt_types()
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    if kind == "png":
        image = _image(drawing, ground, scale)
        return lambda: write_whole(target, png_bytes(image))
    device = _svg(buffer, drawing.size) if kind == "svg" else _pdf(buffer, drawing.size)
    painter = QPainter(device)
    whole = QRectF(QPointF(), drawing.size if kind == "svg" else QSizeF(device.width(), device.height()))
    painter.fillRect(whole, ground)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    drawing.draw(painter, whole)
    painter.end()
    data = bytes(buffer.data().data())
    return lambda: write_whole(target, _outline_text(data) if kind == "svg" else data)


@cache
def _initialise_qt_types() -> None:
    """Use each Qt type once in this thread: two threads that meet one for the first time together end the program."""
    png_bytes(QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied))
    _outline_text(b'<svg xmlns="http://www.w3.org/2000/svg"><text font-family="Inter">o</text></svg>')


def png_bytes(image: QImage) -> bytes:
    """Return a picture as the bytes of a PNG file."""
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())


def _image(drawing: Drawing, ground: QColor, scale: float) -> QImage:
    size = (drawing.size * scale).toSize()
    if size.width() * size.height() > MAX_PIXELS:
        raise ValueError(
            f"{size.width():,} × {size.height():,} pixels are more than a picture may have; choose a smaller scale"
        )
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(ground)
    # Not a painter that is scaled: what keeps its size on the screen, such as a line of two pixels, would stay thin.
    image.setDevicePixelRatio(scale)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    drawing.draw(painter, QRectF(QPointF(), drawing.size))
    painter.end()
    return image


def _svg(buffer: QBuffer, size: QSizeF) -> QSvgGenerator:
    device = QSvgGenerator()
    device.setOutputDevice(buffer)
    whole = QSize(round(size.width()), round(size.height()))
    device.setSize(whole)
    device.setViewBox(QRectF(0, 0, whole.width(), whole.height()))
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
    """The screen's dots per inch: a recording, such as an axis of pyqtgraph, is played larger on a finer device."""
    return round(QGuiApplication.primaryScreen().logicalDotsPerInch())


def _outline_text(svg: bytes) -> bytes:
    """Letters as outlines: who opens the file may not have the fonts. A PDF brings its fonts along."""
    ET.register_namespace("", "http://www.w3.org/2000/svg")
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ET.fromstring(svg)
    for parent in root.iter():
        for index, text in enumerate(parent):
            if text.tag == f"{_SVG}text":
                parent[index] = ET.Element(f"{_SVG}path", {"d": _text_path(text), **_fill_attributes(text)})
    return ET.tostring(root, encoding="UTF-8", xml_declaration=True)


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
    kept = {key: text.get(key, "") for key in ("fill", "fill-opacity", "stroke") if text.get(key) is not None}
    return {**kept, "fill-rule": "nonzero"}
