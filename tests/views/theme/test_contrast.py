"""All text in the window has enough contrast, measured in screenshots instead of the theme's colours."""

from collections import Counter

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QLabel, QLineEdit, QStyle, QStyleOptionButton

from explorer.views.lessons.controller import LessonController
from tests.pixels import rgb

MIN_CONTRAST = {"dark": 4.5, "light": 4.5, "contrast": 7.0}


def luminance(pixel):
    """Return the relative luminance of WCAG 2.1."""
    parts = [((pixel >> shift) & 255) / 255 for shift in (16, 8, 0)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(image, area):
    """Return the highest contrast of any colour to the background, which is the most frequent colour."""
    pixels = Counter(rgb(image, area).ravel().tolist())
    background = luminance(pixels.most_common(1)[0][0])
    return max((max(background, other) + 0.05) / (min(background, other) + 0.05) for other in map(luminance, pixels))


def visible_texts(window):
    for kind in (QLabel, QAbstractButton, QLineEdit):
        for widget in window.findChildren(kind):
            if widget.isVisible() and widget.isEnabled() and widget.text().strip(" ·●") and widget.width() > 8:
                # without the frame, which is not text
                inside = widget.rect().adjusted(3, 3, -3, -3)
                place = QRect(widget.mapTo(window, inside.topLeft()), inside.size())
                visible = widget.visibleRegion().boundingRect()
                if visible.height() >= 0.8 * widget.height() and visible.width() >= 0.8 * widget.width():
                    yield widget, place


@pytest.fixture
def window(ui):
    ui.window.resize(1280, 720)
    yield ui.window
    ui.sessions.store.set("theme", "dark")
    ui.window.part(LessonController).session.close()
    ui.window.part(LessonController).set_visible(False)
    ui.window.tabs.setCurrentIndex(0)
    ui.sessions.store.set("lessons", {})


@pytest.mark.parametrize("theme", MIN_CONTRAST)
def test_texts_have_enough_contrast(ui, window, theme):
    window.sessions.store.set("theme", theme)
    window.part(LessonController).set_visible(True)
    for key, scene in (("05-chain-rule", 4), ("07-looking-at-mnist", 1)):
        window.part(LessonController).session.open_key(key)
        window.part(LessonController).session.go(scene)
        ui.until(lambda: window.part(LessonController).is_complete)
        ui.find("sceneLabel").setFocus()
        image = window.grab().toImage()
        assert image.devicePixelRatio() == 1
        found = {
            (widget.objectName(), widget.text()[:30]): round(contrast(image, place), 2)
            for widget, place in visible_texts(window)
            if place.width() > 4 and place.height() > 4
        }
        assert len(found) > 30
        assert {name: ratio for name, ratio in found.items() if ratio < MIN_CONTRAST[theme]} == {}


@pytest.mark.parametrize("theme", MIN_CONTRAST)
def test_the_tick_of_a_check_box_has_enough_contrast(ui, window, theme):
    """A filled square alone would not be recognised with colour blindness."""
    window.sessions.store.set("theme", theme)
    box = QCheckBox("on", window)
    try:
        box.show()
        option = QStyleOptionButton()
        box.initStyleOption(option)
        square = box.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, box).adjusted(3, 3, -3, -3)
        assert contrast(box.grab().toImage(), square) == pytest.approx(1, abs=0.1)
        box.setChecked(True)
        assert contrast(box.grab().toImage(), square) >= 4.5
    finally:
        box.deleteLater()
