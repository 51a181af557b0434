"""Searching finds what a picture shows, by the symbols and names that stand on it."""

import pytest

from explorer.core.graph.find import find_in_picture
from explorer.core.graph.picture import concept_picture, full_picture
from explorer.engine.in_process import trace_and_run

TEXT = "h = 2*x; sigmoid(h)/theta - sqrt(h) + pi"


@pytest.fixture(scope="module")
def trace():
    return trace_and_run(TEXT, {})[0]


@pytest.mark.parametrize("text", ["×", "*", "mul", "MUL", "Mul", "h", "2*x", "2 * x"])
def test_an_op_is_found_by_all_its_names(trace, text):
    assert find_in_picture(concept_picture(trace), trace, text)[0] == ("node", "mul")


@pytest.mark.parametrize(
    ("text", "op"),
    [("σ", "Sigmoid"), ("sigmoid", "Sigmoid"), ("√", "Sqrt"), ("sqrt", "Sqrt"), ("÷", "truediv"), ("/", "truediv"),
     ("RealDiv", "truediv"), ("θ", "theta"), ("theta", "theta"), ("Placeholder", "x"), ("−", "sub"), ("-", "sub")],
)  # fmt: skip
def test_symbols_names_and_types_are_found(trace, text, op):
    ids = {name for kind, name in find_in_picture(concept_picture(trace), trace, text) if kind == "node"}
    boxes = {box.id for box in concept_picture(trace).boxes}
    assert any(name.startswith(op) for name in ids), ids
    assert ids <= boxes


def test_a_constant_is_found_by_its_symbol(trace):
    picture = concept_picture(trace)
    symbols = {box.id: box.symbol for box in picture.boxes}
    for text in ("π", "pi"):
        assert symbols[find_in_picture(picture, trace, text)[0][1]] == "π"


def test_a_tensor_is_found_as_an_edge(trace):
    assert find_in_picture(concept_picture(trace), trace, "mul:0") == [("edge", "mul:0")]
    assert find_in_picture(concept_picture(trace), trace, "mul:7") == []


def test_the_output_is_found_by_its_name(trace):
    picture = concept_picture(trace)
    name = picture.boxes[-1].symbol
    assert find_in_picture(picture, trace, name)[0] == ("edge", trace.output)


def test_only_what_is_in_the_picture_is_found(trace):
    hidden = {node.id for node in trace.gradient_nodes}
    for picture in (concept_picture(trace), full_picture(trace)):
        boxes = {box.id for box in picture.boxes}
        for name in sorted(hidden):
            found = find_in_picture(picture, trace, name)
            assert (("node", name) in found) == (name in boxes)
            assert all(kind == "edge" or op in boxes for kind, op in found)


def test_nothing_is_found_without_a_text(trace):
    assert find_in_picture(concept_picture(trace), trace, "  ") == []
