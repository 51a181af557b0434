"""The command ``graph``."""

import json
import zipfile

import pytest

from explorer.core.training.settings import MODELS, run_settings
from explorer.engine.models.build import build_network
from explorer.engine.models.keras_file import save_network
from explorer.views.painting.drawing_export import MAX_PIXELS


@pytest.fixture
def command(command):
    """Return a function that runs ``graph`` with arguments."""
    return lambda *arguments: command("graph", *arguments)


@pytest.mark.parametrize("model", MODELS)
def test_json_is_one_line_with_the_documented_keys(model, command):
    result = command(model, "--json")
    assert result.returncode == 0, result.stderr
    graph = json.loads(result.stdout.splitlines()[-1])
    assert set(graph) == {"model", "ops", "edges", "hidden", "groups", "nodes"}
    assert graph["model"] == model
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
