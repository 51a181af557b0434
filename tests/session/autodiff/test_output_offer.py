"""An entry is offered where its gradient is not 0 and that of the sum is."""

import numpy as np
import pytest

from explorer.core.autodiff.output_choice import SUM, OutputChoice
from explorer.session.autodiff.output_offer import OutputOffer
from tests.session.expression_traces import trace_reply

X = [1.0, 2.0, 3.0]


@pytest.fixture
def offer(client, session):
    return OutputOffer(client, session)


def reply(gradient, choice=SUM):
    """Return the reply to the trace of x^2 as if x were a vector with this gradient."""
    made = trace_reply("x^2")
    trace = made["trace"] = {**made["trace"], "summed": choice == SUM, "output_choice": choice.text}
    values = dict(zip(trace["fetches"], made["values"], strict=True))
    values[trace["gradients"]["x"]["tensor"]] = np.asarray(gradient, np.float32)
    made["values"] = list(values.values())
    return made


def answered(offer, client, session, of_sum, of_entry):
    """Return whether an entry was requested, after both replies."""
    session.begin("x^2", {"x": X})
    client.answer("trace", reply(of_sum))
    if not offer.is_waiting:
        return False
    offer._timer.timeout.emit()
    assert client.payloads("trace")[-1]["output"] == "0"
    client.answer("trace", reply(of_entry, OutputChoice((0,))))
    return True


@pytest.mark.parametrize("of_sum", [[0, 0, 0], [1e-8, -2e-8, 0]])
def test_an_entry_is_offered_for_a_sum_that_is_0_up_to_rounding(offer, client, session, of_sum):
    changes = []
    offer.changed.connect(lambda: changes.append(offer.entry))
    assert answered(offer, client, session, of_sum, [0.25, -0.1, -0.15])
    assert changes == [(0,)]
    offer.accept()
    assert session.output_choice == OutputChoice((0,))
    client.answer("trace", reply([0.25, -0.1, -0.15], OutputChoice((0,))))
    assert changes == [(0,), None]


@pytest.mark.parametrize("of_entry", [[0, 0, 0], [2e-5, 0, 0], [np.nan, 1, 1]])
def test_nothing_is_offered_if_the_gradient_of_the_entry_is_as_small(offer, client, session, of_entry):
    assert answered(offer, client, session, [1e-5, 0, 0], of_entry)
    assert offer.entry is None
    offer.accept()
    assert session.output_choice == SUM


@pytest.mark.parametrize("of_sum", [[2, 4, 6], [0, 0, 1], [np.nan, 0, 0]])
def test_an_ordinary_gradient_is_not_compared(offer, client, session, of_sum):
    assert not answered(offer, client, session, of_sum, [0, 0, 0])
    assert offer.entry is None


def test_a_failed_comparison_offers_nothing(offer, client, session):
    session.begin("x^2", {"x": X})
    client.answer("trace", reply([0, 0, 0]))
    offer._timer.timeout.emit()
    client.fail("trace", "No.")
    assert offer.entry is None
    assert session.error is None
