"""Predict, then reveal: a number or formula that a student enters, compared with TensorFlow's own."""

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
from explorer.core.lessons.lesson import Exercise
from explorer.core.number_format import format_number, format_value
from explorer.core.protocol.autodiff import POINTS, PointsPayload, PointsReply
from explorer.core.protocol.plot import CheckReply
from explorer.core.syntax_tree import FloatArray, Program
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.engine_client.client import EngineClient
from explorer.session.plot.curve import CurveSession
from explorer.session.practice.questions import Question, gradient_question, hint, is_close, next_question

COMPARED_POINTS = 12
"""Points, besides the one on the screen, at which a formula is compared."""

RIGHT, WRONG, UNCLEAR, SHOWN, ASKING = "right", "wrong", "unclear", "shown", "asking"

NOT_YET = {
    "value": "Not yet. Look at what goes into this op.",
    "seed": "Not yet. By how much does a number change when it changes by 1 itself?",
    "local": "Not yet. Look at the rule of this op: what arrived plays no part in it.",
    "passed": "Not yet. Look at the rule of this op, and at what arrived.",
    "sum": "Not yet. Look at what arrived on each way.",
    "gradient": "Not yet. Walk the steps: each op has its rule, and what arrives is multiplied.",
}
"""What is said, by the kind of question, to an answer that shows no mistake that we know."""

NOT_FED = "Not yet. An input computes nothing: it is the number that you gave to its variable."


@dataclass
class _Attempt:
    """An answer that is being compared. points, values: of the variables, and TensorFlow's there."""

    text: str
    program: Program
    question: Question
    points: list[Mapping[str, FloatArray]] = field(default_factory=list)
    values: list[Values] = field(default_factory=list)
    everywhere: bool = False


class PredictionSession(QObject):
    """words: the question, "" for none. verdict: ``right``, ``wrong``, ``unclear``, ``shown``, ``asking`` or "".
    told: what is said to the answer. shows: what a wrong answer shows (`session.questions`), "" where nothing.

    The question is the next blank of the step while numbers are hidden, or what a lesson's exercise asks.
    """

    changed = Signal()
    answered = Signal(str)
    """The verdict on one answer: ``right``, ``wrong`` or, where it was given up, ``shown``."""

    def __init__(
        self, client: EngineClient, session: AutodiffSession, curve: CurveSession, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.words = ""
        self.verdict, self.told, self.shows = "", "", ""
        self.exercise: Exercise | None = None
        self._facts: Callable[[str], float | None] = lambda _asks: None
        self._question: Question | None = None
        self._try: _Attempt | None = None
        self._revealing = False
        self._client, self._session, self._curve = client, session, curve
        session.stepper.quizChanged.connect(self._follow)
        session.stepper.stepChanged.connect(lambda *_: self._follow())
        session.traceChanged.connect(lambda *_: self._follow())
        session.valuesChanged.connect(lambda *_: self._values_changed())
        curve.checkChanged.connect(self._take_check)

    def set_exercise(self, exercise: Exercise | None, facts: Callable[[str], float | None] | None = None) -> None:
        """Ask what a lesson asks; ``facts`` gives the number that is asked for and is no gradient, None if unknown."""
        self.exercise = exercise if exercise is not None and exercise.kind != "next" else None
        self._wrong = exercise.foreseen_mistakes if exercise is not None else ()
        self._facts = facts if facts is not None else lambda _asks: None
        self._say("", "")
        self._follow()

    # -- the question -----------------------------------------------------------------------------

    def _follow(self) -> None:
        session, exercise = self._session, self.exercise
        before = self.words
        self._question = None
        if exercise is not None and exercise.kind in ("label", "parameters"):
            self.words = {
                "label": "Which digit is this? Enter its label.",
                "parameters": "How many parameters has this network?",
            }[exercise.kind]
        elif session.trace is None or not session.is_current:
            self.words = ""
        elif exercise is not None:
            self._question = gradient_question(session.trace, exercise.variable or self._curve.variable or "")
            everywhere = exercise.kind == "derivative" and self._question is not None
            self.words = self._question.words if self._question is not None else ""
            if everywhere:
                self.words = f"{self.words} It is compared at {self._curve.points:,} points of the plot."
        elif session.stepper.quiz:
            stepper = session.stepper
            self._question = next_question(
                session.trace, stepper.pass_, stepper.step, stepper.revealed, stepper.local_known
            )
            self.words = self._question.words if self._question is not None else ""
        else:
            self.words = ""
        if self.words != before and not self._revealing:
            self._say("", "")
        self.changed.emit()

    @property
    def question_id(self) -> tuple[int, str, str] | None:
        """What tells the question from all others of this pass: its step, its kind, its tensor; None for no question.

        A tensor that an op only hands on is asked for again at another edge: then ``of`` differs.
        """
        if (question := self._question) is None:
            return None
        return self._session.stepper.step, question.kind, f"{question.tensor} {question.of}"

    def _values_changed(self) -> None:
        if self.verdict:
            self._say("", "")  # it was about other values

    @property
    def is_done(self) -> bool:
        """Whether all blanks of the step are filled, and the next step brings new ones."""
        stepper = self._session.stepper
        return stepper.quiz and not self.words and not stepper.is_at_end

    def step_on(self) -> None:
        """Go to the next step; what was said to the last answer stays."""
        self._revealing = True
        self._session.stepper.step_forward()
        self._revealing = False

    # -- answers ----------------------------------------------------------------------------------

    def check(self, text: str) -> None:
        """Compare an answer with TensorFlow's; what came of it is told by ``changed``, perhaps a moment later."""
        self._try = None
        if not self.words:
            return
        try:
            program = parse(text)
            if self._question is None:
                self._check_fact(program)
                return
            attempt = _Attempt(text.strip(), program, self._question)
            self._known_names(program)
        except UserError as error:
            self._say(UNCLEAR, error.message)
            return
        self._try = attempt
        attempt.everywhere = self.exercise is not None and self.exercise.kind == "derivative"
        # The values on the screen may be on their way still: TensorFlow is asked for those that belong to the inputs.
        point = dict(self._session.point)
        self._ask_points(
            attempt, [point, *random_points(point)] if program.variables or attempt.everywhere else [point]
        )

    def reveal(self) -> None:
        """Show the answer that is asked for."""
        self._try = None
        session, question, exercise = self._session, self._question, self.exercise
        if not self.words:
            return
        if question is None:
            fact = self._facts(exercise.kind) if exercise is not None else None
            self._say(SHOWN, f"It is {fact:,.0f}." if fact is not None else "It is not known yet.")
            return
        value = session.values.get(question.tensor)
        said = "TensorFlow did not compute it." if value is None else f"It is {format_value(value)}."
        if exercise is not None and exercise.solution:
            said = f"It is {exercise.solution}, here {format_value(value)}." if value is not None else said
        self._say(SHOWN, said)
        if exercise is None:
            self._uncover()

    def _uncover(self) -> None:
        self._revealing = True
        if self._question is not None and self._question.kind == "local":
            self._session.stepper.reveal_local()
        else:
            self._session.stepper.reveal_next()
        self._revealing = False

    def _check_fact(self, program: Program) -> None:
        fact = self._facts(self.exercise.kind) if self.exercise is not None else None
        if program.variables:
            self._say(UNCLEAR, "Enter a number.")
        elif fact is None:
            self._say(UNCLEAR, "It is not known yet: wait until the window shows it.")
        elif is_close(answer := evaluate(program.output, {}, {}), fact, 1e-9):
            self._say(RIGHT, f"Right: {fact:,.0f}.")
        else:
            for row in self._wrong:
                if row.message and is_close(answer, evaluate(parse(row.answer).output, {}, {}), 1e-9):
                    self._say(WRONG, row.message)
                    return
            self._say(WRONG, "Not yet. Look again.")

    def _known_names(self, program: Program) -> None:
        names = self._names(self._session.point, self._session.values)
        for name in program.variables:
            if name not in names and name not in program.assignments:
                shown = ", ".join(names) or "only numbers"
                raise UserError(f"There is no {name} here; there is {shown}.")

    def _names(self, point: Mapping[str, FloatArray], values: Values) -> dict[str, Any]:
        """Values by the names that may stand in a formula: variables, and what statements define."""
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

    def _ask_points(self, attempt: _Attempt, points: list[dict[str, FloatArray]]) -> None:
        trace = self._session.trace
        assert trace is not None
        self._say(ASKING, "")
        take = partial(self._take_points, attempt, points, trace.fetches)
        self._client.request(POINTS, PointsPayload(graph=trace.graph, points=points), take)

    def _take_points(
        self, attempt: _Attempt, points: list[dict[str, FloatArray]], fetches: tuple[str, ...], reply: PointsReply
    ) -> None:
        if attempt is not self._try:
            return
        if (error := reply.get("error")) is not None:
            self._try = None
            self._say(UNCLEAR, error["message"])
            return
        for point, values in zip(points, reply["values"], strict=True):
            attempt.points.append(point)
            attempt.values.append(dict(zip(fetches, values, strict=True)))
        if attempt.everywhere:
            self._curve.check(attempt.text)
        else:
            self._judge(attempt)

    def _take_check(self, reply: CheckReply | None) -> None:
        attempt = self._try
        if attempt is None or not attempt.everywhere or reply is None or self._curve.claim != attempt.text:
            return
        if "error" in reply:
            self._try = None
            self._say(UNCLEAR, reply["error"]["message"])
        elif reply["holds"] and reply["deviation"] is not None:
            self._try = None
            deviation = format_number(reply["deviation"], 2)
            self._say(RIGHT, f"Right, at all {reply['compared']:,} points: the largest deviation is {deviation}.")
        else:
            self._judge(attempt)

    # -- the verdict ------------------------------------------------------------------------------

    def _judge(self, attempt: _Attempt) -> None:
        self._try = None
        trace, tensor = self._session.trace, attempt.question.tensor
        assert trace is not None
        known = [
            (point, values)
            for point, values in zip(attempt.points, attempt.values, strict=True)
            if tensor in values and np.all(np.isfinite(values[tensor]))
        ]
        if not known:
            self._say(UNCLEAR, "TensorFlow's own answer is no number here, so nothing can be compared.")
            return
        answers = [self._value(attempt.program, point, values) for point, values in known]
        values = [values for _, values in known]
        truths = [value[tensor] for value in values]
        pairs = list(zip(answers, truths, strict=True))
        if not attempt.everywhere and (
            all(is_close(*pair) for pair in pairs) or is_rounded(attempt.text, attempt.program, truths[0])
        ):
            where = f" TensorFlow's numbers are the same at {len(known)} points." if len(known) > 1 else ""
            self._say(RIGHT, f"Right: {format_value(truths[0])}.{where}")
            if self.exercise is None:
                self._uncover()
            return
        for row in self._wrong:
            foreseen = parse(row.answer)
            same = (self._value(foreseen, point, fetched) for point, fetched in known)
            if row.message and all(is_close(answer, other) for answer, other in zip(answers, same, strict=True)):
                self._say(WRONG, row.message)
                return
        self.shows, says = hint(trace, attempt.question, answers, values)
        if not says and answers[0] is not None and np.shape(answers[0]) != np.shape(truths[0]):
            says = f"The answer has the shape {np.shape(truths[0])}, this one {np.shape(answers[0])}."
        if not says and len(pairs) > 1 and is_close(*pairs[0]):
            says = "Right for these values, but not for others: it must hold everywhere."
        not_yet = NOT_FED if tensor in trace.variables.values() else NOT_YET[attempt.question.kind]
        self._say(WRONG, says or not_yet, self.shows)

    def _say(self, verdict: str, told: str, shows: str = "") -> None:
        if (verdict, told, shows) != (self.verdict, self.told, self.shows) or verdict:
            self.verdict, self.told, self.shows = verdict, told, shows
            self.changed.emit()
            if verdict in (RIGHT, WRONG, SHOWN):
                self.answered.emit(verdict)

    _wrong: tuple[Any, ...] = ()


def is_rounded(text: str, program: Program, truth: Any) -> bool:
    """Whether a plain number is ``truth`` rounded to the digits that were typed, two significant ones at least."""
    if program.variables or np.ndim(truth) or not re.fullmatch(r"\s*[-−+]?\d*\.?\d+\s*", text):
        return False
    decimals = len(text.strip().partition(".")[2])
    digits = len(re.sub(r"\D", "", text).lstrip("0"))
    typed = float(evaluate(program.output, {}, {}))
    return digits >= 2 and abs(typed - float(truth)) <= 0.5001 * 10.0**-decimals


def random_points(centre: Mapping[str, FloatArray], seed: int = 4) -> list[dict[str, FloatArray]]:
    """Return `POINTS` points around 0, above 0 and around ``centre``: some lie within nearly every domain."""
    rng = np.random.default_rng(seed)
    points = []
    for number in range(COMPARED_POINTS):
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
