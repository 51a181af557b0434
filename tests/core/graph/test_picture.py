"""What is shown before TensorFlow has answered, and what fits beside the line."""

import pytest

from explorer.core.expression.latex import program_latex
from explorer.core.expression.parser import parse
from explorer.core.graph.picture import OUTPUT_ID, parsed_picture


@pytest.mark.parametrize(
    ("text", "name"),
    [("sin(x)", "y"), ("x + y", "f"), ("h = 2*x; z = h^2", "z"), ("h = 2*x; h + y", "f"), ("theta", "θ")],
)
def test_the_parsed_graph_calls_its_output_as_tensorflows_graph_will(text, name):
    box = next(box for box in parsed_picture(parse(text)).boxes if box.id == OUTPUT_ID)
    assert box.symbol == name


def test_many_statements_are_cut_from_the_front():
    program = parse("; ".join(["h0 = sin(x)"] + [f"h{k + 1} = exp(h{k})*cos(x)" for k in range(20)]))
    whole, short = program_latex(program), program_latex(program, 190)
    assert len(whole) > 500
    assert len(short) < 250
    assert short.startswith(r"\ldots,\quad h_{")
    last = r"h_{20} = "
    assert last in short
    assert short.endswith(whole[whole.index(last) :])
    assert program_latex(parse("h = 2*x; sin(h)"), 190) == program_latex(parse("h = 2*x; sin(h)"))


def test_the_last_statement_stays_however_long_it_is():
    program = parse("a = x; b = " + "+".join(["sin(a)"] * 60))
    assert program_latex(program, 100).startswith(r"\ldots,\quad b = ")
    single = parse("+".join(["sin(x)"] * 60))
    assert program_latex(single, 100) == program_latex(single)
