"""Training in compiled chunks, compared with Keras, GradientTape and NumPy."""

import dataclasses
import gc
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from explorer.core.data.dataset import load_sample
from explorer.core.training.callback import StoppedError, TrainingCallback, TrainingError
from explorer.core.training.checkpoint import Checkpoint, CheckpointError, load_checkpoint
from explorer.core.training.run_record import Variables
from explorer.core.training.settings import run_settings
from explorer.engine.models.build import build_network, build_optimizer
from explorer.engine.training.evaluation import Evaluator
from explorer.engine.training.loop import Loop
from explorer.engine.training.trainer import Trainer

EQUAL_BATCHES = {"batch_size": 60}
"""Divides `small` into batches of one size, so that one function is compiled instead of two."""


@pytest.fixture(scope="module")
def small():
    data = load_sample()
    return dataclasses.replace(
        data,
        x_train=data.x_train[:600],
        y_train=data.y_train[:600],
        x_validation=data.x_validation[:200],
        y_validation=data.y_validation[:200],
    )


def make_loop(small, **settings):
    settings = run_settings(**settings)
    model, optimizer = build_network(settings), build_optimizer(settings)
    return Loop(model, optimizer, small.x_train, small.y_train, settings["batch_size"], settings["seed"])


@pytest.mark.parametrize(
    ("name", "count"), [("logistic", 7850), ("perceptron", 7960), ("mlp", 101770), ("cnn", 225034)]
)
def test_parameter_counts(name, count):
    model = build_network(run_settings(model=name))
    assert model.count_params() == count
    assert model.layers[-1].activation is keras.activations.softmax


@pytest.mark.parametrize("name", ["logistic", "mlp"])
def test_weights_do_not_depend_on_the_chunks(small, name):
    settings = {"model": name, "batch_size": 50, "dropout": 0.3}
    one_chunk, single, mixed = (make_loop(small, **settings) for _ in range(3))
    one_chunk.run(0, 0, 12)
    for step in range(12):
        single.run(0, step, 1)
    for start, count in ((0, 5), (5, 1), (6, 6)):
        mixed.run(0, start, count)
    for other in (single, mixed):
        for a, b in zip(one_chunk.state(), other.state(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_the_state_is_current_and_read_once_between_steps(small):
    loop = make_loop(small, model="mlp", optimizer="adam", batch_size=50, dropout=0.3)
    first = loop.state()
    assert all(a is b for a, b in zip(first, loop.state(), strict=True))
    for change in (lambda: loop.run(0, 0, 3), lambda: loop.set_state(first), lambda: loop.reset(2, first)):
        change()
        expected = [variable.value.numpy() for variable in (*loop.model.variables, *loop.optimizer.variables)]
        for a, b in zip(loop.state(), expected, strict=True):
            np.testing.assert_array_equal(a, b)
        for a, b in zip(loop.weights(), loop.model.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
        assert len(loop.optimizer_state()) == len(loop.optimizer.variables)
        for a, b in zip(loop.optimizer_state(), loop.optimizer.variables, strict=True):
            np.testing.assert_array_equal(a, b.numpy())


def test_one_step_of_sgd_is_that_of_numpy(small):
    loop = make_loop(small, model="logistic", optimizer="sgd", learning_rate=0.1, batch_size=32)
    before = [w.value.numpy() for w in loop.model.trainable_variables]
    chosen = loop.order(0).numpy()[:32]
    x, y = small.x_train[chosen] / np.float32(255), small.y_train[chosen]
    total, correct, images = loop.run(0, 0, 1)
    # Softmax regression in NumPy.
    logits = x.reshape(32, 784) @ before[0] + before[1]
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    error = (p - np.eye(10)[y]) / 32
    after = [w.value.numpy() for w in loop.model.trainable_variables]
    np.testing.assert_allclose(after[0], before[0] - 0.1 * x.reshape(32, 784).T @ error, atol=1e-6)
    np.testing.assert_allclose(after[1], before[1] - 0.1 * error.sum(0), atol=1e-6)
    assert total / images == pytest.approx(-np.log(p[np.arange(32), y]).mean(), rel=1e-5)
    assert correct == (p.argmax(1) == y).sum()


def test_every_image_is_used_once_per_epoch_with_a_partial_batch(small):
    loop = make_loop(small, model="logistic", batch_size=64)
    assert loop.steps == 10
    _, _, images = loop.run(0, 0, 100)
    assert images == 600
    assert sorted(loop.order(3).numpy()) == list(range(600))
    assert not np.array_equal(loop.order(3), loop.order(4))


def test_metrics_equal_those_of_keras_evaluate(small):
    trainer = Trainer(run_settings(model="mlp", l2=1e-4, xla="no"), small)
    trainer.train(2)
    trainer.model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    x = small.x_validation / np.float32(255)
    loss, accuracy = trainer.model.evaluate(x, small.y_validation, verbose=0)
    assert trainer.epochs[-1].val_accuracy == pytest.approx(accuracy, abs=1e-6)
    assert trainer.epochs[-1].val_loss == pytest.approx(loss, rel=1e-4)
    assert trainer.epochs[-1].val_accuracy > 0.6


def test_the_same_seed_gives_the_same_curves(small):
    settings = run_settings(model="mlp", dropout=0.2, batch_norm=True, seed=7, **EQUAL_BATCHES)
    runs = [Trainer(settings, small) for _ in range(2)]
    assert runs[0].settings == runs[1].settings
    for run in runs:
        run.train(2)
    for one, other in zip(runs[0].epochs, runs[1].epochs, strict=True):
        assert (one.loss, one.accuracy, one.val_loss) == (other.loss, other.accuracy, other.val_loss)


class Curve(TrainingCallback):
    """Records the points of the curve, of chunks with at most ``max_steps`` steps."""

    def __init__(self, max_steps=10_000):
        self.points = []
        self.max_steps = max_steps

    def on_chunk_begin(self, count):
        return min(count, self.max_steps)

    def on_chunk_end(self, progress):
        if progress.curve_point is not None:
            self.points.append((progress.epoch, progress.step, *progress.curve_point))


def test_the_points_of_a_curve_do_not_depend_on_speed(small, monkeypatch):
    curves = []
    for seconds in (1e-9, 0.002, 10.0):
        monkeypatch.setattr("explorer.engine.training.trainer.CHUNK_SECONDS", seconds)
        curve = Curve()
        Trainer(run_settings(model="mlp", dropout=0.2, batch_size=8, xla="no"), small, curve).train(2)
        curves.append(curve.points)
    assert curves[0] == curves[1] == curves[2]
    assert [point[:2] for point in curves[0][:8]] == [(0, step) for step in (10, 20, 30, 40, 50, 60, 70, 75)]
    # With one step per chunk each step is a point: the means of these are the points of longer chunks.
    single = Curve(max_steps=1)
    Trainer(run_settings(model="mlp", dropout=0.2, batch_size=8, xla="no"), small, single).train(2)
    assert len(single.points) == 150
    for index in (2, 3):
        means = np.array([point[index] for point in single.points[:70]]).reshape(7, 10).mean(axis=1)
        np.testing.assert_allclose([point[index] for point in curves[0][:7]], means, rtol=1e-6)


def test_all_functions_are_compiled_before_the_first_step(small):
    loop = make_loop(small, model="logistic", batch_size=64)
    loop.compile(False)
    functions = list(loop._functions.values())
    assert len(functions) == 2  # one for the partial last batch
    loop.run(0, 0, 10)
    # A concrete function is never traced again: arguments of other types raise an error.
    assert all(isinstance(function, tf.types.experimental.ConcreteFunction) for function in functions)
    assert list(loop._functions.values()) == functions


def test_choosing_xla_changes_no_weight(small):
    settings = run_settings(model="logistic")
    trainer = Trainer(settings, small)
    for trained, initial in zip(trainer.model.weights, build_network(settings).weights, strict=True):
        np.testing.assert_array_equal(trained.value.numpy(), initial.value.numpy())
    assert trainer.compile_seconds > 0


class Stopper(TrainingCallback):
    """Stops after ``steps`` steps, or at the call ``calls`` of the hook between batches and stages."""

    def __init__(self, steps, calls=1000):
        self.steps, self.calls, self.epochs = steps, calls, []

    def on_chunk_begin(self, count):
        count = min(count, self.steps)
        self.steps -= count
        return count

    def wait_while_paused(self):
        self.calls -= 1
        return self.calls > 0

    def on_epoch_end(self, number, epoch, evaluation):
        self.epochs.append((number, epoch, evaluation))


def assert_equal_states(one, other):
    for a, b in zip(one.loop.state(), other.loop.state(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("xla", ["no", "yes"])
@pytest.mark.parametrize("name", ["logistic", "mlp"])
def test_a_stopped_run_continues_with_the_same_numbers(small, name, xla):
    extra = {"dropout": 0.2} if xla == "no" else EQUAL_BATCHES
    settings = run_settings(model=name, xla=xla, **extra)
    complete = Trainer(settings, small)
    complete.train(2)
    stopper = Stopper(7)
    interrupted = Trainer(settings, small, stopper)
    interrupted.train(2)
    assert interrupted.stopped
    assert interrupted.step == 7
    for steps in (1, 11, 2, 100):
        stopper.steps = steps
        interrupted.train(2)
    assert not interrupted.stopped
    assert_equal_states(complete, interrupted)
    for a, b in zip(complete.epochs, interrupted.epochs, strict=True):
        assert (a.loss, a.accuracy, a.val_loss, a.val_accuracy) == (b.loss, b.accuracy, b.val_loss, b.val_accuracy)


@pytest.mark.parametrize("steps", [0, 1, 7])
def test_a_run_continues_from_its_checkpoint_with_the_same_numbers(small, tmp_path, steps):
    """Also from the middle of an epoch."""
    settings = run_settings(model="mlp", dropout=0.2, batch_norm=True, optimizer="momentum", **EQUAL_BATCHES)
    complete, interrupted = Trainer(settings, small), Trainer(settings, small, StopsAfter(steps))
    complete.train(3)
    interrupted.train(3 if steps else 1)
    assert interrupted.step % interrupted.loop.steps == steps
    Checkpoint(interrupted.record("sample"), interrupted.variables()).save(tmp_path / "a.run")
    checkpoint = load_checkpoint(tmp_path / "a.run")
    record = checkpoint.record
    assert (record.source, record.data_name, record.image_counts) == ("sample", small.name, (600, 200))
    assert record.settings["xla"] in ("yes", "no")
    resumed = Trainer(record.settings, small, checkpoint=checkpoint, compile_later=True)
    assert not resumed.is_compiled
    assert resumed.step == interrupted.step
    resumed.train(3)
    assert_equal_states(complete, resumed)
    for ours, theirs in zip(resumed.epochs, complete.epochs, strict=True):
        assert (ours.val_loss, ours.loss, ours.accuracy) == (theirs.val_loss, theirs.loss, theirs.accuracy)


class StopsAfter(TrainingCallback):
    """Stops the second epoch after a number of steps; 0: never."""

    def __init__(self, steps):
        self.steps = steps
        self.epochs = 0

    def on_chunk_begin(self, count):
        if not self.steps or not self.epochs:
            return count
        allowed = min(count, self.steps - self.done)
        self.done += allowed
        return allowed

    def on_epoch_end(self, number, epoch, evaluation):
        self.epochs, self.done = self.epochs + 1, 0


def test_a_checkpoint_of_another_network_is_refused(small, tmp_path):
    trainer = Trainer(run_settings(model="mlp", hidden=7, xla="no"), small)
    path = tmp_path / "a.run"
    for settings, variables in (
        (run_settings(model="mlp", hidden=8, xla="no"), trainer.variables()),
        (trainer.settings, Variables(trainer.variables().state[:-1])),
        (trainer.settings, Variables(trainer.variables().state, sums={"step": 1})),
    ):
        Checkpoint(dataclasses.replace(trainer.record("sample"), settings=settings), variables).save(path)
        with pytest.raises(CheckpointError, match="do not fit"):
            Trainer(settings, small, checkpoint=load_checkpoint(path), compile_later=True)


def test_compiling_and_evaluating_can_be_stopped(small):
    with pytest.raises(StoppedError):
        Trainer(run_settings(), small, Stopper(10, calls=1))
    stopper = Stopper(1000, calls=6)
    trainer = Trainer(run_settings(), small, stopper)
    stopper.calls = 1
    trainer.train(1)
    assert trainer.stopped
    assert trainer.epochs == []
    stopper.calls = 1000
    trainer.train(1)
    assert len(trainer.epochs) == len(stopper.epochs) == 1


def test_gradient_norms_equal_those_of_a_gradient_tape(small):
    loop = make_loop(small, model="mlp", optimizer="sgd")
    loop.run(0, 0, 4)
    x, y = loop.batch(0, 4)
    with tf.GradientTape() as tape:
        losses = keras.losses.sparse_categorical_crossentropy(y, loop.model(x, training=True))
        loss = tf.reduce_mean(losses)
    gradients = [g.numpy().ravel() for g in tape.gradient(loss, loop.model.trainable_variables)]
    norms = [np.linalg.norm(np.concatenate(pair)) for pair in (gradients[:2], gradients[2:])]
    loop.run(0, 4, 1)
    assert loop.layers == ["hidden", "probabilities"]
    np.testing.assert_allclose(loop.gradient_norms, norms, rtol=1e-4)


def test_moving_averages_of_batch_normalization_equal_keras_own(small):
    loop = make_loop(small, model="mlp", batch_norm=True, optimizer="sgd", learning_rate=1e-9)
    twin = build_network(run_settings(model="mlp", batch_norm=True))
    for step in range(5):
        twin(loop.batch(0, step)[0], training=True)
    loop.run(0, 0, 5)
    for ours, theirs in zip(loop.model.non_trainable_weights, twin.non_trainable_weights, strict=True):
        np.testing.assert_allclose(ours.value.numpy(), theirs.value.numpy(), rtol=1e-4, atol=1e-5)


def test_the_worst_mistakes_are_those_with_the_largest_loss(small):
    trainer = Trainer(run_settings(), small, stopper := Stopper(1000))
    trainer.train(1)
    evaluation = stopper.epochs[0][2]
    p = trainer.model.predict(small.x_validation / np.float32(255), verbose=0)
    loss = -np.log(p[np.arange(200), small.y_validation])
    wrong = [index for index in np.argsort(-loss) if p[index].argmax() != small.y_validation[index]][:12]
    assert evaluation.worst.tolist() == wrong
    np.testing.assert_array_equal(evaluation.predictions, p[wrong].argmax(1))
    np.testing.assert_allclose(evaluation.confidences, p[wrong].max(1), atol=1e-6)


def test_a_nan_weight_is_attributed_to_its_layer(small):
    trainer = Trainer(run_settings(model="mlp", activation="tanh", xla="no"), small)
    trainer.model.layers[1].kernel.assign(tf.fill((784, 128), np.nan))
    with pytest.raises(TrainingError, match=r"step 1 of epoch 1.*layer hidden"):
        trainer.train(1)


def test_the_first_step_with_an_infinite_loss_is_found(small):
    settings = run_settings(model="mlp", l2=1.0, optimizer="sgd", learning_rate=100, batch_size=20, xla="no")
    trainer = Trainer(settings, small)
    with pytest.raises(
        TrainingError, match=r"began in the layer hidden.*learning rate, such as 0\.1, or a smaller L2"
    ) as caught:
        trainer.train(50)
    step = int(re.search(r"step (\d+) of", str(caught.value))[1])
    assert trainer.failed_step == step
    # The oracle trains step by step from the same seed.
    twin = make_loop(small, model="mlp", l2=1.0, optimizer="sgd", learning_rate=100, batch_size=20)
    epoch = len(trainer.epochs)
    for number in range(epoch):
        twin.run(number, 0, twin.steps)
    finite = [np.isfinite(twin.run(epoch, index, 1)[0]) for index in range(step)]
    assert finite == [True] * (step - 1) + [False]
    for left, at_fault in zip(trainer.model.get_weights(), twin.model.get_weights(), strict=True):
        assert np.all(np.isfinite(left))
        assert not np.array_equal(left, at_fault)


def test_evaluator_counts_every_image(small):
    model = build_network(run_settings(model="logistic"))
    evaluator = Evaluator(model, small.x_train[:73], small.y_train[:73])
    p = model.predict(small.x_train[:73] / np.float32(255), verbose=0)
    assert evaluator.evaluate().accuracy == pytest.approx(np.mean(p.argmax(1) == small.y_train[:73]))


def test_the_next_run_of_a_kind_uses_the_compiled_model_and_gives_the_same_numbers(small):
    kind = {"model": "mlp", "dropout": 0.2, "batch_norm": True, "xla": "no", **EQUAL_BATCHES}
    settings = run_settings(seed=5, **kind)
    first = Trainer(settings, small)
    first.train(2)
    pooled = Trainer(run_settings(seed=8, learning_rate=0.01, **kind), small)
    pooled.train(1)
    pooled.release()
    second = Trainer(settings, small)
    assert second.loop is pooled.loop
    assert second.compile_seconds < pooled.compile_seconds
    second.train(2)
    assert_equal_states(first, second)
    assert [epoch.val_loss for epoch in second.epochs] == [epoch.val_loss for epoch in first.epochs]
    other = Trainer(settings, small)
    assert other.loop is not second.loop


@pytest.fixture
def frozen_heap():
    """Exclude the objects that are there from garbage collection, which takes seconds with all of them."""
    gc.collect()
    gc.freeze()


def test_a_run_leaves_no_graph_in_memory(small, frozen_heap):
    def graphs():
        gc.collect()
        return sum(type(thing).__name__ == "FuncGraph" for thing in gc.get_objects())

    assert graphs() == 0
    for optimizer in ("sgd", "momentum", "adam", "rmsprop"):
        Trainer(
            run_settings(model="mlp", optimizer=optimizer, batch_norm=True, xla="no", **EQUAL_BATCHES), small
        ).train(1)
        assert graphs() == 0


@pytest.mark.parametrize("max_steps", [10_000, 1])
def test_a_huge_loss_leaves_the_points_after_it_as_they_are(small, max_steps):
    settings = {"model": "mlp", "hidden": 16, "optimizer": "sgd", "learning_rate": 1e5, "batch_size": 10, "seed": 3}
    curve = Curve(max_steps)
    trainer = Trainer(run_settings(**settings, xla="no"), small, curve)
    trainer.train(1)
    twin = make_loop(small, **settings)
    losses = np.array([twin.run(0, step, 1)[0] / 10 for step in range(twin.steps)])
    assert losses.max() > 1e17 * losses[-8:].max()  # float64 has 16 digits
    ends = [step for _, step, _, _ in curve.points]
    means = [losses[start:end].mean() for start, end in zip([0, *ends], ends, strict=False)]
    np.testing.assert_allclose([point[2] for point in curve.points], means, rtol=1e-6)
    assert trainer.epochs[0].loss == pytest.approx(losses.mean(), rel=1e-6)
