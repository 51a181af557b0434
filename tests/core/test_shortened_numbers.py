"""A number in a narrow place loses digits and never its exponent."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.number_format import MINUS, format_full, shortened, with_typeset_numbers


def within(length):
    return lambda text: len(text) <= length


@settings(deadline=None, max_examples=300, derandomize=True)
@given(value=st.floats(allow_nan=False, allow_infinity=False), width=st.integers(9, 30), is_single=st.booleans())
def test_what_is_shown_is_the_number_up_to_its_last_digit(value, width, is_single):
    value = np.float32(np.clip(value, -3e38, 3e38)) if is_single else np.float64(value)
    text = shortened(value, within(width))
    assert len(text) <= width
    plain = text.replace(MINUS, "-")
    if "…" not in text:
        assert value.dtype.type(plain) == value
        return
    head, exponent = plain.split("…")
    assert exponent == "" or exponent.startswith("e")
    digits = len(head.partition(".")[2])
    unit = float(f"1{exponent or 'e0'}") * 10.0**-digits
    assert abs(float(head + exponent) - float(value)) <= unit * (1 + 1e-9)


@pytest.mark.parametrize(
    ("value", "width", "text"),
    [
        (np.float64(-np.pi / 4), 10, f"{MINUS}0.785398…"),
        (np.float64(1.23456789012345e-05), 10, "1.234…e-05"),
        (np.float32(-3.4e38), 10, f"{MINUS}3.4e+38"),
        (np.float32(-3.4028235e38), 10, f"{MINUS}3.40…e+38"),
        (np.float64(123456789012.5), 10, "1.234…e+11"),
        (np.float64(0.25), 10, "0.25"),
        (np.float64(-6.283), 5, f"{MINUS}6.2…"),
        (np.float64(-6.283), 1, f"{MINUS}6…e+00"),
        (np.float64(1.5e-300), 2, "1…e-300"),
        (np.float64(np.inf), 1, "∞"),
        (np.float64(np.nan), 1, "nan"),
    ],
)
def test_examples(value, width, text):
    assert shortened(value, within(width)) == text


def test_where_there_is_room_all_digits_are_shown():
    assert shortened(np.float32(0.1), within(99)) == format_full(np.float32(0.1)) == "0.1"


@pytest.mark.parametrize(
    ("plain", "typeset"),
    [
        ("10000 in float32 but -1.7045e-05 in float64", "10000 in float32 but −1.7045×10⁻⁵ in float64"),
        ("only for positive numbers, and got -1.", "only for positive numbers, and got −1."),
        ("at entries [3, 0] …: (-0.5), 3.4e38", "at entries [3, 0] …: (−0.5), 3.4×10³⁸"),
        ("-∞ in float32 but -7.2e+86 in float64", "−∞ in float32 but −7.2×10⁸⁶ in float64"),
        ("gradients/Tanh_grad/TanhGrad-1 of x-1 and v2e3", "gradients/Tanh_grad/TanhGrad-1 of x-1 and v2e3"),
    ],
)
def test_numbers_in_sentences_are_written_as_on_the_screen(plain, typeset):
    assert with_typeset_numbers(plain) == typeset
