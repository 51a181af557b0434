"""The questions about a trace, answered with TensorFlow's values at the points at which answers are compared."""

import numpy as np

from explorer.core.autodiff.concept_trace import concept_trace
from explorer.core.autodiff.visible_steps import BACKWARD, FORWARD, forward_steps
from explorer.core.expression.parser import parse
from explorer.core.practice.answer import Sample, understand
from explorer.core.practice.judging import judge
from explorer.core.practice.questions import gradient_question, next_question
from explorer.core.practice.sample_points import points_to_compare
from explorer.engine.autodiff.tracing import trace_expression


class Examiner:
    """Asks the questions about an expression and judges answers; as a context manager it frees TensorFlow's session.

    depth: ``concept``, or ``full`` for each op of TensorFlow's graph.
    """

    def __init__(self, text, point=None, depth="concept"):
        self.program = parse(text)
        self._traced = trace_expression(text, point or {})
        self.trace = concept_trace(self._traced.trace) if depth == "concept" else self._traced.trace
        self.values = dict(zip(self.trace.fetches, self._traced.values, strict=True))
        self.point = {name: np.asarray(value, np.float64) for name, value in self.trace.point.items()}

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self._traced.close()

    def questions(self, with_forward=True):
        """Return all questions of both passes, and those about the gradients of the variables."""
        found = []
        passes = [(BACKWARD, len(self.trace.steps))]
        if with_forward:
            passes.append((FORWARD, len(forward_steps(self.trace))))
        for pass_, last in passes:
            for step in range(last + 1):
                revealed, local_known = 0, False
                while (question := next_question(self.trace, pass_, step, revealed, local_known)) is not None:
                    found.append(question)
                    local_known = question.kind == "local"
                    revealed += not local_known
        return [*found, *filter(None, (gradient_question(self.trace, name) for name in self.trace.gradients))]

    def question(self, kind, label=""):
        """Return the first question of a kind whose text has ``label`` in it."""
        return next(each for each in self.questions() if each.kind == kind and label in each.text)

    def judge(self, question, text):
        """Return the judgement on an answer."""
        answer = understand(self.trace, question, text)
        points = points_to_compare(self.trace, answer, self.program.assignments, self.point)
        samples = []
        for point in points:
            values = self._traced.compute(point)
            samples.append(Sample(point, dict(zip(self.trace.fetches, values, strict=True))))
        return judge(self.trace, question, answer, samples)
