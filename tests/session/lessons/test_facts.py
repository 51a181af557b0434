"""Numbers of training, data and network that a text may name: known once the scene shows them, and its own."""

import pytest

from explorer.core.lessons.value_names import ValueName
from explorer.session.lessons.facts import fact_value
from explorer.session.lessons.scene_setter import SceneSetter
from tests.session.lessons.conftest import data_info


@pytest.fixture
def setter(sessions, tmp_path, scene):
    """A function that returns a setter whose scene has some keys."""

    def make(**view_keys):
        made = SceneSetter(sessions, sessions.autodiff)
        made.set(scene(**view_keys), tmp_path)
        return made

    return make


def test_numbers_of_the_data_are_those_of_the_scenes_data(setter, sessions, client):
    made = setter(tab="data", data="sample")
    assert fact_value(made, ValueName("train_images")) is None
    client.answer_all()
    assert fact_value(made, ValueName("train_images")) == 250
    assert fact_value(made, ValueName("validation_images", argument=3)) == 4
    assert fact_value(made, ValueName("train_images", argument=10)) is None
    sessions.data.info, sessions.data.source = data_info({"data": "mnist"}), "mnist"
    assert fact_value(made, ValueName("train_images")) is None


def test_numbers_of_a_run_are_those_of_the_scenes_run(setter, sessions):
    made = setter(tab="training", train={"model": "logistic", "epochs": 2, "batch_size": 50})
    training = sessions.training
    assert fact_value(made, ValueName("epochs")) == 2
    assert fact_value(made, ValueName("batch_size")) == 50
    assert fact_value(made, ValueName("loss", argument=1)) is None
    training.run.epochs.append({"loss": 0.5})
    assert fact_value(made, ValueName("loss", argument=1)) == 0.5
    assert fact_value(made, ValueName("loss")) is None  # there is another epoch to come
    training.state = "finished"
    assert fact_value(made, ValueName("loss")) == 0.5
    training.start({"model": "mlp"}, "sample")  # a run of the user
    assert fact_value(made, ValueName("loss", argument=1)) is None


def test_numbers_of_a_network_wait_for_it(setter, sessions):
    made = setter(tab="weights", train={"model": "logistic"})
    assert fact_value(made, ValueName("parameters")) is None
    network = sessions.current_network
    network.number = 1
    network.info = {"parameters": 7850, "layers": [{"parameters": 0}, {"parameters": 7850}]}
    assert fact_value(made, ValueName("parameters")) is None  # it is that of another run
    sessions.training.state = "finished"
    assert fact_value(made, ValueName("parameters")) == 7850
    assert fact_value(made, ValueName("parameters", argument=0)) == 0
    assert fact_value(made, ValueName("layers")) == 2
    assert fact_value(made, ValueName("parameters", argument=2)) is None
