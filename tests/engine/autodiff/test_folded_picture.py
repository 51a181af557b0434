"""Pictures of graphs with folded ops."""

import pytest

from explorer.core.graph.picture import concept_picture, full_picture
from explorer.engine.in_process import trace_and_run

W, X = [[1, 2], [3, 4]], [1, 2]


@pytest.mark.parametrize(
    ("text", "point", "symbol", "name", "folded"),
    [
        (
            "W@x",
            {"W": W, "x": X},
            "@",
            "MatVec/MatMul +2",
            "with ExpandDims, Squeeze and a constant",
        ),
        ("x@y", {"x": X, "y": X}, "@", "Sum +1", "with Mul and a constant"),
        ("sum(x)", {"x": X}, "Σ", "Sum", "with a constant"),
        (
            "logsumexp(x)",
            {"x": X},
            "logsumexp",
            "ReduceLogSumExp +9",
            "with Max, IsFinite, SelectV2, StopGradient, Sub, Exp, Sum, Log, Shape, Reshape and 3 constants",
        ),
    ],
)
def test_a_box_counts_and_names_what_is_folded_into_it(text, point, symbol, name, folded):
    trace, _ = trace_and_run(text, point)
    (box,) = (box for box in concept_picture(trace).boxes if box.kind == "op")
    assert (box.symbol, box.name, box.folded) == (symbol, name, folded)
    assert len(full_picture(trace).boxes) > len(concept_picture(trace).boxes)


def test_links_end_at_folded_boxes():
    trace, _ = trace_and_run("relu(W@x)", {"W": W, "x": X})
    picture = concept_picture(trace)
    names = {box.id for box in picture.boxes}
    assert all({link.source, link.target} <= names for link in picture.links)
    arrows = {(link.source, link.target, link.tensor, link.step) for link in picture.links}
    assert ("MatVec/MatMul", "Relu", "MatVec/Squeeze:0", 1) in arrows
    assert ("x", "MatVec/MatMul", "x:0", 2) in arrows
