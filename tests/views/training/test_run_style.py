"""The styles of runs are told apart, also by colour-blind eyes, and belong to a run for good."""

import itertools
import re

import numpy as np
import pytest

from explorer.views.theme.theme import contrast, load_theme
from explorer.views.training.run_legend import EXPLANATION, LINE_HEIGHT_PX, RunEntry, RunLegend
from explorer.views.training.run_style import run_style

THEMES = ("dark", "light", "contrast")

# Colour vision without one kind of cone, on linear RGB: Machado, Oliveira and Fernandes 2009, severity 1.
VISION = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}

# Björn Ottosson's OKLab, in which distances are about as large as they look; 0.02 is just noticeable.
TO_CONES = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip


def seen(colour, vision):
    rgb = np.array([colour.redF(), colour.greenF(), colour.blueF()])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return TO_LAB @ np.cbrt(TO_CONES @ np.clip(np.array(VISION[vision]) @ linear, 0, 1))


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("name", THEMES)
def test_twelve_runs_are_told_apart(name, vision):
    theme = load_theme(name)
    for first, second in itertools.combinations([run_style(theme, number) for number in range(1, 13)], 2):
        distance = np.linalg.norm(seen(first.colour, vision) - seen(second.colour, vision))
        assert distance > (0.12 if first.dashes == second.dashes else 0.05), (first, second)
        if first.dashes == second.dashes:
            assert first.marker != second.marker


@pytest.mark.parametrize("name", THEMES)
def test_each_colour_stands_out_from_the_panel(name):
    theme = load_theme(name)
    for number in range(1, 13):
        assert contrast(run_style(theme, number).colour, theme.panel) >= 3


def test_forty_eight_runs_have_styles_of_their_own():
    theme = load_theme("dark")
    styles = [run_style(theme, number) for number in range(1, 49)]
    assert len({(style.colour.name(), style.dashes) for style in styles}) == 48


def test_the_first_run_has_the_colour_of_values():
    for name in ("dark", "light"):
        assert run_style(load_theme(name), 1).colour == load_theme(name).value


def test_a_legend_has_as_many_rows_as_its_width_takes(qtbot):
    legend = RunLegend()
    qtbot.addWidget(legend)
    theme = load_theme("dark")
    legend.setTheme(theme)
    legend.resize(600, 20)
    legend.show()
    legend.setEntries(
        [
            RunEntry(f"{number}: rate 0.{number}" + 40 * (number == 12) * "1", run_style(theme, number))
            for number in range(1, 13)
        ]
    )
    for width in (1400, 600, 250, 1400):
        legend.resize(width, legend.height())
        rows, left = legend._rows(width)
        assert legend.height() == legend.heightForWidth(width) >= LINE_HEIGHT_PX * len(rows) - 1
        shown = [entry for row in rows for entry, _, _ in row if entry is not None]
        assert (shown, left > 0) == (list(legend.entries[left:]), width == 250)
        assert any(text == f"and {left} earlier" for row in rows for _, text, _ in row) == (left > 0)
        assert max(used for row in rows for _, _, used in row) <= width
        assert sum(EXPLANATION in text or text.startswith("thin") for row in rows for _, text, _ in row) == 1


def test_a_long_name_is_shortened_but_what_is_said_about_a_run_is_whole(qtbot):
    legend = RunLegend()
    qtbot.addWidget(legend)
    theme = load_theme("dark")
    legend.setTheme(theme)
    remark = "▲ up to 1.2×10¹¹ ✕ failed"
    names = "sgd, rate 300, batch 64", "adam, rate 0.0001, batch 4096, dropout 0.5, 128 hidden, seed 4"
    legend.setEntries([RunEntry(name, run_style(theme, 1), remark) for name in names])
    for scale in (1, 2):
        legend.setScale(scale)
        texts = [text for row in legend._rows(1200)[0] for entry, text, _ in row if entry is not None]
        assert texts[0] == f"{names[0]} {remark}"
        assert re.fullmatch(rf"adam, .*… {remark}", texts[1])
