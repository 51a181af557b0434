"""The tour is offered when the window starts empty and begins with the option ``--tour``."""

from pathlib import Path
from unittest.mock import MagicMock

import pytest

import explorer.app
import explorer.commands.window
from explorer.commands.arguments import parsers
from explorer.commands.cli import run
from explorer.commands.network_file import network_path
from explorer.commands.window import run_window
from explorer.core.training.settings import run_settings
from explorer.engine.models.build import build_network
from explorer.engine.models.keras_file import save_network
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
    assert parsers()["window"].parse_args(["sin(x)", "--tour"]).tour
    assert not parsers()["window"].parse_args([]).tour


def test_a_network_is_opened_in_its_tab(window, tmp_path, monkeypatch):
    path = tmp_path / "mine.keras"
    save_network(build_network(run_settings(model="logistic")), path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("explorer.commands.display.has_display", lambda: True)
    monkeypatch.setattr("explorer.commands.display.missing_library", lambda: None)
    explorer.commands.window.run(parsers()["window"].parse_args(["mine.keras"]))
    window.sessions.network_graph.open.assert_called_once_with(str(path))
    window.show_tab.assert_called_once_with("network")
    assert not window.open_expression.called
    assert not window.part.return_value.offer_tour.called


@pytest.mark.parametrize("name", ["nowhere.keras", "text.keras", "text.h5", "nowhere.h5"])
def test_a_network_that_cannot_be_opened_is_one_sentence_and_no_window(window, name, tmp_path, capsys):
    (tmp_path / "text.keras").write_text("no network")
    (tmp_path / "text.h5").write_text("no network")
    assert run([str(tmp_path / name)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert name in err
    assert not window.mock_calls


@pytest.mark.parametrize("name", ["mine.zip", "data.npz", "MINE.KERAS", "weights.pt"])
def test_a_file_of_another_kind_is_no_expression(window, name, tmp_path, capsys, monkeypatch):
    (tmp_path / name).write_text("no network")
    monkeypatch.chdir(tmp_path)
    for text in (name, f" {tmp_path / name}"):
        assert run([text]) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert f"{name} is a file that cannot be opened here: that of a network ends in .keras" in err
    (tmp_path / "x").write_text("a file whose name is an expression")
    (tmp_path / "2.5").write_text("another one")
    assert [network_path(text) for text in ("x", "2.5", "sin(x)", "x" * 5000 + ".e", None)] == [None] * 5
    assert not window.mock_calls


def test_without_a_display_the_graph_of_a_network_is_text(monkeypatch, tmp_path, capsys):
    path = tmp_path / "mine.keras"
    save_network(build_network(run_settings(model="logistic")), path)
    monkeypatch.setattr("explorer.commands.display.has_display", lambda: False)
    assert run([str(path)]) == 0
    out = capsys.readouterr().out
    assert "There is no display" in out
    assert "batch: the first 32 training images" in out
