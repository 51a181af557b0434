"""The graph as TikZ: it has TensorFlow's numbers, and LaTeX compiles it."""

import re
import shutil
import subprocess

import numpy as np
import pytest

from explorer.core.sharing.tikz import tikz_text
from explorer.engine.in_process import trace_and_run

EXPRESSIONS = {
    "sin(2*x) + x*y_1": {"x": 0.5},
    "W = [[1,2],[3,4]]; x = [1,2]; relu(W @ x + b)": {},
    "h = θ^2 + abs(lambda1); v = [1, 2]; cbrt(h) / pi - norm(v)*1e-20": {},
    "1/x - 1e30*1e30": {"x": 0.0},
}


def numbers(text, colour):
    """Return the numbers of values or of gradients."""
    pattern = {"value": r"\\color\{value\}\$([^$]*)\$", "gradient": r"\\node\[grad\][^{]*\{\$([^$]*)\$\}"}[colour]
    return [float(re.sub(r"\\cdot 10\^\{(-?\d+)\}", r"e\1", found)) for found in re.findall(pattern, text)]


def test_values_and_gradients_are_tensorflows():
    trace, values = trace_and_run("sin(2*x) + x*y", {"x": 0.5, "y": 3.0})
    texts = [tikz_text(trace, values, step) for step in range(len(trace.steps) + 1)]
    assert sorted(numbers(texts[0], "value")) == pytest.approx(
        sorted([2, 0.5, 3, 1, np.sin(1), 1.5, np.sin(1) + 1.5]), 1e-3
    )
    counts = [len(numbers(text, "gradient")) for text in texts]
    assert counts[0] == 1
    assert counts == sorted(set(counts))
    last = numbers(texts[-1], "gradient")
    for gradient in (2 * np.cos(1), np.cos(1), 3.0, 0.5, 1.0):
        assert any(np.isclose(gradient, number, rtol=1e-3) for number in last)
    assert all(text.count("now,") == 1 for text in texts)
    assert r"\Sigma" in texts[-1]  # the gradients of x are summed


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_latex_compiles_the_document(expression, tmp_path):
    trace, values = trace_and_run(expression, EXPRESSIONS[expression])
    text = tikz_text(trace, values, len(trace.steps))
    body = re.sub(r"\\[{}]", "", text)
    assert body.count("{") == body.count("}")
    assert text.isascii() or set(re.findall(r"[^\x00-\x7f]", text)) == set(re.findall(r"[^\x00-\x7f]", expression))
    assert not re.search(r"[^\x00-\x7f]", "".join(line for line in text.splitlines() if not line.startswith("  %")))
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is missing")
    # The class `standalone` is in a large package; `article` shows errors too.
    plain = r"\documentclass{article}\usepackage{tikz}"
    (tmp_path / "graph.tex").write_text(re.sub(r"\\documentclass.*", lambda _: plain, text), encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "graph.tex"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "graph.pdf").stat().st_size > 5_000


def test_derivatives_have_primes_in_ascii():
    trace, values = trace_and_run("sin(2*x)", {"x": 0.5}, differentiated_by=("x",))
    text = tikz_text(trace, values)
    assert "y'" in text
    assert text.isascii()
