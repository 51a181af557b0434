"""The pictures of the selected op have a key, fit into the page, and show what is no number as such."""

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from explorer.views.network_graph.op_pictures import OpPictures
from explorer.views.painting.colour_key import ScaleKey, key_text
from explorer.views.painting.diverging_colours import diverging_colour
from explorer.views.theme.theme import load_theme


def details(images):
    op = {"source": "def _Conv2DGrad(op, grad): …", "note": "", "forward_type": "Conv2D"}
    return {"graph": 1, "op": op, "statistics": {}, "pictures": images}


@pytest.fixture
def strip(qtbot):
    made = OpPictures()
    qtbot.addWidget(made)
    made.setTheme(load_theme("light"))
    return made


def shown(strip, images, width, scale):
    strip.setScale(scale)
    strip.resize(width, round(100 * scale))
    strip.setDetails(details(images))
    strip.layout().activate()
    return strip.findChild(QLabel, "opPictures")


@pytest.mark.parametrize("shape", [(8, 30, 30), (32, 56, 56), (3, 4, 56), (1, 28, 28), (6, 4, 4), (12, 56, 4)])
@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("width", [900, 1240, 1880])
def test_pictures_key_and_button_lie_side_by_side_in_the_page(strip, shape, scale, width):
    label = shown(strip, np.linspace(-2, 3, num=int(np.prod(shape)), dtype=np.float32).reshape(shape), width, scale)
    assert strip.minimumSizeHint().width() <= width
    parts = [label.geometry(), strip.key.geometry(), strip.findChild(QPushButton).geometry()]
    assert label.pixmap().width() <= label.width()
    for before, after in zip([strip.rect().left() - 1, *(part.right() for part in parts)], parts, strict=False):
        assert before < after.left()
    assert parts[-1].right() <= strip.rect().right()
    # As many whole images as there is room for, of their own form.
    _, height, side = shape
    count = (label.pixmap().width() / label.pixmap().height() * height + 1) / (side + 1)
    assert 0.9 < count < min(shape[0], 8) + 0.5


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
def test_the_key_has_the_ends_of_the_scale_and_their_colours(strip, theme):
    colours = load_theme(theme)
    strip.setTheme(colours)
    images = np.array([[[-0.5, 0.0], [0.25, 2.5]]], np.float32)
    label = shown(strip, images, 1240, 1.0)
    (scale,) = strip.key.entries
    assert isinstance(scale, ScaleKey)
    assert (scale.low, scale.high, scale.note) == ("−2.5", "2.5", "linear")
    picture = label.pixmap().toImage()
    lowest = picture.pixelColor(picture.width() - 2, picture.height() - 2)  # 2.5
    assert lowest == scale.colours[-1] == diverging_colour(colours, 1.0)
    assert scale.colours[0] == diverging_colour(colours, -1.0)


def test_what_is_no_number_has_a_colour_and_an_entry_of_its_own(strip):
    images = np.array([[[np.nan, 1.0], [np.inf, -1.0]]], np.float32)
    label = shown(strip, images, 1240, 1.0)
    picture, theme = label.pixmap().toImage(), load_theme("light")
    assert picture.pixelColor(1, 1) == picture.pixelColor(1, picture.height() - 2) == theme.error
    assert picture.pixelColor(picture.width() - 2, 1) == diverging_colour(theme, 1.0)
    assert key_text(strip.key.entries) == ": from −1 to 1, linear; NaN or infinite"
    shown(strip, np.ones((1, 2, 2), np.float32), 1240, 1.0)
    assert key_text(strip.key.entries) == ": from −1 to 1, linear"


def test_without_pictures_there_is_no_key(strip):
    shown(strip, None, 1240, 1.0)
    assert strip.key.isHidden()
    assert strip.findChild(QPushButton).isVisibleTo(strip)
    assert strip.findChild(QLabel, "opPictures").isHidden()
