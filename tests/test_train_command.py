"""The command ``train``, as a user types it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


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

    from explorer.core.dataset import sample

    network = keras.models.load_model(tmp_path / "net.keras", safe_mode=True)
    network.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    data = sample()
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


@pytest.mark.parametrize(
    "arguments",
    [
        ("logistic", "--data", "nowhere.npz"),
        ("logistic", "--out", "net.h5"),
        ("resnet",),
        ("mlp", "--epochs", "0"),
        ("mlp", "--learning-rate", "nan"),
    ],
)
def test_bad_input_is_one_line_and_status_2(arguments, tmp_path):
    status, out, err = run(*arguments, home=tmp_path)
    assert (status, out) == (2, "")
    assert err.startswith("autodiff-explorer: ")
    assert err.count("\n") == 1
