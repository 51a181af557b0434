"""The graph of the network in training: while it is compiled and trained, and after it is stopped or reset."""

from explorer.core.training.settings import run_settings


def test_the_values_follow_the_training(net):
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
    assert graph.numbers.values["loss"] < 1.2  # 2.3 or more at the beginning


def choose_run_during_compilation(net, then=lambda: None):
    training, network = net.sessions.training, net.sessions.current_network
    training.reset()
    net.until(lambda: not network.number)
    source, error = net.find("networkSource"), net.find("networkError")

    def choose():
        source.setCurrentIndex(source.findData("run"))
        shown = error.text(), error.isVisible(), source.currentData(), net.find("networkView").property("shownModel")
        then()
        return shown

    text, *others = net.call_while_compiling(run_settings(model="logistic", epochs=1), choose)
    assert "still compiling" in text
    assert others == [True, "run", "mlp"]  # the former graph stays


def test_a_network_appears_when_it_has_been_compiled(net):
    graph, view = net.sessions.network_graph, net.find("networkView")
    choose_run_during_compilation(net)
    net.until(lambda: view.property("shownModel") == "run" and graph.is_settled)
    assert "logistic" in graph.state.info["title"]
    assert not net.find("networkError").isVisible()
    net.until(lambda: net.sessions.training.state == "finished")


def test_a_run_that_is_stopped_during_compilation_is_not_waited_for(net):
    graph = net.sessions.network_graph
    choose_run_during_compilation(net, then=net.sessions.training.stop)
    net.until(lambda: "no network yet" in net.find("networkError").text())
    assert not graph.state.pending_title
    assert net.find("networkSource").currentData() == "mlp"
    assert net.find("networkView").property("shownModel") == "mlp"
    assert graph.is_settled


def train_and_show(net):
    """Train a network and show its graph."""
    graph, training = net.sessions.network_graph, net.sessions.training
    training.start(run_settings(model="logistic", epochs=1), "sample")
    net.until(lambda: training.state == "finished")
    net.until(lambda: net.sessions.current_network.number > 0)
    net.find("networkSource").setCurrentIndex(net.find("networkSource").findData("run"))
    net.until(lambda: graph.state.source == "run" and graph.is_settled)
    net.wait_for_network()


def is_empty(net):
    """Return whether the tab shows no graph, and the reason."""
    view, message = net.find("networkView"), net.find("networkEmpty")
    shown = view.property("shownModel"), view.property("visibleNodes"), view.property("openGroups")
    return shown == ("", [], []) and message.isVisible() and "no network in training" in message.text()


def test_resetting_a_run_removes_its_graph(net):
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
    net.wait_for_network()
    source.setCurrentIndex(source.findData("run"))  # the engine still has its graph, which must not come back
    assert "no network in training" in net.find("networkError").text()
    assert net.find("networkView").property("shownModel") == source.currentData() == "mlp"
    assert graph.is_settled


def test_after_a_reset_the_next_run_appears(net):
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
    net.wait_for_network()
    net.until(lambda: training.state == "finished")


def test_late_events_of_a_reset_run_are_ignored(net):
    """Its network is announced after the run has been reset."""
    network, training = net.sessions.current_network, net.sessions.training
    training.reset()
    net.until(lambda: not network.number)
    events = []
    net.sessions.client.training.connect(events.append)
    training.start(run_settings(model="logistic", epochs=1), "sample")
    net.until(lambda: any("network" in event for event in events))
    net.until(lambda: network.number > 0)
    training.reset()
    net.sessions.client.training.emit(next(event for event in events if "network" in event))
    assert not network.is_expected
    assert not network.has_run
    net.sessions.client.training.disconnect(events.append)
