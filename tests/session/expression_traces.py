"""Traces of a few expressions as the engine computes them, for sessions whose client answers from a table.

expression_traces.json is written by ``python tests/session/expression_traces.py``, which needs TensorFlow; run it after
a change of `Trace`. The tests only read the file.
"""

import json
from pathlib import Path

import numpy as np

from explorer.core.autodiff.trace import Trace
from explorer.session.autodiff.view_state import ExpressionViewState

EXPRESSIONS = {
    "sin(2*x)": ("sin(2*x)", {"x": 0.5}, ()),
    "derivative of sin(2*x)": ("sin(2*x)", {"x": 0.5}, ("x",)),
    "x*y+sin(x)": ("x*y+sin(x)", {"x": 0.5, "y": 2.0}, ()),
    "relu(x)": ("relu(x)", {"x": 0.0}, ()),
    "x^2": ("x^2", {"x": 3.0}, ()),
    "x-x": ("x-x", {"x": 1.0}, ()),
    "3": ("3", {}, ()),
    "relu(W@x+b)": ("relu(W@x+b)", {"W": [[1.0, 2.0], [3.0, 4.0]], "x": [1.0, -1.0], "b": [2.0, 0.5]}, ()),
    "sum(x^2)": ("sum(x^2)", {"x": [1.0, 2.0]}, ()),
    "exercise 12": ("tanh(4*x)*x", {"x": 0.4}, ()),
    "exercise 13": ("h = 2*x; log(h) + h^2", {"x": 2.0}, ()),
}
"""Text, point and variables by which it is differentiated first, by the name of the case.

The exercises are those of level 5 of practice with these numbers.
"""

PATH = Path(__file__).with_suffix(".json")


def trace_reply(name):
    """Return the engine's reply to ``trace`` for a case."""
    case = json.loads(PATH.read_text(encoding="utf-8"))[name]
    return {"trace": case["trace"], "values": [np.asarray(value, np.float32) for value in case["values"]]}


def trace_of(name):
    """Return the trace of a case, and its values by tensor."""
    reply = trace_reply(name)
    trace = Trace.from_dict(reply["trace"])
    return trace, dict(zip(trace.fetches, reply["values"], strict=True))


def state_of(name, **fields):
    """Return the state of the views for a case, with all ops and these fields."""
    trace, values = trace_of(name)
    return ExpressionViewState(trace=trace, values=values, **fields)


def show(session, client, name):
    """Let a session show a case: request its trace, and receive it."""
    text, point, differentiated_by = EXPRESSIONS[name]
    session.begin(text, point, differentiated_by)
    client.answer("trace", trace_reply(name))


def values_reply(name, factor=1.0):
    """Return the engine's reply to ``values`` for a case, with all values multiplied by ``factor``."""
    reply = trace_reply(name)
    return {"graph": reply["trace"]["graph"], "values": [np.float32(factor) * value for value in reply["values"]]}


def write_traces():
    """Compute the traces with TensorFlow and write the file."""
    from explorer.core.expression.parser import parse
    from explorer.core.expression.values import bind
    from explorer.engine.in_process import trace_and_run

    cases = {}
    for number, (name, (text, point, differentiated_by)) in enumerate(EXPRESSIONS.items(), 1):
        trace, values = trace_and_run(text, bind(parse(text), point), differentiated_by=differentiated_by)
        trace_dict = {**trace.to_dict(), "graph": number}
        cases[name] = {"trace": trace_dict, "values": [np.asarray(values[tensor]).tolist() for tensor in trace.fetches]}
    PATH.write_text(json.dumps(cases, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_traces()
