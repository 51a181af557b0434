"""The code that is shown runs on its own, and gives the network that the window trains."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest

from explorer.core.data.dataset import load_sample
from explorer.core.models.keras_code import keras_code
from explorer.core.training.settings import run_settings
from explorer.engine.models.build import build_network, build_optimizer
from explorer.engine.training.trainer import Trainer

SETTINGS = [
    {"model": "logistic", "optimizer": "sgd", "seed": 3},
    {"model": "perceptron", "optimizer": "rmsprop", "activation": "tanh"},
    {"model": "mlp", "dropout": 0.25, "batch_norm": True, "l2": 1e-4, "hidden": 50},
    {"model": "cnn", "filters": 4, "hidden": 20, "batch_norm": True},
    {"model": "own", "l2": 1e-3},
]

SAVE = """
import json
model.save("net.keras")
with open("optimizer.json", "w") as file:
    json.dump(model.optimizer.get_config(), file, default=str)
"""


RUN = """
import os, runpy, sys
for folder in sys.argv[1:]:
    os.chdir(folder)
    runpy.run_path("script.py")
"""


def write(code, folder):
    """Write a script with lines added that save the model at its end."""
    (folder / "script.py").write_text(f"{code}{SAVE}", encoding="utf-8")


def run(*folders):
    """Run the scripts in another process, which imports TensorFlow once for all of them."""
    process = subprocess.run(
        [sys.executable, "-c", RUN, *map(str, folders)], check=False, capture_output=True, text=True, timeout=240
    )
    assert process.returncode == 0, process.stderr[-2000:]


def load(folder):
    return keras.models.load_model(folder / "net.keras", compile=False)


TRAINED = run_settings(model="mlp", epochs=2, xla="no")
"""The settings of the script that runs to its end, on a file of images."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A folder for each network, whose script ran up to the training, and "trained", whose script ran to its end."""
    folders = {settings["model"]: tmp_path_factory.mktemp(settings["model"]) for settings in SETTINGS}
    for settings in SETTINGS:
        code = keras_code(run_settings(**settings), "sample")
        write(code[: code.index("model.fit(")], folders[settings["model"]])
    folders["trained"] = tmp_path_factory.mktemp("trained")
    file, data = folders["trained"] / "it's data.npz", load_sample()
    np.savez(
        file, x_train=data.x_train, y_train=data.y_train, x_test=data.x_validation, y_test=data.y_validation
    )  # fmt: skip
    write(keras_code(TRAINED, str(file)), folders["trained"])
    run(*folders.values())
    return folders


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: settings["model"])
def test_the_network_is_the_same_to_the_last_bit(settings, folders):
    full_settings, folder = run_settings(**settings), folders[settings["model"]]
    theirs, ours = load(folder), build_network(full_settings)
    assert [type(layer) for layer in theirs.layers] == [type(layer) for layer in ours.layers]
    for one, other in zip(theirs.layers, ours.layers, strict=True):
        drop = {"name", "seed", "kernel_initializer", "bias_initializer", "build_config"}
        assert {k: v for k, v in one.get_config().items() if k not in drop} == {
            k: v for k, v in other.get_config().items() if k not in drop
        }
    for a, b in zip(theirs.get_weights(), ours.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    theirs, ours = json.loads((folder / "optimizer.json").read_text()), build_optimizer(full_settings).get_config()
    assert theirs.pop("learning_rate") == pytest.approx(ours.pop("learning_rate"))
    assert {**theirs, "name": ours["name"]} == ours


def test_the_script_trains_equally_well(folders):
    data = load_sample()
    theirs = load(folders["trained"])
    theirs.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    _, accuracy = theirs.evaluate(data.x_validation / 255.0, data.y_validation, verbose=0)
    ours = Trainer(TRAINED, data)
    ours.train(2)
    assert accuracy == pytest.approx(ours.epochs[-1].val_accuracy, abs=0.02)


def test_mnist_is_loaded_with_keras():
    code = keras_code(run_settings(model="cnn"), "auto")
    assert "keras.datasets.mnist.load_data()" in code
    assert "numpy" not in code
    assert 'layers.Conv2D(32, kernel_size=3, activation="relu")' in code
    compile(code, "code", "exec")
