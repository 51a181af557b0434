"""Someone new, by keys alone: from the start of the program to the last step of a derivative of their own."""

from time import monotonic

import numpy as np
import pytest

pytestmark = pytest.mark.xvfb

ORANGE = (0xE6, 0x9F, 0x00)
"""Of the step button, in the dark theme: there is a step to take."""

KEYS_A_SECOND = 5
"""So fast somebody types who has never seen the program."""

TO_REACH = 60
"""Seconds of waiting and typing, from issue to lecture hall."""

OWN = "x*sin(3*x)"


def orange(pixels):
    """The share of the lower part of the screen that is as orange as the step button."""
    return float(np.mean(np.all(np.abs(pixels[600:] - np.array(ORANGE)) < 24, axis=2)))


def test_from_start_to_the_last_step_of_ones_own_derivative(program, screen, until):
    keys, waited = 0, 0.0

    def wait(condition):
        nonlocal waited
        begin = monotonic()
        until(condition)
        waited += monotonic() - begin

    begin = monotonic()
    program()
    waited += monotonic() - begin
    # The line for the expression has the focus: it can be typed at once, while TensorFlow starts.
    screen.type(OWN)
    keys += len(OWN)
    wait(lambda: orange(screen.pixels()) > 0.001)
    # The line at the lower right says "Page Down: next step"; it is pressed until there is no further step.
    steps = 0
    while orange(screen.pixels()) > 0.001:
        before = screen.pixels()
        screen.key("Next")
        keys, steps = keys + 1, steps + 1
        wait(lambda before=before: np.mean(screen.pixels() != before) > 0.0005)
        assert steps < 20
    # One for the product, one for the sine, one for the product within it: then the gradient of x is complete.
    # Somebody in a hurry presses once too often before the button is grey, which does nothing.
    assert 3 <= steps <= 5
    total = waited + keys / KEYS_A_SECOND
    print(f"someone new: {keys} keys and {waited:.1f} s of waiting, {total:.1f} s in all")
    assert total < TO_REACH
