"""TensorFlow's process or the window is killed: what was learned goes on, and each page says what to do."""

import os
import signal

import pytest

from explorer.core.protocol.training import TRAIN_CONTROL, TrainControlPayload
from explorer.core.training.checkpoint import load_checkpoint
from explorer.session.training.session import TrainingSession


@pytest.fixture
def tab(training_tab):
    return training_tab


def finished(ui, tab):
    ui.until(lambda: tab.property("trainingState") == "finished")


@pytest.mark.parametrize("heard", ["all", "one epoch less than was kept", "one epoch more than was kept"])
def test_after_the_engine_was_killed_a_run_goes_on_from_its_last_epoch(ui, tab, heard):
    ui.find("epochsSpin").setValue(40)
    ui.click("trainButton")
    ui.until(lambda: len(ui.sessions.training.epochs) >= 2)
    os.kill(ui.sessions.client.pid, signal.SIGKILL)
    run, session = ui.sessions.training.run, ui.sessions.training
    ui.sessions.client.training.disconnect(session._handle_event)  # later events are lost
    if heard == "one epoch less than was kept":
        del run.epochs[-1]
    elif heard == "one epoch more than was kept":  # as after a checkpoint for which the disk was too full
        told = load_checkpoint(ui.sessions.training._checkpoint).epochs
        run.epochs[:] = [*told, {**told[-1], "val_loss": 77.0}]
    ui.until(lambda: tab.property("trainingState") == "failed")
    ui.sessions.client.training.connect(session._handle_event)
    done = len(load_checkpoint(ui.sessions.training._checkpoint).epochs)
    assert f"“Go on” continues after epoch {done}" in ui.find("trainingLabel").text()
    kept = [epoch["val_loss"] for epoch in ui.sessions.training.epochs[:done]]
    assert len(kept) == done
    ui.click("pauseButton")
    ui.until(lambda: len(ui.sessions.training.epochs) >= done + 2)
    ui.click("stopButton")
    ui.until(lambda: tab.property("trainingState") == "stopped")
    resumed = [epoch["val_loss"] for epoch in ui.sessions.training.epochs]
    assert resumed[:done] == kept
    assert 77.0 not in resumed
    # The oracle: the same run, never killed.
    ui.sessions.training.start(
        {"model": "logistic", "epochs": done + 2, "xla": ui.sessions.training.settings["xla"]}, "sample"
    )
    finished(ui, tab)
    assert [epoch["val_loss"] for epoch in ui.sessions.training.epochs] == resumed[: done + 2]


def test_a_run_that_went_on_after_its_end_goes_on_to_its_new_end(ui, tab):
    session = ui.sessions.training
    ui.find("epochsSpin").setValue(30)
    ui.click("trainButton")
    finished(ui, tab)
    ui.click("pauseButton")
    ui.until(lambda: len(session.epochs) >= 32)
    os.kill(ui.sessions.client.pid, signal.SIGKILL)
    ui.until(lambda: tab.property("trainingState") == "failed")
    done = len(load_checkpoint(session._checkpoint).epochs)
    assert 32 <= done < 60
    ui.click("pauseButton")
    ui.until(lambda: tab.property("trainingState") == "running")
    finished(ui, tab)
    assert len(session.epochs) == session.total_epochs == 60
    assert "epoch 60 of 60" in ui.find("trainingWhere").text()


def test_a_run_that_cannot_be_kept_says_so(ui, tab, tmp_path):
    blocked = tmp_path / "no folder"
    blocked.write_text("a file stands where the folder would be")
    session = TrainingSession(ui.sessions.client, blocked)
    said = []
    session.messageChanged.connect(said.append)
    session.start({"model": "logistic", "epochs": 2}, "sample")
    ui.until(lambda: session.state == "finished")
    assert [text[:31] for text in said if text] == ["This run cannot be kept on disk"]
    assert session.message == ""
    session.start({"model": "logistic", "epochs": 40}, "sample")
    ui.until(lambda: len(session.epochs) >= 1)
    assert session.message.startswith("This run cannot be kept on disk")
    session._handle_engine_death("")
    assert "no epoch could be kept" in session.message
    assert not session.can_resume
    session._client.request(TRAIN_CONTROL, TrainControlPayload(command="stop"), lambda _reply: None)


def test_after_the_window_was_killed_the_next_one_offers_to_go_on(ui, tab, tmp_path):
    client = ui.sessions.client
    session = TrainingSession(client, tmp_path)
    session.start({"model": "logistic", "epochs": 40}, "sample")
    ui.until(lambda: len(session.epochs) >= 1)
    client.training.disconnect(session._handle_event)  # it is gone, without a word
    ui.until(lambda: (tmp_path / "interrupted-run.npz").is_file())
    session._client.request(TRAIN_CONTROL, TrainControlPayload(command="stop"), lambda _reply: None)
    later = TrainingSession(client, tmp_path)
    found = []
    later.interruptedRunFound.connect(lambda settings, source: found.append((settings["model"], source)))
    later.find_interrupted_run()
    assert found == [(session.settings["model"], "sample")]
    done = len(later.epochs)
    assert done >= 1
    assert f"was interrupted after epoch {done} of 40" in later.message
    assert later.can_resume
    later.resume()
    ui.until(lambda: len(later.epochs) >= done + 1)
    assert later.state == "running"
    later.stop()
    ui.until(lambda: later.state == "stopped")
    later.reset()
    assert not (tmp_path / "interrupted-run.npz").exists()
    (tmp_path / "interrupted-run.npz").write_bytes(b"noise")
    later.find_interrupted_run()
    assert later.state == "idle"
