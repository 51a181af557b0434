"""Graphical marks have as much contrast as text, measured in screenshots of all three themes."""

from collections import Counter

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from explorer.core.data.dataset import DIGIT_CLASSES
from explorer.views.network_graph.node_items import heat_colour
from explorer.views.theme.theme import load_theme, text_colour_on
from explorer.views.training.confusion_matrix import ConfusionMatrix
from tests.pixels import argb, rgb

MIN_CONTRAST = 4.5
THEMES = ("dark", "light", "contrast")
MAX_COLOUR_DISTANCE = 40
"""Largest distance of a pixel from the colour of a mark, summed over the three channels."""

MARKS = {
    "autodiff": {
        "graphView": ("value", "gradient", "faint", "text"),  # edges and arrowheads, gradients, outlines
        "curvePlot": ("value", "gradient", "text"),  # f, f′, the tangent and the point
        "slider_x": ("value", "text"),
        "stepForwardButton": ("gradient",),
    },
    "data": {"digitCounts": ("value",)},
    "training": {
        "accuracyPlot": ("value", "faint"),
        "lossPlot": ("value",),
        "normsView": ("gradient",),
        "trainingProgress": ("value",),
    },
    "weights": {
        "histogram_kernel": ("positive", "negative"),
        "layerList": ("value",),
        "weightsSnapshotSlider": ("value",),
    },
    "activations": {"predictionBars": ("value", "gradient"), "brushSlider": ("value", "text")},
    "network": {"networkView": ("value", "faint")},
}


def luminance(pixel):
    """Return the relative luminance of WCAG 2.1."""
    parts = [((pixel >> shift) & 255) / 255 for shift in (16, 8, 0)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def pixel_counts(image, area):
    return Counter(rgb(image, area).ravel().tolist())


def mark_contrast(counts, colour):
    """Return the contrast of the pixels of a colour and the most frequent other colour, 0 if there are none."""
    target = colour.rgb() & 0xFFFFFF
    near = {
        pixel
        for pixel in counts
        if sum(abs((pixel >> shift & 255) - (target >> shift & 255)) for shift in (16, 8, 0)) <= MAX_COLOUR_DISTANCE
    }
    background = max((pixel for pixel in counts if pixel not in near), key=counts.get)
    return contrast(max(near, key=counts.get), background) if sum(counts[pixel] for pixel in near) >= 12 else 0.0


@pytest.fixture
def window(ui):
    window = ui.window
    window.resize(1280, 720)
    ui.complete("x*y + sin(2*x)")
    window.sessions.autodiff.stepper.set_step(2)
    ui.train_mlp()
    yield window
    window.sessions.store.set("theme", "dark")
    window.tabs.setCurrentIndex(0)


@pytest.mark.parametrize("name", THEMES)
def test_marks_have_enough_contrast(ui, window, name):
    window.sessions.store.set("theme", name)
    theme, found = load_theme(name), {}
    for tab, marks in MARKS.items():
        window.show_tab(tab)
        if tab == "network" and window.sessions.network_graph.state.source != "mlp":
            window.sessions.network_graph.open("mlp")
        if tab == "data":
            ui.until(lambda: window.sessions.data.is_up_to_date)
        if tab in ("weights", "activations", "network"):
            ui.until(lambda: bool(window.tabs.currentWidget().property("isComplete")))
        if tab == "weights":
            window.sessions.weights.set_layer(1)
            ui.until(lambda: bool(window.tab("weights").property("isComplete")))
        QApplication.processEvents()
        image = window.grab().toImage()
        for widget, colours in marks.items():
            part = window.findChild(object, widget)
            assert part is not None, widget
            rect = part.rect().adjusted(-4, -4, 4, 4)
            counts = pixel_counts(image, QRect(part.mapTo(window, rect.topLeft()), rect.size()))
            for colour in colours:
                found[tab, widget, colour] = round(mark_contrast(counts, getattr(theme, colour)), 2)
    assert {place: value for place, value in found.items() if value < MIN_CONTRAST} == {}


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("widget", ["stepLastButton", "quizCheck", "input_x", "slider_x", "passSwitch_backward"])
def test_the_focus_is_visible(ui, window, name, widget):
    window.sessions.store.set("theme", name)
    window.sessions.autodiff.stepper.set_step(0)
    part = ui.find(widget)
    ui.find("expressionEdit").setFocus(Qt.FocusReason.TabFocusReason)
    before = argb(part.grab().toImage())
    part.setFocus(Qt.FocusReason.TabFocusReason)
    after = argb(part.grab().toImage())
    changed = (after[before != after] & 0xFFFFFF).tolist()
    assert len(changed) >= 20
    background = Counter((after & 0xFFFFFF).ravel().tolist()).most_common(1)[0][0]
    assert max(contrast(pixel, background) for pixel in set(changed)) >= MIN_CONTRAST


@pytest.mark.parametrize("name", THEMES)
def test_numbers_of_the_confusion_matrix_have_enough_contrast(qtbot, name):
    view = ConfusionMatrix()
    qtbot.addWidget(view)
    view.resize(440, 440)
    view.setTheme(load_theme(name))
    view.setMatrix(np.arange(1, 101).reshape(10, 10), DIGIT_CLASSES)
    image = view.grab().toImage()
    side, found = 40, {}
    for row in range(1, 11):
        for column in range(1, 11):
            cell = QRect(column * side + 3, row * side + 3, side - 6, side - 6)
            counts = pixel_counts(image, cell)
            background = counts.most_common(1)[0][0]
            found[row, column] = max(contrast(background, pixel) for pixel in counts)
    assert min(found.values()) >= MIN_CONTRAST


def test_large_numbers_of_the_confusion_matrix_stay_in_their_cells(qtbot):
    view = ConfusionMatrix()
    qtbot.addWidget(view)
    view.resize(240, 180)
    view.setTheme(load_theme("dark"))
    one_digit, four_digits = np.zeros((10, 10), int), np.zeros((10, 10), int)
    one_digit[4, 4], four_digits[4, 4] = 1, 1135
    pictures = []
    for matrix in (one_digit, four_digits):
        view.setMatrix(matrix, DIGIT_CLASSES)
        pictures.append(view.grab().toImage())
    side, _, left, top = view._grid()
    neighbour = QRect(
        round(left + 4 * side), round(top + 5 * side), round(side), round(side)
    )  # the empty cell on the left
    assert pixel_counts(pictures[0], neighbour) == pixel_counts(pictures[1], neighbour)


@pytest.mark.parametrize("name", THEMES)
def test_numbers_on_a_heat_map_have_enough_contrast(name):
    backgrounds = [heat_colour(load_theme(name), heat / 100) for heat in range(101)]
    backgrounds += [QColor(value, value, value) for value in range(256)]
    for background in backgrounds:
        assert contrast(text_colour_on(background).rgb() & 0xFFFFFF, background.rgb() & 0xFFFFFF) >= MIN_CONTRAST
