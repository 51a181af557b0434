"""Pictures of parsed expressions, and shortening of their formulas."""

import pytest

from explorer.core.expression.latex import program_latex
from explorer.core.expression.parser import parse
from explorer.core.graph.picture import OUTPUT_ID, parsed_picture


@pytest.mark.parametrize(
    ("text", "name"),
    [("sin(x)", "y"), ("x + y", "f"), ("h = 2*x; z = h^2", "z"), ("h = 2*x; h + y", "f"), ("theta", "θ")],
)
def test_the_output_of_a_parsed_graph_has_the_name_of_the_traced_one(text, name):
    box = next(box for box in parsed_picture(parse(text)).boxes if box.id == OUTPUT_ID)
    assert box.symbol == name


def test_a_long_formula_loses_its_first_statements():
    program = parse("; ".join(["h0 = sin(x)"] + [f"h{k + 1} = exp(h{k})*cos(x)" for k in range(20)]))
    full, short = program_latex(program), program_latex(program, 190)
    assert len(full) > 500
    assert len(short) < 250
    assert short.startswith(r"\ldots,\quad h_{")
    last = r"h_{20} = "
    assert last in short
    assert short.endswith(full[full.index(last) :])
    assert program_latex(parse("h = 2*x; sin(h)"), 190) == program_latex(parse("h = 2*x; sin(h)"))


def test_the_last_statement_is_kept_at_any_length():
    program = parse("a = x; b = " + "+".join(["sin(a)"] * 60))
    assert program_latex(program, 100).startswith(r"\ldots,\quad b = ")
    single = parse("+".join(["sin(x)"] * 60))
    assert program_latex(single, 100) == program_latex(single)
