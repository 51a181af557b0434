"""The list of runs: curves, names, visibility, and CSV."""

import csv
import io

import pytest

from explorer.session.training.runs import MAX_POINTS, Run, RunList

METRICS = {"val_loss": 0.5, "val_accuracy": 0.9}


@pytest.fixture
def runs(qapp):
    """An empty list; ``emitted`` counts its signals."""
    runs = RunList()
    runs.emitted = []
    runs.changed.connect(lambda: runs.emitted.append(True))
    return runs


def test_a_point_that_is_known_already_is_ignored():
    run = Run(1, "1: mlp", {})
    for x, loss in ((0.1, 2.0), (0.2, 1.5), (0.2, 9.0), (0.1, 9.0), (0.3, 1.0)):
        run.add_point("loss", x, loss)
    assert run.curves["loss"] == ([0.1, 0.2, 0.3], [2.0, 1.5, 1.0])


def test_a_long_curve_becomes_coarser_but_stays_complete():
    run = Run(1, "1: mlp", {})
    for k in range(3 * MAX_POINTS):
        run.add_point("loss", float(k), 1.0)
    xs, ys = run.curves["loss"]
    assert len(xs) == len(ys) <= MAX_POINTS
    assert (xs[0], xs[-1]) == (0.0, 3 * MAX_POINTS - 1.0)
    assert xs == sorted(set(xs))


def test_an_epoch_that_is_repeated_replaces_it_and_later_ones():
    run = Run(1, "1: mlp", {})
    for number in range(3):
        run.add_epoch(number, METRICS)
    run.add_epoch(1, {**METRICS, "val_loss": 0.4})
    assert [epoch["val_loss"] for epoch in run.epochs] == [0.5, 0.4]


def test_runs_are_numbered_renamed_hidden_and_deleted(runs):
    first, second = runs.add({"model": "mlp"}), runs.add({"model": "cnn"})
    assert [run.name for run in runs.all] == ["1: mlp", "2: cnn"]
    runs.rename(first, "  best ")
    runs.rename(first, "  ")
    assert first.name == "best"
    runs.set_visible(second, False)
    assert not second.visible
    runs.delete(first)
    runs.delete(first)
    assert runs.all == [second]
    assert runs.add({"model": "mlp"}).name == "3: mlp"
    assert len(runs.emitted) == 6


def test_csv_has_a_row_for_each_x(runs, tmp_path):
    run = runs.add({"model": "mlp"})
    run.steps = 100
    run.add_point("loss", 0.5, 2.0)
    run.add_point("accuracy", 0.5, 0.25)
    run.add_epoch(0, METRICS)
    rows = list(csv.reader(io.StringIO(runs.csv())))
    assert rows == [
        ["run", "epoch", "step", "loss", "accuracy", "val_loss", "val_accuracy"],
        ["1: mlp", "0.5", "50", "2.0", "0.25", "", ""],
        ["1: mlp", "1.0", "100", "", "", "0.5", "0.9"],
    ]
    runs.save_csv(tmp_path / "runs.csv")
    assert (tmp_path / "runs.csv").read_text(encoding="utf-8") == runs.csv()
    with pytest.raises(OSError, match="runs"):
        runs.save_csv(tmp_path / "nowhere" / "runs.csv")
