"""A batch divided between cores gives the same network, and the same curves each time."""

import json
import subprocess
import sys

import numpy as np
import pytest

from explorer.core.data.dataset import load_sample
from explorer.core.training.settings import run_settings
from explorer.engine.models.build import build_network, build_optimizer
from explorer.engine.tf_adapter.parallelism import MAX_DIVIDED_CORES, core_count
from explorer.engine.training import evaluation, loop
from explorer.engine.training.evaluation import Evaluator
from explorer.engine.training.loop import Loop


def make_loop(images=70, **settings):
    """A CNN on 70 images: in batches of 32 the last one has 6, which is not divided."""
    settings = run_settings(model="cnn", batch_size=32, filters=4, hidden=8, **settings)
    data = load_sample()
    model, optimizer = build_network(settings), build_optimizer(settings)
    return Loop(model, optimizer, data.x_train[:images], data.y_train[:images], 32, 1)


@pytest.fixture
def four_parts(monkeypatch):
    for module in (loop, evaluation):
        monkeypatch.setattr(module, "part_count", lambda model, size: 4 if size % 4 == 0 else 1)


def test_parts_of_a_batch_add_up_to_the_batch(request):
    settings = {"optimizer": "sgd", "learning_rate": 0.1, "l2": 0.01}
    undivided = make_loop(**settings)
    result = undivided.run(0, 0, 3)
    request.getfixturevalue("four_parts")
    parts = make_loop(**settings)
    assert parts.run(0, 0, 3) == pytest.approx(result, rel=1e-5)
    for one, other in zip(undivided.state(), parts.state(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    np.testing.assert_allclose(undivided.gradient_norms, parts.gradient_norms, rtol=1e-4)


def test_weights_of_divided_batches_do_not_depend_on_the_chunks(four_parts):
    undivided, single = make_loop(dropout=0.3), make_loop(dropout=0.3)
    result = undivided.run(0, 0, 3)
    sums = (0.0, 0)
    for step in range(3):
        total, correct, _ = single.run(0, step, 1, False, sums)
        sums = total, correct
    assert sums == result[:2]
    assert all(np.array_equal(one, other) for one, other in zip(undivided.state(), single.state(), strict=True))


def test_an_evaluation_in_parts_equals_keras_own(four_parts):
    chosen = run_settings(model="cnn", filters=4, hidden=8, batch_norm=True)
    model, data = build_network(chosen), load_sample()
    images, labels = data.x_validation[:300], data.y_validation[:300]
    result = Evaluator(model, images, labels).evaluate()
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    loss, accuracy = model.evaluate(images / np.float32(255), labels, verbose=0)
    assert result.loss == pytest.approx(loss, rel=1e-4)
    assert result.accuracy == pytest.approx(accuracy)


SCRIPT = """
import json
from explorer.core.training.settings import run_settings
from explorer.engine.tf_adapter.parallelism import part_count, configure_threads
from explorer.engine.models.build import build_network
from explorer.engine.autodiff.tf_session import session_config
configure_threads()
def parts(size, **settings):
    return part_count(build_network(run_settings(filters=2, hidden=2, **settings)), size)
sizes = [parts(size, model="cnn") for size in (128, 96, 32, 14, 7)]
others = [parts(128, model="mlp"), parts(128, model="cnn", batch_norm=True)]
print(json.dumps([sizes, others, session_config().intra_op_parallelism_threads]))
"""


@pytest.fixture(scope="module")
def new_process():
    """The output of a new process, which may still choose its threads as it has computed nothing."""
    out = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True).stdout
    return json.loads(out.splitlines()[-1])


def test_only_convolutions_without_batch_normalization_are_divided(new_process):
    sizes, others, _ = new_process
    assert sizes == ([2, 2, 2, 1, 1] if core_count() <= MAX_DIVIDED_CORES else [1] * 5)
    assert others == [1, 1]


def test_an_expression_computed_first_keeps_the_number_of_threads(new_process):
    """The first session of a process decides how many threads an operation has, for later networks as well."""
    assert new_process[-1] == (1 if core_count() <= MAX_DIVIDED_CORES else 0)
