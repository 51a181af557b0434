"""What is typed is found in the depth that is shown, one match after the other."""

import numpy as np
import pytest

from explorer.core.autodiff.odd_values import SEARCH_WORDS
from explorer.session.autodiff.finder import Finder
from tests.session.expression_traces import show, values_reply


@pytest.fixture
def finder(session):
    return Finder(session)


def test_finding_selects_one_match_after_the_other(session, client, finder):
    assert finder.find("x") == ""
    show(session, client, "x*y+sin(x)")
    selected = []
    for offset in (1, 1, -1, -1):
        message = finder.find("x", offset)
        selected.append(session.selection)
        assert message.endswith(f": {session.selection[1]}.")
    assert selected[0] == selected[2] == ("node", "x"), "what is called x comes first"
    assert len(set(selected)) == 3
    assert finder.find("nothing") == "Nothing is called “nothing”."
    assert session.selection == selected[3]


def test_what_the_concept_does_not_show_is_found_in_the_whole_graph(session, client, finder):
    show(session, client, "x*y+sin(x)")
    name = next(node.id for node in session.trace.gradient_nodes if node.needed)
    assert finder.find(name) == f"“{name}” is in the whole TensorFlow graph only (1): press Return again to go there."
    assert (session.depth, session.selection) == ("concept", None)
    assert finder.find(name) == f"1 of 1: {name}."
    assert (session.depth, session.selection) == ("full", ("node", name))


def test_backward_ops_that_are_not_shown_are_not_found_silently(session, client, finder):
    show(session, client, "x^2")
    session.set_depth("full")
    unneeded = next(node.id for node in session.trace.gradient_nodes if not node.needed)
    assert finder.find(unneeded).endswith("the menu View can show those.")
    assert session.selection is None
    finder.find(unneeded, show_unneeded=True)
    assert session.selection == ("node", unneeded)


def test_odd_values_are_stepped_through_in_both_directions(session, client, finder):
    assert finder.find_odd(1) == "No value here is NaN, infinite or lost to rounding."
    show(session, client, "sin(2*x)")
    assert finder.find_odd(1) == "No value here is NaN, infinite or lost to rounding."
    session.set_value("x", 1.0)
    reply = values_reply("sin(2*x)")
    gradient = session.trace.steps[0].inputs[0].gradient_tensor
    for tensor, value in (("mul:0", np.inf), ("Sin:0", np.nan), (gradient, np.nan)):
        reply["values"][session.trace.fetches.index(tensor)] = np.float32(value)
    client.answer("values", reply)
    texts, places = [], []
    for offset in (1, 1, 1, 1, -1):
        texts.append(finder.find_odd(offset))
        places.append((session.selection, session.stepper.step))
    assert texts[:2] == ["1 of 3: mul:0 is infinite.", "2 of 3: Sin:0 is not a number."]
    assert [text[:6] for text in texts] == ["1 of 3", "2 of 3", "3 of 3", "1 of 3", "3 of 3"]
    assert places[1:3] == [(("node", "Sin"), 0), (("edge", "mul:0"), 1)]
    assert finder.find_odd(1, SEARCH_WORDS["lost"]) == "No value here is NaN, infinite or lost to rounding."
    assert finder.find_odd(1, SEARCH_WORDS["inf"]).startswith("1 of 1")


def test_folded_ops_are_found_in_the_whole_graph(session, client, finder):
    show(session, client, "relu(W@x+b)")
    assert "is in the whole TensorFlow graph only" in finder.find("ExpandDims/dim")
    session.set_depth("full")
    assert finder.find("ExpandDims/dim") == "1 of 1: MatVec/ExpandDims/dim."


def test_words_for_odd_values_find_these(session, client, finder):
    show(session, client, "sin(2*x)")
    for word in SEARCH_WORDS:
        assert finder.find(f" {word.upper()} ") == "No value here is NaN, infinite or lost to rounding."
