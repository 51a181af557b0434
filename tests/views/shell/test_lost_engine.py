"""After TensorFlow's process or the window is killed, the run can be resumed, and messages say how."""

import os
import signal

import pytest

from explorer.core.protocol.training import TRAIN_CONTROL, TrainControlPayload
from explorer.core.training.checkpoint import load_checkpoint
from explorer.session.training.session import TrainingSession


@pytest.fixture
def tab(training_tab):
    return training_tab


def wait_until_finished(ui, tab):
    ui.until(lambda: tab.property("trainingState") == "finished")


@pytest.mark.parametrize("received", ["all", "one epoch less than was saved", "one epoch more than was saved"])
def test_after_the_engine_is_killed_a_run_resumes_from_its_last_epoch(ui, tab, received):
    ui.find("epochsSpin").setValue(1000)  # it is still running when it is killed, however busy the machine is
    ui.click("trainButton")
    ui.until(lambda: len(ui.sessions.training.epochs) >= 2)
    os.kill(ui.sessions.client.pid, signal.SIGKILL)
    run, session = ui.sessions.training.run, ui.sessions.training
    ui.sessions.client.training.disconnect(session._handle_event)  # later events are not received
    if received == "one epoch less than was saved":
        del run.epochs[-1]
    elif received == "one epoch more than was saved":  # as if the disk had been full at the last checkpoint
        saved_epochs = load_checkpoint(ui.sessions.training.run.path).record.epochs
        run.epochs[:] = [*saved_epochs, {**saved_epochs[-1], "val_loss": 77.0}]
    ui.until(lambda: tab.property("trainingState") == "failed")
    ui.sessions.client.training.connect(session._handle_event)
    done = len(load_checkpoint(ui.sessions.training.run.path).record.epochs)
    assert f"“Go on” continues after epoch {done}" in ui.find("trainingLabel").text()
    losses = [epoch["val_loss"] for epoch in ui.sessions.training.epochs[:done]]
    assert len(losses) == done
    ui.click("pauseButton")
    ui.until(lambda: len(ui.sessions.training.epochs) >= done + 2)
    ui.click("stopButton")
    ui.until(lambda: tab.property("trainingState") == "stopped")
    resumed = [epoch["val_loss"] for epoch in ui.sessions.training.epochs]
    assert resumed[:done] == losses
    assert 77.0 not in resumed
    # Oracle: the same run without interruption.
    ui.sessions.training.start(
        {"model": "logistic", "epochs": done + 2, "xla": ui.sessions.training.settings["xla"]}, "sample"
    )
    wait_until_finished(ui, tab)
    assert [epoch["val_loss"] for epoch in ui.sessions.training.epochs] == resumed[: done + 2]


def test_an_extended_run_resumes_until_its_new_end(ui, tab):
    session = ui.sessions.training
    ui.find("epochsSpin").setValue(30)
    ui.click("trainButton")
    wait_until_finished(ui, tab)
    session.set_speed(1000.0)  # 30 more epochs take 8 seconds
    ui.click("pauseButton")
    ui.until(lambda: len(session.epochs) >= 32)
    os.kill(ui.sessions.client.pid, signal.SIGKILL)
    ui.until(lambda: tab.property("trainingState") == "failed")
    session.set_speed(0.0)
    done = len(load_checkpoint(session.run.path).record.epochs)
    assert 32 <= done < 60
    ui.click("pauseButton")
    wait_until_finished(ui, tab)
    assert len(session.epochs) == session.total_epochs == 60
    assert "epoch 60 of 60" in ui.find("trainingWhere").text()


def test_a_run_without_checkpoint_is_reported(ui, tab, tmp_path):
    blocked = tmp_path / "no folder"
    blocked.write_text("a file in place of the folder")
    session = TrainingSession(ui.sessions.client, blocked)
    messages = []
    session.messageChanged.connect(messages.append)
    session.start({"model": "logistic", "epochs": 2}, "sample")
    ui.until(lambda: session.state == "finished")
    assert [text[:31] for text in messages if text] == ["This run cannot be kept on disk"]
    assert session.message.startswith("This run cannot be kept on disk")  # closing the window would lose it
    assert "would be lost" in session.keep_before_close()
    session.start({"model": "logistic", "epochs": 1000}, "sample")
    ui.until(lambda: len(session.epochs) >= 1)
    assert session.message.startswith("This run cannot be kept on disk")
    session._handle_engine_death("")
    assert "no epoch could be kept" in session.message
    assert not session.can_resume
    session._client.request(TRAIN_CONTROL, TrainControlPayload(command="stop"), lambda _reply: None)


def test_after_the_window_is_killed_the_next_one_finds_the_interrupted_run(ui, tab, tmp_path):
    client = ui.sessions.client
    session = TrainingSession(client, tmp_path)
    session.start({"model": "logistic", "epochs": 1000}, "sample")
    ui.until(lambda: len(session.epochs) >= 1)
    client.training.disconnect(session._handle_event)  # as if its window were killed
    saved = session.run.path
    content = saved.read_bytes()
    session._client.request(TRAIN_CONTROL, TrainControlPayload(command="discard"), lambda _reply: None)
    ui.until(lambda: not saved.exists())
    saved.write_bytes(content)  # as if the engine had been killed as well
    session.store.unlock(saved)
    next_session = TrainingSession(client, tmp_path)
    found = []
    next_session.runRestored.connect(lambda settings, source: found.append((settings["model"], source)))
    assert "was interrupted" in next_session.restore_runs()
    assert found == [(session.settings["model"], "sample")]
    done = len(next_session.epochs)
    assert done >= 1
    assert f"was interrupted after epoch {done} of 1000" in next_session.message
    assert next_session.can_resume
    next_session.resume()
    ui.until(lambda: len(next_session.epochs) >= done + 1)
    assert next_session.state == "running"
    next_session.stop()
    ui.until(lambda: next_session.state == "stopped")
    next_session.reset()
    ui.until(lambda: not saved.exists())
    saved.write_bytes(b"noise")
    assert "put aside" in next_session.restore_runs()
    assert next_session.state == "idle"
