"""A formula that is too wide for its label ends with an ellipsis."""

from time import monotonic

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPixmap, QRegion
from PySide6.QtWidgets import QWidget

from explorer.views.painting.typesetter import typesetter
from explorer.views.theme.theme import load_theme
from explorer.views.widgets.math_label import MathLabel


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
    dots = np.diff(ink(label, 283).astype(int))
    assert np.count_nonzero(dots == 1) == (3 if is_cut else 0)


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
