"""The command ``graph``."""

import json
import shutil
import warnings
import zipfile

import numpy as np
import pytest

from explorer.core.data.dataset import load_sample
from explorer.core.training.settings import MODELS, run_settings
from explorer.engine.models.build import build_network
from explorer.engine.models.keras_file import save_network
from explorer.views.painting.drawing_export import MAX_PIXELS
from tests.engine.models.people import PEOPLE, evaluated, save


@pytest.fixture
def command(command):
    """Return a function that runs ``graph`` with arguments."""
    return lambda *arguments: command("graph", *arguments)


@pytest.mark.parametrize("model", MODELS)
def test_json_is_one_line_with_the_documented_keys(model, command):
    result = command(model, "--json")
    assert result.returncode == 0, result.stderr
    graph = json.loads(result.stdout.splitlines()[-1])
    assert set(graph) == {"model", "ops", "edges", "hidden", "groups", "nodes", "loss", "batch"}
    assert graph["model"] == model
    assert (graph["loss"]["name"], graph["loss"]["source"]) == ("sparse_categorical_crossentropy", "compiled")
    assert 1 < graph["loss"]["value"] < 4  # of random weights, for ten classes
    assert (graph["batch"]["source"], graph["batch"]["count"], graph["batch"]["is_random"]) == ("data", 32, False)
    assert len(graph["nodes"]) + sum(graph["hidden"].values()) == graph["ops"]
    assert all(set(group) == {"id", "parent", "ops", "parameters"} for group in graph["groups"])
    keys = {"id", "type", "group", "forward", "inputs", "shape", "dtype"}
    assert all(set(node) == keys for node in graph["nodes"])
    groups, nodes = {group["id"] for group in graph["groups"]}, {node["id"] for node in graph["nodes"]}
    assert all(node["group"] in groups and node["forward"] in {None, *nodes} for node in graph["nodes"])
    assert "reads" in graph["hidden"]


def test_json_depends_neither_on_the_level_nor_on_earlier_traces(command, process):
    graphs = [
        json.loads(command("mlp", "--json", *more).stdout.splitlines()[-1])
        for more in ((), ("--level", "3"), ("--open", "hidden"))
    ]
    fresh = process("graph", "mlp", "--json")
    assert (fresh.returncode, fresh.stdout.count("\n")) == (0, 1)
    assert graphs[0] == graphs[1] == graphs[2] == json.loads(fresh.stdout)


@pytest.mark.parametrize(
    ("suffix", "signature"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("dot", b"dig")]
)
def test_the_graph_is_written_in_each_format(suffix, signature, command, qapp, tmp_path):
    result = command("mlp", "-o", f"a.{suffix}", "--open", "hidden", "flatten")
    assert result.returncode == 0, result.stderr
    data = (tmp_path / f"a.{suffix}").read_bytes()
    assert data.startswith(signature)
    assert len(data) > 900
    if suffix == "dot":
        assert b"ReluGrad" not in data
        assert b"BiasAdd" in data
    assert "hidden (Dense): " in result.stdout


@pytest.mark.slow
@pytest.mark.parametrize("level", ["2", "4"])
def test_an_image_of_thousands_of_boxes_has_nearly_the_largest_size_allowed(level, command, qapp, tmp_path):
    result = command("keras:ResNet50", "-o", "a.png", "--level", level)
    assert result.returncode == 0, result.stderr
    header = (tmp_path / "a.png").read_bytes()[16:24]
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:], "big")
    assert 0.9 * MAX_PIXELS < width * height <= MAX_PIXELS


def test_a_network_is_read_from_a_file(command, tmp_path):
    save_network(build_network(run_settings(model="logistic")), tmp_path / "mine.keras")
    result = command("mine.keras", "--json")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout.splitlines()[-1])["ops"] > 20


def test_a_network_with_another_input_size_and_inner_models_is_read_from_a_file(command, tmp_path):
    import keras

    image = keras.Input((12, 12, 2))
    inner = keras.Sequential([keras.layers.Dense(4, activation="relu"), keras.layers.Dense(4)], name="inner")
    output = inner(keras.layers.Flatten()(image))
    output = keras.layers.Add(name="both")([output, keras.layers.Dense(4)(keras.layers.Flatten()(image))])
    save_network(keras.Model(image, keras.layers.Dense(1)(output), name="mine"), tmp_path / "mine.keras")
    result = command("mine.keras", "--json")
    assert result.returncode == 0, result.stderr
    graph = json.loads(result.stdout.splitlines()[-1])
    parents = {group["id"]: group["parent"] for group in graph["groups"]}
    assert "inner" in parents.values()
    assert {"both", "inner"} <= set(parents)


def write_bad_file(path, kind):
    """Write a ``.keras`` file that is truncated, contains a Lambda layer (code), or unpacks to a gigabyte (bomb)."""
    save_network(build_network(run_settings(model="logistic")), path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    if kind == "truncated":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        return
    if kind == "code":
        config = json.loads(parts["config.json"])
        config["config"]["layers"].append(
            {"module": "keras.layers", "class_name": "Lambda", "config": {"name": "evil"}}
        )
        parts["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
        if kind == "bomb":
            with archive.open("bomb", "w", force_zip64=True) as file:
                for _ in range(1100):
                    file.write(bytes(1_000_000))


@pytest.mark.parametrize(("kind", "message"), [("code", "code of its own"), ("bomb", "GB"), ("truncated", "damaged")])
def test_damaged_and_hostile_files_are_refused_with_one_line(kind, message, command, tmp_path):
    write_bad_file(tmp_path / "bad.keras", kind)
    result = command("bad.keras", "--json")
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("autodiff-explorer: bad.keras")
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nothing",), "nothing is not a network"),
        (("keras:Nothing99",), "no network Nothing99"),
        (("missing.keras",), "does not exist"),
        (("mlp", "--open", "nowhere"), "There is no group nowhere"),
        (("mlp", "-o", "a.gif"), "must end in"),
        (("mlp", "-o", "nowhere/a.png"), "does not exist"),
        (("mlp", "--level", "-1"), "-1"),
        ((), "model"),
    ],
)
def test_bad_input_is_refused_with_one_line(arguments, message, command):
    result = command(*arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def mnist_file(path, count=40, **changes):
    """Write images and labels of the sample as they are distributed."""
    data = load_sample()
    np.savez(path, **{"x_train": data.x_train[:count], "y_train": data.y_train[:count], **changes})
    return data.x_train[:32], data.y_train[:32]


def test_the_loss_and_the_batch_of_a_file_are_what_keras_evaluates(command, tmp_path):
    model = PEOPLE["quickstart"](dropout=0.0)
    save(model, tmp_path)
    images, labels = mnist_file(tmp_path / "digits.npz")
    result = command("quickstart.keras", "--data", "digits.npz", "--json")
    assert result.returncode == 0, result.stderr
    graph = json.loads(result.stdout.splitlines()[-1])
    assert graph["loss"] == {
        "name": "sparse_categorical_crossentropy from logits",
        "value": pytest.approx(evaluated(model, [np.float32(images) / 255], [labels]), rel=1e-5),
        "source": "compiled",
    }
    assert graph["batch"] == {
        "source": "file",
        "count": 32,
        "description": "the first 32 examples of digits.npz, pixels / 255",
        "is_random": False,
    }
    text = command("quickstart.keras", "--data", "digits.npz").stdout
    assert "sparse_categorical_crossentropy from logits (compiled). The model was compiled with it." in text
    assert "batch: the first 32 examples of digits.npz" in text


def test_the_text_says_where_the_loss_is_that_of_training(command, tmp_path):
    save(PEOPLE["quickstart"](), tmp_path)
    assert "It is that of training, in which “dropout" in command("quickstart.keras").stdout
    assert "that of training" not in command("mlp").stdout


def test_a_chosen_loss_takes_the_place_of_the_compiled_one(command, tmp_path):
    model = PEOPLE["autoencoder"]()
    save(model, tmp_path)
    graph = json.loads(command("autoencoder.keras", "--loss", "mae", "--json").stdout.splitlines()[-1])
    images = np.float32(load_sample().x_train[:32]) / 255
    model.compile(loss="mae")
    assert graph["loss"]["value"] == pytest.approx(evaluated(model, [images], [images]), rel=1e-5)
    assert (graph["loss"]["name"], graph["loss"]["source"]) == ("mean_absolute_error", "chosen")


def test_without_a_loss_there_is_none_in_the_json_and_the_text_asks_for_one(command, tmp_path):
    import keras

    save(
        keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10)], name="plain"),
        tmp_path,
    )
    graph = json.loads(command("plain.keras", "--json").stdout.splitlines()[-1])
    assert graph["loss"] is None
    assert not any(node["forward"] for node in graph["nodes"])
    assert "loss: none." in command("plain.keras").stdout
    assert "Choose a loss" in command("plain.keras").stdout
    assert json.loads(command("plain.keras", "--loss", "mse", "--json").stdout)["loss"]["source"] == "chosen"


def test_a_loss_that_is_no_number_is_null_and_said(command, tmp_path):
    model = PEOPLE["five"]()
    weights = model.get_weights()
    weights[2][3] = np.nan
    model.set_weights(weights)
    save(model, tmp_path)
    result = command("five.keras", "--json")
    assert json.loads(result.stdout)["loss"]["value"] is None
    text = command("five.keras").stdout
    assert "loss: nan" in text
    assert f"5 weights of the layer “{model.layers[-1].name}” are NaN or infinite" in text


REFUSED = {
    "nowhere.keras": "does not exist",
    "folder": "SavedModel",
    "only.weights.h5": "weights of a model only",
    "own.keras": "layer “mine” (Scale) is not part of Keras",
    "own.h5": "layer “mine” (Scale) is not part of Keras",
    "code.keras": "layer “doubled” (Lambda) holds code of its own",
    "code.h5": "layer “doubled” (Lambda) holds code of its own",
    "own_function.keras": "“curved”",
    "own_model.keras": "its model “own_model” (Mine) is not part of Keras",
    "own_lambda.keras": "layer “doubling” (Dense) holds code of its own (a lambda)",
    "older.keras": "is a file in Keras's older format, HDF5: rename it to older.h5",
    "newer.h5": "is a .zip file, as a .keras file is: rename it to newer.keras",
    "text.keras": "cannot be read as a .keras file: it is damaged or something else. If you have the model, save",
    "other_weights.keras": "the weights of its layer “dense” (Dense) do not fit. The shape",
}


@pytest.fixture(scope="module")
def refused_files(tmp_path_factory):
    import keras

    folder = tmp_path_factory.mktemp("refused")

    @keras.saving.register_keras_serializable(package="cases")
    class Scale(keras.layers.Layer):
        def call(self, x):
            return x * 2

    def curve(x):
        return x * x

    class Mine(keras.Model):
        def call(self, x):
            return x * 2

    mine = Mine(name="own_model")
    mine(np.zeros((2, 3)))
    save(mine, folder)
    flat = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10)], name="flat")
    layers = {"own": Scale(name="mine"), "code": keras.layers.Lambda(lambda x: 2 * x, name="doubled")}
    for name, layer in layers.items():
        model = keras.Sequential([keras.Input((28, 28)), layer, keras.layers.Flatten()], name=name)
        save(model, folder)
        save(model, folder, ".h5")
    curved = keras.layers.Dense(3, activation=curve, name="curved")
    save(keras.Sequential([keras.Input((4,)), curved], name="own_function"), folder)
    doubling = keras.layers.Dense(3, activation=lambda x: 2 * x, name="doubling")
    save(keras.Sequential([keras.Input((4,)), doubling], name="own_lambda"), folder)
    save(flat, folder, ".h5").rename(folder / "older.keras")
    shutil.copy(save(flat, folder), folder / "newer.h5")
    (folder / "text.keras").write_text("a network")
    dense = keras.layers.Dense(3, name="dense")
    other = save(keras.Sequential([keras.Input((4,)), dense], name="other"), folder)
    with zipfile.ZipFile(other) as archive, zipfile.ZipFile(folder / "other_weights.keras", "w") as changed:
        for member in archive.namelist():
            changed.writestr(member, archive.read(member).replace(b'"units": 3', b'"units": 5'))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras's about its use of NumPy
        flat.save_weights(folder / "only.weights.h5")
        flat.export(folder / "folder", verbose=False)
    return folder


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_opened_is_one_sentence_that_says_what_to_do(name, refused_files, command):
    result = command(str(refused_files / name), "--json")
    assert result.returncode == 2
    assert result.stdout == ""
    (line,) = result.stderr.strip().splitlines()
    assert REFUSED[name] in line
    assert "Traceback" not in line
    if name != "nowhere.keras":
        assert "save" in line or "rename it to" in line or name == "other_weights.keras"  # what to do


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x_train": np.zeros((40, 16, 16), np.uint8)}, "x_train of d.npz has shape (40, 16, 16), but the input"),
        ({"y_train": np.arange(40) % 26}, "labels go from 0 to 25, but the output has 10 classes"),
        ({"y_train": np.zeros(39, np.int64)}, "y_train has 39 examples, but x_train has 40"),
        ({"y_train": np.array([None] * 40, object)}, "y_train holds Python objects"),
        ({"x_train": np.array(["a"] * 40)}, "x_train holds text; numbers are needed"),
    ],
)
def test_data_that_does_not_fit_names_the_array_and_what_is_needed(changes, message, command, tmp_path):
    mnist_file(tmp_path / "d.npz", **changes)
    result = command("mlp", "--data", "d.npz")
    assert result.returncode == 2
    assert message in result.stderr


def test_a_batch_that_an_op_cannot_take_is_one_sentence_with_the_layer(command, tmp_path):
    import keras

    i = keras.Input((3,), dtype="int32")
    rows = keras.layers.Embedding(20, 2, name="rows")(i * 30)
    save(keras.Model(i, keras.layers.Dense(2, "softmax")(keras.layers.Flatten()(rows)), name="far"), tmp_path)
    np.savez(tmp_path / "d.npz", x_train=np.ones((4, 3), np.int32), y_train=np.zeros(4))
    for options, other in ((["--json"], "from a file instead of random numbers"), (["--data", "d.npz"], "that it can")):
        result = command("far.keras", *options)
        assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
        assert "could not run the layer “rows” for this batch: indices[" in result.stderr
        assert "is not in [0, 20). Feed examples" in result.stderr
        assert other in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--data", "nowhere.npz"], "nowhere.npz does not exist"),
        (["--loss", "nonsense"], "Keras has no loss “nonsense”"),
        (["--loss", "ctc"], "The output has shape (n, 10), but ctc needs a sequence"),
    ],
)
def test_a_loss_or_file_that_is_none_is_one_sentence(options, message, command):
    result = command("mlp", *options)
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert message in result.stderr
