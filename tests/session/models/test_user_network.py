"""The layers of the user's own network while it is edited."""

import pytest

from explorer.core.models.user_network import DEFAULT_LAYERS, MAX_LAYERS
from explorer.session.models.user_network import UserNetwork


@pytest.fixture
def network(qapp):
    """The default network; ``emitted`` counts its signals."""
    session = UserNetwork()
    session.emitted = []
    session.changed.connect(lambda: session.emitted.append(True))
    return session


def kinds(network):
    return [config["kind"] for config in network.layer_configs]


def test_the_default_network_fits(network):
    assert network.layer_configs == [*DEFAULT_LAYERS]
    assert network.message == ""
    assert len(network.layer_shapes) == len(DEFAULT_LAYERS) + 1  # and the outputs
    assert network.layer_shapes[-1].shape == (10,)
    assert network.parameters == sum(layer.parameters for layer in network.layer_shapes)


def test_layers_are_selected_added_moved_and_removed(network):
    network.select(2)
    network.select(2)
    assert len(network.emitted) == 1
    network.add("Dropout")
    assert kinds(network) == ["Conv2D", "MaxPooling2D", "Flatten", "Dropout", "Dense"]
    assert network.current_index == 3
    network.move(1)
    assert (kinds(network)[3:], network.current_index) == (["Dense", "Dropout"], 4)
    network.remove()
    assert kinds(network) == ["Conv2D", "MaxPooling2D", "Flatten", "Dense"]
    assert len(network.emitted) == 4


def test_the_outputs_cannot_be_edited(network):
    network.select(99)
    assert network.current_index == len(network.layer_configs)
    network.emitted.clear()
    network.move(-1)
    network.remove()
    network.set_option("units", 5)
    assert network.emitted == []
    network.add("Dropout")  # goes before them
    assert kinds(network)[-1] == "Dropout"


def test_options_stay_within_their_bounds_and_change_only_on_real_change(network):
    network.select(3)
    network.emitted.clear()
    network.set_option("units", 64)
    assert network.emitted == []
    network.set_option("units", 10**9)
    assert network.layer_configs[3]["units"] == 4096
    network.set_option("units", 10**9)
    assert len(network.emitted) == 1


def test_layers_that_do_not_fit_have_a_message_and_no_shape(network):
    network.select(2)
    network.remove()  # Flatten
    assert "put Flatten before it" in network.message
    shapes = [layer.shape for layer in network.layer_shapes]
    assert shapes[1] is not None
    assert shapes[2:] == [None, None]
    assert network.parameters == network.layer_shapes[0].parameters


def test_layers_of_a_run_replace_all_others(network):
    network.select(3)
    network.emitted.clear()
    network.set_layer_configs([dict(config) for config in DEFAULT_LAYERS])
    network.set_layer_configs("nonsense")
    assert network.emitted == []
    network.set_layer_configs([{"kind": "Flatten"}])
    assert (kinds(network), network.current_index, len(network.emitted)) == (["Flatten"], 0, 1)


def test_a_full_network_takes_no_more_layers(network):
    network.set_layer_configs([{"kind": "Dropout"}] * MAX_LAYERS)
    assert network.is_full
    network.add("Dense")
    assert len(network.layer_configs) == MAX_LAYERS
