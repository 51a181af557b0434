"""A formula that is too wide for its label ends with an ellipsis."""

from time import monotonic

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPixmap, QRegion
from PySide6.QtWidgets import QWidget

from explorer.views.painting.typesetter import typesetter
from explorer.views.theme.theme import load_theme
from explorer.views.widgets.math_label import CUT_OFF_SCALE, ELLIPSIS_EM, MIN_SCALE, MathLabel


@pytest.fixture
def label(ui):
    label = MathLabel()
    label.setTheme(load_theme("light"))
    label.resize(300, 40)
    yield label
    label.deleteLater()


def ink(label, left):
    """Return in which columns right of ``left`` something is painted."""
    pixmap = QPixmap(label.size())
    pixmap.fill(Qt.GlobalColor.white)
    label.render(pixmap, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return np.ptp(rows[:, left : image.width()], axis=0) > 25


@pytest.mark.parametrize(("terms", "is_cut"), [(2, False), (60, True)])
def test_what_is_cut_off_is_told(ui, label, terms, is_cut):
    label.setLatex(" + ".join(rf"\sin {k} x" for k in range(terms)))
    ui.until(lambda: label.is_ready and typesetter().is_idle)
    assert label.is_cut_off == is_cut
    dots = np.diff(ink(label, round(296 - ELLIPSIS_EM * label._pixels * CUT_OFF_SCALE)).astype(int))
    assert np.count_nonzero(dots == 1) == (3 if is_cut else 0)


def test_what_is_cut_off_can_be_read(ui, label):
    """Smaller letters would not show the whole formula either."""
    for terms in range(1, 60):
        label.setLatex(" + ".join(rf"\sin {k} x" for k in range(terms)))
        ui.until(lambda: label.is_ready)
        scale = label._scale_in(label.width())
        assert scale == CUT_OFF_SCALE if label.is_cut_off else MIN_SCALE <= scale <= 1
        assert label.is_cut_off or label.sizeHint().width() * scale <= label.width()


def test_the_plain_text_stands_for_a_formula_until_it_is_typeset(ui, label, monkeypatch):
    label.setParts([(r"\frac{1}{x}", "normal")], "1/x")
    ui.until(lambda: label.is_ready)
    height = label.sizeHint().height()
    monkeypatch.setattr(typesetter(), "_held_until", monotonic() + 100)
    label.setParts([(r"\frac{12}{x}", "normal")], "12/x")
    assert not label.is_ready
    assert label.shown_text == "12/x"
    assert label.sizeHint().height() == height
    assert ink(label, 0).any()
    label.setParts([(r"\frac{1}{x}", "normal")], "1/x")  # back to one that is known
    assert label.is_ready
    label.setParts([(r"\frac{12}{x}", "normal")], "12/x")
    typesetter().release()
    ui.until(lambda: label.is_ready)
    assert label.shown_text == ""
