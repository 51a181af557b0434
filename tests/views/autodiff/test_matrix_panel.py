"""The chain-rule panel at the step of a matrix product."""

import pytest

from explorer.core.autodiff.concept_trace import concept_trace
from explorer.session.autodiff.view_state import ExpressionViewState
from explorer.views.autodiff.chain_rule_panel import ChainRulePanel
from tests.session.expression_traces import trace_of


@pytest.fixture
def panel(qapp):
    panel = ChainRulePanel()
    trace, values = trace_of("relu(W@x+b)")
    state = {"trace": concept_trace(trace), "values": values, "step": 3, "total_steps": 3}

    def show(**changes):
        panel.setState(ExpressionViewState(**{**state, **changes}))
        return panel

    yield show
    panel.deleteLater()


def matrices(panel):
    return [[(label.text(), label.cells) for label in row.labels if not label.isHidden()] for row in panel.products]


def test_the_rule_is_followed_by_its_numbers(panel):
    shown = panel()
    assert shown.property("text").splitlines() == [
        "dy/dW = G xᵀ = [1, 0] [1, −1]ᵀ = [[1, −1], [0, 0]]",
        "dy/dx = Wᵀ G = [[1, 2], [3, 4]]ᵀ [1, 0] = [1, 2]",
    ]
    equals = ("=", ())
    assert matrices(shown)[0] == [
        ("dy/dW =", ()),
        ("[1, 0]", (("1",), ("0",))),
        ("[1, −1]", (("1", "−1"),)),
        equals,
        ("[[1, −1], [0, 0]]", (("1", "−1"), ("0", "0"))),
    ]
    assert matrices(shown)[1][0] == ("dy/dx =", ())
    assert matrices(shown)[1][-1] == ("[1, 2]", (("1",), ("2",)))
    assert matrices(shown)[2] == []


def test_a_result_that_is_asked_for_is_hidden(panel):
    gradient = "gradients/MatVec/MatMul_grad/MatMul:0"
    shown = panel(quiz=True, hidden=frozenset({gradient}), hidden_slots=frozenset({0}))
    assert matrices(shown)[0][-1] == ("?", ())
    assert shown.property("text").splitlines()[0] == "dy/dW = G xᵀ = [1, 0] [1, −1]ᵀ = ?"


def test_other_steps_have_no_product(panel):
    assert matrices(panel(step=1)) == [[], [], []]
    assert matrices(panel(step=0)) == [[], [], []]
    assert matrices(panel(pass_="forward", step=2)) == [[], [], []]
