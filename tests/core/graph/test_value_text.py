"""Values as the graph writes them: numbers that are true and line up, and images of large arrays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from explorer.core.graph.value_text import MAX_IMAGE_ENTRIES, largest_of_blocks, value_text
from explorer.core.number_format import format_grid, format_range

NUMBERS = st.floats(-1e6, 1e6, width=32) | st.sampled_from([0.0, 1.0, -0.5, 1e-7, -1e-20, 1e30, 12345.678])
MATRICES = arrays(np.float32, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=NUMBERS)


def read(text):
    """Return the number of a text, and the size of its last digit."""
    text = text.replace("−", "-")
    mantissa, _, exponent = text.partition("e")
    decimals = len(mantissa.partition(".")[2])
    return float(text), 10.0 ** (int(exponent or 0) - decimals)


@settings(max_examples=150, deadline=None)
@given(MATRICES, st.integers(2, 6), st.sampled_from([5, 6, 8]))
def test_each_number_is_true_to_its_last_digit_and_columns_line_up(matrix, digits, width):
    cells = format_grid(matrix, digits, width)
    assert (len(cells), len(cells[0])) == matrix.shape
    decimals = set()
    for number, text in zip(matrix.ravel().tolist(), [text for row in cells for text in row], strict=True):
        shown, unit = read(text)
        assert abs(shown - number) <= 0.5001 * unit
        assert (shown == 0) == (number == 0)
        if "e" not in text:
            assert len(text) <= width
            decimals.add(len(text.partition(".")[2]))
    assert len(decimals) <= 1


@pytest.mark.parametrize(
    ("matrix", "cells"),
    [
        ([[1.0, 2.0], [1.0, 2.0]], (("1", "2"), ("1", "2"))),
        ([[0.5, -2.0]], (("0.5", "−2.0"),)),
        ([[0.125, 0.0]], (("0.125", "0.000"),)),
        ([[0.19661193, 0.10499359]], (("0.1966", "0.1050"),)),
        ([[1e-9, 1.0]], (("1e−9", "1"),)),
        ([[1e30, -1.5]], (("1e30", "−1.5"),)),
        ([[np.nan, np.inf], [-np.inf, 0.25]], (("nan", "∞"), ("−∞", "0.25"))),
        ([[True, False]], (("True", "False"),)),
        ([[3, -12]], (("3", "-12"),)),
    ],
)
def test_numbers_of_a_matrix(matrix, cells):
    array = np.array(matrix, np.float32) if isinstance(matrix[0][0], float) else np.array(matrix)
    assert format_grid(array) == cells


@pytest.mark.parametrize(
    ("value", "text", "kind"),
    [
        (np.float32(0.5), "0.5", "line"),
        (np.float32([1, -0.5]), "[1, −0.5]", "line"),
        (np.float32([1, 2, 3, 4, 5, 6.5]), "[1.0, 2.0, 3.0, 4.0, 5.0, 6.5]", "line"),
        (np.float32([-1.5e-9, 2.25e-9, 4e-8]), "[−2e−9, 2.2e−9, 4e−8]", "line"),
        (np.float32([[1, 2], [3, 4]]), "[[1, 2], [3, 4]]", "matrix"),
        (np.float32([[7]]), "[[7]]", "matrix"),
        (np.arange(7, dtype=np.float32), "7  0 … 6", "image"),
        (np.full((10, 10), -2.5, np.float32), "10×10  all −2.5", "image"),
        (np.full((2, 3, 7), np.nan, np.float32), "2×3×7  no finite number", "image"),
        (np.zeros((0,), np.float32), "[]", "line"),
    ],
)
def test_the_text_of_a_value(value, text, kind):
    written = value_text(value, 4)
    assert written.text == text
    assert ("matrix" if written.cells else "line" if written.pixels is None else "image") == kind


def test_the_range_counts_what_is_not_finite():
    assert format_range(np.float32([1, np.nan, 2, np.inf])) == "1 … 2, 2 not finite"


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.integers(0, 2**32 - 1))
def test_an_image_keeps_the_largest_number_of_each_block(rows, columns, seed):
    numbers = np.random.default_rng(seed).normal(size=(rows, columns))
    image = largest_of_blocks(numbers, MAX_IMAGE_ENTRIES)
    assert image.shape == (min(rows, MAX_IMAGE_ENTRIES), min(columns, MAX_IMAGE_ENTRIES))
    assert np.max(np.abs(image)) == np.max(np.abs(numbers))
    assert np.isin(image, numbers).all()
