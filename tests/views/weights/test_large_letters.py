"""Weights at every size of letters: bars point the right way, numbers are whole, templates can be read."""

import numpy as np
import pytest
from PySide6.QtGui import QFontMetricsF

from explorer.engine.weights.statistics import histogram, summary
from explorer.engine.weights.visible_part import visible_part
from explorer.views.theme.theme import SANS, font, load_theme
from explorer.views.weights.array_renderers import AXIS_FONT_PX, FilterTiles, HeatMap
from explorer.views.weights.statistics_view import StatisticsView
from explorer.views.weights.weights_view import WeightsView

SCALES = (1.0, 1.5, 2.0, 3.0)
BIAS = np.array([-4e-6, -2e-6, 0.0, 1e-6, 2.5e-6, -3.3e-6, 3e-6, -1e-6, 2e-6, 4e-6], np.float32)
KERNEL = np.random.default_rng(1).normal(0, 3e-7, (784, 10)).astype(np.float32)


def reply(name, values, on_pixels=True, gates=()):
    part = visible_part(values, on_pixels, {})
    return {"name": name, **part, "summary": summary(values), "histogram": histogram(values), "gates": list(gates)}


@pytest.fixture
def show(qtbot):
    """Return a function that shows arrays in a theme, a size and a scale, as high as the view needs at least."""

    def show(arrays, scale, size=(420, 200), theme="light"):
        view = WeightsView()
        qtbot.addWidget(view)
        view.setTheme(load_theme(theme))
        view.setScale(scale)
        view.resize(*size)
        view.setArrays("layer", arrays, False, False)
        view.resize(size[0], max(size[1], view.minimumHeight()))
        view.show()
        return view

    return show


def ink(image, rows, columns):
    """Whether an area of an image has more than one colour."""
    return len({image.pixel(x, y) for y in rows for x in columns}) > 1


def picture(view):
    return view.grab().toImage()


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_positive_bias_points_up_and_a_negative_one_down(show, scale, theme):
    view = show([reply("kernel", KERNEL), reply("bias", BIAS)], scale, theme=theme)
    image, colours = picture(view), load_theme(theme)
    bars = view.renderers[1]
    zero = round(bars._inner.center().y())
    assert bars._inner.height() >= 20
    for unit, value in enumerate(BIAS.tolist()):
        middle = round(bars.rect(unit).center().x())
        colour = colours.positive if value > 0 else colours.negative
        seen = [y for y in range(round(bars._inner.top()), round(bars._inner.bottom()) + 1)
                if image.pixel(middle, y) == colour.rgb()]  # fmt: skip
        length = abs(value) / 4e-6 * bars._inner.height() / 2
        assert len(seen) == pytest.approx(length, abs=2), (unit, value)
        if value > 0:
            assert max(seen) <= zero + 1
        elif length > 2:
            assert min(seen) >= zero - 1


@pytest.mark.parametrize("scale", SCALES)
def test_numbers_on_axes_and_scales_are_whole(show, scale):
    view = show([reply("kernel", KERNEL), reply("bias", BIAS)], scale)
    image = picture(view)
    # A number that is cut off ends at an edge; there is a free margin instead.
    box = view._scale_box
    rows = range(round(box.top()), round(box.bottom()))
    right = round(box.right())
    assert ink(image, rows, range(right - 40, right))
    assert not ink(image, rows, range(right - 2, min(right + 2, image.width())))
    bars = view.renderers[1]
    rows = range(round(bars._inner.top() - 6 * scale), round(bars._inner.bottom()))
    assert not ink(image, rows, range(4))
    assert ink(image, rows, range(4, round(bars._inner.left()) - 4))


@pytest.mark.parametrize("scale", SCALES)
def test_templates_can_be_read(show, scale):
    view = show([reply("kernel", KERNEL), reply("bias", BIAS)], scale, size=(500, 240))
    tiles = view.renderers[0]
    assert isinstance(tiles, FilterTiles)
    boxes = [tiles.tile(number) for number in range(10)]
    assert all(box.width() >= 56 for box in boxes)
    assert all(box.bottom() <= tiles.box.bottom() + 1 for box in boxes)
    assert not any(one.intersects(other) for one in boxes for other in boxes if one is not other)
    many = show([reply("kernel", np.repeat(KERNEL, 12, axis=1))], scale, size=(500, 240)).renderers[0]
    assert many.tile(0).width() >= 20


@pytest.mark.parametrize("scale", SCALES)
def test_the_name_of_an_axis_fits_beside_a_heat_map(show, scale):
    gates = ("input gate", "forget gate", "candidate", "output gate")
    kernels = [reply(name, KERNEL[: 28 * 96 // 10 + 1].ravel()[: 28 * 96].reshape(28, 96), False, gates)
               for name in ("kernel", "recurrent_kernel")]  # fmt: skip
    view = show([*kernels, reply("bias", np.ones(96, np.float32), False, gates)], scale)
    letters = QFontMetricsF(font(SANS, AXIS_FONT_PX * scale))
    for part in view.renderers[:2]:
        assert isinstance(part, HeatMap)
        assert letters.horizontalAdvance("24 units each") <= part._inner.height() + 1


def test_one_scale_holds_for_all_arrays_of_a_layer(show):
    """Also for a recurrent kernel, whose numbers are larger than those of the kernel above it."""
    small, large = np.full((4, 6), 0.25, np.float32), np.full((4, 6), 0.25, np.float32)
    large[0, 0] = -0.5
    view = show([reply("kernel", small, False), reply("recurrent_kernel", large, False)], 1.0, size=(600, 400))
    image = picture(view)
    assert view._scale_texts() == ("+0.5", "0", "−0.5")
    centres = [part.rect(len(part.values.ravel()) - 1).center().toPoint() for part in view.renderers]
    assert image.pixel(centres[0]) == image.pixel(centres[1])


@pytest.mark.parametrize("scale", SCALES)
def test_statistics_are_whole_in_a_narrow_card(qtbot, scale):
    statistics = StatisticsView()
    qtbot.addWidget(statistics)
    statistics.setStyleSheet(f"QLabel {{ font-size: {round(13 * scale)}px }}")
    statistics.setArrays("layer", [reply("forward_lstm/lstm_cell/kernel", KERNEL), reply("bias", BIAS)])
    statistics.setScale(scale)
    statistics.resize(round(230 * scale**0.5), 300)
    statistics.show()
    right = statistics.viewport().width()
    for block in statistics._blocks.values():
        for label in block.labels.values():
            assert label.mapTo(statistics.viewport(), label.rect().topRight()).x() < right
            assert label.width() >= label.fontMetrics().horizontalAdvance(label.text())


GATES = ("input gate", "forget gate", "candidate", "output gate")


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_the_parts_of_a_recurrent_layer_are_named_by_gate_and_unit(show, scale):
    kernel = np.random.default_rng(2).normal(0, 1, (28, 96)).astype(np.float32)
    view = show([reply("kernel", kernel, False, GATES), reply("bias", kernel[0], False, GATES)], scale, (520, 300))
    part = view.renderers[0]
    assert part.unit_count == 24
    cell = part.cell_of((3, 24 + 6))
    view._set_pointer((0, cell))
    assert view.pointed_text().endswith(" · input 3 → forget gate of unit 6")
    view._set_pointer((1, 95))
    assert view.pointed_text().endswith(" · of the output gate of unit 23")


@pytest.mark.parametrize("scale", SCALES)
def test_bars_of_several_vectors_are_aligned(show, scale):
    view = show([reply("gamma", BIAS), reply("beta", BIAS * 1e6)], scale)
    lefts = {round(part.rect(0).left()) for part in view.renderers}
    assert len(lefts) == 1
