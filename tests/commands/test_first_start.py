"""The tour is offered when the window starts empty and begins with the option ``--tour``."""

from pathlib import Path
from unittest.mock import MagicMock

import pytest

import explorer.app
import explorer.commands.window
from explorer.commands.window import run_window
from explorer.session.settings_store import SettingsStore


@pytest.fixture
def window(monkeypatch):
    window, app = MagicMock(), MagicMock()
    monkeypatch.setattr(explorer.app, "application", lambda: app)
    monkeypatch.setattr(explorer.app, "create_main_window", lambda *_, **__: window)
    monkeypatch.setattr(explorer.commands.window, "show_on_screen", lambda *_, **__: None)  # needs a real screen
    monkeypatch.setattr(SettingsStore, "of_user", classmethod(lambda cls: cls(None)))
    return window


@pytest.mark.parametrize(
    ("expression", "lesson", "tour", "is_offered", "has_begun"),
    [
        (None, None, False, True, False),
        ("sin(x)", None, False, False, False),
        (None, Path("a.md"), False, False, False),
        ("sin(x)", None, True, False, True),
        (None, None, True, False, True),
    ],
)
def test_the_tour_is_offered_when_the_window_starts_empty(window, expression, lesson, tour, is_offered, has_begun):
    run_window(expression, "", "float32", None, None, lesson, tour)
    assert window.part.return_value.offer_tour.called is is_offered
    assert window.part.return_value.begin_tour.called is has_begun


def test_the_tour_is_an_option_of_the_command_line():
    from explorer.commands.arguments import parsers

    assert parsers()["window"].parse_args(["sin(x)", "--tour"]).tour
    assert not parsers()["window"].parse_args([]).tour
