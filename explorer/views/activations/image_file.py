"""Reads an image file as grey values, in a thread so that a large photograph does not block the window."""

import threading
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QImageReader, QPainter

from explorer.core.errors import UserError

MAX_BYTES = 60_000_000
MAX_PIXELS = 40_000_000
MAX_SIDE_PX = 560
"""Largest side after reading; the network gets 20 pixels of it."""


class ImageFileError(UserError):
    """An image file that cannot be used."""


class ImageFileReader(QObject):
    """Reads one file at a time; a newer one replaces it.

    done: (height, width) uint8 grey values. failed: message for the user.
    """

    done = Signal(object)
    failed = Signal(str)
    _read = Signal(int, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._number = 0
        self._read.connect(self._receive_result)

    def open(self, path: str) -> None:
        """Read a file; `done` or `failed` follows."""
        self._number += 1
        _initialise_qt_types()
        threading.Thread(target=self._work, args=(self._number, path), name="picture", daemon=True).start()

    def _work(self, number: int, path: str) -> None:
        try:
            result: Any = read_grey(Path(path))
        except ImageFileError as error:
            result = str(error)
        try:
            self._read.emit(number, result)
        except RuntimeError:
            return  # the window was closed

    def _receive_result(self, number: int, result: Any) -> None:
        if number != self._number:
            return
        if isinstance(result, str):
            self.failed.emit(result)
        else:
            self.done.emit(result)


@cache
def _initialise_qt_types() -> None:
    """Use each Qt type once in this thread: PySide crashes if two threads use one for the first time simultaneously."""
    image = QImage(2, 2, QImage.Format.Format_ARGB32)
    image.fill(QColor(0, 0, 0, 0))
    keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    _grey(image.scaled(QSize(1, 1), keep, smooth))
    reader = QImageReader("no such file")
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    reader.setScaledSize(reader.size().scaled(QSize(1, 1), keep))
    reader.format().data()
    reader.read().isNull()
    reader.errorString()


def read_grey(path: Path) -> Any:
    """Return a picture as (height, width) uint8 of at most `MAX_SIDE_PX` a side; raises ImageFileError."""
    try:
        size = path.stat().st_size
    except OSError:
        raise ImageFileError(f"{path.name} cannot be opened.") from None
    if not path.is_file():
        raise ImageFileError(f"{path.name} is no file.")
    if size > MAX_BYTES:
        raise ImageFileError(f"{path.name} has {size / 1e6:.0f} MB, more than the {MAX_BYTES / 1e6:.0f} MB allowed.")
    reader = QImageReader(str(path))
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    found = reader.size()
    if found.width() * found.height() > MAX_PIXELS:
        raise ImageFileError(
            f"{path.name} has {found.width():,} × {found.height():,} pixels, more than the "
            f"{MAX_PIXELS / 1e6:.0f} million allowed."
        )
    if found.isValid() and max(found.width(), found.height()) > MAX_SIDE_PX and reader.format().data() == b"jpeg":
        reader.setScaledSize(found.scaled(QSize(MAX_SIDE_PX, MAX_SIDE_PX), Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    if image.isNull() or min(image.width(), image.height()) < 1:
        raise ImageFileError(f"{path.name} cannot be read as a picture: {reader.errorString().lower().rstrip('.')}.")
    if max(image.width(), image.height()) > MAX_SIDE_PX:
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        image = image.scaled(QSize(MAX_SIDE_PX, MAX_SIDE_PX), keep, smooth)
    return _grey(image)


def _grey(image: QImage) -> Any:
    grey = _grey_values(_on_background(QColor("white"), image))
    # White strokes on a transparent background are invisible on white.
    return grey if np.ptp(grey) or not image.hasAlphaChannel() else _grey_values(_on_background(QColor("black"), image))


def _on_background(background: QColor, image: QImage) -> QImage:
    """Return an image on an opaque background, if it is transparent."""
    if not image.hasAlphaChannel():
        return image
    canvas = QImage(image.size(), QImage.Format.Format_RGB32)
    canvas.fill(background)
    painter = QPainter(canvas)
    painter.drawImage(0, 0, image)
    painter.end()
    return canvas


def _grey_values(image: QImage) -> Any:
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    bits = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return bits[:, : grey.width()].copy()
