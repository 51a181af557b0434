"""The check of a lesson: each scene is computed, its exercise is answered, and what does not fit is reported."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from explorer.core.autodiff.concept_trace import concept_trace
from explorer.core.autodiff.output_choice import output_of_program
from explorer.core.autodiff.trace import Trace
from explorer.core.autodiff.visible_steps import step_count
from explorer.core.errors import ExpressionError, UserError
from explorer.core.expression.evaluate import evaluate
from explorer.core.expression.parser import parse
from explorer.core.expression.values import bind
from explorer.core.lessons.lesson import Exercise, Lesson, LessonProblem, Scene, read_with_problems
from explorer.core.lessons.scene_keys import LAST_STEP, scene_output
from explorer.core.lessons.scene_lines import SceneLines
from explorer.core.lessons.scene_values import facts_of, is_count, names_of_scene, scene_values
from explorer.core.lessons.text_check import text_problems
from explorer.core.lessons.value_text import format_scene_value
from explorer.core.number_format import format_count
from explorer.core.practice.answer_text import parse_answer
from explorer.core.practice.closeness import is_close
from explorer.core.practice.judging import RIGHT, WRONG
from explorer.core.training.settings import run_settings
from explorer.engine.autodiff.named_values import evaluate_values
from explorer.engine.autodiff.tracing import TracedExpression, trace_expression
from explorer.engine.lessons.answer_check import ExerciseJudge
from explorer.engine.lessons.network_facts import NetworkFacts
from explorer.engine.plot.curves import Curves
from explorer.engine.plot.graphs import PlotGraphs

Problem: TypeAlias = tuple[int, str]
"""The line of a mistake, and a message."""


def check_lesson(source: str, folder: Path) -> tuple[Lesson, list[LessonProblem]]:
    """Return a lesson as far as it can be read, and everything that is wrong with it, in the order of the lines.

    source: the text of the file. folder: that of the files that it names.
    """
    lesson, problems = read_with_problems(source, folder)
    lines = SceneLines(source, lesson)
    broken = {lines.scene_at(problem.line) - 1 for problem in problems}
    problems += text_problems(lesson, lines)
    checker = _SceneChecker(lesson, lines)
    try:
        for index in range(len(lesson.scenes)):
            if index not in broken:  # what follows from a mistake would be reported as another one
                problems += [LessonProblem(line, message) for line, message in checker.problems(index)]
    finally:
        checker.close()
    unique = dict.fromkeys((problem.line, problem.message) for problem in problems)
    return lesson, [LessonProblem(line, message) for line, message in sorted(unique, key=lambda problem: problem[0])]


def lesson_numbers(lesson: Lesson) -> list[Callable[[str], str]]:
    """Return, for each scene, a function that returns the numbers in its texts; those of runs are not computed."""
    facts = NetworkFacts(lesson.folder, trains=False)
    return [_numbers_of_scene(scene, facts) for scene in lesson.scenes]


def _numbers_of_scene(scene: Scene, facts: NetworkFacts) -> Callable[[str], str]:
    names, found = names_of_scene(scene.view_state), scene_values(scene.texts, scene.view_state)
    traced = _traced(scene) if found and scene.view_state["expression"].strip() else None
    shown = {}
    for source, value in found.items():
        numbers = {}
        for name in facts_of(value, names):
            try:
                numbers[name.text] = facts.number(scene.view_state, name)
            except UserError:
                break
        (result,), _ = evaluate_values([source], traced, numbers)
        shown[source] = "…" if result is None else format_scene_value(value, result, is_count(value, names))
    if traced is not None:
        traced.close()
    return lambda source: shown.get(source, "…")


def _traced(scene: Scene) -> TracedExpression:
    view = scene.view_state
    program = parse(view["expression"])
    point = bind(program, view["at"])
    output, _, _ = output_of_program(program, point, view["again"], scene_output(view))
    return trace_expression(view["expression"], point, view["dtype"], differentiated_by=view["again"], output=output)


class _SceneChecker:
    def __init__(self, lesson: Lesson, lines: SceneLines) -> None:
        self._lesson, self._lines = lesson, lines
        self._facts = NetworkFacts(lesson.folder)
        self._curves = Curves(PlotGraphs())

    def close(self) -> None:
        """End the threads that compute curves."""
        self._curves.close()

    def problems(self, index: int) -> Iterator[Problem]:
        """Yield the mistakes of a scene that is valid by itself."""
        scene, view = self._lesson.scenes[index], self._lesson.scenes[index].view_state
        yield from self._problems_of_network(index, view)
        traced: TracedExpression | None = None
        if view["expression"].strip():
            try:
                traced = _traced(scene)
            except UserError as error:
                yield self._lines.key(index, "expression"), f"expression: {error.message}"
                return
        try:
            if traced is not None:
                yield from self._problems_of_expression(index, view, traced)
            yield from self._problems_of_values(index, scene, traced)
            if scene.exercise is not None:
                yield from self._problems_of_exercise(index, scene.exercise, view, traced)
        finally:
            if traced is not None:
                traced.close()

    # -- the expression ---------------------------------------------------------------------------

    def _problems_of_expression(
        self, index: int, view: Mapping[str, Any], traced: TracedExpression
    ) -> Iterator[Problem]:
        trace = traced.trace
        total = step_count(_visible(trace, view), view["pass"])
        if view["step"] != LAST_STEP and view["step"] > total:
            steps = format_count(total, "step")
            message = f"step: the {view['pass']} pass has {steps}, and the scene asks for step {view['step']}."
            yield self._lines.key(index, "step"), message
        if view["select"] and (message := _selection_problem(trace, view)):
            yield self._lines.key(index, "select"), message
        for key in ("overlay", "claim"):
            if view[key].strip():
                unknown = [name for name in parse(view[key]).variables if name not in trace.variables]
                if unknown:
                    yield self._lines.key(index, key), f"{key}: {unknown[0]} does not occur in the expression."

    # -- data, networks, runs ---------------------------------------------------------------------

    def _problems_of_network(self, index: int, view: Mapping[str, Any]) -> Iterator[Problem]:
        scene_keys = self._lesson.scenes[index].view_keys
        if "network" in scene_keys or "train" in scene_keys:
            key = "network" if view["network"] else "train"
            try:
                layers = self._facts.layers(view)
            except UserError as error:
                yield self._lines.key(index, key), f"{key}: {error.message}"
            else:
                yield from self._problems_of_layers(index, view, layers)
        elif unused := next((key for key in ("layer", "unit", "moment") if key in scene_keys), None):
            yield self._lines.key(index, unused), f"{unused}: the scene has no network (key train or network)."
        shows_image = view["tab"] in ("data", "activations") and {"image", "part", "digit"} & set(scene_keys)
        if shows_image or scene_keys.get("data", "").endswith(".npz"):
            yield from self._problems_of_image(index, view)

    def _problems_of_layers(
        self, index: int, view: Mapping[str, Any], layers: list[dict[str, Any]]
    ) -> Iterator[Problem]:
        if "layer" in view:
            yield from self._problem_of_layer(index, "layer", view["layer"], layers)
            if view["layer"] < len(layers) and view["tab"] == "weights" and not layers[view["layer"]]["has_weights"]:
                name = layers[view["layer"]]["name"]
                yield self._lines.key(index, "layer"), f"layer: layer {view['layer']}, {name}, has no weights to show."
        if "unit" in view:
            number, *place = view["unit"]
            yield from self._problem_of_layer(index, "unit", number, layers)
            if number < len(layers):
                shape = layers[number]["shape"]
                fits = len(place) == len(shape) and all(p < size for p, size in zip(place, shape, strict=False))
                if not fits:
                    message = f"unit: the output of layer {number} has shape {shape}, so it has no unit {tuple(place)}."
                    yield self._lines.key(index, "unit"), message
        if "train" in view and view["moment"] != LAST_STEP:
            try:
                last = self._facts.steps_of_epoch(view) * run_settings(**view["train"])["epochs"]
            except UserError:
                return
            if view["moment"] > last:
                message = f"moment: the run has {last:,} steps, and the scene asks for step {view['moment']:,}."
                yield self._lines.key(index, "moment"), message

    def _problem_of_layer(self, index: int, key: str, number: int, layers: list[dict[str, Any]]) -> Iterator[Problem]:
        if number >= len(layers):
            message = f"{key}: there is no layer {number}; the network has the layers 0 to {len(layers) - 1}."
            yield self._lines.key(index, key), message

    def _problems_of_image(self, index: int, view: Mapping[str, Any]) -> Iterator[Problem]:
        try:
            count = len(self._facts.images(view))
        except UserError as error:
            yield self._lines.key(index, "data"), f"data: {error.message}"
            return
        if view["image"] >= count:
            of = f" of the digit {view['digit']}" if view.get("digit") is not None else ""
            known = f"there are {count:,} {view['part']} images{of}, counted from 0"
            message = f"image: {known}, so there is no {view['image']:,}."
            yield self._lines.key(index, "image"), message

    # -- values in texts --------------------------------------------------------------------------

    def _problems_of_values(self, index: int, scene: Scene, traced: TracedExpression | None) -> Iterator[Problem]:
        names = names_of_scene(scene.view_state)
        for source, value in scene_values(scene.texts, scene.view_state).items():
            numbers, message = {}, ""
            for name in facts_of(value, names):
                try:
                    numbers[name.text] = self._facts.number(scene.view_state, name)
                except UserError as error:
                    message = error.message
            if not message:
                (result,), (message,) = evaluate_values([source], traced, numbers)
                if not message and not np.all(np.isfinite(np.asarray(result, np.float64))):
                    continue  # it is shown as ∞ or nan, as in the graph
            if message:
                yield self._lines.text(index, source), f"{{{{ {source} }}}}: {message}"

    # -- exercises --------------------------------------------------------------------------------

    def _problems_of_exercise(
        self, index: int, exercise: Exercise, view: Mapping[str, Any], traced: TracedExpression | None
    ) -> Iterator[Problem]:
        if exercise.kind in ("label", "parameters"):
            yield from self._problems_of_fact(index, exercise, view)
        elif traced is not None:
            total = step_count(_visible(traced.trace, view), view["pass"])
            step = total if view["step"] == LAST_STEP else min(view["step"], total)
            judge = ExerciseJudge(traced, view, exercise, step, self._curves)
            yield from self._problems_of_answers(index, exercise, judge)

    def _problems_of_answers(self, index: int, exercise: Exercise, judge: ExerciseJudge) -> Iterator[Problem]:
        if not judge.questions:
            if exercise.kind == "next":
                message = "This step brings no number that could be asked for."
            else:
                message = (
                    f"TensorFlow has no gradient for {judge.variable or 'any variable'}, so that nothing can be asked."
                )
            yield self._lines.key(index, "asks", "exercise"), message
            return
        if exercise.solution:
            judgements = judge.judgements(exercise.solution)
            if all(judgement.verdict != RIGHT for judgement in judgements):
                line = self._lines.key(index, "right", "exercise")
                message = judgements[0].message
                reason = "" if message.startswith("Not yet.") else f" {message}"  # a hint for the class is no reason
                yield line, f"right: {exercise.solution} is not right.{reason}"
        for mistake in exercise.foreseen_mistakes:
            judgements = judge.judgements(mistake.answer)
            line = self._lines.answer(index, mistake.answer)
            if all(judgement.verdict == RIGHT for judgement in judgements):
                yield line, f"wrong: {mistake.answer} is right."
            elif all(judgement.verdict not in (RIGHT, WRONG) for judgement in judgements):
                yield line, f"wrong: {mistake.answer} cannot be compared. {judgements[0].message}"

    def _problems_of_fact(self, index: int, exercise: Exercise, view: Mapping[str, Any]) -> Iterator[Problem]:
        try:
            fact = self._fact(exercise, view)
        except UserError as error:
            yield self._lines.key(index, "asks", "exercise"), f"This cannot be asked here. {error.message}"
            return
        if exercise.solution and not _says(exercise.solution, fact):
            line = self._lines.key(index, "right", "exercise")
            yield line, f"right: {exercise.solution} is not right: it is {fact:,.0f}."
        for mistake in exercise.foreseen_mistakes:
            if _says(mistake.answer, fact):
                yield self._lines.answer(index, mistake.answer), f"wrong: {mistake.answer} is right."

    def _fact(self, exercise: Exercise, view: Mapping[str, Any]) -> float:
        if exercise.kind == "parameters":
            if not view["network"] and "train" not in view:
                raise UserError("The scene has no network (key train or network).")
            return float(sum(layer["parameters"] for layer in self._facts.layers(view)))
        labels = self._facts.images(view)
        if view["image"] >= len(labels):
            raise UserError(f"There is no image {view['image']:,}.")
        return float(labels[view["image"]])


def _visible(trace: Trace, view: Mapping[str, Any]) -> Trace:
    return concept_trace(trace) if view["depth"] == "concept" else trace


def _selection_problem(trace: Trace, view: Mapping[str, Any]) -> str:
    """Return what is wrong with the key ``select``, "" if it names an op or a tensor of the graph."""
    name = view["select"]
    op, colon, _ = name.partition(":")
    ops = {node.id for nodes in (trace.nodes, trace.gradient_nodes) for node in nodes}
    tensors = {node.tensor for nodes in (trace.nodes, trace.gradient_nodes) for node in nodes}
    if op not in ops:
        shown = ", ".join(node.id for node in _visible(trace, view).nodes)
        return f"select: the graph has no op {op}; it has {shown[:200]}."
    return f"select: the op {op} has no output {name}; it has {op}:0." if colon and name not in tensors else ""


def _says(text: str, fact: float) -> bool:
    try:
        program = parse_answer(text)
        return not program.variables and is_close(evaluate(program.output, {}, {}), fact, 1e-9)
    except (ExpressionError, UserError):
        return False
