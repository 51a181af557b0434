"""Each change updates each part once, in a tab whose engine answers from a table."""

import pytest

from explorer.session.autodiff.differentiation_methods import MethodSession
from explorer.session.autodiff.higher_order import HigherOrderSession
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.plot.curve import CurveSession
from explorer.views.autodiff.chain_rule_panel import ChainRulePanel
from explorer.views.autodiff.tab import AutodiffTab
from explorer.views.graph import graph_view
from explorer.views.graph.graph_view import GraphView
from explorer.views.theme.theme import load_theme
from tests.session.conftest import TableClient
from tests.session.expression_traces import show, trace_reply, values_reply


@pytest.fixture
def client(qapp):
    return TableClient()


@pytest.fixture
def session(client):
    return AutodiffSession(client)


@pytest.fixture
def tab(qtbot, client, session):
    methods, higher_order = MethodSession(client, session), HigherOrderSession(session)
    tab = AutodiffTab(session, CurveSession(client, session), methods, higher_order)
    qtbot.addWidget(tab)
    tab.graph.setAnimated(False)
    tab.setTheme(load_theme("light"))
    tab.resize(1280, 720)
    return tab


@pytest.fixture
def updates(tab, monkeypatch):
    """The labels of all updates so far: pictures and styles of the graph, and steps of the chain rule."""
    labels = []

    def count(owner, name, label):
        function = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *a, **k: labels.append(label) or function(*a, **k))

    count(GraphView, "_show_picture", "picture")
    count(graph_view, "apply_styles", "styles")
    count(ChainRulePanel, "_show_backward_step", "chain rule")
    return labels


def test_a_trace_is_shown_once_with_its_step_and_layout(tab, session, client, updates):
    session.traceChanged.connect(lambda *_: session.stepper.last())  # as an exercise does
    session.begin("sin(2*x)", {"x": 0.5}, layout=("full", "LR"))
    updates.clear()
    client.answer("trace", trace_reply("sin(2*x)"))
    tab.graph.grab()
    assert updates == ["picture", "chain rule", "styles"]
    assert tab.graph.property("shownStep") == 2


def test_a_step_is_shown_once(tab, session, client, updates):
    show(session, client, "sin(2*x)")
    tab.graph.grab()
    updates.clear()
    session.stepper.step_forward()
    tab.graph.grab()
    assert updates == ["chain rule", "styles"]


def test_values_are_shown_once(tab, session, client, updates):
    show(session, client, "sin(2*x)")
    tab.graph.grab()
    updates.clear()
    session.set_value("x", 1.0)
    client.answer("values", values_reply("sin(2*x)", 2))
    tab.graph.grab()
    assert updates == ["chain rule", "styles"]


def test_a_selection_leaves_the_chain_rule_alone(tab, session, client, updates):
    show(session, client, "sin(2*x)")
    tab.graph.grab()
    updates.clear()
    session.select_node("Sin")
    tab.graph.grab()
    assert updates == ["styles"]
    assert tab.details.isVisibleTo(tab)


def test_details_follow_the_values(tab, session, client):
    show(session, client, "sin(2*x)")
    session.select_edge("x:0")
    body = tab.details.findChild(object, "detailsBody")
    assert "value = 0.5" in body.text()
    session.set_value("x", 1.0)
    client.answer("values", values_reply("sin(2*x)", 2))
    assert "value = 1" in body.text()


def test_no_details_beside_wrong_gradients(tab, session, client):
    show(session, client, "sin(2*x)")
    session.select_node("Sin")
    tab.setWrong({})
    assert not tab.details.isVisibleTo(tab)
    tab.setWrong(None)
    assert tab.details.isVisibleTo(tab)


def test_a_scene_with_another_layout_lays_out_once(tab, session, client, updates):
    show(session, client, "sin(2*x)")
    session.begin("x*y+sin(x)", {"x": 0.5, "y": 2.0}, layout=("full", "LR"))
    updates.clear()
    client.answer("trace", trace_reply("x*y+sin(x)"))
    assert updates.count("picture") == 1
