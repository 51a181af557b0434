"""The comparison with float64 is requested once nothing changes, and its answer belongs to one point of one trace."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.session.autodiff.precision import PrecisionCheck
from tests.session.expression_traces import trace_of

LOST = {"Sin:0": np.float64(0.5)}


@pytest.fixture
def current():
    return [trace_of("sin(2*x)")[0]]


@pytest.fixture
def check(client, current):
    return PrecisionCheck(client, lambda: current[0])


def requested(check, client, qtbot, point):
    check.begin(point)
    assert check.is_waiting
    qtbot.waitUntil(lambda: client.kinds() == ["precision"])
    assert not check.is_waiting


def test_an_answer_for_the_present_point(check, client, current, qtbot):
    requested(check, client, qtbot, {"x": np.array(1.0)})
    with qtbot.waitSignal(check.changed):
        client.answer("precision", {"graph": current[0].graph, "different": LOST})
    assert check.different == LOST
    check.begin({"x": np.array(2.0)})
    assert check.different == {}


def test_an_answer_for_another_point_or_graph_is_dropped(check, client, current, qtbot):
    requested(check, client, qtbot, {"x": np.array(1.0)})
    check.begin({"x": np.array(2.0)})
    client.answer("precision", {"graph": current[0].graph, "different": LOST})
    assert check.different == {}
    qtbot.waitUntil(lambda: client.kinds() == ["precision"])
    client.answer("precision", {"graph": current[0].graph + 1, "different": LOST})
    assert check.different == {}


def test_a_graph_that_the_engine_has_closed_says_nothing(check, client, qtbot):
    requested(check, client, qtbot, {"x": np.array(1.0)})
    client.fail("precision", "There is no such graph.")
    assert check.different == {}


def test_float64_is_not_compared_with_itself(check, current):
    current[0] = replace(current[0], dtype="float64")
    check.begin({})
    assert not check.is_waiting
