"""What a scene sets in the sessions, at once or as replies arrive, and what it waits for."""

import numpy as np
import pytest

from explorer.core.lessons.lesson import Exercise
from explorer.core.lessons.scene_keys import PANELS
from explorer.core.training.settings import run_settings
from explorer.session.lessons.scene_setter import SceneSetter
from tests.session.expression_traces import show, trace_reply

NETWORK_KEYS = {
    "input_shape": [28, 28],
    "scale": "unit",
    "output": {"kind": "softmax", "units": 10, "is_assumed": False},
}

LAYERS = [
    {"name": name, "type": "Dense", "shape": [10], "activation": "softmax", "weights": [{"name": "kernel"}]}
    for name in ("hidden", "probabilities")
]
NETWORK = {"network": 1, "steps": [0, 10, 20], "layers": LAYERS, "title": "run 1: mlp", "parameters": 9, **NETWORK_KEYS}


@pytest.fixture
def setter(sessions):
    """A setter without a scene; ``emitted`` records its signals with their arguments."""
    setter = SceneSetter(sessions)
    setter.emitted = []
    for name in ("tabRequested", "panelsRequested", "runSettingsRequested", "trainingChanged", "messageChanged"):
        getattr(setter, name).connect(lambda *values, name=name: setter.emitted.append((name, *values)))
    return setter


def emitted(setter, name):
    """Return the arguments of the emissions of a signal."""
    return [values for signal, *values in setter.emitted if signal == name]


def send(client, **event):
    """Let the engine send an event of the newest run."""
    client.training.emit({"run": client.payloads("train")[-1]["run"], **event})


def train(client):
    """Let the run of the scene end, with its network as the current one."""
    client.answer("train", {"run": client.payloads("train")[-1]["run"]})
    send(client, state="running", network=1, steps=100, epochs=2)
    client.answer("network_info", NETWORK)
    send(client, state="finished")


# -- the expression -----------------------------------------------------------------------------------


def test_the_next_scene_may_give_the_same_expression_values_of_other_shapes(setter, client, scene, tmp_path):
    setter.set(scene(expression="sum(x^2)", at={"x": [1, 2]}), tmp_path)
    client.answer("trace", trace_reply("sum(x^2)"))
    setter.set(scene(expression="sum(x^2)", at={"x": [1, 2, 3]}), tmp_path)
    points = [payload["point"]["x"].tolist() for payload in client.payloads("trace")]
    assert points == [[1, 2], [1, 2, 3]]


def test_an_expression_is_requested_and_set_when_its_trace_arrives(setter, sessions, client, scene, tmp_path):
    setter.set(scene(expression="sin(2*x)", at={"x": 0.5}, step=1, select="Sin"), tmp_path)
    assert (emitted(setter, "tabRequested"), emitted(setter, "panelsRequested")) == ([["autodiff"]], [[PANELS]])
    (payload,) = client.payloads("trace")
    assert (payload["text"], payload["point"]) == ("sin(2*x)", {"x": 0.5})
    assert not setter.is_set
    client.answer("trace", trace_reply("sin(2*x)"))
    assert setter.is_set
    session = sessions.autodiff
    assert (session.stepper.pass_, session.stepper.step, session.stepper.quiz) == ("backward", 1, False)
    assert session.selection == ("node", "Sin")
    assert setter.message == ""


def test_layout_and_precision_of_a_scene(setter, sessions, client, scene, tmp_path):
    view = {"pass": "forward", "step": "last", "depth": "full", "direction": "LR", "dtype": "float64"}
    setter.set(scene(expression="sin(2*x)", at={"x": 0.5}, select="mul:0", **view), tmp_path)
    session = sessions.autodiff
    assert session.depth == "concept", "the old graph is not laid out once more"
    assert client.payloads("trace")[-1]["dtype"] == "float64"
    reply = trace_reply("sin(2*x)")
    client.answer("trace", {**reply, "trace": {**reply["trace"], "dtype": "float64"}})
    assert (session.depth, session.direction) == ("full", "LR")
    assert (session.stepper.pass_, session.stepper.is_at_end) == ("forward", True)
    assert session.selection == ("edge", "mul:0")
    setter.set(None, tmp_path)
    assert sessions.store.get("dtype") == "float32", "the user's precision returns"


def test_the_plot_of_a_scene(setter, sessions, client, scene, tmp_path):
    plot = {"range": ("-2*pi", 1), "points": 500, "first": False, "second": True, "overlay": "x", "claim": "cos(x)"}
    setter.set(scene(expression="x*y+sin(x)", at={"x": 0.5, "y": 2}, variable="y", way="paths", **plot), tmp_path)
    client.answer("trace", trace_reply("x*y+sin(x)"))
    curve = sessions.curve
    assert (curve.low, curve.high) == pytest.approx((-2 * np.pi, 1))
    assert (curve.variable, curve.points, curve.first, curve.second) == ("y", 500, False, True)
    assert (curve.overlay, curve.claim, sessions.methods.method) == ("x", "cos(x)", "paths")
    setter.set(None, tmp_path)
    assert curve.first


def test_the_same_expression_is_not_traced_again(setter, sessions, client, scene, tmp_path):
    show(sessions.autodiff, client, "sin(2*x)")
    client.sent.clear()
    setter.set(scene(expression="sin(2*x)", at={"x": 0.5}, step=2, depth="full"), tmp_path)
    assert client.payloads("trace") == []
    assert setter.is_set
    assert (sessions.autodiff.stepper.step, sessions.autodiff.depth) == (2, "full")


@pytest.mark.parametrize(
    "view", [{"at": {"x": 1.5}}, {"at": {"x": 0.5}, "again": ("x",)}, {"at": {"x": 0.5}, "dtype": "float64"}]
)
def test_other_values_order_or_precision_are_traced(setter, sessions, client, scene, tmp_path, view):
    show(sessions.autodiff, client, "sin(2*x)")
    client.sent.clear()
    setter.set(scene(expression="sin(2*x)", **view), tmp_path)
    payload = client.payloads("trace")[-1]
    assert (payload["point"], payload["differentiated_by"]) == (view["at"], list(view.get("again", ())))
    assert not setter.is_set


def test_a_trace_that_is_on_its_way_does_not_replace_that_of_the_scene(setter, sessions, client, scene, tmp_path):
    show(sessions.autodiff, client, "sin(2*x)")
    sessions.autodiff.set_value("x", [1.0, 2.0])
    sessions.autodiff.set_value("x", 0.5)
    setter.set(scene(expression="sin(2*x)", at={"x": 0.5}, step=1), tmp_path)
    assert not setter.is_set
    client.answer("trace", trace_reply("sin(2*x)"))
    assert setter.is_set


def test_the_trace_of_what_the_user_types_meanwhile_sets_no_step(setter, sessions, client, scene, tmp_path):
    setter.set(scene(expression="sin(2*x)", at={"x": 0.5}, step=1), tmp_path)
    sessions.autodiff.set_text("x-x")
    client.answer("trace", trace_reply("x-x"))
    assert not setter.is_set
    assert sessions.autodiff.stepper.step == 0


def test_a_scene_follows_another_one_before_its_trace_arrives(setter, sessions, client, scene, tmp_path):
    setter.set(scene(expression="sin(2*x)", at={"x": 0.5}, step=2), tmp_path)
    setter.set(scene(expression="x-x", at={"x": 1}, step=1), tmp_path)
    client.answer("trace", trace_reply("x-x"))
    assert setter.is_set
    assert (sessions.autodiff.text, sessions.autodiff.stepper.step) == ("x-x", 1)


@pytest.mark.parametrize(
    ("view", "message"),
    [
        ({"step": 9}, "This scene asks for step 9, but there are 2."),
        ({"select": "Cosine"}, "This scene selects Cosine, but the graph has neither an op nor a tensor of this name."),
    ],
)
def test_what_cannot_be_shown_is_a_message_until_the_next_scene(setter, client, scene, tmp_path, view, message):
    setter.set(scene(expression="sin(2*x)", at={"x": 0.5}, **view), tmp_path)
    client.answer("trace", trace_reply("sin(2*x)"))
    assert setter.message == message
    setter.set(scene(expression="sin(2*x)", at={"x": 0.5}), tmp_path)
    assert emitted(setter, "messageChanged") == [[message], [""]]


def test_an_expression_that_is_not_valid_is_a_message(setter, client, scene, tmp_path):
    setter.set(scene(expression="sin(2*"), tmp_path)
    assert setter.message != ""
    assert client.sent == []


@pytest.mark.parametrize("options", [{"hide": True}, {"exercise": Exercise("next")}])
def test_numbers_are_hidden_in_an_exercise(setter, sessions, client, scene, tmp_path, options):
    setter.set(scene(expression="sin(2*x)", at={"x": 0.5}, step=1, **options), tmp_path)
    client.answer("trace", trace_reply("sin(2*x)"))
    assert sessions.autodiff.stepper.quiz
    setter.set(scene(tab="network"), tmp_path)
    assert not sessions.autodiff.stepper.quiz
    sessions.autodiff.stepper.set_quiz(True)
    setter.set(None, tmp_path)
    assert not sessions.autodiff.stepper.quiz
    assert emitted(setter, "panelsRequested")[-1] == [None]
    assert setter.is_set


# -- images -------------------------------------------------------------------------------------------


def test_the_data_set_of_a_scene_is_loaded(setter, sessions, client, scene, tmp_path):
    setter.set(scene(tab="data", data="mnist", part="validation", image=3), tmp_path)
    assert client.payloads("data_info") == [{"data": "mnist"}]
    assert not setter.is_set
    client.answer_all()
    assert setter.is_set
    data = sessions.data
    assert (data.source, data.part, data.digit, data.index) == ("mnist", "validation", None, 3)
    assert client.payloads("trace") == []


def test_a_data_set_that_is_there_is_not_loaded_again(setter, sessions, client, scene, tmp_path):
    sessions.data.open("sample")
    client.answer_all()
    client.sent.clear()
    setter.set(scene(tab="data", digit=4, image=2), tmp_path)
    assert client.payloads("data_info") == []
    assert setter.is_set
    assert (sessions.data.digit, sessions.data.index) == (4, 2)


def test_a_file_beside_the_lesson_is_opened(setter, client, scene, tmp_path):
    (tmp_path / "mine.npz").touch()
    setter.set(scene(tab="data", data="mine.npz"), tmp_path)
    assert client.payloads("data_info") == [{"data": str((tmp_path / "mine.npz").resolve())}]


def test_a_data_set_that_cannot_be_used_leaves_the_scene_unset(setter, client, scene, tmp_path):
    setter.set(scene(tab="data", data="mnist"), tmp_path)
    client.fail("data_info", "There is no network.")
    client.answer_all()  # the sample is used instead
    assert not setter.is_set


def test_a_scene_of_an_expression_needs_no_data(setter, client, scene, tmp_path):
    setter.set(scene(expression="3"), tmp_path)
    assert client.payloads("data_info") == []


# -- training and networks ----------------------------------------------------------------------------


def test_the_run_of_a_scene_is_started_and_its_network_shown(setter, sessions, client, scene, tmp_path):
    settings = {"model": "mlp", "epochs": 2}
    setter.set(scene(tab="weights", train=settings, layer=1, moment=12), tmp_path)
    client.answer_all()
    assert emitted(setter, "runSettingsRequested") == [[run_settings(**settings)]]
    assert client.payloads("train")[-1]["settings"] == run_settings(**settings)
    assert client.payloads("train")[-1]["data"] == "sample"
    assert (setter.needs_training, setter.has_run, setter.waits, setter.is_set) == (True, True, False, False)
    train(client)
    assert setter.is_set
    assert (sessions.weights.layer, sessions.weights.step) == (1, 10), "step 10 is the snapshot next to 12"
    setter.set(scene(tab="weights", train=settings, layer=0), tmp_path)
    assert len(client.payloads("train")) == 1, "the run that the scene needs is there"
    assert setter.is_set
    assert (sessions.weights.layer, sessions.weights.step) == (0, None)


def test_other_settings_need_another_run(setter, client, scene, tmp_path):
    setter.set(scene(tab="training", train={"model": "mlp"}), tmp_path)
    train(client)
    setter.set(scene(tab="training", train={"model": "logistic"}), tmp_path)
    assert [payload["settings"]["model"] for payload in client.payloads("train")] == ["mlp", "logistic"]


def test_a_run_of_the_user_is_not_ended_by_itself(setter, sessions, client, scene, tmp_path):
    sessions.training.start({"model": "cnn"}, "sample")
    setter.set(scene(tab="training", train={"model": "mlp"}), tmp_path)
    assert (setter.waits, setter.has_run, setter.is_set) == (True, False, False)
    assert len(client.payloads("train")) == 1
    setter.train()
    assert (setter.waits, setter.has_run) == (False, True)
    assert client.payloads("train")[-1]["settings"]["model"] == "mlp"
    assert {"command": "stop"} in client.payloads("train_control")
    assert emitted(setter, "trainingChanged")


def test_the_end_of_the_engine_ends_the_run_of_the_scene(setter, client, scene, tmp_path):
    setter.set(scene(tab="training", train={"model": "mlp"}), tmp_path)
    client.answer("train", {"run": client.payloads("train")[-1]["run"]})
    before = len(emitted(setter, "trainingChanged"))
    client.died.emit("TensorFlow's process ended.")
    assert len(emitted(setter, "trainingChanged")) > before
    assert not setter.is_set


def test_the_network_of_a_file(setter, sessions, client, scene, tmp_path):
    path = (tmp_path / "net.keras").resolve()
    path.touch()
    view = {"tab": "activations", "part": "validation", "image": 5, "output": 3, "unit": (1, 2)}
    setter.set(scene(network="net.keras", **view), tmp_path)
    client.answer("data_info")
    assert client.payloads("open_network") == [{"path": str(path)}]
    assert not setter.is_set
    client.answer("open_network", NETWORK)
    assert setter.is_set
    activations = sessions.activations
    assert (activations.part, activations.number, activations.output) == ("validation", 5, 3)
    assert activations.selected == (1, (2,))
    setter.set(scene(network="net.keras", **view), tmp_path)
    assert len(client.payloads("open_network")) == 1, "it is the current one"
    assert setter.is_set
    assert activations.is_selected
    setter.set(scene(network="net.keras", tab="activations", part="validation", image=6), tmp_path)
    assert not activations.is_selected, "without a unit, the strongest one of the image is explained"


def test_the_network_of_another_file_is_not_that_of_the_scene(setter, sessions, client, scene, tmp_path):
    (tmp_path / "net.keras").touch()
    setter.set(scene(tab="weights", network="net.keras", layer=1), tmp_path)
    client.fail("open_network", "net.keras is damaged.")
    assert not setter.is_set
    sessions.current_network.open("/elsewhere/other.keras")
    client.answer("open_network", NETWORK)
    assert not setter.is_set


def test_a_scene_sets_the_output_and_the_entry_on_the_axis(setter, sessions, client, scene, tmp_path):
    point = {"x": [1.0, 2.0, 3.0]}
    setter.set(scene(expression="x^2", at=point, output=-1, variable="x[1]"), tmp_path)
    assert client.payloads("trace")[-1]["output"] == "2"
    reply = trace_reply("x^2")
    reply["trace"] = {**reply["trace"], "output_choice": "2"}
    client.answer("trace", reply)
    assert (setter.is_set, sessions.curve.variable) == (True, "x[1]")
    setter.set(scene(expression="x^2", at=point, output=2), tmp_path)
    assert len(client.payloads("trace")) == 1, "it is traced already"
    setter.set(scene(expression="x^2", at=point), tmp_path)
    assert client.payloads("trace")[-1]["output"] == "sum"


@pytest.mark.parametrize("shown_before", ["", "mlp", "keras:ResNet50", "run"])
@pytest.mark.parametrize("keys", [{"train": {"model": "cnn"}}, {"network": "net.keras"}, {}], ids=str)
def test_the_graph_of_a_scene_is_that_of_its_network(setter, sessions, client, scene, tmp_path, keys, shown_before):
    (tmp_path / "net.keras").touch()
    if shown_before:
        sessions.network_graph.open(shown_before)
    setter.set(scene(tab="network", **keys), tmp_path)
    if "train" in keys:
        train(client)
    elif "network" in keys:
        client.answer("open_network", NETWORK)
    expected = "run" if keys else "mlp"
    assert sessions.network_graph.state.requested_source == expected
    assert client.payloads("graph_open")[-1]["source"] == expected
    assert not sessions.network_graph.state.message
