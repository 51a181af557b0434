"""Settings are valid whatever the file holds, are saved at once, and are overridden for one run of the program."""

import json

import pytest

from explorer.core.settings import SETTINGS
from explorer.session.settings_store import SettingsStore


@pytest.fixture
def path(tmp_path):
    """The path of a settings file that does not exist yet, in a folder that does not exist either."""
    return tmp_path / "folder" / "settings.json"


@pytest.fixture
def store(qapp, path):
    """A store with default settings; ``emitted`` records its signal."""
    store = SettingsStore(path)
    store.emitted = []
    store.changed.connect(lambda key, value: store.emitted.append((key, value)))
    return store


def test_without_a_file_settings_have_their_defaults(store, path):
    assert {key: store.get(key) for key in SETTINGS} == {key: setting.default for key, setting in SETTINGS.items()}
    assert store.folder == path.parent
    assert not path.exists()


def test_a_setting_is_saved_and_read_by_the_next_store(store, path):
    store.set("digits", 6)
    assert store.emitted == [("digits", 6)]
    assert json.loads(path.read_text(encoding="utf-8")) == {"digits": 6}
    assert SettingsStore(path).get("digits") == 6


def test_a_setting_changes_only_on_real_change(store, path):
    store.set("digits", 4)
    store.set("theme", "nonsense")  # becomes the default
    assert store.emitted == []
    assert not path.exists()
    store.set("digits", 99)
    store.set("digits", 50)
    assert store.emitted == [("digits", 9)], "both are clipped to 9"


@pytest.mark.parametrize("text", ["", "{", "[1]", '"text"', "null", '{"digits": "six"}', '{"digits": null}', "\x00"])
def test_a_file_that_cannot_be_used_is_ignored(qapp, tmp_path, text):
    path = tmp_path / "settings.json"
    path.write_text(text, encoding="utf-8")
    store = SettingsStore(path)
    assert store.get("digits") == 4
    store.set("digits", 5)
    assert SettingsStore(path).get("digits") == 5


def test_a_file_in_another_encoding_is_ignored(qapp, tmp_path):
    path = tmp_path / "settings.json"
    path.write_bytes(b'{"text": "\xe9"}')
    assert SettingsStore(path).get("text") == ""


def test_settings_of_a_later_version_are_kept_in_the_file(qapp, tmp_path):
    path = tmp_path / "settings.json"
    path.write_text('{"future": 1}', encoding="utf-8")
    store = SettingsStore(path)
    with pytest.raises(KeyError):
        store.get("future")
    store.set("theme", "light")
    assert json.loads(path.read_text(encoding="utf-8")) == {"future": 1, "theme": "light"}


def test_an_override_is_not_saved_and_can_be_released(store, path):
    store.set("dtype", "float64")
    store.override("dtype", "float32")
    store.override("dtype", "float32")
    assert store.get("dtype") == "float32"
    assert SettingsStore(path).get("dtype") == "float64"
    store.set("digits", 6)
    assert json.loads(path.read_text(encoding="utf-8"))["dtype"] == "float64"
    store.release("dtype")
    store.release("dtype")
    assert store.emitted == [("dtype", "float64"), ("dtype", "float32"), ("digits", 6), ("dtype", "float64")]


def test_a_choice_of_the_user_ends_the_override(store, path):
    store.override("theme", "light")
    store.set("theme", "contrast")
    store.release("theme")
    assert store.get("theme") == SettingsStore(path).get("theme") == "contrast"


def test_the_user_may_choose_what_overrides_the_saved_setting(store, path):
    store.set("theme", "light")
    store.override("theme", "contrast")
    store.set("theme", "contrast")
    assert SettingsStore(path).get("theme") == "contrast"


def test_settings_in_memory_are_not_saved(qapp):
    store = SettingsStore(None)
    store.set("digits", 6)
    assert (store.get("digits"), store.folder) == (6, None)
    assert SettingsStore(None).get("digits") == 4


def test_a_file_that_cannot_be_written_costs_nothing_but_the_file(qapp, tmp_path):
    (tmp_path / "folder").write_text("a file", encoding="utf-8")
    store = SettingsStore(tmp_path / "folder" / "settings.json")
    store.set("digits", 6)
    assert store.get("digits") == 6
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


def test_the_settings_of_the_user_are_in_the_folder_of_the_system(qapp, monkeypatch, tmp_path):
    monkeypatch.setattr("platformdirs.user_config_dir", lambda name: str(tmp_path / name))
    assert SettingsStore.of_user().folder == tmp_path / "autodiff-explorer"
