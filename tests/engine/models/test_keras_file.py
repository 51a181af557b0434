"""Networks in files: a saved one can be loaded; a damaged, hostile or foreign file raises an error and runs no code."""

import io
import json
import os
import shutil
import zipfile

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf

from explorer.core.data.dataset import load_sample
from explorer.core.errors import UserError
from explorer.core.models.keras_file_check import KerasFileError, check_keras_file
from explorer.core.training.settings import run_settings
from explorer.engine.models.build import build_network, build_optimizer
from explorer.engine.models.keras_file import error_reason, load_any_network, load_network, save_network
from explorer.engine.network_graph.sources import trace_model
from explorer.engine.services.data import DataService
from explorer.engine.services.models import ModelService

IMAGE = load_sample().x_train[0]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("networks") / "saved.keras"
    save_network(build_network(run_settings(model="mlp", hidden=12)), path)
    return path


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_archive(path, parts):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            if data is not None:
                archive.writestr(name, data)
    return path


def test_a_saved_network_can_be_loaded(tmp_path):
    for name in ("logistic", "cnn"):
        model = build_network(run_settings(model=name, filters=4, hidden=12, dropout=0.2, batch_norm=True))
        save_network(model, tmp_path / "net.keras")
        loaded = load_network(tmp_path / "net.keras")
        x = IMAGE[None] / np.float32(255)
        np.testing.assert_array_equal(loaded(x), model(x))
    assert [path.name for path in tmp_path.iterdir()] == ["net.keras"]


@pytest.mark.parametrize("name", ["sgd", "momentum", "adam", "rmsprop"])
def test_keras_continues_training_a_saved_network_at_once(name, tmp_path):
    settings = run_settings(model="logistic", optimizer=name, learning_rate=0.02)
    model, optimizer = build_network(settings), build_optimizer(settings)
    optimizer.build(model.trainable_variables)
    x, y = IMAGE[None] / np.float32(255), np.array([3])

    def step(network, optimizer):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, network(x)))
        optimizer.apply(tape.gradient(loss, network.trainable_variables))
        return float(loss)

    step(model, optimizer)
    save_network(model, tmp_path / "net.keras", optimizer)
    loaded = keras.saving.load_model(tmp_path / "net.keras")
    loss, accuracy = loaded.evaluate(x, y, verbose=0)
    assert accuracy == float(np.argmax(model(x)) == 3)
    loaded.fit(x, y, verbose=0)
    assert loss == pytest.approx(step(model, optimizer), rel=1e-5)
    # The second step is that of an optimizer with the state after the first.
    np.testing.assert_allclose(loaded(x), model(x), rtol=1e-4)
    load_network(tmp_path / "net.keras")


@pytest.mark.parametrize("shape", [(784,), (28, 28, 1), (28, 28)])
def test_networks_with_other_input_shapes_are_inspected(shape, tmp_path):
    image = keras.Input(shape)
    hidden = keras.layers.Dense(6, activation="relu")(keras.layers.Flatten()(image))
    model = keras.Model(image, keras.layers.Dense(10, activation="softmax")(hidden))
    model.compile("adam", "sparse_categorical_crossentropy")
    path = tmp_path / "elsewhere.keras"
    save_network(model, path)
    service = ModelService(DataService(print))
    assert service.open({"path": str(path), "data": "sample"})["title"] == "elsewhere.keras"
    reply = service.activations({"image": IMAGE})["probabilities"]
    np.testing.assert_allclose(reply, model(IMAGE.reshape(1, *shape) / np.float32(255))[0], atol=1e-6)


@pytest.mark.parametrize("style", ["sequential", "functional"])
def test_a_network_that_ends_in_logits_stays_so_and_its_softmax_is_shown(style, tmp_path):
    image = keras.Input((28, 28))
    layers = [keras.layers.Flatten(), keras.layers.Dense(10, name="last")]
    if style == "sequential":
        model = keras.Sequential([image, *layers])
    else:
        model = keras.Model(image, layers[1](layers[0](image)))
    path = tmp_path / "logits.keras"
    save_network(model, path)
    service = ModelService(DataService(print))
    info = service.open({"path": str(path), "data": "sample"})
    assert info["output"] == {"kind": "logits", "units": 10, "is_assumed": True}
    assert info["layers"][-1]["activation"] == ""
    logits = np.float64(model(IMAGE.reshape(1, 28, 28) / np.float32(255))[0])
    expected = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    reply = service.activations({"image": IMAGE})
    np.testing.assert_allclose(reply["prediction"], logits, atol=1e-5)
    np.testing.assert_allclose(reply["probabilities"], expected, atol=1e-6)
    # The saved network is the one that was opened.
    service.save({"path": str(tmp_path / "again.keras"), "snapshot": None})
    again = keras.saving.load_model(tmp_path / "again.keras")
    np.testing.assert_allclose(again(IMAGE.reshape(1, 28, 28) / np.float32(255))[0], logits, atol=1e-6)


def config_with(saved, change):
    """Return the members of a file whose configuration was changed in place."""
    parts = members(saved)
    config = json.loads(parts["config.json"])
    change(config["config"]["layers"])
    return {**parts, "config.json": json.dumps(config)}


def set_option(layer, key, value):
    return lambda layers: layers[layer]["config"].__setitem__(key, value)


def damaged_weights(saved, change):
    parts = members(saved)
    file = io.BytesIO(parts["model.weights.h5"])
    with h5py.File(file, "a") as h5:
        change(h5)
    return {**parts, "model.weights.h5": file.getvalue()}


def link_outside(h5):
    del h5["layers/dense/vars/0"]
    h5["layers/dense/vars/0"] = h5py.ExternalLink("/etc/passwd", "/")


def shrink(h5):
    del h5["layers/dense/vars/0"]
    h5["layers/dense/vars/0"] = np.zeros((3, 3), np.float32)


def nest_deeply(parts):
    return {**parts, "config.json": "[" * 100_000 + "]" * 100_000}


HOSTILE = {
    "text": lambda saved: b"this is no network",
    "empty": lambda saved: b"",
    "cut": lambda saved: saved.read_bytes()[:-300],
    "half": lambda saved: saved.read_bytes()[: saved.stat().st_size // 2],
    "noise": lambda saved: b"PK\x03\x04" + bytes(range(256)) * 30,
    "no weights": lambda saved: {**members(saved), "model.weights.h5": None},
    "no config": lambda saved: {**members(saved), "config.json": None},
    "config is no json": lambda saved: {**members(saved), "config.json": b"{'a': }"},
    "config is a list": lambda saved: {**members(saved), "config.json": b"[1, 2]"},
    "config is huge": lambda saved: {**members(saved), "config.json": b" " * 20_000_000 + b"{}"},
    "config is deep": lambda saved: nest_deeply(members(saved)),
    "weights are noise": lambda saved: {**members(saved), "model.weights.h5": bytes(5000)},
    "weights of another shape": lambda saved: damaged_weights(saved, shrink),
    "weights from another file": lambda saved: damaged_weights(saved, link_outside),
    "weights are missing": lambda saved: damaged_weights(saved, lambda h5: h5.__delitem__("layers/dense")),
    "a bomb": lambda saved: {**members(saved), "model.weights.h5": bytes(1_100_000_000)},
    "billions of units": lambda saved: config_with(saved, set_option(2, "units", 10**10)),
    "units are text": lambda saved: config_with(saved, set_option(2, "units", "many")),
    "an unknown layer": lambda saved: config_with(saved, lambda layers: layers[2].update(class_name="Dancing")),
    "a layer of another package": lambda saved: config_with(
        saved, lambda layers: layers[2].update(module="os", class_name="system")
    ),
    "a function": lambda saved: config_with(
        saved, set_option(2, "activation", {"module": "builtins", "class_name": "function", "config": "exec"})
    ),
    "a saved model": lambda saved: config_with(
        saved, lambda layers: layers[2].update(class_name="TFSMLayer", config={"filepath": "/tmp/x"})
    ),
    "another format": lambda saved: h5_model(),
}  # fmt: skip


def h5_model():
    file = io.BytesIO()
    with h5py.File(file, "w") as h5:
        h5.attrs["model_config"] = "{}"
    return file.getvalue()


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_damaged_or_foreign_file_raises_an_error_and_the_current_network_stays(kind, saved, tmp_path):
    content, path = HOSTILE[kind](saved), tmp_path / "bad.keras"
    path.write_bytes(content) if isinstance(content, bytes) else write_archive(path, content)
    service = ModelService(DataService(print))
    before = service.open({"path": str(saved), "data": "sample"})
    with pytest.raises(UserError) as caught:
        service.open({"path": str(path), "data": "sample"})
    message = str(caught.value)
    assert "bad.keras" in message
    assert "\n" not in message
    assert len(message) < 300
    assert service.info({})["network"] == before["network"]


def test_code_in_a_file_is_not_run(tmp_path):
    path = tmp_path / "code.keras"
    layer = keras.layers.Lambda(lambda x: x)
    model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), layer, keras.layers.Dense(10)])
    save_network(model, path)
    with pytest.raises(KerasFileError, match="holds code of its own"):
        load_network(path)
    # Code where no layer is expected is found as well.
    parts = members(path)
    config = json.loads(parts["config.json"])
    config["config"]["name"] = config["config"]["layers"].pop(2)
    with pytest.raises(KerasFileError, match="holds code of its own"):
        check_keras_file(write_archive(tmp_path / "hidden.keras", {**parts, "config.json": json.dumps(config)}))


def own_loss(truth, output):
    return tf.reduce_mean(tf.square(output))


def test_a_network_with_a_custom_loss_is_loaded_without_it(saved, tmp_path):
    model = keras.saving.load_model(saved)
    model.compile("sgd", own_loss)
    save_network(model, tmp_path / "own.keras")
    assert b"own_loss" in members(tmp_path / "own.keras")["config.json"]
    assert load_network(tmp_path / "own.keras").count_params() == model.count_params()


def test_layer_names_that_tensorflow_does_not_accept_are_changed(tmp_path):
    layers = keras.layers
    image = keras.Input((28, 28), name="the image")
    inner = keras.Sequential([layers.Dense(4, name="in ner")], name="_begin")
    output = layers.Dense(10, name="größe")(layers.Flatten(name="a b")(inner(layers.Dense(4, name="a_b")(image))))
    save_network(keras.Model(image, output, name="my net"), tmp_path / "named.keras")
    model = load_network(tmp_path / "named.keras")
    names = [layer.name for layer in model._flatten_layers()]
    assert len(set(names)) == len(names)
    assert {"my_net", "a_b", "a_b_1", "layer_begin", "in_ner", "gr__e"} <= set(names)
    groups = trace_model(model, "named.keras").graph.groups
    assert {"a_b", "a_b_1", "layer_begin/in_ner", "gr__e"} <= set(groups)


def test_the_reason_of_an_error_in_a_layer_is_extracted():
    message = (
        "Exception encountered when calling Sequential.call().\n\n\x1b[1m'a b' is not a name.\x1b[0m\n\nArguments:"
    )
    assert error_reason(ValueError(message)) == "'a b' is not a name."
    assert error_reason(ValueError()) == "ValueError."
    assert error_reason(ValueError("too many arguments")) == "too many arguments."


def test_the_older_format_lacks_operations_and_knows_each_layer_of_keras(tmp_path):
    i = keras.Input((4, 8))
    tail = keras.layers.Flatten(), keras.layers.Dense(2)
    grouped = keras.Sequential([i, keras.layers.Reshape((4, 8)), *tail])
    attending = keras.Model(i, tail[1](tail[0](keras.layers.GroupQueryAttention(4, 2, 1)(i, i))))
    for name, model in (("plain", grouped), ("attending", attending)):
        save_network(model, tmp_path / f"{name}.h5")
        assert load_any_network(tmp_path / f"{name}.h5").count_params() == model.count_params()
    for name, output in (("absolute", keras.ops.absolute(i)), ("not_equal", keras.ops.not_equal(i, 0.0))):
        save_network(keras.Model(i, output), tmp_path / f"{name}.h5")
        with pytest.raises(
            KerasFileError, match=rf"“{name}[_\d]*” \(\w+\) is an operation of keras.ops, .* save the whole"
        ):
            load_any_network(tmp_path / f"{name}.h5")
    save_network(keras.Model(i, i + keras.layers.Dense(8)(i)), tmp_path / "sum.h5")
    with pytest.raises(KerasFileError, match=r"by Keras: .*\. If you have the model, save the whole model again"):
        load_any_network(tmp_path / "sum.h5")


def test_paths_that_are_no_regular_file_raise_an_error(tmp_path):
    os.mkfifo(tmp_path / "pipe.keras")  # must not wait for a writer
    (tmp_path / "loop.keras").symlink_to(tmp_path / "loop.keras")
    for path in (tmp_path, tmp_path / "nowhere.keras", tmp_path / "pipe.keras", tmp_path / "loop.keras"):
        with pytest.raises(KerasFileError):
            check_keras_file(path)


def test_a_full_disk_raises_an_error_and_the_earlier_file_stays(full_disk, saved, tmp_path):
    target = full_disk / "net.keras"
    shutil.copyfile(saved, target)
    save_network(build_network(run_settings(model="mlp")), tmp_path / "large.keras")
    service = ModelService(DataService(print))
    service.open({"path": str(tmp_path / "large.keras"), "data": "sample"})
    with pytest.raises(UserError, match=r"Not saved: .*net.keras cannot be written: No space left"):
        service.save({"path": str(target)})
    assert [path.name for path in full_disk.iterdir()] == ["net.keras"]
    assert target.read_bytes() == saved.read_bytes()
    with pytest.raises(UserError, match=r"Not saved: .*nowhere.keras cannot be written: No such file"):
        service.save({"path": str(full_disk / "no" / "nowhere.keras")})
