"""Coordinates of a point: their text reads back, and they name what NumPy's indices name."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.core.errors import ExpressionError
from explorer.core.expression.coordinate import Coordinate, coordinate_in, coordinates, parse_coordinate

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,5}", fullmatch=True)
INDICES = st.lists(st.integers(-99, 9_999), max_size=2).map(tuple)
VALUES = {"s": np.asarray(5.0), "x": np.arange(3.0), "W": np.arange(6.0).reshape(2, 3)}


@given(st.builds(Coordinate, NAMES, INDICES))
def test_a_coordinate_reads_back_from_its_text(coordinate):
    assert parse_coordinate(coordinate.text) == coordinate
    assert parse_coordinate(f" {coordinate.text.replace(',', ' , ').replace('[', ' [ ')} ") == coordinate


@pytest.mark.parametrize(
    "text", ["", "1", "x[", "x]", "x[]", "x[1.5]", "x[a]", "x[0][1]", "x[0,1", "x+y", "x[1,]", "[0]", "x y"]
)
def test_what_is_no_coordinate(text):
    with pytest.raises(ExpressionError, match="neither a variable nor an entry of one, such as x or W"):
        parse_coordinate(text)


@given(st.sampled_from(list(VALUES)), st.data(), st.floats(allow_nan=False))
def test_a_coordinate_is_the_number_at_numpys_index(name, data, number):
    array = VALUES[name]
    index = tuple(data.draw(st.integers(-size, size - 1)) for size in array.shape)
    coordinate = Coordinate(name, index).of_values(VALUES)
    assert coordinate.value(VALUES) == array[index]
    expected = array.copy()
    expected[index] = number
    assert np.array_equal(coordinate.moved(VALUES, number), expected)
    assert min(coordinate.index, default=0) >= 0
    assert coordinate in list(coordinates(VALUES))


def test_all_coordinates_single_numbers_first():
    assert [each.text for each in coordinates(VALUES)] == [
        "s", "x[0]", "x[1]", "x[2]", "W[0,0]", "W[0,1]", "W[0,2]", "W[1,0]", "W[1,1]", "W[1,2]",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("z", "z does not occur in the expression."),
        ("x", "x is no single number: choose an entry, such as x[0]."),
        ("W", "W is no single number: choose an entry, such as W[0,0]."),
        ("s[0]", "s is a single number, so there is no s[0]."),
        ("W[0]", "An entry of W has 2 indices, from 0,0 to 1,2, and 0 has 1."),
        ("x[3]", "The entries of x are counted from 0 to 2, so there is no entry 3."),
        ("x[-4]", "The entries of x are counted from 0 to 2, so there is no entry -4."),
    ],
)
def test_what_the_values_do_not_have(text, message):
    with pytest.raises(ExpressionError) as caught:
        coordinate_in(text, VALUES)
    assert caught.value.message == message


def test_greek_letters():
    assert parse_coordinate("θ[1]") == Coordinate("theta", (1,))
    assert Coordinate("theta", (1,)).display_name == "θ[1]"
