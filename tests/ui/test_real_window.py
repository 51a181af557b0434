"""The program as it is used in class: a real window, real key presses, and the pixels on the screen."""

import json
import signal

import numpy as np
import psutil
import pytest

pytestmark = pytest.mark.xvfb

VALUE = {"dark": (0x56, 0xB4, 0xE9), "light": (0x00, 0x72, 0xB2)}
GRADIENT = {"dark": (0xE6, 0x9F, 0x00), "light": (0xB4, 0x53, 0x09)}
BACKGROUND = {"dark": (0x14, 0x15, 0x18), "light": (0xF3, 0xF4, 0xF6)}


def colour_share(pixels, colour):
    """Return the share of pixels that have about this colour."""
    return float(np.mean(np.all(np.abs(pixels - np.array(colour)) < 24, axis=2)))


def test_steps_a_new_expression_full_screen_and_closing(program, screen, until):
    process = program("sin(2*x)")
    # The step button is orange once TensorFlow's values have arrived.
    until(lambda: colour_share(screen.pixels(), GRADIENT["dark"]) > 0.003)
    until(lambda: colour_share(screen.pixels(), VALUE["dark"]) > 0.001)
    before = screen.pixels()
    screen.key("Next")
    until(lambda: np.mean(screen.pixels() != before) > 0.002)
    screen.key("Next")
    # After the last step the button, the largest orange thing on the screen, is grey.
    until(lambda: colour_share(screen.pixels()[600:, :], GRADIENT["dark"]) < 0.001)
    stepped = screen.pixels()
    screen.key("ctrl+l")
    screen.type("x^2 + y")
    until(lambda: colour_share(screen.pixels()[600:, :], GRADIENT["dark"]) > 0.001)
    until(lambda: np.mean(screen.pixels() != stepped) > 0.01)
    # The line below the current tab and the frame of the expression are the only blue things at the top.
    until(lambda: colour_share(screen.pixels()[:90, :600], VALUE["dark"]) > 0.002)
    screen.key("F11")
    until(lambda: colour_share(screen.pixels()[:90, :600], VALUE["dark"]) < 0.001)
    screen.key("Escape")
    until(lambda: colour_share(screen.pixels()[:90, :600], VALUE["dark"]) > 0.002)
    engine = [child for child in process.children() if "explorer.engine" in " ".join(child.cmdline())]
    assert len(engine) == 1
    screen.key("alt+F4")
    assert process.wait(timeout=120) == 0
    until(lambda: not engine[0].is_running() or engine[0].status() == psutil.STATUS_ZOMBIE)


def test_the_engine_ends_when_the_window_is_killed(program, screen, until):
    process = program("x")
    until(lambda: any("explorer.engine" in " ".join(child.cmdline()) for child in process.children()))
    children = process.children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    until(lambda: not any(c.is_running() and c.status() != psutil.STATUS_ZOMBIE for c in children))


def test_the_last_expression_is_restored_but_not_the_theme_of_the_command_line(program, screen, until):
    first = program("exp(x)", "--at", "x=2", "--theme", "light")
    until(lambda: colour_share(screen.pixels(), GRADIENT["light"]) > 0.002)
    until(lambda: colour_share(screen.pixels(), BACKGROUND["light"]) > 0.1)
    until(lambda: colour_share(screen.pixels(), BACKGROUND["dark"]) < 0.1)
    screen.key("alt+F4")
    first.wait(timeout=120)
    until(lambda: not screen.windows())
    program()
    until(lambda: colour_share(screen.pixels(), GRADIENT["dark"]) > 0.003)  # a graph, without anything typed


def test_the_tour_of_the_first_start_by_keyboard(program, screen, until, tmp_path):
    """A new user types, goes to the page about steps, steps and ends the tour, which is not offered again."""
    program()
    screen.type("cos(x)")
    until(lambda: colour_share(screen.pixels(), GRADIENT["dark"]) > 0.003)
    before = colour_share(screen.pixels(), GRADIENT["dark"])
    screen.key("alt+n", "Page_Down")
    until(lambda: colour_share(screen.pixels(), GRADIENT["dark"]) > before + 0.0005)  # one more gradient
    screen.key("Escape")
    settings = tmp_path / "autodiff-explorer" / "settings.json"
    until(lambda: settings.exists() and json.loads(settings.read_text()).get("toured") is True)


def discs(pixels, size=9):
    """Return row and column of the white discs, such as the point of the plot: squares that are white altogether."""
    white = np.all(pixels > 215, axis=2).astype(int)
    sums = np.pad(white.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    blocks = sums[size:, size:] - sums[:-size, size:] - sums[size:, :-size] + sums[:-size, :-size]
    rows, columns = np.nonzero(blocks == size * size)
    return sorted((row + size // 2, column + size // 2) for row, column in zip(rows, columns, strict=True))


def test_the_point_is_dragged_along_its_curve(program, screen, until):
    """The curve is horizontal, so that the point must stay at its height wherever the mouse goes."""
    program("0*x+1", "--theme", "dark")

    def point():
        found = discs(screen.pixels()[:650, 640:])  # below is the handle of the slider
        return (found[0][0], found[0][1] + 640) if found else (0, 0)

    until(lambda: point() != (0, 0))
    row, column = point()
    screen.drag((column, row), (column + 20, row - 40), (column + 50, row + 30), (column + 60, row - 90))
    until(lambda: abs(point()[1] - (column + 60)) <= 6)
    assert abs(point()[0] - row) <= 3
    screen.drag(point()[::-1], (column + 900, row - 300))
    until(lambda: point()[1] > column + 70)
    assert abs(point()[0] - row) <= 3, "it is at the end of the range, not where the mouse is"
