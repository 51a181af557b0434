"""The training session: what it requests, how it follows a run's events, and what survives a crash."""

import itertools

import numpy as np
import pytest

from explorer.core.training.checkpoint import Checkpoint
from explorer.core.training.settings import run_settings
from explorer.session.training.session import CHECKPOINT_NAME, NO_CHECKPOINT, TrainingSession

METRICS = {"loss": 0.5, "accuracy": 0.8, "val_loss": 0.6, "val_accuracy": 0.7, "seconds": 1.0, "images_per_second": 9.0}


@pytest.fixture
def client(table_client):
    """Answers each request to train with the number that was chosen for the run."""
    return table_client({"train": lambda payload: {"run": payload["run"]}, "train_control": {}, "prepare_training": {}})


@pytest.fixture
def training(client, tmp_path):
    """An idle session; ``emitted`` records the names of its signals."""
    session = TrainingSession(client, tmp_path)
    session.emitted = []
    for name in ("stateChanged", "progressChanged", "epochFinished", "messageChanged", "runDiscarded",
                 "interruptedRunFound"):  # fmt: skip
        getattr(session, name).connect(lambda *_, name=name: session.emitted.append(name))
    return session


def number(client):
    """Return the number of the newest run."""
    return client.payloads("train")[-1]["run"]


def send(client, state="running", run=None, **event):
    """Let the engine send an event of the newest run."""
    client.training.emit({"run": number(client) if run is None else run, "state": state, **event})


def progress(epoch=0, step=10, points=()):
    return {
        "epoch": epoch, "step": step, "rate": 1000.0, "left": 5.0, "norms": np.array([0.5, 0.25]),
        "points": [list(point) for point in points],
    }  # fmt: skip


def epoch_done(index=0, checkpoint=True):
    return {
        "epoch_done": index, "metrics": METRICS, "confusion": "confusion", "mistakes": {"classes": []},
        "checkpoint": checkpoint,
    }  # fmt: skip


@pytest.fixture
def running(client, training):
    """The session with a run of 100 steps for each of 2 epochs."""
    training.start({"model": "mlp", "epochs": 2}, "sample")
    client.answer_all()
    send(client, data="MNIST sample", steps=100, epochs=2, parameters=7, layers=["hidden", "probabilities"])
    training.emitted.clear()
    client.sent.clear()
    client.training_number = training._number
    return training


def run_event(client, state="running", **event):
    client.training.emit({"run": client.training_number, "state": state, **event})


def saved_checkpoint(folder, epochs=1, **settings):
    """Write a checkpoint of a run that was interrupted."""
    complete = run_settings(model="mlp", epochs=3, batch_size=32, xla="no", **settings)
    Checkpoint(complete, "sample", "MNIST sample", (3200, 100), [METRICS] * epochs).save(folder / CHECKPOINT_NAME)


def test_nothing_is_requested_before_a_run_starts(client, training):
    training.pause()
    training.run_one_step()
    training.set_speed(5)
    assert client.sent == []
    assert (training.state, training.can_resume, training.is_active) == ("idle", False, False)
    training.prepare()
    assert client.payloads("prepare_training") == [{}]


def test_a_run_is_requested_with_all_settings(client, training, tmp_path):
    training.set_speed(3)
    training.start({"model": "mlp", "epochs": 2}, "sample", "step")
    (payload,) = client.payloads("train")
    assert payload["settings"] == run_settings(model="mlp", epochs=2)
    assert (payload["data"], payload["command"], payload["speed"]) == ("sample", "step", 3)
    assert payload["checkpoint"] == str(tmp_path / CHECKPOINT_NAME)
    assert payload["title"] == "run 1: mlp"
    assert training.state == "compiling"
    assert [run.name for run in training.runs.all] == ["1: mlp"]


def test_a_refused_run_has_failed(client, training):
    training.start({"model": "mlp"}, "nowhere.npz")
    client.fail("train", "nowhere.npz does not exist.")
    assert (training.state, training.message) == ("failed", "nowhere.npz does not exist.")


def test_progress_becomes_curves_and_norms(client, running):
    run_event(client, **progress(step=50, points=[(0, 25, 2.0, 0.3), (0, 50, 1.0, 0.6)]))
    assert (running.epoch, running.step, running.images_per_second, running.seconds_left) == (0, 50, 1000.0, 5.0)
    assert running.run.curves["loss"] == ([0.25, 0.5], [2.0, 1.0])
    assert running.gradient_norms == {"hidden": 0.5, "probabilities": 0.25}
    assert running.emitted == ["progressChanged"]
    run_event(client, **epoch_done())
    assert running.run.curves["val_accuracy"] == ([1.0], [0.7])
    assert (running.epochs, running.confusion) == ([METRICS], "confusion")
    assert running.emitted[1:] == ["epochFinished", "progressChanged"]


def test_commands_reach_the_engine(client, running):
    running.pause()
    run_event(client, "paused", **progress())
    assert running.can_resume
    running.run_one_step()
    running.run_one_epoch()
    running.set_speed(0.5)
    running.resume()
    assert client.payloads("train_control") == [
        {"command": "pause"}, {"command": "step"}, {"command": "epoch"}, {"command": "slow", "speed": 0.5},
        {"command": "continue"},
    ]  # fmt: skip
    assert running.emitted == ["stateChanged", "progressChanged"]


def test_events_of_another_run_are_ignored(client, running):
    client.training.emit({"run": client.training_number - 1, "state": "failed", "message": "Too late."})
    assert (running.state, running.message, running.emitted) == ("running", "", [])
    running.start({"model": "cnn"}, "sample")  # events of the first run are still on their way
    assert client.payloads("train_control") == [{"command": "stop"}]
    run_event(client, **progress())
    assert (running.state, running.step) == ("compiling", 0)


def test_stopping_while_compiling_does_not_wait_for_the_engine(client, training):
    training.start({"model": "mlp"}, "sample")
    client.answer("train")
    training.stop()
    assert training.state == "stopped"
    send(client, "compiling")  # sent before the engine read the command
    assert training.state == "stopped"
    send(client, "stopped")
    assert training.state == "stopped"
    assert client.payloads("train_control") == [{"command": "stop"}]


def test_a_run_can_be_resumed_after_its_end(client, running):
    run_event(client, "finished", **progress(epoch=1, step=100))
    assert (running.state, running.is_active, running.can_resume) == ("finished", False, True)
    running.resume()
    assert client.payloads("train_control") == [{"command": "continue"}]


def test_reset_discards_the_run(client, running):
    running.reset()
    assert (running.state, running.run, running.runs.all) == ("idle", None, [])
    assert client.payloads("train_control") == [{"command": "stop"}]
    assert running.emitted == ["runDiscarded", "stateChanged", "progressChanged"]
    run_event(client, **progress())
    assert running.step == 0


def test_an_epoch_without_a_checkpoint_is_reported_until_the_run_is_finished(client, running):
    run_event(client, **epoch_done(checkpoint=False))
    assert running.message == NO_CHECKPOINT
    run_event(client, "finished", **progress(epoch=1, step=100))
    assert running.message == ""


def test_a_crash_in_the_first_epoch_loses_the_run(client, running):
    client.died.emit("gone")
    assert running.state == "failed"
    assert "in the first epoch" in running.message
    assert not running.can_resume


def test_after_a_crash_the_run_resumes_from_its_checkpoint(client, running, tmp_path):
    run_event(client, **epoch_done())
    saved_checkpoint(tmp_path, epochs=2)  # the event of the second epoch did not arrive
    running.emitted.clear()
    client.died.emit("gone")
    assert "continues after epoch 2" in running.message
    assert len(running.epochs) == 2
    assert running.emitted == ["epochFinished", "messageChanged", "stateChanged"]
    assert running.can_resume
    running.resume()
    assert client.payloads("train")[-1]["go_on_from"] == str(tmp_path / CHECKPOINT_NAME)
    assert running.state == "compiling"


def test_an_engine_that_fails_for_good_ends_the_run(client, running):
    client.failed.emit("TensorFlow cannot be started.")
    assert (running.state, running.message) == ("failed", "TensorFlow cannot be started.")
    client.failed.emit("And again.")
    assert running.message == "TensorFlow cannot be started."


def test_the_run_of_an_earlier_window_is_found(client, training, tmp_path):
    found = []
    training.interruptedRunFound.connect(lambda settings, source: found.append((settings, source)))
    saved_checkpoint(tmp_path, epochs=2, hidden=17)
    training.find_interrupted_run()
    assert (training.state, training.can_resume, len(training.epochs)) == ("stopped", True, 2)
    assert (training.steps, training.epoch, training.total_epochs, training.data) == (100, 1, 3, "MNIST sample")
    assert "was interrupted after epoch 2 of 3" in training.message
    ((settings, source),) = found
    assert (settings["hidden"], source) == (17, "sample")
    assert "xla" not in settings
    training.resume()
    assert client.payloads("train")[-1]["go_on_from"] == str(tmp_path / CHECKPOINT_NAME)


def test_a_damaged_checkpoint_is_deleted(client, training, tmp_path):
    path = tmp_path / CHECKPOINT_NAME
    path.write_bytes(b"nothing")
    training.find_interrupted_run()
    assert (training.state, training.emitted, path.exists()) == ("idle", [], False)


def test_a_new_run_deletes_the_checkpoint_of_the_old_one(client, training, tmp_path):
    saved_checkpoint(tmp_path)
    training.start({"model": "mlp"}, "sample")
    assert not (tmp_path / CHECKPOINT_NAME).exists()


def test_each_run_has_a_number_of_its_own(client, training):
    for _ in range(3):
        training.start({"model": "mlp"}, "sample")
    numbers = [payload["run"] for payload in client.payloads("train")]
    assert all(after > before for before, after in itertools.pairwise(numbers))
