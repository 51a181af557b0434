"""The graph of the network that trains, in the tab "Network": while it compiles, learns, is stopped and is reset."""

from explorer.core.training.settings import run_settings


def test_it_follows_a_network_that_trains(net):
    graph, training = net.sessions.network_graph, net.sessions.training
    training.start(run_settings(model="logistic", epochs=2), "sample")
    net.until(lambda: net.sessions.current_network.number > 0)
    source = net.find("networkSource")
    source.setCurrentIndex(source.findData("run"))
    net.until(lambda: graph.state.source == "run" and graph.numbers.values is not None)
    net.until(lambda: training.state == "finished")
    net.until(
        lambda: (
            graph.numbers.values is not None
            and graph.numbers.values["step"] == net.find("trainingTab").property("step")
        )
    )
    assert graph.numbers.values["loss"] < 1.2  # it began at 2.3 or more


def choose_while_it_compiles(net):
    training, network = net.sessions.training, net.sessions.current_network
    training.reset()
    net.until(lambda: not network.number)
    training.start(run_settings(model="logistic", epochs=1), "sample")
    net.until(lambda: network.is_compiling)
    source = net.find("networkSource")
    source.setCurrentIndex(source.findData("run"))
    assert "still compiling" in net.find("networkError").text()
    assert net.find("networkError").isVisible()
    assert source.currentData() == "run"
    assert net.find("networkView").property("shownModel") == "mlp"  # what was there stays


def test_a_network_that_is_still_compiled_appears_by_itself(net):
    graph, view = net.sessions.network_graph, net.find("networkView")
    choose_while_it_compiles(net)
    net.until(lambda: view.property("shownModel") == "run" and graph.is_settled)
    assert "logistic" in graph.state.info["title"]
    assert not net.find("networkError").isVisible()
    net.until(lambda: net.sessions.training.state == "finished")


def test_a_run_that_is_stopped_while_it_is_compiled_is_waited_for_no_longer(net):
    graph = net.sessions.network_graph
    choose_while_it_compiles(net)
    net.sessions.training.stop()
    net.until(lambda: "no network yet" in net.find("networkError").text())
    assert not graph.state.pending_title
    assert net.find("networkSource").currentData() == "mlp"
    assert net.find("networkView").property("shownModel") == "mlp"
    assert graph.is_settled


def train_and_show(net):
    """The graph of a network that was trained, in the tab."""
    graph, training = net.sessions.network_graph, net.sessions.training
    training.start(run_settings(model="logistic", epochs=1), "sample")
    net.until(lambda: training.state == "finished")
    net.until(lambda: net.sessions.current_network.number > 0)
    net.find("networkSource").setCurrentIndex(net.find("networkSource").findData("run"))
    net.until(lambda: graph.state.source == "run" and graph.is_settled)
    net.settle_network()


def is_empty(net):
    """Whether the tab shows no graph, and says why."""
    view, said = net.find("networkView"), net.find("networkEmpty")
    shown = view.property("shownModel"), view.property("visibleNodes"), view.property("openGroups")
    return shown == ("", [], []) and said.isVisible() and "no network in training" in said.text()


def test_a_run_that_is_reset_takes_its_graph_along(net):
    graph, source = net.sessions.network_graph, net.find("networkSource")
    train_and_show(net)
    graph.selection.select("node", "probabilities")
    net.until(lambda: graph.selection.item is not None)
    assert "logistic" in net.find("breadcrumbLabel").text()
    net.sessions.training.reset()
    assert is_empty(net)
    assert source.currentData() == "run"
    for name in ("breadcrumbLabel", "healthLabel", "networkDetailsTitle"):
        assert not net.find(name).isVisible() or not net.find(name).text()
    assert not net.find("networkStepForwardButton").isEnabled()
    source.setCurrentIndex(source.findData("mlp"))
    net.until(lambda: net.find("networkView").property("shownModel") == "mlp")
    net.settle_network()
    source.setCurrentIndex(source.findData("run"))  # the engine still has it: it must not come back
    assert "no network in training" in net.find("networkError").text()
    assert net.find("networkView").property("shownModel") == source.currentData() == "mlp"
    assert graph.is_settled


def test_after_a_reset_the_next_run_appears_by_itself(net):
    graph, training = net.sessions.network_graph, net.sessions.training
    train_and_show(net)
    training.reset()
    assert is_empty(net)
    net.window.show_tab("training")
    net.window.show_tab("network")
    assert is_empty(net)
    training.start(run_settings(model="perceptron", epochs=1), "sample")
    net.until(lambda: graph.state.source == "run" and graph.is_settled)
    assert "perceptron" in graph.state.info["title"]
    net.settle_network()
    net.until(lambda: training.state == "finished")


def test_what_the_engine_still_said_of_a_reset_run_is_not_taken(net):
    """Its network was on the way when the run was reset."""
    network, training = net.sessions.current_network, net.sessions.training
    training.reset()
    net.until(lambda: not network.number)
    told = []
    net.sessions.client.training.connect(told.append)
    training.start(run_settings(model="logistic", epochs=1), "sample")
    net.until(lambda: any("network" in event for event in told))
    net.until(lambda: network.number > 0)
    training.reset()
    net.sessions.client.training.emit(next(event for event in told if "network" in event))
    assert not network.is_expected
    assert not network.has_run
    net.sessions.client.training.disconnect(told.append)
