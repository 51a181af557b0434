"""Image files as input of the network; invalid and too large files are reported and change nothing."""

import os

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from explorer.core.activations.drawn_digit import extract_ink
from explorer.core.data.dataset import load_sample
from explorer.views.activations.image_file import ImageFileError, _initialise_qt_types, read_grey

DATA = load_sample()


@pytest.fixture
def tab(activations):
    return activations.tab


def saved(array, path):
    data = np.ascontiguousarray(array, np.uint8)
    QImage(data.data, data.shape[1], data.shape[0], data.shape[1], QImage.Format.Format_Grayscale8).save(str(path))
    return str(path)


def test_an_image_file_becomes_the_input(ui, tab, activations, tmp_path):
    activations.show_network("logistic")
    session, digit = ui.sessions.activations, DATA.x_validation[3]
    for name, picture in (("dark.png", 255 - np.kron(digit, np.ones((8, 8)))), ("bright.bmp", digit)):
        tab.draw.open(saved(picture, tmp_path / name))
        ui.until(lambda: session.origin == "file")
        activations.complete()
        assert np.corrcoef(session.image.ravel(), digit.ravel())[0, 1] > 0.85
        assert ui.find("imageTitle").text() == "Your picture"
        session.show_sample("validation", 0)
        ui.until(lambda: session.label is not None)


def test_invalid_files_are_reported_and_change_nothing(ui, tab, activations, tmp_path):
    activations.show_network("logistic")
    session, error = ui.sessions.activations, ui.find("activationsError")
    before = session.image.copy()
    saved(np.kron(DATA.x_train[0], np.ones((9, 9))), tmp_path / "whole.png")
    data = (tmp_path / "whole.png").read_bytes()
    cases = {
        "cut.png": (data[: len(data) // 2], "cut.png cannot be read as a picture"),
        "noise.png": (os.urandom(3000), "noise.png cannot be read as a picture"),
        "empty.jpg": (b"", "empty.jpg cannot be read as a picture"),
    }
    for name, (content, message) in cases.items():
        (tmp_path / name).write_bytes(content)
        tab.draw.open(str(tmp_path / name))
        ui.until(lambda message=message: message in error.text())
        assert error.isVisible()
    tab.draw.open(str(tmp_path / "nowhere.png"))
    ui.until(lambda: "nowhere.png cannot be opened" in error.text())
    tab.draw.open(saved(np.full((50, 50), 200), tmp_path / "blank.png"))
    ui.until(lambda: "Nothing is written in this picture" in error.text())
    np.testing.assert_array_equal(session.image, before)
    assert session.origin == "sample"
    session.show_sample("validation", 1)
    ui.until(lambda: error.text() == "")


def test_a_huge_image_is_refused_before_decoding(tmp_path):
    def chunk(kind, body):
        import struct
        import zlib

        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    size = (60_000).to_bytes(4, "big")
    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + size + bytes([8, 0, 0, 0, 0]))
    (tmp_path / "bomb.png").write_bytes(head + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    with pytest.raises(ImageFileError, match="60,000 × 60,000 pixels, more than"):
        read_grey(tmp_path / "bomb.png")


def test_initialising_qt_types_prints_no_warning(qapp, qtlog):
    _initialise_qt_types.__wrapped__()
    assert [record.message for record in qtlog.records] == []


@pytest.mark.parametrize("ink", ["black", "white"])
def test_strokes_on_a_transparent_background_are_read(qapp, tmp_path, ink):
    image = QImage(40, 40, QImage.Format.Format_ARGB32)
    image.fill(QColor(0, 0, 0, 0))
    painter = QPainter(image)
    painter.fillRect(15, 10, 6, 20, QColor(ink))
    painter.end()
    path = tmp_path / "ink.png"
    assert image.save(str(path))
    written = extract_ink(read_grey(path))
    assert (written[10:30, 15:21] == 255).all()
    assert written.sum() == 255 * 6 * 20
