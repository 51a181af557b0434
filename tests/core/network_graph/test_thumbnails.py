"""Thumbnails: which tensors have them, and how exact their bytes are."""

import numpy as np
import pytest

from explorer.core.network_graph.thumbnails import (
    MAX_SIDE_PX,
    MAX_THUMBNAILS,
    NOT_A_NUMBER,
    decode_thumbnails,
    has_thumbnails,
    make_thumbnails,
)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((32, 28, 28), True), ((32, 26, 26, 32), True), ((2, 224, 224, 3), True), ((32, 128), False), ((), False),
        ((1, 1, 1, 32), False), ((32, 28, 64), False), ((None, 28, 28), False), (None, False), ((32,), False),
    ],
)  # fmt: skip
def test_images_and_feature_maps_have_thumbnails(shape, expected):
    assert has_thumbnails(shape) is expected


def test_bytes_are_the_values_within_half_a_step():
    rng = np.random.default_rng(7)
    value = np.float32(rng.normal(0, 5, (3, 20, 12, 9)))
    small, limit = make_thumbnails(value)
    assert small.dtype == np.int8
    assert small.shape == (MAX_THUMBNAILS, 20, 12)
    expected = np.stack([value[0, :, :, k] for k in range(MAX_THUMBNAILS)])
    assert limit == pytest.approx(np.abs(expected).max())
    np.testing.assert_allclose(decode_thumbnails(small, limit), expected, atol=0.51 * limit / 127)


def test_thumbnails_are_the_first_images_of_the_batch():
    value = np.float32(np.random.default_rng(2).random((6, 28, 28)))
    for array in (value, value[..., None]):
        small, limit = make_thumbnails(array)
        np.testing.assert_allclose(decode_thumbnails(small, limit), value[:MAX_THUMBNAILS], atol=0.51 * limit / 127)


def test_large_maps_are_downsampled_and_nan_stays_nan():
    value = np.ones((1, 224, 200, 2))
    value[0, 0, 0, 0] = np.nan
    value[0, 4, 4, 0] = np.inf
    small, limit = make_thumbnails(value)
    assert max(small.shape[1:]) <= MAX_SIDE_PX
    assert limit == 1.0
    assert small[0, 0, 0] == small[0, 1, 1] == NOT_A_NUMBER
    assert np.isnan(decode_thumbnails(small, limit)[0, 0, 0])
    assert np.isnan(decode_thumbnails(np.full((1, 4, 4), NOT_A_NUMBER, np.int8), 0.0)).all()
    zeros, limit = make_thumbnails(np.zeros((1, 5, 5, 1)))
    assert limit == 0.0
    np.testing.assert_array_equal(decode_thumbnails(zeros, limit), 0)
