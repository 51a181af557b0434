"""What is asked while somebody draws, against an engine that answers only when it is told to."""

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from explorer.core.activations.drawn_digit import to_mnist_image
from explorer.session.activations.session import ActivationsSession
from explorer.session.data.session import DataSession
from explorer.session.models.current_network import CurrentNetworkSession

LAYERS = [
    {"name": "flatten", "type": "Flatten", "shape": [784], "parameters": 0, "activation": "", "weights": []},
    {"name": "probabilities", "type": "Dense", "shape": [10], "parameters": 7850, "activation": "softmax"},
]


class Client(QObject):
    """Keeps what was asked."""

    training = Signal(dict)
    died = Signal(str)
    download = Signal(dict)
    ready = Signal(dict)
    failed = Signal(str)
    state = "ready"

    def __init__(self):
        super().__init__()
        self.asked = []

    def request(self, kind, payload, on_reply, sublane=""):
        self.asked.append((kind.name, payload, on_reply))
        return len(self.asked)

    def count(self, kind):
        return sum(asked[0] == kind for asked in self.asked)

    def answer(self, kind, **reply):
        """Answer the oldest request of a kind."""
        index = next(index for index, asked in enumerate(self.asked) if asked[0] == kind)
        _, payload, on_reply = self.asked.pop(index)
        on_reply(reply)
        return payload


def outputs(winner=3, network=1):
    shown = np.zeros(10, np.float32)
    shown[winner] = 1
    return {"network": network, "step": 0, "outputs": [np.zeros(784, np.float32), shown], "probabilities": shown}


def in_view(client, number):
    client.training.emit({"network": number})
    client.answer("network_info", network=number, steps=[0], layers=LAYERS, title="", parameters=7850)


def ink(row):
    drawn = np.zeros((280, 280), np.uint8)
    drawn[row : row + 60, 100:130] = 255
    return drawn


@pytest.fixture
def case(qapp):
    client = Client()
    network, data = CurrentNetworkSession(client), DataSession(client)
    session = ActivationsSession(client, network, data)
    in_view(client, 1)
    session.set_drawing(ink(20))
    session.set_visible(True)
    return client, session


def test_one_request_is_under_way_and_the_newest_image_follows(case):
    client, session = case
    for row in range(21, 60):
        session.set_drawing(ink(row))
    session.set_drawing(np.eye(280) * 255)
    assert client.count("activations") == 1
    client.answer("activations", **outputs())
    assert client.count("activations") == 1
    sent = client.answer("activations", **outputs(winner=7))
    np.testing.assert_array_equal(sent["image"], to_mnist_image(np.eye(280) * 255))
    assert client.count("activations") == 0
    assert session.predicted_class == 7


def test_nothing_is_asked_that_nobody_sees(case):
    client, session = case
    client.answer("activations", **outputs())
    session.set_visible(False)
    session.set_drawing(np.eye(280) * 255)
    assert client.count("activations") == 0
    session.set_visible(True)
    assert client.count("activations") == 1


def test_an_answer_about_the_network_before_is_dropped(case):
    client, session = case
    in_view(client, 2)
    assert client.count("activations") == 2
    client.answer("activations", **outputs(winner=3, network=1))
    assert session.predicted_class is None
    client.answer("activations", **outputs(winner=8, network=2))
    assert session.predicted_class == 8


def test_an_answer_about_a_unit_that_is_no_longer_selected_is_dropped(case):
    client, session = case
    client.answer("activations", **outputs())
    session.select(1, (4,))
    session.select(1, (5,))
    told = {"kind": "sum", "index": [4], "output": 0.0}
    client.answer("unit", network=1, step=0, layer=1, explanation=told)
    assert session.unit is None
    assert client.count("unit") == 1
    payload = client.answer("unit", network=1, step=0, layer=1, explanation={**told, "index": [5]})
    assert payload["index"] == [5]
    assert session.unit["index"] == [5]


def test_the_gradient_is_that_of_the_winner_until_another_is_chosen(case):
    client, session = case
    client.answer("activations", **outputs(winner=3))
    session._request_details()
    assert client.answer("image_gradient", network=1, step=0, gradient=np.ones((28, 28)))["output"] == 3
    session.choose_output(8)
    assert client.answer("image_gradient", network=1, step=0, gradient=np.zeros((28, 28)))["output"] == 8
    assert session.gradient_output == 8
    session.choose_output(None)
    assert session.output == 3


def test_an_error_is_a_sentence_and_is_not_asked_again_and_again(case, qtbot):
    client, session = case
    with qtbot.waitSignal(session.messageChanged) as told:
        client.answer("activations", error={"message": "It went wrong."})
    assert told.args == ["It went wrong."]
    assert client.count("activations") == 0
    session.set_drawing(ink(90).T)
    assert client.count("activations") == 1


def test_weights_that_move_are_followed_a_few_times_a_second(case, qtbot):
    client, _ = case
    client.answer("activations", **outputs())
    for _ in range(20):
        client.training.emit({"step": 1})
    assert client.count("activations") == 0
    qtbot.waitUntil(lambda: client.count("activations") == 1)


def test_without_a_network_nothing_is_left_of_it_but_the_image(case):
    client, session = case
    client.answer("activations", **outputs())
    before = session.image.copy()
    client.died.emit("gone")
    assert session.outputs is None
    assert session.predicted_class is None
    assert not session.is_up_to_date
    np.testing.assert_array_equal(session.image, before)


def test_a_number_beyond_the_data_becomes_the_last(case):
    client, session = case
    session.show_sample("train", 500)
    empty = {"images": np.zeros((0, 28, 28), np.uint8), "labels": np.zeros(0, np.uint8)}
    client.answer("data_page", total=40, **empty)
    payload = client.answer("data_page", total=40, images=np.ones((1, 28, 28), np.uint8), labels=np.array([6]))
    assert (payload["start"], payload["part"]) == (39, "train")
    assert (session.number, session.label, session.total) == (39, 6, 40)


def test_a_sample_that_comes_after_the_pen_was_put_down_is_dropped(case):
    client, session = case
    session.show_sample("train", 5)
    session.set_drawing(ink(33))
    drawn = session.image
    client.answer("data_page", total=40, images=np.ones((1, 28, 28), np.uint8), labels=np.array([6]))
    assert session.image is drawn
    assert session.label is None
