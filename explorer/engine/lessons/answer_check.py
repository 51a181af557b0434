"""The answers of a lesson's exercises, judged as in the window."""

from collections.abc import Mapping
from typing import Any

from explorer.core.autodiff.concept_trace import concept_trace
from explorer.core.errors import ExpressionError, UserError
from explorer.core.expression.coordinate import coordinate_in, coordinates
from explorer.core.expression.values import as_array
from explorer.core.lessons.lesson import Exercise
from explorer.core.practice.answer import Answer, Sample, claim_text, understand
from explorer.core.practice.judging import RIGHT, UNCLEAR, Judgement, judge
from explorer.core.practice.questions import LOCAL, Question, gradient_question, next_question
from explorer.core.practice.sample_points import points_to_compare
from explorer.core.protocol.plot import CheckPayload
from explorer.engine.autodiff.tracing import TracedExpression
from explorer.engine.plot.curves import Curves

MAX_CURVE_POINTS = 200_000
"""Points of a curve along which a derivative is compared."""


class ExerciseJudge:
    """Judges answers to the exercise of a scene that shows an expression.

    traced: the expression at the scene's point. view: the complete keys of the scene. step: the step that it shows.
    """

    def __init__(
        self, traced: TracedExpression, view: Mapping[str, Any], exercise: Exercise, step: int, curves: Curves
    ) -> None:
        self._traced, self._view, self._exercise, self._curves = traced, view, exercise, curves
        self._trace = traced.trace
        # While a gradient is asked for, the window shows the concept graph: the full one has the ops of gradients.
        is_concept = view["depth"] == "concept" or exercise.kind != "next"
        self._visible = concept_trace(self._trace) if is_concept else self._trace
        self.questions = self._questions_of_step(step) if exercise.kind == "next" else self._question_of_exercise()

    def judgements(self, text: str) -> list[Judgement]:
        """Return the judgement on an answer to each of the questions."""
        return [self._judged(text, question) for question in self.questions]

    # -- questions --------------------------------------------------------------------------------

    def _questions_of_step(self, step: int) -> list[Question]:
        found = []
        revealed = 0
        pass_ = self._view["pass"]
        while (question := next_question(self._visible, pass_, step, revealed, False)) is not None:
            found.append(question)
            if question.kind == LOCAL:
                after = next_question(self._visible, pass_, step, revealed, True)
                found += [after] if after is not None else []
            revealed += 1
        return found

    def _question_of_exercise(self) -> list[Question]:
        question = gradient_question(self._trace, self.variable)
        return [question] if question is not None else []

    @property
    def variable(self) -> str:
        """The variable whose gradient is asked for: the one that is named, else that of the plot, else the first."""
        with_gradient = self._trace.variables_with_gradient
        plotted = self._axis
        on_axis = plotted.variable if plotted is not None and plotted.variable in with_gradient else None
        return self._exercise.variable or on_axis or next(iter(with_gradient), "")

    @property
    def _axis(self) -> Any:
        values = self._point
        try:
            return (
                coordinate_in(self._view["variable"], values)
                if self._view["variable"]
                else next(coordinates(values), None)
            )
        except ExpressionError:
            return None

    @property
    def _point(self) -> dict[str, Any]:
        return {name: as_array(value, name) for name, value in self._trace.point.items()}

    # -- judging ----------------------------------------------------------------------------------

    def _judged(self, text: str, question: Question) -> Judgement:
        try:
            answer = understand(self._visible, question, text)
        except UserError as error:
            return Judgement(UNCLEAR, error.message)
        program = self._traced.program
        everywhere = self._exercise.kind == "derivative"
        points = points_to_compare(
            self._trace, answer, program.assignments, self._point, everywhere, self._exercise.fixed
        )
        samples = [
            Sample(point, dict(zip(self._trace.fetches, self._traced.compute(point), strict=True))) for point in points
        ]
        holds = self._holds_along_the_curve(answer) if everywhere else None
        if holds:
            return Judgement(RIGHT, "Right, at all points of the plot.")
        return judge(self._visible, question, answer, samples, is_refuted=holds is False)

    def _holds_along_the_curve(self, answer: Answer) -> bool | None:
        """Return whether an answer is the derivative at all points of the plot, None if that cannot be compared."""
        axis, view = self._axis, self._view
        if axis is None or axis.text != self.variable:
            return None
        low, high = (float(as_array(end, "an end")) for end in view["range"])
        payload: CheckPayload = {
            "text": self._trace.expression,
            "differentiated_by": list(self._trace.differentiated_by),
            "output": self._trace.output_choice.text,
            "point": self._point,
            "dtype": self._trace.dtype,
            "variable": axis.text,
            "tensor": None,
            "low": low,
            "high": high,
            "points": min(view["points"], MAX_CURVE_POINTS),
            "claim": claim_text(self._visible, answer, self._traced.program),
        }
        try:
            reply = self._curves.check(payload)
        except UserError:
            return None
        return None if reply["deviation"] is None else bool(reply["holds"])
