"""A disabled button looks disabled, measured from its pixels beside the same button enabled."""

import pytest
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QWidget

from explorer.views.theme.stylesheet import palette, stylesheet
from explorer.views.theme.theme import load_theme
from tests.views.theme.test_contrast import contrast

KINDS = {
    "push": (QPushButton, {}),
    "go": (QPushButton, {"role": "go"}),
    "step": (QPushButton, {"role": "step"}),
    "tool": (QToolButton, {}),
    "small": (QToolButton, {"small": True}),
    "flat": (QToolButton, {"flat": True}),
    "segment": (QToolButton, {"segment": True}),
}


def build(kind, is_enabled):
    make, properties = KINDS[kind]
    button = make()
    button.setText("Newest")
    for name, value in properties.items():
        button.setProperty(name, value)
    button.setEnabled(is_enabled)
    return button


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_a_disabled_button_is_paler_than_the_same_one_enabled(qtbot, theme, kind, scale):
    root = QWidget()
    qtbot.addWidget(root)
    root.setPalette(palette(load_theme(theme)))
    root.setStyleSheet(stylesheet(load_theme(theme), scale))
    row = QHBoxLayout(root)
    on, off = build(kind, True), build(kind, False)
    row.addWidget(on)
    row.addWidget(off)
    root.show()
    image = root.grab().toImage()
    edge = round(7 * scale)  # the frame and its round corners are no text
    enabled, disabled = (contrast(image, button.geometry().adjusted(edge, 5, -edge, -5)) for button in (on, off))
    assert disabled < 0.75 * enabled, (enabled, disabled)
    assert disabled > 1.8, "its text can still be read"
