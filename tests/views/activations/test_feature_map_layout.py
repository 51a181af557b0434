"""The layout of feature maps: positions and indices correspond, and each number has its own colour."""

import numpy as np
import pytest

from explorer.views.activations.feature_map_layout import arrange, output_summary

SHAPES = [(26, 26, 32), (13, 13, 5), (5, 5, 64), (28, 28), (10,), (128,), (1600,), (1,)]


@pytest.mark.parametrize("scale", [1.0, 1.4, 2.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_positions_and_indices_correspond(shape, scale):
    rng = np.random.default_rng(0)
    output = rng.normal(size=shape)
    one = arrange(3, output, 13.0, 40.0, 600.0, scale)
    colours = rng.integers(0, 2**32, one.values.shape, dtype=np.uint32)
    mosaic = one.mosaic(colours, 1, 2)
    edge = 1 if one.gap else 0
    for _ in range(50):
        index = one.map_index(tuple(int(rng.integers(size)) for size in shape))
        centre = one.cell_box(index).center()
        assert one.index_at(centre.x(), centre.y()) == index
        pixel = mosaic[int(centre.y() - one.top + edge), int(centre.x() - one.left + edge)]
        assert pixel == colours[index]
    assert one.box(one.tiles - 1).bottom() == pytest.approx(one.top + one.height)
    assert one.left + one.across * (one.columns * one.cell + one.gap) - one.gap <= 13 + 600 + one.columns * one.cell


def test_gaps_have_no_index():
    one = arrange(0, np.zeros((26, 26, 3)), 10.0, 10.0, 600.0, 1.0)
    assert one.index_at(5, 20) is None
    assert one.index_at(10 + 3 * (52 + one.gap) + 5, 20) is None
    assert one.index_at(20, 500) is None


def test_keys_stop_at_the_edges():
    maps = arrange(0, np.zeros((4, 4, 3)), 0, 0, 600.0, 1.0)
    assert maps.moved((0, 3, 2), 1, -1, 1) == (0, 3, 2)
    assert maps.moved((1, 1, 1), 1, 1, -1) == (2, 2, 0)
    strip = arrange(0, np.zeros(128), 0, 0, 100.0, 1.0)
    assert strip.moved((3,), 0, 1, 0) == (3 + strip.across,)
    assert strip.moved((127,), 1, 0, 0) == (127,)


def test_zeros_and_hidden_channels_are_counted():
    output = np.zeros((2, 2, 64))
    output[0] = 1
    assert output_summary({"shape": [2, 2, 64]}, output) == "50 % zero"
    assert output_summary({"shape": [2, 2, 256]}, output) == "50 % zero · the first 64 are shown"
