"""Drawings become images like those of MNIST, which is the oracle."""

import numpy as np
import pytest

from explorer.core.activations.drawn_digit import extract_ink, to_mnist_image
from explorer.core.data.dataset import load_sample

IMAGES = load_sample().x_train[:40]


def centre_of_mass(image):
    image = image.astype(float)
    coordinates = np.arange(28)
    return image.sum(axis=1) @ coordinates / image.sum(), image.sum(axis=0) @ coordinates / image.sum()


@pytest.mark.parametrize("index", range(len(IMAGES)))
def test_an_enlarged_and_moved_mnist_image_is_restored(index):
    image = IMAGES[index]
    drawn = np.zeros((400, 400), np.uint8)
    drawn[90:370, 5:285] = np.kron(image, np.ones((10, 10), np.uint8))
    result = to_mnist_image(drawn).astype(int)
    # Faint pixels may widen the bounding box by one, so that single pixels differ: the mean counts.
    assert np.abs(result - image).mean() < 14
    assert centre_of_mass(result) == pytest.approx(centre_of_mass(image), abs=0.75)
    assert np.corrcoef(result.ravel(), image.ravel())[0, 1] > 0.85


def test_most_mnist_images_are_restored_exactly():
    same = [np.abs(to_mnist_image(np.kron(image, np.ones((7, 7)))).astype(int) - image).max() <= 2 for image in IMAGES]
    assert np.mean(same) > 0.5


@pytest.mark.parametrize(("height", "width"), [(100, 30), (30, 100), (280, 280), (3, 3), (200, 1)])
def test_the_ink_fits_20_pixels_and_keeps_its_shape(height, width):
    drawn = np.zeros((300, 300), np.uint8)
    drawn[10 : 10 + height, 15 : 15 + width] = 255
    result = to_mnist_image(drawn)
    rows, columns = np.flatnonzero(result.any(axis=1)), np.flatnonzero(result.any(axis=0))
    longer = max(height, width)
    assert len(rows) == max(1, round(20 * height / longer))
    assert len(columns) == max(1, round(20 * width / longer))
    assert centre_of_mass(result) == pytest.approx((14, 14), abs=0.5)


def test_downsampling_averages_the_ink():
    drawn = np.random.default_rng(0).integers(30, 256, (200, 200), dtype=np.uint8)
    result = to_mnist_image(drawn)
    result = result[np.ix_(result.any(axis=1), result.any(axis=0))]
    np.testing.assert_allclose(result, drawn.reshape(20, 10, 20, 10).mean(axis=(1, 3)), atol=0.51)


def test_an_empty_drawing_stays_empty():
    assert not to_mnist_image(np.zeros((280, 280))).any()
    assert not extract_ink(np.full((50, 60), 240)).any()


@pytest.mark.parametrize("paper", [255, 215, 0])
def test_ink_is_found_on_bright_and_on_dark_paper(paper):
    image = IMAGES[0]
    noise = np.random.default_rng(1).normal(0, 3, (112, 112))
    big = np.kron(image, np.ones((4, 4)))
    grey = paper - big * 0.8 if paper else big
    result = to_mnist_image(extract_ink(np.clip(grey + noise, 0, 255)))
    assert np.corrcoef(result.ravel(), image.ravel())[0, 1] > 0.9


@pytest.mark.parametrize(("paper", "written"), [(110, 20), (120, 30), (126, 10), (140, 240), (200, 255), (60, 160)])
def test_ink_is_darker_or_brighter_than_the_paper_however_dim_that_is(paper, written):
    big = np.kron(IMAGES[0], np.ones((4, 4))) / 255
    light = np.linspace(-6, 6, 112)[:, np.newaxis]  # falls unevenly
    result = extract_ink(np.clip(paper + big * (written - paper) + light, 0, 255))
    assert np.corrcoef(result.ravel(), big.ravel())[0, 1] > 0.95
