"""The training session: what it requests, how it follows a run's events, and what survives a crash."""

import itertools

import numpy as np
import pytest

from explorer.core.training.checkpoint import Checkpoint, load_checkpoint
from explorer.core.training.run_record import RunRecord, Variables
from explorer.core.training.settings import run_settings
from explorer.session.training.run_store import RunStore
from explorer.session.training.session import NO_CHECKPOINT, RUNS_FOLDER, TrainingSession

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
                 "runRestored"):  # fmt: skip
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


def saved_run(path, epochs=1, state=(), **record):
    """Write the file of a run that was interrupted, and return its path; with only a folder, a file in it."""
    settings = run_settings(model="mlp", epochs=3, batch_size=32, xla="no", **record.pop("settings", {}))
    if path.suffix != ".run":
        path = path / RUNS_FOLDER / "20260101-1.run"
    made = RunRecord(settings, "sample", "MNIST sample", (3200, 100), [METRICS] * epochs, total_epochs=3, **record)
    Checkpoint(made, Variables(list(state))).save(path)
    return path


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
    assert payload["checkpoint"] == str(training.run.path)
    assert training.run.path.parent == tmp_path / RUNS_FOLDER
    assert (payload["number"], payload["name"]) == (1, "")
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
    assert client.payloads("train_control") == [{"command": "discard"}]
    assert running.emitted == ["runDiscarded", "stateChanged", "progressChanged"]
    run_event(client, **progress())
    assert running.step == 0


def test_a_run_that_cannot_be_kept_is_reported_until_it_can(client, running):
    run_event(client, **epoch_done(checkpoint=False))
    assert running.message == NO_CHECKPOINT
    run_event(client, "finished", **progress(epoch=1, step=100), checkpoint=False)
    assert running.message == NO_CHECKPOINT
    assert running.keep_before_close() == "The run 1: mlp cannot be kept on disk, and would be lost."
    saved_run(running.run.path)
    run_event(client, "finished", **progress(epoch=1, step=100), checkpoint=True)
    assert running.message == ""
    assert running.keep_before_close() == ""


def test_a_crash_in_the_first_epoch_loses_the_run(client, running):
    client.died.emit("gone")
    assert running.state == "failed"
    assert "in the first epoch" in running.message
    assert not running.can_resume


def test_after_a_crash_the_run_resumes_from_its_checkpoint(client, running, tmp_path):
    run_event(client, **epoch_done())
    path = saved_run(running.run.path, epochs=2)  # the event of the second epoch did not arrive
    running.emitted.clear()
    client.died.emit("gone")
    assert "continues after epoch 2" in running.message
    assert len(running.epochs) == 2
    assert running.emitted == ["epochFinished", "messageChanged", "stateChanged"]
    assert running.can_resume
    running.resume()
    assert client.payloads("train")[-1]["go_on_from"] == str(path)
    assert running.state == "compiling"


def test_an_engine_that_fails_for_good_ends_the_run(client, running):
    client.failed.emit("TensorFlow cannot be started.")
    assert (running.state, running.message) == ("failed", "TensorFlow cannot be started.")
    client.failed.emit("And again.")
    assert running.message == "TensorFlow cannot be started."


@pytest.mark.parametrize("command", ["continue", "step", "epoch"])
def test_an_interrupted_run_of_an_earlier_window_is_offered(client, training, tmp_path, command):
    found = []
    training.runRestored.connect(lambda settings, source: found.append((settings, source)))
    path = saved_run(tmp_path, epochs=2, settings={"hidden": 17})
    assert training.restore_runs() == training.message
    assert (training.state, training.can_resume, len(training.epochs)) == ("stopped", True, 2)
    assert (training.steps, training.epoch, training.total_epochs, training.data) == (100, 1, 3, "MNIST sample")
    assert "was interrupted after epoch 2 of 3" in training.message
    ((settings, source),) = found
    assert (settings["hidden"], source) == (17, "sample")
    assert "xla" not in settings
    {"continue": training.resume, "step": training.run_one_step, "epoch": training.run_one_epoch}[command]()
    payload = client.payloads("train")[-1]
    assert (payload["go_on_from"], payload["checkpoint"], payload["command"]) == (str(path), str(path), command)


def test_finished_runs_are_there_again_with_curves_settings_and_numbers(client, training, tmp_path):
    points = np.array([[0.0, 50, 2.0, 0.25], [1, 100, 1.0, 0.5]])
    for number, name in ((3, ""), (4, "best")):
        path = tmp_path / RUNS_FOLDER / f"2026010{number}-1.run"
        saved_run(path, epochs=3, status="finished", number=number, name=name, points=points, parameters=7,
                  norms={"hidden": 0.5}, settings={"seed": number})  # fmt: skip
    assert training.restore_runs() == ""  # nothing to tell
    assert [(run.number, run.name) for run in training.runs.all] == [(3, "3: seed 3"), (4, "best")]
    assert training.run is training.runs.all[-1]
    assert training.run.curves["loss"] == ([0.5, 2.0], [2.0, 1.0])
    assert training.run.curves["val_loss"] == ([1.0, 2.0, 3.0], [0.6] * 3)
    assert (training.state, training.parameters, training.gradient_norms) == ("finished", 7, {"hidden": 0.5})
    assert (training.epoch, training.step, training.steps) == (2, 100, 100)
    # The engine builds the network when it is wanted, and once.
    assert client.sent == []
    training.show_network()
    training.show_network()
    (payload,) = client.payloads("train")
    assert (payload["go_on_from"], payload["show_only"]) == (str(path), True)
    client.answer_all()
    training.resume()
    assert client.payloads("train_control") == [{"command": "continue"}]
    # A new run has a number of its own, and another run can be opened.
    training.stop()
    send(client, "stopped")
    training.open_run(training.runs.all[0])
    assert training.run.number == 3
    assert client.payloads("train")[-1]["go_on_from"].endswith("20260103-1.run")
    training.start({"model": "mlp"}, "sample")
    assert [run.number for run in training.runs.all] == [3, 4, 5]


def test_a_name_of_the_users_is_kept(client, training, tmp_path):
    path = saved_run(tmp_path, status="finished")
    training.restore_runs()
    training.runs.rename(training.runs.all[0], "my best")
    assert load_checkpoint(path).record.name == "my best"


def test_a_damaged_file_is_put_aside_with_a_sentence(client, training, tmp_path):
    path = saved_run(tmp_path, status="finished")
    path.write_bytes(path.read_bytes()[:-3] + b"abc")  # of this file only the variables are damaged
    damaged = tmp_path / RUNS_FOLDER / "20260101-2.run"
    damaged.write_bytes(b"nothing")
    assert training.restore_runs() == (
        f"1 earlier run cannot be read any more, and was put aside as 20260101-2.damaged in {damaged.parent}."
    )
    assert not damaged.exists()
    assert damaged.with_suffix(".damaged").read_bytes() == b"nothing"
    assert [run.path for run in training.runs.all] == [path]


def test_a_new_run_keeps_the_file_of_the_old_one(client, training, tmp_path):
    path = saved_run(tmp_path)
    training.start({"model": "mlp"}, "sample")
    assert path.exists()


def test_a_deleted_or_reset_run_has_no_file(client, training, tmp_path):
    paths = [saved_run(tmp_path / RUNS_FOLDER / f"2026-{n}.run", status="finished", number=n) for n in (1, 2, 3)]
    training.restore_runs()
    training.runs.delete(training.runs.all[0])
    training.reset()
    assert [path.exists() for path in paths] == [False, True, False]
    assert training.state == "idle"
    training.clear_kept_runs()
    assert training.store.usage() == (0, 0)
    assert training.runs.all == []


def test_a_run_that_another_window_trains_is_left_alone(client, training, tmp_path):
    path = saved_run(tmp_path, status="running")
    finished = saved_run(tmp_path / RUNS_FOLDER / "2026-2.run", status="finished")
    other = RunStore(tmp_path / RUNS_FOLDER)
    assert other.lock(path)
    assert other.lock(finished)
    assert training.restore_runs() == ""
    assert [run.path for run in training.runs.all] == [finished]
    training.resume()
    assert client.sent == []
    assert training.message.startswith("Another window trains")
    other.unlock(finished)
    training.resume()
    assert [payload["go_on_from"] for payload in client.payloads("train")] == [str(finished)]


def test_each_run_has_a_number_of_its_own(client, training):
    for _ in range(3):
        training.start({"model": "mlp"}, "sample")
    numbers = [payload["run"] for payload in client.payloads("train")]
    assert all(after > before for before, after in itertools.pairwise(numbers))


def test_runs_are_named_anew_when_the_choice_of_xla_is_known(client, training):
    for choices in (("no", "no"), ("no", "yes")):
        for xla in choices:
            training.start({"model": "mlp"}, "sample")
            client.answer_all()
            send(client, data="MNIST sample")
            send(client, settings=run_settings(model="mlp", xla=xla))
            send(client, state="finished")
        names = [run.name.partition(": ")[2] for run in training.runs.all]
        assert names == (["mlp", "mlp"] if choices == ("no", "no") else ["mlp, without XLA"] * 3 + ["mlp, XLA"])
