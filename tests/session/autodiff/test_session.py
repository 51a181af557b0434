"""The session follows the text, requests traces and values, and keeps layout and selection."""

import numpy as np
import pytest

from explorer.core.errors import ErrorCode
from explorer.session.autodiff import session as module
from tests.session.expression_traces import show, trace_reply, values_reply


def record(*signals):
    """Return a list to which each emission is appended as (index of the signal, arguments)."""
    emitted = []
    for index, signal in enumerate(signals):
        signal.connect(lambda *arguments, index=index: emitted.append((index, *arguments)))
    return emitted


def test_a_valid_text_is_traced(session, client):
    emitted = record(session.textChanged, session.variablesChanged)
    session.set_text("sin(2*x)")
    assert [index for index, *_ in emitted] == [0, 1]
    (payload,) = client.payloads("trace")
    assert (payload["text"], payload["dtype"], payload["differentiated_by"]) == ("sin(2*x)", "float32", [])
    assert payload["point"] == {"x": 1.0}
    assert session.is_tracing
    assert not session.is_settled
    client.answer("trace", trace_reply("sin(2*x)"))
    assert session.is_current
    assert not session.is_tracing
    assert session.values["x:0"] == np.float32(0.5)


def test_setting_the_same_text_changes_nothing(session, client):
    session.set_text("sin(2*x)")
    session.set_text("sin(2*x)")
    assert len(client.sent) == 1


def test_an_invalid_text_keeps_the_last_valid_program(session, client):
    show(session, client, "sin(2*x)")
    session.set_text("sin(2*")
    assert session.error is not None
    assert session.program.text == "sin(2*x)"
    assert not session.is_current
    assert client.kinds().count("trace") == 0
    session.set_text("sin(2*x)")
    assert session.error is None


def test_a_value_does_not_make_an_invalid_text_valid(session, client):
    show(session, client, "sin(2*x)")
    session.set_text("sin(2*")
    error = session.error
    session.set_value("x", 2.0)
    assert session.error is session.text_error is error
    session.set_value("x", "1/")
    assert session.error is not error
    session.set_value("x", 3.0)
    assert session.error is error
    session.set_text("sin(2*x)")
    assert session.error is session.text_error is None
    assert session.point == {"x": 3.0}


def test_an_error_of_the_engine_has_a_column(session, client):
    session.set_text("sin(2*x)")
    client.answer("trace", {"error": {"message": "No.", "code": str(ErrorCode.INVALID_INPUT), "column": 5}})
    assert (session.error.message, session.error.column) == ("No.", 5)


def test_a_derivative_that_cannot_be_traced_is_abandoned(session, client):
    show(session, client, "sin(2*x)")
    refused = record(session.refused)
    session.set_differentiated_by(("x",))
    assert client.payloads("trace")[-1]["differentiated_by"] == ["x"]
    client.fail("trace", "Too large.")
    assert refused == [(0, "Too large.")]
    assert session.differentiated_by == ()
    assert session.error is None


def test_a_new_value_of_a_current_trace_requests_values_only(session, client):
    show(session, client, "sin(2*x)")
    sent = len(client.payloads("trace"))
    session.set_value("x", "pi/4")
    assert len(client.payloads("trace")) == sent
    (payload,) = client.payloads("values")
    assert payload["graph"] == session.trace.graph
    assert payload["point"]["x"] == pytest.approx(np.pi / 4)
    client.answer("values", values_reply("sin(2*x)", 2))
    assert session.values["x:0"] == np.float32(1.0)


def test_a_reply_to_an_older_request_ends_neither_the_wait_nor_the_text(session, client):
    """While a newer trace is on its way, a value that is set must not be computed with the older graph."""
    session.set_text("sin(2*x)")
    older = client.sent[-1]
    session.set_value("x", 2.0)
    older.on_reply(trace_reply("sin(2*x)"))
    assert session.is_tracing
    session.set_value("x", 0.5)
    assert client.payloads("values") == []
    client.answer("trace", trace_reply("sin(2*x)"))
    assert not session.is_tracing
    assert session.computed_point is session.point


def test_an_error_about_a_replaced_text_is_dropped(session, client):
    session.set_text("sin(x)")
    older = client.sent[-1]
    session.set_text("sin(2*x)")
    older.on_reply({"error": {"message": "No.", "code": str(ErrorCode.INVALID_INPUT), "column": 5}})
    assert session.error is None
    client.answer("trace", trace_reply("sin(2*x)"))
    assert session.is_current


def test_a_value_of_another_shape_is_traced_anew(session, client):
    show(session, client, "sin(2*x)")
    session.set_value("x", [1.0, 2.0])
    assert client.payloads("values") == []
    assert client.payloads("trace")[-1]["point"]["x"].shape == (2,)


def test_a_value_that_cannot_be_parsed_is_an_error_without_a_column(session, client):
    show(session, client, "sin(2*x)")
    session.set_value("x", "1/")
    assert session.error is not None
    assert session.error.column is None
    session.set_value("x", 2.0)
    assert session.error is None


def test_values_of_another_graph_are_ignored(session, client):
    show(session, client, "sin(2*x)")
    before = session.values
    session.set_value("x", 1.0)
    client.answer("values", {**values_reply("sin(2*x)"), "graph": 99})
    assert session.values is before


def test_values_of_a_graph_that_the_engine_has_closed_lead_to_a_new_trace(session, client):
    show(session, client, "sin(2*x)")
    session.set_value("x", 1.0)
    client.fail("values", "There is no such graph.")
    assert client.kinds().count("trace") == 1


def test_new_values_of_a_power_need_no_new_trace(session, client, qtbot):
    show(session, client, "x^2")
    qtbot.waitUntil(lambda: "precision" in client.kinds())
    client.pending.clear()
    assert session.is_settled
    session.set_value("x", -2.0)
    client.answer("values", values_reply("x^2"))
    qtbot.waitUntil(lambda: client.kinds() == ["precision"])


def test_the_message_names_what_float32_has_lost(session, client, qtbot):
    show(session, client, "sin(2*x)")
    session.stepper.last()
    qtbot.waitUntil(lambda: "precision" in client.kinds())
    assert (session.notice, session.different) == ("", {})
    trace = session.trace
    tensor = trace.gradients["x"].tensor
    client.answer("precision", {"graph": trace.graph, "different": {tensor: session.values[tensor] * 2.0}})
    assert "in float32 but" in session.notice
    session.set_value("x", 1.0)
    client.answer("values", values_reply("sin(2*x)"))
    assert (session.notice, session.different) == ("", {})


def test_a_new_function_begins_at_step_0_without_a_selection(session, client):
    show(session, client, "sin(2*x)")
    session.stepper.last()
    session.select_node("Sin")
    show(session, client, "sin(2*x)")
    assert (session.stepper.step, session.selection) == (2, ("node", "Sin"))
    show(session, client, "x*y+sin(x)")
    assert (session.stepper.step, session.selection) == (0, None)


def test_depth_and_direction_of_a_scene_come_into_effect_with_its_trace(session, client):
    show(session, client, "sin(2*x)")
    emitted = record(session.traceChanged, session.depthChanged, session.directionChanged, session.batch.ended)
    session.begin("x^2", {"x": 3.0}, layout=("full", "LR"))
    emitted.clear()
    assert (session.depth, session.direction) == ("concept", "auto")
    client.answer("trace", trace_reply("x^2"))
    assert [index for index, *_ in emitted] == [0, 1, 2, 3], "one batch"
    assert (session.depth, session.direction) == ("full", "LR")


def test_the_layout_of_a_scene_that_cannot_be_traced_does_not_come_with_a_later_trace(session, client):
    session.begin("W @ x", {"W": [[1.0, 2.0], [3.0, 4.0]], "x": [1.0, 2.0, 3.0]}, layout=("full", "LR"))
    assert session.error is not None
    show(session, client, "x^2")
    assert session.is_current
    assert (session.depth, session.direction) == ("concept", "auto")


def test_begin_refuses_values_that_are_none(session):
    with pytest.raises(Exception, match="number"):
        session.begin("sin(2*x)", {"x": "nothing at all"})


def test_undo_and_redo(session, monkeypatch):
    clock = iter(range(0, 100, 10))
    monkeypatch.setattr(module, "monotonic", lambda: next(clock))
    session.set_text("x")
    session.set_text("x^2")
    session.undo()
    assert session.text == "x"
    session.redo()
    assert session.text == "x^2"
    session.redo()
    assert session.text == "x^2"


def test_values_are_kept_while_the_text_changes_until_they_are_forgotten(session):
    session.set_text("x")
    session.set_value("x", 3.0)
    session.set_text("x+y")
    assert session.point == {"x": 3.0, "y": 1.0}
    session.set_point({"z": 5.0})
    assert set(session.free_values) == {"x", "z"}
    session.begin("x+y", {})
    assert session.point == {"x": 1.0, "y": 1.0}


def test_another_precision_is_traced_anew(session, client):
    show(session, client, "sin(2*x)")
    session.set_dtype("float64")
    assert not session.is_current
    assert client.payloads("trace")[-1]["dtype"] == "float64"


def test_each_real_change_is_reported_once(session, client):
    show(session, client, "sin(2*x)")
    emitted = record(session.selectionChanged, session.depthChanged, session.directionChanged)
    for _ in range(2):
        session.select_edge("Sin:0")
        session.set_depth("full")
        session.set_direction("LR")
    assert len(emitted) == 3
    session.clear_selection()
    assert emitted[-1] == (0, None)


def test_a_gradient_of_0_is_explained_at_the_end_of_the_pass(session, client):
    show(session, client, "x-x")
    assert session.notice == ""
    session.stepper.last()
    assert "0" in session.notice
    session.stepper.first()
    assert session.notice == ""


def test_messages_about_the_engine_come_before_others(session, client):
    client.died.emit("TensorFlow's process ended.")
    assert session.notice == "TensorFlow's process ended."
    client.ready.emit({})
    assert session.notice == ""


def test_a_request_that_takes_long_is_reported(client, monkeypatch, qtbot):
    monkeypatch.setattr(module, "BUSY_DELAY_MS", 0)
    session = module.AutodiffSession(client)
    with qtbot.waitSignal(session.busyChanged):
        session.set_text("sin(2*x)")
    assert session.is_tracing
    client.answer("trace", trace_reply("sin(2*x)"))
    assert not session.busy


def test_the_concept_is_stepped_through_with_folded_ops(session, client):
    show(session, client, "relu(W@x+b)")
    assert [step.type for step in session.visible_trace.steps] == ["Relu", "AddV2", "MatMul"]
    assert session.stepper.steps_total("backward") == 3
    assert session.visible_trace is session.visible_trace
    session.set_depth("full")
    assert session.visible_trace is session.trace
    assert session.stepper.steps_total("backward") == 5


@pytest.mark.parametrize(("concept", "full"), [(0, 0), (1, 1), (2, 2), (3, 5)])
def test_the_step_stays_where_it_is_when_the_depth_changes(session, client, concept, full):
    show(session, client, "relu(W@x+b)")
    session.stepper.set_step(concept)
    emitted = record(session.stepper.stepChanged)
    session.set_depth("full")
    assert session.stepper.step == full
    session.set_depth("concept")
    assert session.stepper.step == concept
    assert len(emitted) == (0 if concept == full else 2)


def test_a_folded_op_is_selected_by_the_op_that_shows_it(session, client):
    show(session, client, "relu(W@x+b)")
    session.set_depth("full")
    session.select_node("MatVec/ExpandDims")
    assert session.selection == ("node", "MatVec/ExpandDims")
    session.set_depth("concept")
    assert session.selection == ("node", "MatVec/MatMul")
    session.select_edge("MatVec/MatMul:0")
    assert session.selection == ("node", "MatVec/MatMul")
    session.select_edge("MatVec/Squeeze:0")
    assert session.selection == ("edge", "MatVec/Squeeze:0")


def test_the_value_before_comes_back_and_again(session):
    session.set_text("x*y")
    for number in (2.0, 3.0, 4.0):
        session.begin_drag()
        session.set_value("x", number)
        session.set_value("x", number + 0.5)
        session.end_drag()
    session.set_value("y", 7.0)
    session.bring_back("x")
    assert (float(session.point["x"]), float(session.point["y"])) == (3.5, 7.0)
    session.bring_back("x")
    assert float(session.point["x"]) == 4.5
    session.bring_back()
    assert float(session.point["x"]) == 3.5, "x changed last"
    for expected in (4.5, 3.5, 4.5):
        session.undo()
        assert float(session.point["x"]) == expected


def test_an_entry_comes_back_alone(session):
    session.set_text("W = [[1,2],[3,4]]; sum(W)")
    session.set_value("W[0,1]", 20.0)
    session.begin_drag()
    session.set_value("W[1,1]", 40.0)
    session.end_drag()
    session.bring_back("W[0,1]")
    assert session.point["W"].tolist() == [[1, 2], [3, 40]]


def test_undo_brings_values_back_with_the_text(session, monkeypatch):
    monkeypatch.setattr("explorer.session.autodiff.undo_history.MERGE_WITHIN_S", 0)
    session.set_text("x^2")
    session.set_value("x", 5.0)
    session.set_text("x^3")
    session.set_value("x", 6.0)
    session.undo()
    assert (session.text, float(session.point["x"])) == ("x^3", 5.0)
    session.undo()
    session.undo()
    assert (session.text, float(session.point["x"])) == ("x^2", 1.0)
    session.redo()
    assert float(session.point["x"]) == 5.0
    session.begin("x^3", {})
    assert float(session.point["x"]) == 1.0
    session.undo()
    assert float(session.point["x"]) == 5.0
