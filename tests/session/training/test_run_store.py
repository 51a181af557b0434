"""The folder of kept runs: how many are kept, and what is left of a program that was killed."""

import pytest

from explorer.core.training.checkpoint import Checkpoint
from explorer.core.training.run_record import RunRecord
from explorer.core.training.settings import run_settings
from explorer.session.training import run_store
from explorer.session.training.run_store import MAX_RUNS, RunStore


@pytest.fixture
def store(tmp_path, qapp):
    return RunStore(tmp_path / "runs")


def save(store, count, **record):
    paths = []
    for _ in range(count):
        paths.append(store.new_path())
        Checkpoint(RunRecord(run_settings(), "sample", "MNIST", (100, 10), [], **record)).save(paths[-1])
    return paths


def test_an_empty_or_missing_folder_has_no_runs(store):
    assert store.load() == ([], [])
    assert store.prune() == []
    assert store.usage() == (0, 0)


def test_the_latest_runs_are_kept(store):
    paths = save(store, MAX_RUNS + 3)
    assert store.prune(in_use=[paths[0]]) == [paths[2], paths[1]]
    assert [kept.path for kept in store.load()[0]] == [paths[0], *paths[3:]]


def test_all_files_together_have_a_largest_size(store, monkeypatch):
    paths = save(store, 5)
    monkeypatch.setattr(run_store, "MAX_BYTES", 3 * paths[0].stat().st_size)
    assert store.prune() == [paths[1], paths[0]]
    assert store.usage() == (3, 3 * paths[2].stat().st_size)


def test_a_run_that_another_window_trains_is_not_pruned(store):
    paths = save(store, MAX_RUNS + 1)
    other = RunStore(store.folder)
    assert other.lock(paths[0])
    assert not store.lock(paths[0])
    assert store.prune() == []
    other.unlock(paths[0])
    assert store.prune() == [paths[0]]


def test_what_was_being_written_when_a_program_was_killed_is_removed(store):
    (path,) = save(store, 1)
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    part.write_bytes(b"half")
    assert [kept.path for kept in store.load()[0]] == [path]
    assert not part.exists()
