"""The current network: of a run or from a file, its weights as they change, and the end of the engine."""

import pytest

from explorer.session.models.current_network import CurrentNetworkSession

NETWORK_KEYS = {
    "input_shape": [28, 28],
    "scale": "unit",
    "output": {"kind": "softmax", "units": 10, "is_assumed": False},
}


def network_info(number=1, title="run 1: mlp"):
    return {
        "network": number,
        "steps": [0, 10],
        "layers": [{"name": "hidden"}],
        "title": title,
        "parameters": 9,
        **NETWORK_KEYS,
    }


@pytest.fixture
def client(table_client):
    return table_client({"network_info": network_info()})


@pytest.fixture
def network(client):
    """A session without a network; ``emitted`` records signals with their first argument."""
    session = CurrentNetworkSession(client)
    session.emitted = []
    for name in ("networkChanged", "weightsChanged", "messageChanged", "saved", "compileEndedWithoutNetwork",
                 "isExpectedChanged"):  # fmt: skip
        getattr(session, name).connect(lambda *values, name=name: session.emitted.append((name, *values[:1])))
    return session


@pytest.fixture
def of_run(client, network):
    """The session with the network of a run."""
    client.training.emit({"network": 1, "run": 1})
    client.answer_all()
    network.emitted.clear()
    client.sent.clear()
    return network


def test_the_network_of_a_run_is_expected_while_it_is_built(client, network):
    client.training.emit({"state": "compiling", "run": 1})
    assert network.is_compiling
    assert network.is_expected
    client.training.emit({"state": "running", "network": 1, "run": 1})
    assert network.is_expected  # it is built, but its layers are not known yet
    client.answer("network_info")
    assert not network.is_expected
    assert (network.number, network.title, network.steps) == (1, "run 1: mlp", [0, 10])
    assert network.has_run
    assert [name for name, *_ in network.emitted] == [
        "isExpectedChanged", "isExpectedChanged", "messageChanged", "networkChanged",
    ]  # fmt: skip


def test_a_run_that_ends_before_its_network_is_built(client, network):
    client.training.emit({"state": "compiling", "run": 1})
    client.training.emit({"state": "failed", "run": 1})
    assert ("compileEndedWithoutNetwork",) in network.emitted
    assert not network.is_expected
    assert client.sent == []


def test_steps_of_the_run_change_the_weights(client, of_run):
    client.training.emit({"step": 20, "run": 1})
    assert of_run.emitted == [("weightsChanged",)]
    assert client.sent == []


def test_replies_about_another_network_are_stale(of_run):
    assert not of_run.is_current({"network": 2, "steps": [5]})
    assert of_run.steps == [0, 10]
    assert of_run.is_current({"network": 1, "steps": [0, 10, 20]})
    assert of_run.steps == [0, 10, 20]
    assert of_run.is_current({"network": 1})


def test_a_discarded_run_takes_its_network_away(client, of_run):
    of_run.discard_run(1)
    assert (of_run.number, of_run.info, of_run.has_run) == (0, None, False)
    client.training.emit({"network": 1, "run": 1})  # sent before the engine knew
    assert client.sent == []
    client.training.emit({"network": 2, "run": 2})
    assert client.kinds() == ["network_info"]


def test_info_about_a_run_that_was_discarded_meanwhile_is_ignored(client, network):
    client.training.emit({"network": 1, "run": 1})
    network.discard_run(1)
    client.answer("network_info")
    assert network.number == 0
    assert not network.is_expected


def test_a_file_replaces_the_run_and_back(client, of_run):
    of_run.open("net.keras")
    assert client.payloads("open_network") == [{"path": "net.keras"}]
    client.answer("open_network", network_info(2, "net.keras"))
    assert (of_run.path, of_run.title) == ("net.keras", "net.keras")
    of_run.discard_run(1)
    assert of_run.number == 2  # that of a file stays
    of_run.show_run()
    assert client.pending == []  # there is no network of a run any more
    client.training.emit({"network": 3, "run": 2})
    client.answer("network_info", network_info(3))
    of_run.open("net.keras")
    client.answer("open_network", network_info(4, "net.keras"))
    of_run.show_run()
    client.answer("show_run", network_info(3))
    assert (of_run.path, of_run.number) == ("", 3)


def test_a_file_that_cannot_be_opened_leaves_the_network(client, of_run):
    of_run.open("broken.keras")
    client.fail("open_network", "broken.keras is damaged.")
    assert (of_run.number, of_run.path) == (1, "")
    assert of_run.emitted == [("messageChanged", ""), ("messageChanged", "broken.keras is damaged.")]


def test_saving(client, of_run):
    of_run.save("net.keras", 10)
    assert client.payloads("save_network") == [{"path": "net.keras", "snapshot": 10}]
    client.answer("save_network", {"path": "/net.keras"})
    assert of_run.emitted == [("messageChanged", ""), ("saved", "/net.keras")]
    of_run.save("net.keras")
    client.fail("save_network", "The disk is full.")
    assert of_run.emitted[-1] == ("messageChanged", "The disk is full.")


def test_the_network_of_a_run_is_lost_with_the_engine(client, of_run):
    client.died.emit("gone")
    assert (of_run.number, of_run.has_run) == (0, False)
    assert of_run.emitted[0] == ("networkChanged", None)
    assert "the network with it" in of_run.emitted[1][1]
    assert client.pending == []


def test_the_network_of_a_file_is_loaded_into_the_new_engine(client, network):
    network.open("net.keras")
    client.answer("open_network", network_info(1, "net.keras"))
    client.sent.clear()
    client.died.emit("gone")
    assert client.payloads("open_network") == [{"path": "net.keras"}]
    client.answer("open_network", network_info(1, "net.keras"))
    assert network.number == 1
