"""Command lines that reproduce a tab."""

import shlex

import pytest

from explorer.session.sharing.clipboard_text import tab_command


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, []),
        ({"model": "my net.keras"}, ["--model", "my net.keras"]),
        ({"sample": 0}, ["--sample", "0"]),
        ({"model": "net.keras", "sample": 7}, ["--model", "net.keras", "--sample", "7"]),
    ],
)
def test_the_command_of_a_tab_names_its_model_and_its_sample(options, expected):
    command = shlex.split(tab_command("activations", "dark", "1280x720", **options))
    assert command == [
        "autodiff-explorer", "snapshot", "--tab", "activations", "-o", "activations.png",
        "--theme", "dark", "--size", "1280x720", *expected,
    ]  # fmt: skip
