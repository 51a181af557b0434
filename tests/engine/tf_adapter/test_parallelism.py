"""Few cores share a batch by images: the same network comes out, and the same curves each time."""

import json
import subprocess
import sys

import numpy as np
import pytest

from explorer.core.data.dataset import sample
from explorer.core.training.settings import run_settings
from explorer.engine.models.build import build_network, build_optimizer
from explorer.engine.tf_adapter.parallelism import MAX_DIVIDED_CORES, core_count
from explorer.engine.training import evaluation as evaluator
from explorer.engine.training import loop
from explorer.engine.training.evaluation import Evaluator
from explorer.engine.training.loop import Loop


def make(images=70, **settings):
    """A CNN on so many images: with batches of 32 the last one is of 6, which is not cut."""
    chosen = run_settings(model="cnn", batch_size=32, filters=4, hidden=8, **settings)
    data = sample()
    return Loop(build_network(chosen), build_optimizer(chosen), data.x_train[:images], data.y_train[:images], 32, 1)


@pytest.fixture
def cut_in_four(monkeypatch):
    for module in (loop, evaluator):
        monkeypatch.setattr(module, "part_count", lambda model, size: 4 if size % 4 == 0 else 1)


def test_parts_of_a_batch_add_up_to_the_batch(request):
    settings = {"optimizer": "sgd", "learning_rate": 0.1, "l2": 0.01}
    whole = make(**settings)
    told = whole.run(0, 0, 3)
    request.getfixturevalue("cut_in_four")
    parts = make(**settings)
    assert parts.run(0, 0, 3) == pytest.approx(told, rel=1e-5)
    for one, other in zip(whole.state(), parts.state(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    np.testing.assert_allclose(whole.gradient_norms, parts.gradient_norms, rtol=1e-4)


def test_in_parts_the_weights_do_not_depend_on_the_chunks(cut_in_four):
    whole, single = make(dropout=0.3), make(dropout=0.3)
    told = whole.run(0, 0, 3)
    sums = (0.0, 0)
    for step in range(3):
        total, right, _ = single.run(0, step, 1, False, sums)
        sums = total, right
    assert sums == told[:2]
    assert all(np.array_equal(one, other) for one, other in zip(whole.state(), single.state(), strict=True))


def test_an_evaluation_in_parts_is_keras_own(cut_in_four):
    chosen = run_settings(model="cnn", filters=4, hidden=8, batch_norm=True)
    model, data = build_network(chosen), sample()
    images, labels = data.x_validation[:300], data.y_validation[:300]
    told = Evaluator(model, images, labels).evaluate()
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    loss, accuracy = model.evaluate(images / np.float32(255), labels, verbose=0)
    assert told.loss == pytest.approx(loss, rel=1e-4)
    assert told.accuracy == pytest.approx(accuracy)


ALONE = """
import json
from explorer.core.training.settings import run_settings
from explorer.engine.tf_adapter.parallelism import part_count, configure_threads
from explorer.engine.models.build import build_network
from explorer.engine.autodiff.tracing import session_config
configure_threads()
def parts(size, **settings):
    return part_count(build_network(run_settings(filters=2, hidden=2, **settings)), size)
sizes = [parts(size, model="cnn") for size in (128, 96, 32, 14, 7)]
others = [parts(128, model="mlp"), parts(128, model="cnn", batch_norm=True)]
print(json.dumps([sizes, others, session_config().intra_op_parallelism_threads]))
"""


@pytest.fixture(scope="module")
def alone():
    """What a process says that has computed nothing yet, and so may still choose its threads."""
    out = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True).stdout
    return json.loads(out.splitlines()[-1])


def test_only_convolutions_without_batch_normalisation_are_cut(alone):
    sizes, others, _ = alone
    assert sizes == ([2, 2, 2, 1, 1] if core_count() <= MAX_DIVIDED_CORES else [1] * 5)
    assert others == [1, 1]


def test_an_expression_that_computes_first_does_not_undo_it(alone):
    """The first session of a process decides how many threads an operation has, also for the networks after it."""
    assert alone[-1] == (1 if core_count() <= MAX_DIVIDED_CORES else 0)
