"""The activations session: one request at a time for each result, stale replies, samples and drawings."""

import numpy as np
import pytest

from explorer.core.activations.drawn_digit import to_mnist_image
from explorer.session.activations.session import ActivationsSession
from explorer.session.data.session import DataSession
from explorer.session.models.current_network import CurrentNetworkSession

NETWORK_KEYS = {
    "input_shape": [28, 28],
    "scale": "unit",
    "output": {"kind": "softmax", "units": 10, "is_assumed": False},
}

LAYERS = [
    {
        "name": "flatten",
        "type": "Flatten",
        "shape": [784],
        "parameters": 0,
        "activation": "",
        "weights": [],
        "inputs": [-1],
    },
    {
        "name": "probabilities",
        "type": "Dense",
        "shape": [10],
        "parameters": 7850,
        "activation": "softmax",
        "inputs": [0],
    },
]


def outputs(winner=3, network=1):
    """Return the engine's reply to ``activations``, with a network that is sure of one class."""
    probabilities = np.zeros(10, np.float32)
    probabilities[winner] = 1
    return {
        "network": network, "step": 0, "outputs": [np.zeros(784, np.float32), probabilities],
        "prediction": probabilities, "probabilities": probabilities, "not_finite": [],
    }  # fmt: skip


def samples(count=1, total=40, label=6):
    """Return the engine's reply to ``data_page``."""
    return {"total": total, "images": np.ones((count, 28, 28), np.uint8), "labels": np.full(count, label)}


def set_network(client, number):
    """Make a network of a run the current one."""
    client.training.emit({"network": number})
    client.answer("network_info", {
        "network": number, "steps": [0], "layers": LAYERS, "title": "", "parameters": 7850,
        **NETWORK_KEYS,
    })  # fmt: skip


def ink(row):
    """Return a drawing of a bar that begins at a row."""
    drawing = np.zeros((280, 280), np.uint8)
    drawing[row : row + 60, 100:130] = 255
    return drawing


@pytest.fixture
def session(client):
    """A visible session with a drawing and a network; ``emitted`` records its signals."""
    network, data = CurrentNetworkSession(client), DataSession(client)
    session = ActivationsSession(client, network, data)
    set_network(client, 1)
    session.set_drawing(ink(20))
    session.set_visible(True)
    session.emitted = []
    for name in ("imageChanged", "outputsChanged", "selectionChanged", "unitChanged", "gradientChanged",
                 "excitingImagesChanged", "messageChanged"):  # fmt: skip
        getattr(session, name).connect(lambda *_, name=name: session.emitted.append(name))
    return session


def count(client, kind):
    return client.kinds().count(kind)


def test_one_request_is_in_progress_and_the_newest_image_follows(client, session):
    for row in range(21, 60):
        session.set_drawing(ink(row))
    session.set_drawing(np.eye(280) * 255)
    assert count(client, "activations") == 1
    client.answer("activations", outputs())
    assert count(client, "activations") == 1
    np.testing.assert_array_equal(client.pending[-1].payload["image"], to_mnist_image(np.eye(280) * 255))
    client.answer("activations", outputs(winner=7))
    assert count(client, "activations") == 0
    assert session.predicted_class == 7


def test_nothing_is_requested_while_the_tab_is_hidden(client, session):
    client.answer("activations", outputs())
    session.set_visible(False)
    session.set_drawing(np.eye(280) * 255)
    assert count(client, "activations") == 0
    session.set_visible(True)
    assert count(client, "activations") == 1


def test_details_follow_outputs_that_came_while_the_tab_was_hidden(client, session, qtbot):
    session.set_visible(False)
    client.answer("activations", outputs(winner=3))
    qtbot.waitUntil(lambda: not session._details_timer.isActive())
    assert count(client, "image_gradient") == 0
    session.set_visible(True)
    assert (count(client, "unit"), count(client, "image_gradient")) == (1, 1)


def test_a_reply_about_the_network_before_is_ignored(client, session):
    old = client.pending[-1]
    set_network(client, 2)
    old.on_reply(outputs(winner=3, network=1))
    assert session.predicted_class is None
    client.answer("activations", outputs(winner=8, network=2))
    assert session.predicted_class == 8


def test_the_strongest_unit_is_explained_until_one_is_selected(client, session, qtbot):
    client.answer("activations", outputs(winner=3))
    assert session.selected == (1, (3,))
    assert not session.is_selected
    qtbot.waitUntil(lambda: count(client, "unit") == 1)  # after the outputs have been shown
    assert client.payloads("unit")[0]["index"] == [3]
    session.select(1, (4,))
    session.select(1, (4,))
    assert session.is_selected
    assert session.emitted.count("selectionChanged") == 1


def test_a_reply_about_a_unit_that_is_no_longer_selected_is_ignored(client, session):
    client.answer("activations", outputs())
    session.select(1, (4,))
    session.select(1, (5,))
    explanation = {"kind": "sum", "index": [4], "output": 0.0}
    client.answer("unit", {"network": 1, "step": 0, "layer": 1, "explanation": explanation})
    assert session.unit is None
    assert count(client, "unit") == 1
    assert client.pending[-1].payload["index"] == [5]
    client.answer("unit", {"network": 1, "step": 0, "layer": 1, "explanation": {**explanation, "index": [5]}})
    assert session.unit["index"] == [5]


def test_the_gradient_is_that_of_the_predicted_class_until_another_is_chosen(client, session):
    client.answer("activations", outputs(winner=3))
    session.select(1, (4,))  # requests the details at once
    gradient = {"network": 1, "step": 0, "gradient": np.ones((28, 28))}
    client.answer("image_gradient", gradient)
    session.choose_output(8)
    client.answer("image_gradient", gradient)
    assert [payload["output"] for payload in client.payloads("image_gradient")] == [3, 8]
    assert (session.gradient_output, session.is_output_chosen) == (8, True)
    session.choose_output(None)
    assert (session.output, session.is_output_chosen) == (3, False)


def test_why_there_is_no_gradient_stands_in_its_place(client, session):
    client.answer("activations", outputs(winner=3))
    session.select(1, (4,))
    client.answer("image_gradient", {"network": 1, "step": 0, "gradient": np.ones((28, 28))})
    session.emitted.clear()
    session.choose_output(8)
    client.fail("image_gradient", "There is none.")
    assert (session.gradient, session.gradient_note) == (None, "There is none.")
    assert "messageChanged" not in session.emitted
    assert session.emitted[-1] == "gradientChanged"
    session.choose_output(2)
    client.answer("image_gradient", {"network": 1, "step": 0, "gradient": np.ones((28, 28))})
    assert session.gradient_note == ""
    session.choose_output(8)
    client.fail("image_gradient", "There is none.")
    set_network(client, 2)
    assert session.gradient_note == ""


def test_everything_is_up_to_date_when_all_replies_are_there(client, session):
    client.answer("activations", outputs())
    session.select(1, (4,))
    client.answer("unit", {"network": 1, "step": 0, "layer": 1, "explanation": {"kind": "sum"}})
    assert not session.is_up_to_date
    client.answer("image_gradient", {"network": 1, "step": 0, "gradient": np.ones((28, 28))})
    assert session.is_up_to_date
    session.network.weightsChanged.emit()
    assert not session.is_up_to_date
    session.set_drawing(ink(90))
    assert not session.is_up_to_date


def test_a_failed_request_is_a_message_and_not_repeated(client, session):
    messages = []
    session.messageChanged.connect(messages.append)
    client.fail("activations", "It went wrong.")
    assert messages == ["It went wrong."]
    assert count(client, "activations") == 0
    session.set_drawing(ink(90).T)
    assert count(client, "activations") == 1


def test_weights_that_change_are_followed_a_few_times_a_second(client, session, qtbot):
    client.answer("activations", outputs())
    for _ in range(20):
        client.training.emit({"step": 1})
    assert count(client, "activations") == 0
    qtbot.waitUntil(lambda: count(client, "activations") == 1)
    assert not client.pending[-1].payload["is_drawing"]


def test_only_the_image_outlives_the_engine(client, session):
    client.answer("activations", outputs())
    before = session.image.copy()
    client.died.emit("gone")
    assert session.outputs is None
    assert session.predicted_class is None
    assert session.selected is None
    assert not session.is_up_to_date
    np.testing.assert_array_equal(session.image, before)


def test_an_index_beyond_the_data_becomes_the_last(client, session):
    session.show_sample("train", 500)
    client.answer("data_page", samples(0))
    client.answer("data_page", samples())
    assert [(payload["part"], payload["start"]) for payload in client.payloads("data_page")[-2:]] == [
        ("train", 500), ("train", 39),
    ]  # fmt: skip
    assert (session.number, session.label, session.total) == (39, 6, 40)
    session.move(1)
    assert count(client, "data_page") == 0
    session.move(-1)
    assert client.pending[-1].payload["start"] == 38


def test_a_sample_that_comes_after_a_drawing_is_ignored(client, session):
    session.show_sample("train", 5)
    session.set_drawing(ink(33))
    drawn = session.image
    client.answer("data_page", samples())
    assert session.image is drawn
    assert session.label is None


def test_a_sample_that_cannot_be_loaded_is_a_message(client, session):
    messages = []
    session.messageChanged.connect(messages.append)
    session.show_sample("train", 5)
    client.fail("data_page", "The data is gone.")
    assert messages == ["The data is gone."]


def test_a_grey_image_without_ink_changes_nothing(client, session):
    before = session.image
    session.set_grey_image(np.full((50, 60), 200))
    assert session.image is before
    assert session.emitted == ["messageChanged"]
    paper = np.full((100, 100), 255)
    paper[30:70, 45:55] = 0
    session.set_grey_image(paper)
    assert (session.origin, session.label) == ("file", None)


def test_exciting_images_are_requested_once_for_each_unit(client, session):
    session.request_exciting_images()
    assert count(client, "exciting_images") == 0  # no unit yet
    client.answer("activations", outputs())
    session.select(1, (4,))
    session.request_exciting_images()
    client.answer("exciting_images", {"network": 1, "layer": 1, "unit": 4})
    assert session.exciting_images["unit"] == 4
    session.request_exciting_images()
    assert count(client, "exciting_images") == 0
    session.select(1, (5,))
    session.request_exciting_images()
    assert session.exciting_images is None
    session.select(1, (6,))
    client.answer("exciting_images", {"network": 1, "layer": 1, "unit": 5})
    assert session.exciting_images is None  # another unit is selected now
    session.request_exciting_images()
    client.fail("exciting_images", "There are no images.")
    assert session.emitted[-1] == "messageChanged"
