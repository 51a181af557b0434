"""Predict, then reveal: a number or formula that a student enters is compared with TensorFlow's."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from explorer.core.autodiff.trace import Values
from explorer.core.errors import UserError
from explorer.core.expression.evaluate import evaluate
from explorer.core.expression.names import ascii_name
from explorer.core.expression.parser import parse
from explorer.core.lessons.lesson import Exercise, ForeseenMistake
from explorer.core.number_format import format_number, format_value
from explorer.core.practice.questions import Question, gradient_question, hint, is_close, next_question
from explorer.core.protocol.autodiff import POINTS, PointsPayload, PointsReply
from explorer.core.protocol.plot import CheckReply
from explorer.core.syntax_tree import FloatArray, Program
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.engine_client.client import EngineClient
from explorer.session.plot.curve import CurveSession

COMPARED_POINT_COUNT = 12
"""Points at which a formula is compared, besides the one that is shown."""

RIGHT, WRONG, UNCLEAR, SHOWN, ASKING = "right", "wrong", "unclear", "shown", "asking"

GENERAL_HINTS = {
    "value": "Not yet. Look at what goes into this op.",
    "seed": "Not yet. By how much does the output change when the output itself changes by 1?",
    "local": "Not yet. Look at the rule of this op: what arrived plays no part in it.",
    "passed": "Not yet. Look at the rule of this op, and at what arrived.",
    "sum": "Not yet. Look at the gradient that arrived on each path.",
    "gradient": "Not yet. Step through the pass: each op has its rule, and what arrives is multiplied.",
}
"""Messages for wrong answers that match no known mistake, by kind of question."""

INPUT_HINT = "Not yet. An input computes nothing: it has the value that you chose for its variable."


@dataclass
class _Attempt:
    """An answer that is being compared.

    points: values of the variables; values: TensorFlow's at each point. everywhere: whether it is compared along the
    curve, too.
    """

    text: str
    program: Program
    question: Question
    points: list[Mapping[str, FloatArray]] = field(default_factory=list)
    values: list[Values] = field(default_factory=list)
    everywhere: bool = False


class PredictionSession(QObject):
    """The open question: the next hidden number of the step, or what the exercise of a lesson asks.

    question: its text, "" for none. verdict: ``right``, ``wrong``, ``unclear``, ``shown``, ``asking`` or "". message:
    the text of the verdict. hint_kind: the mistake behind a wrong answer (`core.practice.questions`), "" for none.
    """

    changed = Signal()
    answered = Signal(str)
    """The verdict on one answer: ``right``, ``wrong`` or, for a revealed one, ``shown``."""

    def __init__(
        self, client: EngineClient, session: AutodiffSession, curve: CurveSession, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.question = ""
        self.verdict, self.message, self.hint_kind = "", "", ""
        self.exercise: Exercise | None = None
        self._facts: Callable[[str], float | None] = lambda _asks: None
        self._question: Question | None = None
        self._foreseen: tuple[ForeseenMistake, ...] = ()
        self._attempt: _Attempt | None = None
        self._revealing = False
        self._client, self._session, self._curve = client, session, curve
        session.stepper.quizChanged.connect(self._update_question)
        session.stepper.stepChanged.connect(lambda *_: self._update_question())
        session.traceChanged.connect(lambda *_: self._update_question())
        session.valuesChanged.connect(lambda *_: self._values_changed())
        curve.checkChanged.connect(self._receive_check)

    def set_exercise(self, exercise: Exercise | None, facts: Callable[[str], float | None] | None = None) -> None:
        """Ask the question of an exercise; ``facts`` returns a number that is no gradient, None while it is unknown."""
        self.exercise = exercise if exercise is not None and exercise.kind != "next" else None
        self._foreseen = exercise.foreseen_mistakes if exercise is not None else ()
        self._facts = facts if facts is not None else lambda _asks: None
        self._set_verdict("", "")
        self._update_question()

    # -- the question -----------------------------------------------------------------------------

    def _update_question(self) -> None:
        session, exercise = self._session, self.exercise
        before = self.question, self.question_id
        self._question = None
        if exercise is not None and exercise.kind in ("label", "parameters"):
            self.question = {
                "label": "Which digit is this? Enter its label.",
                "parameters": "How many parameters has this network?",
            }[exercise.kind]
        elif session.trace is None or not session.is_current:
            self.question = ""
        elif exercise is not None:
            axis = self._curve.coordinate
            variable = exercise.variable or (axis.variable if axis is not None else "")
            self._question = gradient_question(session.trace, variable)
            everywhere = exercise.kind == "derivative" and self._question is not None
            self.question = self._question.text if self._question is not None else ""
            if everywhere:
                self.question = f"{self.question} It is compared at {self._curve.points:,} points of the plot."
        elif session.stepper.quiz:
            stepper = session.stepper
            assert stepper.trace is not None
            self._question = next_question(
                stepper.trace, stepper.pass_, stepper.step, stepper.revealed, stepper.local_known
            )
            self.question = self._question.text if self._question is not None else ""
        else:
            self.question = ""
        if (self.question, self.question_id) != before and not self._revealing:
            self._attempt = None  # its reply would be taken for one about the new question
            self._set_verdict("", "")
        self.changed.emit()

    @property
    def question_id(self) -> tuple[int, str, str] | None:
        """The step, kind and tensors that identify the question within this pass; None for no question.

        The gradient of an op that passes it on unchanged is the answer on two edges, which differ in ``of``.
        """
        if (question := self._question) is None:
            return None
        return self._session.stepper.step, question.kind, f"{question.tensor} {question.of}"

    def _values_changed(self) -> None:
        if self.verdict:
            self._set_verdict("", "")  # it was about other values

    @property
    def is_done(self) -> bool:
        """Whether all numbers of the step are shown, and there is a next step."""
        stepper = self._session.stepper
        return stepper.quiz and not self.question and not stepper.is_at_end

    def next_step(self) -> None:
        """Go to the next step; the verdict on the last answer stays."""
        self._revealing = True
        self._session.stepper.step_forward()
        self._revealing = False

    # -- answers ----------------------------------------------------------------------------------

    def check(self, text: str) -> None:
        """Compare an answer with TensorFlow's; the verdict arrives with ``changed``, perhaps later."""
        self._attempt = None
        if not self.question:
            return
        try:
            program = parse(text)
            if self._question is None:
                self._check_fact(program)
                return
            attempt = _Attempt(text.strip(), program, self._question)
            self._known_names(program)
        except UserError as error:
            self._set_verdict(UNCLEAR, error.message)
            return
        self._attempt = attempt
        attempt.everywhere = self.exercise is not None and self.exercise.kind == "derivative"
        # The values that are shown may be older than the inputs, so the request includes the present point.
        point = dict(self._session.point)
        self._request_points(
            attempt, [point, *random_points(point)] if program.variables or attempt.everywhere else [point]
        )

    def reveal(self) -> None:
        """Show the answer."""
        self._attempt = None
        session, question, exercise = self._session, self._question, self.exercise
        if not self.question:
            return
        if question is None:
            fact = self._facts(exercise.kind) if exercise is not None else None
            self._set_verdict(SHOWN, f"It is {fact:,.0f}." if fact is not None else "It is not known yet.")
            return
        value = session.values.get(question.tensor)
        text = "TensorFlow did not compute it." if value is None else f"It is {format_value(value)}."
        if exercise is not None and exercise.solution:
            text = f"It is {exercise.solution}, here {format_value(value)}." if value is not None else text
        self._set_verdict(SHOWN, text)
        if exercise is None:
            self._reveal_number()

    def _reveal_number(self) -> None:
        self._revealing = True
        if self._question is not None and self._question.kind == "local":
            self._session.stepper.reveal_local()
        else:
            self._session.stepper.reveal_next()
        self._revealing = False

    def _check_fact(self, program: Program) -> None:
        fact = self._facts(self.exercise.kind) if self.exercise is not None else None
        if program.variables:
            self._set_verdict(UNCLEAR, "Enter a number.")
        elif fact is None:
            self._set_verdict(UNCLEAR, "It is not known yet: wait until the window shows it.")
        elif is_close(answer := evaluate(program.output, {}, {}), fact, 1e-9):
            self._set_verdict(RIGHT, f"Right: {fact:,.0f}.")
        else:
            for row in self._foreseen:
                if row.message and is_close(answer, evaluate(parse(row.answer).output, {}, {}), 1e-9):
                    self._set_verdict(WRONG, row.message)
                    return
            self._set_verdict(WRONG, "Not yet. Look again.")

    def _known_names(self, program: Program) -> None:
        names = self._names(self._session.point, self._session.values)
        for name in program.variables:
            if name not in names and name not in program.assignments:
                shown = ", ".join(names) or "only numbers"
                raise UserError(f"There is no {name} here; there is {shown}.")

    def _names(self, point: Mapping[str, FloatArray], values: Values) -> dict[str, Any]:
        """Return values by the names that an answer may use: variables, and names that statements define."""
        trace = self._session.trace
        named = (
            {ascii_name(node.defines): values.get(node.tensor) for node in trace.nodes if node.defines} if trace else {}
        )
        return {**{name: value for name, value in named.items() if value is not None}, **point}

    def _value(self, program: Program, point: Mapping[str, FloatArray], values: Values) -> FloatArray | None:
        names = {**program.assignments, **self._names(point, values)}
        try:
            return evaluate(program.output, names, program.definitions)
        except (ValueError, KeyError):
            return None  # shapes that do not fit

    # -- TensorFlow's numbers at other points ------------------------------------------------------

    def _request_points(self, attempt: _Attempt, points: list[dict[str, FloatArray]]) -> None:
        trace = self._session.trace
        assert trace is not None
        self._set_verdict(ASKING, "")
        receive = partial(self._receive_points, attempt, points, trace.fetches)
        self._client.request(POINTS, PointsPayload(graph=trace.graph, points=points), receive)

    def _receive_points(
        self, attempt: _Attempt, points: list[dict[str, FloatArray]], fetches: tuple[str, ...], reply: PointsReply
    ) -> None:
        if attempt is not self._attempt:
            return
        if (error := reply.get("error")) is not None:
            self._attempt = None
            self._set_verdict(UNCLEAR, error["message"])
            return
        for point, values in zip(points, reply["values"], strict=True):
            attempt.points.append(point)
            attempt.values.append(dict(zip(fetches, values, strict=True)))
        if attempt.everywhere:
            self._curve.check(attempt.text)
        else:
            self._judge(attempt)

    def _receive_check(self, reply: CheckReply | None) -> None:
        attempt = self._attempt
        if attempt is None or not attempt.everywhere or reply is None or self._curve.claim != attempt.text:
            return
        if "error" in reply:
            self._attempt = None
            self._set_verdict(UNCLEAR, reply["error"]["message"])
        elif reply["holds"] and reply["deviation"] is not None:
            self._attempt = None
            deviation = format_number(reply["deviation"], 2)
            self._set_verdict(
                RIGHT, f"Right, at all {reply['compared']:,} points: the largest deviation is {deviation}."
            )
        else:
            self._judge(attempt)

    # -- the verdict ------------------------------------------------------------------------------

    def _judge(self, attempt: _Attempt) -> None:
        self._attempt = None
        trace, tensor = self._session.trace, attempt.question.tensor
        assert trace is not None
        known = [
            (point, values)
            for point, values in zip(attempt.points, attempt.values, strict=True)
            if tensor in values and np.all(np.isfinite(values[tensor]))
        ]
        if not known:
            self._set_verdict(UNCLEAR, "TensorFlow's own answer is no number here, so nothing can be compared.")
            return
        answers = [self._value(attempt.program, point, values) for point, values in known]
        values = [values for _, values in known]
        truths = [value[tensor] for value in values]
        pairs = list(zip(answers, truths, strict=True))
        if not attempt.everywhere and (
            all(is_close(*pair) for pair in pairs) or is_rounded(attempt.text, attempt.program, truths[0])
        ):
            where = f" TensorFlow's numbers are the same at {len(known)} points." if len(known) > 1 else ""
            self._set_verdict(RIGHT, f"Right: {format_value(truths[0])}.{where}")
            if self.exercise is None:
                self._reveal_number()
            return
        for row in self._foreseen:
            foreseen = parse(row.answer)
            values_of_foreseen = (self._value(foreseen, point, fetched) for point, fetched in known)
            if row.message and all(
                is_close(answer, other) for answer, other in zip(answers, values_of_foreseen, strict=True)
            ):
                self._set_verdict(WRONG, row.message)
                return
        self.hint_kind, text = hint(self._session.visible_trace or trace, attempt.question, answers, values)
        if not text and answers[0] is not None and np.shape(answers[0]) != np.shape(truths[0]):
            text = f"The answer has the shape {np.shape(truths[0])}, this one {np.shape(answers[0])}."
        if not text and len(pairs) > 1 and is_close(*pairs[0]):
            text = "Right for these values, but not for others: it must hold everywhere."
        general = INPUT_HINT if tensor in trace.variables.values() else GENERAL_HINTS[attempt.question.kind]
        self._set_verdict(WRONG, text or general, self.hint_kind)

    def _set_verdict(self, verdict: str, message: str, hint_kind: str = "") -> None:
        if (verdict, message, hint_kind) != (self.verdict, self.message, self.hint_kind) or verdict:
            self.verdict, self.message, self.hint_kind = verdict, message, hint_kind
            self.changed.emit()
            if verdict in (RIGHT, WRONG, SHOWN):
                self.answered.emit(verdict)


def is_rounded(text: str, program: Program, truth: Any) -> bool:
    """Return whether a plain number is ``truth`` rounded to the digits typed, at least two significant ones."""
    if program.variables or np.ndim(truth) or not re.fullmatch(r"\s*[-−+]?\d*\.?\d+\s*", text):
        return False
    decimals = len(text.strip().partition(".")[2])
    digits = len(re.sub(r"\D", "", text).lstrip("0"))
    typed = float(evaluate(program.output, {}, {}))
    return digits >= 2 and abs(typed - float(truth)) <= 0.5001 * 10.0**-decimals


def random_points(centre: Mapping[str, FloatArray], seed: int = 4) -> list[dict[str, FloatArray]]:
    """Return points around 0, above 0 and around ``centre``, some of which lie within nearly every domain."""
    rng = np.random.default_rng(seed)
    points = []
    for number in range(COMPARED_POINT_COUNT):
        point = {}
        for name, value in centre.items():
            noise = rng.normal(size=value.shape)
            match number % 3:
                case 0:
                    drawn = 1.5 * noise
                case 1:
                    drawn = rng.uniform(0.1, 2.5, value.shape)
                case _:
                    drawn = value + 0.3 * noise * np.maximum(np.abs(value), 1.0)
            point[name] = np.asarray(drawn, np.float64)
        points.append(point)
    return points
