"""The code that is shown runs on its own, and gives the network that the window trains."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest

from explorer.core.data.dataset import load_sample
from explorer.core.data.sources import load_data
from explorer.core.models.input_scale import InputScale
from explorer.core.models.keras_code import keras_code, prediction_code
from explorer.core.models.network_output import OutputKind
from explorer.core.training.settings import run_settings
from explorer.engine.models.build import build_network, build_optimizer
from explorer.engine.models.keras_file import save_network
from explorer.engine.services.data import DataService
from explorer.engine.services.models import ModelService
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


KINDS = {
    "bytes": lambda x: x,
    "int64": lambda x: x.astype(np.int64),
    "floats of 0 to 1": lambda x: (x / 255).astype(np.float32),
    "floats of 0 to 1 in float64": lambda x: x / 255.0,
    "fractions that are no pixels": lambda x: np.clip(x / 255.0 + 0.0011, 0, 1).astype(np.float32),
    "floats of 0 to 255": lambda x: x.astype(np.float32),
    "halves": lambda x: np.clip(x + 0.4, 0, 255),
    "floats for training alone": (lambda x: x.astype(np.float32), lambda x: x),
    "fractions for training alone": (lambda x: x / 255.0, lambda x: x),
}
"""What becomes of pixels in a file, for training and for validation."""


def write_file(path, kind):
    """Write a file with 2,000 images of the sample for training and 500 for validation."""
    data, change = load_sample(), KINDS[kind]
    of_train, of_test = change if isinstance(change, tuple) else (change, change)
    x, y = data.x_train, data.y_train
    arrays = {
        "x_train": of_train(x[:2000]),
        "y_train": y[:2000],
        "x_test": of_test(x[2000:2500]),
        "y_test": y[2000:2500],
    }
    np.savez(path, **arrays)
    return load_data(str(path))


@pytest.mark.parametrize("kind", KINDS)
def test_the_code_does_with_pixels_what_the_program_does(kind, tmp_path):
    data = write_file(tmp_path / "data.npz", kind)
    code = keras_code(run_settings(model="logistic"), data.source, data.stored)
    names = {}
    exec(code[: code.index("model = ")], names)
    np.testing.assert_array_equal(np.float32(names["x_train"]), data.x_train / np.float32(255))
    np.testing.assert_array_equal(np.float32(names["x_test"]), data.x_validation / np.float32(255))
    np.testing.assert_array_equal(names["y_train"], data.y_train)


@pytest.mark.parametrize("kind", ["bytes", "floats of 0 to 1", "floats of 0 to 255"])
def test_the_code_gets_the_accuracy_that_is_shown(kind, tmp_path):
    data = write_file(tmp_path / "data.npz", kind)
    settings = run_settings(model="logistic", epochs=3, xla="no")
    ours = Trainer(settings, data)
    ours.train(3)
    names = {}
    exec(keras_code(settings, data.source, data.stored).replace("model.summary()", ""), names)
    accuracy = names["model"].evaluate(names["x_test"], names["y_test"], verbose=0)[1]
    assert accuracy > 0.8
    assert accuracy == pytest.approx(ours.epochs[-1].val_accuracy, abs=0.03)


@pytest.mark.parametrize(
    ("scale", "kind"), [("unit", "softmax"), ("own", "logits"), ("raw", "values"), ("unit", "logit")]
)
def test_the_code_of_a_prediction_gets_what_is_shown(scale, kind, tmp_path):
    data = write_file(tmp_path / "data.npz", "floats of 0 to 1")
    activation = "softmax" if kind == "softmax" else None
    layers = [keras.layers.Flatten(), keras.layers.Dense(1 if kind == "logit" else 10, activation=activation)]
    first = [keras.layers.Rescaling(1 / 255)] if scale == "own" else []
    model = keras.Sequential([keras.Input((28, 28, 1)), *first, *layers])
    if kind in ("logit", "values"):
        model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True) if kind == "logit" else "mse")
    path = tmp_path / "net.keras"
    save_network(model, path)
    service = ModelService(DataService(print))
    info = service.open({"path": str(path)})
    assert info["output"]["kind"] == kind
    code = prediction_code(
        str(path), data.source, "x_test[7]", info["input_shape"], InputScale(scale), OutputKind(kind), data.stored
    )
    names = {"print": lambda *_: None}
    exec(code, names)
    reply = service.activations({"image": data.x_validation[7], "scale": scale})
    np.testing.assert_allclose(names["prediction"], reply["probabilities"], atol=1e-5)


def test_mnist_is_loaded_with_keras():
    code = keras_code(run_settings(model="cnn"), "auto")
    assert "keras.datasets.mnist.load_data()" in code
    assert "numpy" not in code
    assert 'layers.Conv2D(32, kernel_size=3, activation="relu")' in code
    compile(code, "code", "exec")
