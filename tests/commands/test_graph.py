"""The command ``graph``, as a user types it."""

import json
import zipfile

import pytest

from explorer.core.training.settings import MODELS, run_settings
from explorer.engine.models.build import build_network
from explorer.engine.models.keras_file import save_network
from explorer.views.widgets.vector_export import MAX_PIXELS


@pytest.fixture
def command(command):
    return lambda *arguments: command("graph", *arguments)


@pytest.mark.parametrize("model", MODELS)
def test_json_is_one_line_with_the_promised_names(model, command):
    done = command(model, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert set(told) == {"model", "ops", "edges", "hidden", "groups", "nodes"}
    assert told["model"] == model
    assert len(told["nodes"]) + sum(told["hidden"].values()) == told["ops"]
    assert all(set(group) == {"id", "parent", "ops", "parameters"} for group in told["groups"])
    names = {"id", "type", "group", "forward", "inputs", "shape", "dtype"}
    assert all(set(node) == names for node in told["nodes"])
    groups, nodes = {group["id"] for group in told["groups"]}, {node["id"] for node in told["nodes"]}
    assert all(node["group"] in groups and node["forward"] in {None, *nodes} for node in told["nodes"])
    assert "reads" in told["hidden"]


def test_nodes_do_not_depend_on_the_level_nor_on_what_was_traced_before(command, process):
    told = [
        json.loads(command("mlp", "--json", *more).stdout.splitlines()[-1])
        for more in ((), ("--level", "3"), ("--open", "hidden"))
    ]
    alone = process("graph", "mlp", "--json")
    assert (alone.returncode, alone.stdout.count("\n")) == (0, 1)
    assert told[0] == told[1] == told[2] == json.loads(alone.stdout)


@pytest.mark.parametrize(
    ("suffix", "begins"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("dot", b"dig")]
)
def test_it_draws_the_graph(suffix, begins, command, qapp, tmp_path):
    done = command("mlp", "-o", f"a.{suffix}", "--open", "hidden", "flatten")
    assert done.returncode == 0, done.stderr
    data = (tmp_path / f"a.{suffix}").read_bytes()
    assert data.startswith(begins)
    assert len(data) > 900
    if suffix == "dot":
        assert b"ReluGrad" not in data
        assert b"BiasAdd" in data
    assert "hidden (Dense): " in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("level", ["2", "4"])
def test_a_picture_of_thousands_of_boxes_is_made_as_large_as_it_may_be(level, command, qapp, tmp_path):
    done = command("keras:ResNet50", "-o", "a.png", "--level", level)
    assert done.returncode == 0, done.stderr
    header = (tmp_path / "a.png").read_bytes()[16:24]
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:], "big")
    assert 0.9 * MAX_PIXELS < width * height <= MAX_PIXELS


def test_a_file_is_read_in_safe_mode(command, tmp_path):
    save_network(build_network(run_settings(model="logistic")), tmp_path / "mine.keras")
    done = command("mine.keras", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["ops"] > 20


def test_networks_of_other_sizes_are_shown_too(command, tmp_path):
    import keras

    image = keras.Input((12, 12, 2))
    inner = keras.Sequential([keras.layers.Dense(4, activation="relu"), keras.layers.Dense(4)], name="inner")
    made = inner(keras.layers.Flatten()(image))
    made = keras.layers.Add(name="both")([made, keras.layers.Dense(4)(keras.layers.Flatten()(image))])
    save_network(keras.Model(image, keras.layers.Dense(1)(made), name="mine"), tmp_path / "mine.keras")
    done = command("mine.keras", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    parents = {group["id"]: group["parent"] for group in told["groups"]}
    assert "inner" in parents.values()
    assert {"both", "inner"} <= set(parents)


def hostile(path, kind):
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


@pytest.mark.parametrize(("kind", "says"), [("code", "code of its own"), ("bomb", "GB"), ("truncated", "damaged")])
def test_damaged_and_hostile_files_are_a_sentence(kind, says, command, tmp_path):
    hostile(tmp_path / "bad.keras", kind)
    done = command("bad.keras", "--json")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("autodiff-explorer: bad.keras")
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
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
def test_bad_input_is_a_sentence(arguments, says, command):
    done = command(*arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
