"""The chain-rule panel shows the present step only, with its sentence in sight."""

from collections import OrderedDict
from time import monotonic

import pytest
from PySide6.QtCore import QPoint, Qt

from explorer.core.autodiff.concept_trace import concept_trace
from explorer.core.autodiff.step_text import step_lines
from explorer.engine.in_process import trace_and_run
from explorer.views.autodiff.rule_box import COVERED_TEXT, RuleBox, RuleLabel
from explorer.views.painting.typesetter import typesetter


def test_formulas_of_another_step_or_expression_are_never_shown(ui, monkeypatch):
    ui.complete("sin(3*x^2)*exp(x)")
    chain, stepper = ui.find("chainRuleView"), ui.sessions.autodiff.stepper
    monkeypatch.setattr(typesetter(), "_held_until", monotonic() + 100)
    monkeypatch.setattr(typesetter(), "_formulas", OrderedDict())  # tests before may have shown some of them
    for step in range(1, stepper.steps_total("backward") + 1):
        stepper.set_step(step)
        shown = [label for label in chain.formulas if not label.isHidden()]
        lines = step_lines(
            stepper.trace, ui.sessions.autodiff.values, step, ui.sessions.autodiff.simplified, frozenset()
        )
        assert [label.shown_text for label in shown if not label.is_ready] == [
            line.text for label, line in zip(shown, lines, strict=True) if not label.is_ready
        ]
        assert step == 1 or not ui.window.isComplete("sin(3*x^2)*exp(x)")
    typesetter().release()
    ui.until(lambda: ui.window.isComplete("sin(3*x^2)*exp(x)"))
    assert not any(label.shown_text for label in chain.formulas)


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("(-b+sqrt(b^2-4*a*c))/(2*a)", {"b": 3}),
        ("log(x)+1/(x-1)", {"x": 3}),
        ("relu(W@x+b)", {"W": [[1, 2], [3, -4]], "x": [1, 1], "b": [0, 0]}),
    ],
)
def test_the_sentence_of_every_step_is_in_sight_in_a_small_window(ui, text, point):
    ui.window.resize(1280, 720)
    ui.window.open_expression(text, point)
    ui.until(lambda: ui.window.isComplete(text))
    chain, stepper = ui.find("chainRuleView"), ui.sessions.autodiff.stepper
    viewport = ui.window.tab("autodiff").method_card.body.viewport()
    for step in range(1, stepper.steps_total("backward") + 1):
        stepper.set_step(step)
        ui.until(lambda: ui.window.isComplete(text))
        first_lines = chain.message.fontMetrics().boundingRect(
            0, 0, chain.message.width(), 10_000, Qt.TextFlag.TextWordWrap, chain.message.text().partition("\n")[0]
        )
        bottom = chain.message.mapTo(viewport, QPoint(0, first_lines.height())).y()
        assert 0 < bottom <= viewport.height(), (step, bottom, viewport.height())


@pytest.mark.parametrize("text", ["relu(x)", "leaky_relu(x)", "elu(x)", "max(x, 2)", "min(x, 2)", "sin(x)", "x^2"])
def test_a_covered_rule_has_its_name_alone(qtbot, text):
    trace = concept_trace(trace_and_run(text, {"x": 0.5})[0])
    (step,) = trace.steps
    box = RuleBox()
    qtbot.addWidget(box)
    box.setStep(step, trace, is_covered=True)
    texts = [line.toolTip() for line in box.findChildren(RuleLabel) if not line.isHidden()]
    assert texts == ([step.rule] if step.rule.endswith(" rule") else []) + [COVERED_TEXT]
    box.setStep(step, trace)
    assert any(step.rule in line.toolTip() for line in box.findChildren(RuleLabel))
