"""The choice of the output: what can be typed reads back, and what does not fit is explained in one sentence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.core.autodiff.output_choice import SUM, OutputChoice, chosen_order, parse_output
from explorer.core.errors import ExpressionError

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
ENTRIES = st.lists(st.integers(-99, 9_999), min_size=1, max_size=2).map(tuple)
VECTORS = st.lists(NUMBERS, min_size=1, max_size=4).map(tuple)
MATRICES = st.integers(1, 3).flatmap(
    lambda n: st.lists(st.lists(NUMBERS, min_size=n, max_size=n).map(tuple), min_size=1, max_size=3).map(tuple)
)
CHOICES = st.one_of(
    st.just(SUM),
    ENTRIES.map(lambda entry: OutputChoice(entry=entry)),
    st.one_of(VECTORS, MATRICES).map(lambda weights: OutputChoice(weights=weights)),
)


@given(CHOICES)
def test_a_choice_reads_back_from_its_text_and_from_its_json(choice):
    assert parse_output(choice.text) == choice
    assert parse_output(choice.json) == choice


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "sum"),
        ("Sum", "sum"),
        (1, "1"),
        (" 1 ", "1"),
        ("0, 1", "0,1"),
        ("-1", "-1"),
        ([1, 2.5], "[1,2.5]"),
        ("[1, 2.5]", "[1,2.5]"),
        ("[pi/pi, 2^3]", "[1,8]"),
        ([[1, 2], [3, 4]], "[[1,2],[3,4]]"),
        ({"entry": 1}, "1"),
        ({"entry": [0, 1]}, "0,1"),
        ({"weights": [1, 2]}, "[1,2]"),
    ],
)
def test_what_can_be_typed(value, text):
    assert parse_output(value).text == text


@pytest.mark.parametrize(
    "value",
    ["", "foo", "1.5", "1,", ",", True, 1.5, {}, {"entry": []}, {"entry": [True]}, {"entry": 1, "weights": [1]}],
)
def test_what_names_no_output(value):
    with pytest.raises(ExpressionError, match="names no output: write sum, an entry such as 1 or 0,1"):
        parse_output(value)


@pytest.mark.parametrize("value", ["[1, a]", "[1", "[]", [], [[1], [2, 3]], ["inf", 1], {"weights": 1}, [True, False]])
def test_weights_that_cannot_be_used(value):
    with pytest.raises(ExpressionError, match="weights"):
        parse_output(value)


@given(st.data(), st.sampled_from([(1,), (3,), (2, 3), (1, 4)]))
def test_an_entry_is_counted_as_in_numpy(data, shape):
    entry = tuple(data.draw(st.integers(-size, size - 1)) for size in shape)
    chosen = OutputChoice(entry).of_shape(shape)
    array = np.arange(np.prod(shape)).reshape(shape)
    assert min(chosen.entry) >= 0
    assert array[chosen.entry] == array[entry] == np.sum(array * chosen.weights_of_shape(shape))


@pytest.mark.parametrize(
    ("choice", "shape", "message"),
    [
        ("1", (), "The output is a single number, so there is no entry to choose."),
        ("[1]", (), "The output is a single number, so there is no use for weights."),
        ("3", (3,), "The entries of the output are counted from 0 to 2, so there is no entry 3."),
        ("-4", (3,), "The entries of the output are counted from 0 to 2, so there is no entry -4."),
        ("2,0", (2, 3), "The entries of the output are counted from 0,0 to 1,2, so there is no entry 2,0."),
        ("1", (2, 3), "An entry of the output has 2 indices, from 0,0 to 1,2, and 1 has 1."),
        ("0,1", (3,), "An entry of the output has one index, from 0 to 2, and 0,1 has 2."),
        (
            "[1,2]", (3,),
            "The output has shape (3,) and its weights have (2,): there must be one weight for each entry.",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_output_is_explained(choice, shape, message):
    with pytest.raises(ExpressionError) as caught:
        parse_output(choice).of_shape(shape)
    assert caught.value.message == message


def test_the_sum_fits_every_output():
    assert SUM.of_shape(()) == SUM.of_shape((2, 3)) == SUM
    assert np.array_equal(SUM.weights_of_shape((2,)), [1, 1])


@pytest.mark.parametrize(
    ("typed", "by", "order", "shape"),
    [
        ((), (), 0, ()),
        ((3,), (), 0, (3,)),
        ((3,), ("x", "x"), 0, (3,)),
        ((), ("x",), 1, (3,)),
        ((), ("x", "x"), 1, (3,)),
        ((), ("s", "x"), 2, (3,)),
        ((), ("s", "s"), 0, ()),
    ],
)
def test_the_first_output_that_is_no_number_is_chosen_from(typed, by, order, shape):
    values = {"x": np.ones(3), "s": np.asarray(1.0)}
    assert chosen_order(typed, values, by) == (order, shape)
