"""All numbers of an array as a table of text, read back."""

import numpy as np
import pytest

from explorer.core.number_format import MAX_TABLE_NUMBERS, format_table


@pytest.mark.parametrize("shape", [(1,), (6,), (3, 4), (2, 1), (2, 3, 4), (20, 30)])
def test_every_number_can_be_read_back_with_all_its_digits(shape):
    array = np.random.default_rng(1).normal(size=shape).astype(np.float32) * 1e3
    lines = format_table(array).splitlines()
    numbers = [float(text) for line in lines for text in line.replace("−", "-").rpartition("]")[2].split()]
    np.testing.assert_array_equal(np.array(numbers, np.float32).reshape(shape), array)
    assert len({len(line) for line in lines}) == 1
    assert lines[0].startswith("[0]" if len(shape) < 3 else "[0, 0]")


def test_what_is_left_out_is_counted():
    lines = format_table(np.zeros((3 * MAX_TABLE_NUMBERS, 2), np.float32)).splitlines()
    assert lines[-1] == f"and {3 * MAX_TABLE_NUMBERS - MAX_TABLE_NUMBERS // 2:,} more rows"
    assert len(lines) == MAX_TABLE_NUMBERS // 2 + 1
