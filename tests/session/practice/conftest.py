"""Sessions of practice whose engine answers from a table."""

import pytest

from explorer.session.plot.curve import CurveSession
from explorer.session.practice.prediction import PredictionSession
from tests.session.expression_traces import trace_reply


@pytest.fixture
def curve(client, session):
    return CurveSession(client, session)


@pytest.fixture
def prediction(client, session, curve):
    """A session of predictions; ``verdicts`` records those that were answered."""
    prediction = PredictionSession(client, session, curve)
    prediction.verdicts = []
    prediction.answered.connect(prediction.verdicts.append)
    return prediction


@pytest.fixture
def answer(client, prediction):
    """A function that answers the open question with a number, in a case of `expression_traces`."""

    def answer(number, name):
        prediction.check(number)
        client.answer("points", {"values": [trace_reply(name)["values"]]})

    return answer
