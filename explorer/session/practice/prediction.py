"""Predict, then reveal: a number or formula that a student enters is compared with TensorFlow's."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import QObject, Signal

from explorer.core.errors import UserError
from explorer.core.expression.evaluate import evaluate
from explorer.core.lessons.lesson import Exercise, ForeseenMistake
from explorer.core.number_format import format_number
from explorer.core.practice.answer import Answer, Sample, claim_text, understand
from explorer.core.practice.answer_text import parse_answer
from explorer.core.practice.closeness import is_close
from explorer.core.practice.judging import RIGHT, UNCLEAR, WRONG, judge
from explorer.core.practice.questions import LOCAL, Question, answer_key, fixed_text, gradient_question, next_question
from explorer.core.practice.sample_points import points_to_compare
from explorer.core.protocol.autodiff import POINTS, PointsPayload, PointsReply
from explorer.core.protocol.plot import CheckReply
from explorer.core.syntax_tree import FloatArray, Program
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.engine_client.client import EngineClient
from explorer.session.plot.curve import CurveSession
from explorer.session.practice.cover import AnswerCover

SHOWN, ASKING = "shown", "asking"
"""Verdicts beside those of `judge`: on a revealed answer, and on one that is being compared."""


_FACT_QUESTIONS = {
    "label": "Which digit is this? Enter its label.",
    "parameters": "How many parameters has this network?",
}
"""Questions of exercises about a number that is no gradient, by the kind of the exercise."""


@dataclass
class _Attempt:
    """An answer that is being compared.

    claim: the answer as a claim about the plotted derivative, "" if it is not compared along the curve. samples:
    TensorFlow's values at the points at which it is compared.
    """

    answer: Answer
    question: Question
    claim: str
    samples: list[Sample] = field(default_factory=list)


class PredictionSession(QObject):
    """The open question: the next hidden number of the step, or what the exercise of a lesson asks.

    question: its text, "" for none. verdict: ``right``, ``wrong``, ``unclear``, ``shown``, ``asking`` or "". message:
    the text of the verdict. hint_kind: the mistake behind a wrong answer (`core.practice.mistakes`), "" for none.
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
        self.cover = AnswerCover(session, self)
        self._facts: Callable[[str], float | None] = lambda _asks: None
        self._fill_in: Callable[[str], str] = str
        self._question: Question | None = None
        self._foreseen: tuple[ForeseenMistake, ...] = ()
        self._attempt: _Attempt | None = None
        self._revealing = False
        self._client, self._session, self._curve = client, session, curve
        session.stepper.quizChanged.connect(self._update_question)
        session.stepper.stepChanged.connect(lambda *_: self._update_question())
        session.traceChanged.connect(lambda *_: self._update_question())
        for changed in (session.textChanged, session.errorChanged, session.programChanged):
            changed.connect(lambda _: self._update_question())  # the trace may be of another text now
        session.valuesChanged.connect(lambda *_: self._values_changed())
        curve.checkChanged.connect(self._receive_check)

    def set_exercise(
        self,
        exercise: Exercise | None,
        facts: Callable[[str], float | None] | None = None,
        fill_in: Callable[[str], str] = str,
    ) -> None:
        """Ask the question of an exercise.

        facts: returns a number that is no gradient, None while it is unknown. fill_in: returns a message of the
        lecturer with the numbers that stand in it.
        """
        self.cover.begin(exercise)
        self._set_exercise(exercise, facts, fill_in)

    def suspend(self) -> None:
        """Ask nothing while the scene of the next exercise is set; what is covered stays so."""
        self._set_exercise(None, None, str)

    def _set_exercise(
        self, exercise: Exercise | None, facts: Callable[[str], float | None] | None, fill_in: Callable[[str], str]
    ) -> None:
        self.exercise = exercise if exercise is not None and exercise.kind != "next" else None
        self._foreseen = exercise.foreseen_mistakes if exercise is not None else ()
        self._facts = facts if facts is not None else lambda _asks: None
        self._fill_in = fill_in
        self._set_verdict("", "")
        self._update_question()

    # -- the question -----------------------------------------------------------------------------

    def _update_question(self) -> None:
        before = self.question, self.question_id
        self.question, self._question = self._open_question()
        if (self.question, self.question_id) != before and not self._revealing:
            self._attempt = None  # its reply would be taken for one about the new question
            self._set_verdict("", "")
        self.changed.emit()

    def _open_question(self) -> tuple[str, Question | None]:
        """Return the text of the question, "" for none, and the question itself if it is about the trace."""
        session, exercise, stepper = self._session, self.exercise, self._session.stepper
        if exercise is not None and exercise.kind in _FACT_QUESTIONS:
            return _FACT_QUESTIONS[exercise.kind], None
        if session.trace is None or not session.is_current:
            return "", None
        if exercise is not None:
            question = gradient_question(session.trace, self._exercise_variable(exercise))
            text = question.text if question is not None else ""
            if question is not None and exercise.fixed:
                text = f"{text} {fixed_text(exercise.fixed)}"
            if question is not None and self._is_along_curve(exercise):
                text = f"{text} It is compared at {self._curve.points:,} points of the plot."
            return text, question
        if not stepper.quiz or stepper.trace is None:
            return "", None
        question = next_question(stepper.trace, stepper.pass_, stepper.step, stepper.revealed, stepper.local_known)
        return question.text if question is not None else "", question

    def _exercise_variable(self, exercise: Exercise) -> str:
        """Return the variable of an exercise: the one that it names, else that of the plot, else the first."""
        trace = self._session.trace
        with_gradient = trace.variables_with_gradient if trace is not None else []
        axis = self._curve.coordinate
        plotted = axis.variable if axis is not None and axis.variable in with_gradient else None
        return exercise.variable or plotted or next(iter(with_gradient), "")

    def _is_along_curve(self, exercise: Exercise) -> bool:
        """Whether the answer to an exercise can be compared with the derivative that is plotted.

        It cannot be along an entry of a vector, of which the plotted derivative is but one number, or if the selected
        part of the expression is plotted.
        """
        curve = self._curve
        is_plotted = curve.payload is not None and curve.variable == self._exercise_variable(exercise)
        return exercise.kind == "derivative" and is_plotted and curve.tensor is None

    @property
    def question_id(self) -> tuple[int, str, str] | None:
        """The step, kind and tensors that identify the question within this pass; None for no question.

        The gradient of an op that passes it on unchanged is the answer on two edges, which differ in ``of``.
        """
        if (question := self._question) is None:
            return None
        step = self._session.stepper.step if self.exercise is None else 0  # an exercise asks the same at all steps
        return step, question.kind, f"{question.tensor} {question.of}"

    def _values_changed(self) -> None:
        if self.verdict:
            self._set_verdict("", "")  # it was about other values

    @property
    def is_done(self) -> bool:
        """Whether all numbers of the step are shown, and there is a next step."""
        stepper = self._session.stepper
        return stepper.quiz and self._session.is_current and not self.question and not stepper.is_at_end

    @property
    def is_waiting(self) -> bool:
        """Whether the next question waits until TensorFlow has built the graph of the present text."""
        session, exercise = self._session, self.exercise
        asks = session.stepper.quiz if exercise is None else exercise.kind in ("gradient", "derivative")
        return asks and session.trace is not None and not session.is_current

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
        trace, question = self._session.visible_trace, self._question
        try:
            if question is None or trace is None:
                self._check_fact(parse_answer(text))
                return
            answer = understand(trace, question, text)
        except UserError as error:
            self._set_verdict(UNCLEAR, error.message)
            return
        exercise, program = self.exercise, self._session.program
        everywhere = exercise is not None and exercise.kind == "derivative"
        claim = claim_text(trace, answer, program) if exercise is not None and self._is_along_curve(exercise) else ""
        self._attempt = _Attempt(answer, question, claim)
        assigned = program.assignments if program is not None else {}
        # The values that are shown may be older than the inputs, so the request includes the present point.
        fixed = exercise.fixed if exercise is not None else ()
        points = points_to_compare(trace, answer, assigned, dict(self._session.point), everywhere, fixed)
        self._request_points(self._attempt, points)

    def reveal(self) -> None:
        """Show the answer."""
        self._attempt = None
        if not self.question:
            return
        self._set_verdict(SHOWN, self.answer)
        if self.exercise is None and self._question is not None:
            self._reveal_number()

    @property
    def answer(self) -> str:
        """The answer to the open question in a sentence, "" without a question."""
        question, exercise = self._question, self.exercise
        if not self.question:
            return ""
        if question is None:
            fact = self._facts(exercise.kind) if exercise is not None else None
            return f"It is {fact:,.0f}." if fact is not None else "It is not known yet."
        values = self._session.values
        key = answer_key(question, values) if question.tensor in values else ""
        if not key:
            return "TensorFlow did not compute it."
        if exercise is not None and exercise.solution:
            return f"It is {exercise.solution}, here {key}."
        return f"It is {key}."

    @property
    def hints(self) -> tuple[tuple[str, str], ...]:
        """The wrong answers that the lecturer foresees, each with its message; "" for that of the program."""
        return tuple((mistake.answer, self._fill_in(mistake.message)) for mistake in self._foreseen)

    def _reveal_number(self) -> None:
        self._revealing = True
        if self._question is not None and self._question.kind == LOCAL:
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
                if row.message and is_close(answer, evaluate(parse_answer(row.answer).output, {}, {}), 1e-9):
                    self._set_verdict(WRONG, self._fill_in(row.message))
                    return
            self._set_verdict(WRONG, "Not yet. Look again.")

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
            attempt.samples.append(Sample(point, dict(zip(fetches, values, strict=True))))
        if attempt.claim:
            self._curve.check(attempt.claim)
        else:
            self._judge(attempt)

    def _receive_check(self, reply: CheckReply | None) -> None:
        attempt = self._attempt
        if attempt is None or not attempt.claim or reply is None or self._curve.claim != attempt.claim:
            return
        if "error" in reply:
            self._attempt = None
            self._set_verdict(UNCLEAR, reply["error"]["message"])
        elif reply["deviation"] is None:
            self._judge(attempt)  # the curve has no value to compare with
        elif reply["holds"]:
            self._attempt = None
            deviation = format_number(reply["deviation"], 2)
            self._set_verdict(
                RIGHT, f"Right, at all {reply['compared']:,} points: the largest deviation is {deviation}."
            )
        else:
            self._judge(attempt, is_refuted=True)

    # -- the verdict ------------------------------------------------------------------------------

    def _judge(self, attempt: _Attempt, is_refuted: bool = False) -> None:
        self._attempt = None
        trace = self._session.visible_trace
        assert trace is not None
        foreseen = [(row.answer, self._fill_in(row.message)) for row in self._foreseen]
        found = judge(trace, attempt.question, attempt.answer, attempt.samples, foreseen, is_refuted)
        self.hint_kind = found.hint_kind
        self._set_verdict(found.verdict, found.message, found.hint_kind)
        if found.verdict == RIGHT and self.exercise is None:
            self._reveal_number()

    def _set_verdict(self, verdict: str, message: str, hint_kind: str = "") -> None:
        if (verdict, message, hint_kind) != (self.verdict, self.message, self.hint_kind) or verdict:
            self.verdict, self.message, self.hint_kind = verdict, message, hint_kind
            if verdict in (RIGHT, SHOWN):
                self.cover.end()
            self.changed.emit()
            if verdict in (RIGHT, WRONG, SHOWN):
                self.answered.emit(verdict)
