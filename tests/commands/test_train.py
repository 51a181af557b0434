"""The command ``train``, as a user types it."""

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
    """Run the command in this process, where TensorFlow has computed already and keeps its threads."""
    monkeypatch.setattr("explorer.engine.tf_adapter.parallelism.configure_threads", lambda: None)
    return lambda *arguments: command("train", *arguments)


def test_ctrl_c_before_it_trains_says_so(train, monkeypatch, tmp_path):
    def interrupted(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("explorer.engine.training.trainer.Trainer", interrupted)
    done = train("logistic", "--data", "sample", "--out", "net.keras", "--json")
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.splitlines()[-1] == "Nothing was trained."
    assert not (tmp_path / "net.keras").exists()


def test_it_trains_the_sample_and_tells_it_in_json(tmp_path):
    status, out, err = run("logistic", "--epochs", "2", "--out", "net.keras", "--json", home=tmp_path)
    assert status == 0, err
    told = json.loads(out.splitlines()[-1])
    assert (told["model"], told["train_images"], told["validation_images"]) == ("logistic", 8500, 1500)
    assert told["parameters"] == 7850
    assert len(told["epochs"]) == 2
    last = told["epochs"][-1]
    assert last["val_accuracy"] > 0.85
    assert last["images_per_second"] == pytest.approx(told["train_images"] / last["seconds"])
    assert told["compile_seconds"] > 0
    assert "epoch 2/2" in err
    import keras

    network = keras.models.load_model(tmp_path / "net.keras", safe_mode=True)
    data = load_sample()
    loss, accuracy = network.evaluate(data.x_validation / 255.0, data.y_validation, verbose=0)
    assert accuracy == pytest.approx(last["val_accuracy"], abs=1e-3)
    assert loss == pytest.approx(last["val_loss"], rel=1e-3)


def test_ctrl_c_ends_it_cleanly_and_saves(tmp_path):
    process = start("mlp", "--epochs", "900", "--out", "net.keras", "--json", home=tmp_path)
    for line in process.stderr:
        if "epoch 1/" in line:
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (tmp_path / "net.keras").is_file()
    assert json.loads(out)["epochs"]
    assert "Traceback" not in err


def test_a_full_disk_is_one_line_and_the_results_are_told(full_disk, train):
    (full_disk / "rest").write_bytes(bytes(60_000))
    arguments = ("logistic", "--data", "sample", "--epochs", "1", "--out", str(full_disk / "net.keras"), "--json")
    done = train(*arguments)
    assert done.returncode == 2
    assert len(json.loads(done.stdout)["epochs"]) == 1
    assert done.stderr.splitlines()[-1].startswith("autodiff-explorer: ")
    assert "No space left" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert [path.name for path in full_disk.iterdir()] == ["rest"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("logistic", "--data", "nowhere.npz"),
        ("logistic", "--out", "net.h5"),
        ("resnet",),
        ("mlp", "--epochs", "0"),
        ("mlp", "--epochs", "1001"),
        ("mlp", "--batch-size", "20000"),
        ("mlp", "--seed", "-1"),
        ("mlp", "--learning-rate", "nan"),
    ],
)
def test_bad_input_is_one_line_and_status_2(arguments, train):
    done = train(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("autodiff-explorer: ")
    assert done.stderr.count("\n") == 1
    assert "' -" not in done.stderr  # what was typed, without the blank that shields a minus


MNIST = (
    "import sys\n"
    "from explorer.core.data import sources as d\n"
    "address, digest, size = sys.argv[1:4]\n"
    "file = d.RemoteFile('mnist.npz', digest, int(size))\n"
    "d.SOURCES['mnist'] = d.Source('mnist', 'MNIST', 'datasets', (file,), base_url=address)\n"
    "from explorer.commands.cli import run\n"
    "sys.exit(run(sys.argv[4:]))\n"
)
"""The command as it is, but MNIST has another address and checksum."""


@pytest.fixture
def server(tmp_path):
    spec = importlib.util.spec_from_file_location("file_server", Path(__file__).parents[1] / "file_server.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    images = load_sample()
    np.savez(
        tmp_path / "given.npz", x_train=images.x_train[:600], y_train=images.y_train[:600],
        x_test=images.x_validation[:100], y_test=images.y_validation[:100],
    )  # fmt: skip
    made = module.FileServer({"mnist.npz": (tmp_path / "given.npz").read_bytes()})
    yield made
    made.close()


def start_mnist(server, home, *arguments):
    file = server.source().files[0]
    path = {} if os.environ.get("REQUIRE_INSTALLED") else {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", MNIST, server.address, file.digest, str(file.size), "train", "logistic", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=home,
        env={**os.environ, **path, "KERAS_HOME": str(home / "keras"), "no_proxy": "127.0.0.1"},
    )  # fmt: skip


@pytest.fixture
def train_mnist(server, train, monkeypatch, tmp_path):
    """The same in this process."""
    monkeypatch.setitem(data_sources.SOURCES, "mnist", server.source())
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return lambda *arguments: train("logistic", "--data", "mnist", "--epochs", "1", *arguments)


def test_mnist_is_fetched_once_with_progress_on_standard_error(server, train_mnist, tmp_path):
    for times in (1, 2):
        done = train_mnist("--json")
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout.splitlines()[-1])
        assert (told["data"], told["train_images"], told["validation_images"]) == ("MNIST (700)", 600, 100)
        assert ("MNIST [##############################]" in done.stderr) is (times == 1)
    assert server.asked == ["mnist.npz"]
    assert (tmp_path / "keras/datasets/mnist.npz").read_bytes() == server.files["mnist.npz"]


def test_without_a_network_it_says_so_and_takes_the_sample(server, train_mnist):
    server.close()
    done = train_mnist("--json")
    assert done.returncode == 0, done.stderr
    assert "cannot be reached. Is there a network? The sample is used instead." in done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["data"] == "MNIST sample (10,000)"
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there is no Ctrl-C to send to one process alone")
def test_ctrl_c_ends_a_download_and_leaves_nothing(server, tmp_path):
    server.manner = "slow"
    process = start_mnist(server, tmp_path, "--data", "mnist")
    for line in process.stderr:
        if line.startswith("MNIST ["):
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert [path for path in (tmp_path / "keras").rglob("*") if path.is_file()] == []


def test_a_damaged_file_is_one_line(tmp_path):
    (tmp_path / "mine.npz").write_bytes(b"PK")
    status, out, err = run("logistic", "--data", "mine.npz", home=tmp_path)
    assert (status, out) == (2, "")
    assert err == "autodiff-explorer: mine.npz is damaged, or is no .npz file.\n"
