"""Parts of the expression's graph: no window, no engine."""

import pytest

from explorer.session.autodiff.view_state import ExpressionViewState
from tests.session.expression_traces import trace_of


@pytest.fixture
def state_of(qapp):
    """A function that returns the state of a case with some fields set."""

    def state_of(name, **fields):
        trace, values = trace_of(name)
        return ExpressionViewState(trace=trace, values=values, theme="light", **fields)

    return state_of
