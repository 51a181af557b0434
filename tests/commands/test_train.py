"""The command ``train``."""

import dataclasses
import importlib.util
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from explorer.core.data import sources as data_sources
from explorer.core.data.dataset import load_sample

ROOT = Path(__file__).resolve().parents[2]


def start(*arguments, home):
    path = {} if os.environ.get("REQUIRE_INSTALLED") else {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-m", "explorer", "train", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **path, "HOME": str(home)},
        cwd=home,
    )


def run(*arguments, home):
    process = start(*arguments, home=home)
    out, err = process.communicate(timeout=240)
    return process.returncode, out, err


@pytest.fixture
def train(command, monkeypatch):
    """Return a function that trains in this process, in which TensorFlow's threads are already configured."""
    monkeypatch.setattr("explorer.engine.tf_adapter.parallelism.configure_threads", lambda: None)
    return lambda *arguments: command("train", *arguments)


def test_ctrl_c_before_training_is_reported(train, monkeypatch, tmp_path):
    def raise_interrupt(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("explorer.engine.training.trainer.Trainer", raise_interrupt)
    result = train("logistic", "--data", "sample", "--out", "net.keras", "--json")
    assert (result.returncode, result.stdout) == (130, "")
    assert result.stderr.splitlines()[-1] == "Nothing was trained."
    assert not (tmp_path / "net.keras").exists()


def test_training_on_the_sample_with_json_and_a_saved_network(tmp_path):
    status, out, err = run("logistic", "--epochs", "2", "--out", "net.keras", "--json", home=tmp_path)
    assert status == 0, err
    reply = json.loads(out.splitlines()[-1])
    assert (reply["model"], reply["train_images"], reply["validation_images"]) == ("logistic", 8500, 1500)
    assert reply["parameters"] == 7850
    assert len(reply["epochs"]) == 2
    last = reply["epochs"][-1]
    assert last["val_accuracy"] > 0.85
    assert last["images_per_second"] == pytest.approx(reply["train_images"] / last["seconds"])
    assert reply["compile_seconds"] > 0
    assert "epoch 2/2" in err
    import keras

    network = keras.models.load_model(tmp_path / "net.keras", safe_mode=True)
    data = load_sample()
    loss, accuracy = network.evaluate(data.x_validation / 255.0, data.y_validation, verbose=0)
    assert accuracy == pytest.approx(last["val_accuracy"], abs=1e-3)
    assert loss == pytest.approx(last["val_loss"], rel=1e-3)


def test_ctrl_c_stops_training_and_saves_the_network(tmp_path):
    process = start("mlp", "--epochs", "900", "--out", "net.keras", "--json", home=tmp_path)
    for line in process.stderr:
        if "epoch 1/" in line:
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 130
    assert (tmp_path / "net.keras").is_file()
    assert json.loads(out)["epochs"]
    assert "Traceback" not in err


def test_on_a_full_disk_the_results_are_printed_with_a_one_line_error(full_disk, train):
    (full_disk / "rest").write_bytes(bytes(60_000))
    arguments = ("logistic", "--data", "sample", "--epochs", "1", "--out", str(full_disk / "net.keras"), "--json")
    result = train(*arguments)
    assert result.returncode == 2
    assert len(json.loads(result.stdout)["epochs"]) == 1
    assert result.stderr.splitlines()[-1].startswith("autodiff-explorer: ")
    assert "No space left" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr
    assert [path.name for path in full_disk.iterdir()] == ["rest"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("logistic", "--data", "nowhere.npz"),
        ("logistic", "--data", ""),
        ("logistic", "--data", "."),
        ("logistic", "--out", "net.h5"),
        ("logistic", "--out", ""),
        ("logistic", "--out", "nowhere/net.keras"),
        ("logistic", "--out", "folder.keras"),
        ("own",),
        ("logistic", "another"),
        ("mlp", "--optimizer", "adagrad"),
        ("mlp", "--epochs", "1.5"),
        ("mlp", "--epochs", ""),
        ("mlp", "--learning-rate", "0"),
        ("mlp", "--learning-rate", "1e400"),
        ("resnet",),
        ("mlp", "--epochs", "0"),
        ("mlp", "--epochs", "1001"),
        ("mlp", "--batch-size", "20000"),
        ("mlp", "--seed", "-1"),
        ("mlp", "--learning-rate", "nan"),
    ],
)
def test_bad_input_is_one_line_and_status_2(arguments, train, tmp_path):
    (tmp_path / "folder.keras").mkdir()
    result = train(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("autodiff-explorer: ")
    assert result.stderr.count("\n") == 1
    assert "' -" not in result.stderr  # the blank that protects a minus from argparse is removed


PATCHED_COMMAND = (
    "import sys\n"
    "from explorer.core.data import sources as d\n"
    "address, digest, size = sys.argv[1:4]\n"
    "file = d.RemoteFile('mnist.npz', digest, int(size))\n"
    "d.SOURCES['mnist'] = d.Source('mnist', 'MNIST', 'datasets', (file,), base_url=address)\n"
    "from explorer.commands.cli import run\n"
    "sys.exit(run(sys.argv[4:]))\n"
)
"""Script of the command in which MNIST has another address and checksum."""


@pytest.fixture
def server(tmp_path):
    spec = importlib.util.spec_from_file_location("file_server", Path(__file__).parents[1] / "file_server.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    images = load_sample()
    np.savez(
        tmp_path / "mnist.npz", x_train=images.x_train[:600], y_train=images.y_train[:600],
        x_test=images.x_validation[:100], y_test=images.y_validation[:100],
    )  # fmt: skip
    server = module.FileServer({"mnist.npz": (tmp_path / "mnist.npz").read_bytes()})
    yield server
    server.close()


def start_mnist(server, home, *arguments):
    file = server.source().files[0]
    path = {} if os.environ.get("REQUIRE_INSTALLED") else {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [
            sys.executable, "-c", PATCHED_COMMAND, server.address, file.digest, str(file.size),
            "train", "logistic", *arguments,
        ],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=home,
        env={**os.environ, **path, "KERAS_HOME": str(home / "keras"), "no_proxy": "127.0.0.1"},
    )  # fmt: skip


@pytest.fixture
def train_mnist(server, train, monkeypatch, tmp_path):
    """Return a function that trains on the server's MNIST in this process."""
    monkeypatch.setitem(data_sources.SOURCES, "mnist", server.source())
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return lambda *arguments: train("logistic", "--data", "mnist", "--epochs", "1", *arguments)


def test_mnist_is_downloaded_once_with_progress_on_standard_error(server, train_mnist, tmp_path):
    for attempt in (1, 2):
        result = train_mnist("--json")
        assert result.returncode == 0, result.stderr
        reply = json.loads(result.stdout.splitlines()[-1])
        assert (reply["data"], reply["train_images"], reply["validation_images"]) == ("MNIST (700)", 600, 100)
        assert ("MNIST [##############################]" in result.stderr) is (attempt == 1)
    assert server.requested == ["mnist.npz"]
    assert (tmp_path / "keras/datasets/mnist.npz").read_bytes() == server.files["mnist.npz"]


@pytest.mark.parametrize("key", ["mnist", "fashion"])
def test_without_an_internet_connection_nothing_else_is_trained_on(server, train, monkeypatch, tmp_path, key):
    monkeypatch.setitem(data_sources.SOURCES, key, dataclasses.replace(server.source(), key=key))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server.close()
    result = train("logistic", "--data", key, "--epochs", "1", "--json", "--out", "net.keras")
    assert (result.returncode, result.stdout) == (2, "")
    last = result.stderr.splitlines()[-1]
    assert last.startswith("autodiff-explorer: ")
    assert "cannot be reached. Is there a network?" in last
    assert "--data sample" in last
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "net.keras").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no Ctrl-C to send to one process alone")
def test_ctrl_c_stops_a_download_and_leaves_no_file(server, tmp_path):
    server.behaviour = "slow"
    process = start_mnist(server, tmp_path, "--data", "mnist")
    for line in process.stderr:
        if line.startswith("MNIST ["):
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=240)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert [path for path in (tmp_path / "keras").rglob("*") if path.is_file()] == []


def test_a_damaged_file_is_refused_with_one_line(tmp_path):
    (tmp_path / "mine.npz").write_bytes(b"PK")
    status, out, err = run("logistic", "--data", "mine.npz", home=tmp_path)
    assert (status, out) == (2, "")
    assert err == "autodiff-explorer: mine.npz is damaged, or is no .npz file.\n"
