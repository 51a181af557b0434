"""Names of runs: what differs, and nothing else."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.training.run_names import run_names
from explorer.core.training.settings import run_settings


def names(*runs):
    return run_names([(run_settings(**{key: value for key, value in run.items() if key != "data"}), run.get("data", ""))
                      for run in runs])  # fmt: skip


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([{"model": "mlp"}], ["mlp"]),
        ([{"model": "mlp"}, {"model": "cnn"}], ["mlp", "cnn"]),
        ([{"model": "mlp"}] * 2, ["mlp", "mlp"]),
        ([{"learning_rate": 0.1}, {"learning_rate": 0.01}], ["rate 0.1", "rate 0.01"]),
        ([{"optimizer": "sgd"}, {"optimizer": "adam"}], ["sgd", "adam"]),  # each with its own rate
        ([{"optimizer": "sgd", "learning_rate": 0.5}, {"optimizer": "adam"}], ["sgd, rate 0.5", "adam"]),
        ([{"model": "mlp", "dropout": 0.5}, {"model": "mlp"}], ["dropout 0.5", "no dropout"]),
        # A setting that a network does not have does not name it.
        ([{"model": "logistic", "hidden": 7}, {"model": "logistic", "hidden": 9}], ["logistic", "logistic"]),
        ([{"model": "logistic"}, {"model": "mlp", "hidden": 9}], ["logistic", "mlp"]),
        (
            [{"batch_size": 8, "seed": 2}, {"seed": 2}, {"seed": 3}],
            ["batch 8, seed 2", "batch 32, seed 2", "batch 32, seed 3"],
        ),
        ([{"xla": "yes"}, {"xla": "no"}], ["logistic, XLA", "logistic, without XLA"]),
        ([{"xla": "yes", "seed": 2}, {"xla": "no"}], ["seed 2", "seed 1"]),
        # Before the program has chosen, runs do not differ in it.
        ([{"xla": "no"}, {"xla": "auto"}], ["logistic", "logistic"]),
        ([{"xla": "auto"}, {"xla": "yes"}], ["logistic", "logistic"]),
        ([{"data": "MNIST"}, {"data": "Fashion-MNIST"}, {"data": ""}], ["MNIST", "Fashion-MNIST", "logistic"]),
        ([{"epochs": 1}, {"epochs": 20}], ["1 epoch", "20 epochs"]),
        ([{"model": "own", "layers": [{"kind": "Flatten"}]}, {"model": "own", "layers": []}], None),
    ],
)  # fmt: skip
def test_a_name_has_what_differs(runs, expected):
    found = names(*runs)
    if expected is None:
        assert len(set(found)) == len(runs)
    else:
        assert found == expected


CHOICES = {
    "model": ("logistic", "mlp", "cnn"), "hidden": (16, 32), "learning_rate": (0.1, 0.01), "optimizer": ("sgd", "adam"),
    "batch_size": (8, 32), "seed": (1, 2), "dropout": (0.0, 0.5), "batch_norm": (False, True), "l2": (0.0, 0.01),
}  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries({key: st.sampled_from(values) for key, values in CHOICES.items()}), min_size=1, max_size=6
    )
)
def test_runs_that_differ_in_what_they_have_have_different_names(runs):
    without = {"logistic": {"hidden", "dropout", "batch_norm"}}
    keys = [frozenset((key, run[key]) for key in run if key not in without.get(run["model"], ())) for run in runs]
    found = names(*runs)
    for (key, name), (other_key, other_name) in itertools.combinations(zip(keys, found, strict=True), 2):
        assert (key == other_key) == (name == other_name)
    for name in found:
        assert len(set(keys)) > 1 or name == runs[0]["model"]
