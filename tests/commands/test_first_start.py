"""When the tour is offered: at a start that shows nothing else, or when it is asked for."""

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
    monkeypatch.setattr(explorer.commands.window, "show_on_screen", lambda *_, **__: None)  # it measures a real screen
    monkeypatch.setattr(SettingsStore, "of_user", classmethod(lambda cls: cls(None)))
    return window


@pytest.mark.parametrize(
    ("expression", "lesson", "tour", "offered", "begun"),
    [
        (None, None, False, True, False),
        ("sin(x)", None, False, False, False),
        (None, Path("a.md"), False, False, False),
        ("sin(x)", None, True, False, True),
        (None, None, True, False, True),
    ],
)
def test_the_tour_is_offered_only_where_nothing_else_is_to_be_shown(window, expression, lesson, tour, offered, begun):
    run_window(expression, "", "float32", None, None, lesson, tour)
    assert window.part.return_value.offer_tour.called is offered
    assert window.part.return_value.begin_tour.called is begun


def test_it_can_be_asked_for_on_the_command_line():
    from explorer.commands.arguments import parsers

    assert parsers()["window"].parse_args(["sin(x)", "--tour"]).tour
    assert not parsers()["window"].parse_args([]).tour
