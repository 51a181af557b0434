"""Pictures of the main window, with or without a display, after everything in it is ready."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.arguments import CommandError
from explorer.commands.expression_check import check_expression
from explorer.commands.lesson import load
from explorer.commands.output_file import output_path
from explorer.commands.window import go_offscreen, prepare
from explorer.core.atomic_write import atomic_write
from explorer.core.errors import UserError
from explorer.core.expression.values import parse_point, split_names
from explorer.core.network_graph.sources import CURRENT_RUN, is_source
from explorer.core.training.settings import MODELS, run_settings
from explorer.views.lessons.controller import LessonController

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap

    from explorer.views.shell.main_window import MainWindow

PATIENCE = 180_000
"""Milliseconds that a picture waits for TensorFlow, which may start slowly on a busy machine."""

MOMENT, MOMENTS = 30, 20
"""Milliseconds between two pictures of which the second must be like the first, and how many are taken for it."""

EPOCHS = 3
"""So long a network is trained, on the sample, where a tab needs one and no file was named."""


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit status. Raises UserError."""
    target = output_path(options.output, (".png",))
    expression = options.expression.strip()
    check_expression(expression, parse_point(options.at))
    if options.lesson is not None:
        scenes = len(load(Path(options.lesson)).scenes)
        if options.scene > scenes:
            raise CommandError(f"{options.lesson} has {scenes} scenes, so there is no scene {options.scene}")
    take_snapshot(
        expression,
        target,
        tab=options.tab,
        model=options.model,
        sample=options.sample,
        lesson=options.lesson,
        scene=options.scene,
        at=options.at,
        again=split_names(options.again),
        way=options.way,
        dtype=options.dtype,
        theme=options.theme,
        size=options.size,
        scale=options.scale,
        step=options.step,
        depth=options.depth,
        direction=options.direction,
        pass_=options.pass_,
    )
    return 0


def take_snapshot(
    expression: str,
    target: Path,
    *,
    tab: str = "autodiff",
    model: str | None = None,
    sample: int | None = None,
    lesson: str | None = None,
    scene: int = 1,
    at: str = "",
    again: Sequence[str] = (),
    way: str = "chain",
    dtype: str = "float32",
    theme: str | None = None,
    size: tuple[int, int] | None = None,
    scale: float = 1.0,
    step: int = 0,
    depth: str = "concept",
    direction: str = "TB",
    pass_: str = "backward",
) -> None:
    """Write a picture of the main window: of an expression at ``step`` of a pass, or of another tab.

    step: of the backward pass in the tab of a network's graph.
    model: a ``.keras`` file to look into, or the kind of network to train. sample: number of the image that is shown.
    lesson: a lesson that is open beside it, at this scene, from 1; it decides what is shown.
    Raises OSError where it cannot be written, and UserError, with a sentence, where it cannot be shown.
    """
    go_offscreen(scale)
    from explorer.app import create_main_window

    window = create_main_window()
    try:
        window.setAnimated(False)
        prepare(window, theme=theme, size=size or (1280, 720), dtype=dtype, depth=depth, direction=direction)
        window.show()
        if lesson is not None:
            _show_lesson(window, lesson, scene)
        elif tab == "autodiff":
            _show_expression(window, expression, at, again, way, pass_, step)
        elif tab == "network":
            window.show_tab(tab)
            _show_graph(window, model, step)
        else:
            window.show_tab(tab)
            _FILL[tab](window, model, sample)
        with atomic_write(target) as part:
            if not _still(window).save(str(part), "PNG"):
                raise OSError(f"{target} cannot be written")
    finally:
        window.close()


def _show_expression(
    window: "MainWindow", expression: str, at: str, again: Sequence[str], way: str, pass_: str, step: int
) -> None:
    window.open_expression(expression, parse_point(at))
    _wait(window, lambda: window.isComplete(expression))
    problems: list[str] = []
    window.sessions.autodiff.refused.connect(problems.append)
    window.sessions.autodiff.set_differentiated_by(tuple(again))
    window.sessions.methods.set_method(way)
    _wait(window, lambda: window.isComplete(expression) and window.sessions.autodiff.is_current, problems)
    window.sessions.autodiff.stepper.set_pass(pass_)
    total = window.sessions.autodiff.stepper.steps_total(pass_)
    if step > total:
        raise UserError(f"{expression} has {total} {pass_} steps, so there is no step {step}.")
    window.sessions.autodiff.stepper.set_step(step)
    _wait(window, lambda: window.isComplete(expression) and window.tab("autodiff").graph.property("shownStep") == step)


def _show_lesson(window: "MainWindow", path: str, scene: int) -> None:
    window.part(LessonController).open(path)
    window.part(LessonController).session.go(scene - 1)
    _wait(window, lambda: window.part(LessonController).is_complete)


def _show_data(window: "MainWindow", _model: str | None, sample: int | None) -> None:
    data = window.sessions.data
    _wait(window, lambda: data.page is not None)
    count = data.count(data.part)
    if sample is not None:
        if sample >= count:
            raise UserError(f"There are {count:,} images, numbered from 0, so there is no {sample:,}.")
        data.show_number(sample)
        _wait(window, lambda: data.index == sample and data.page is not None and sample in data.page["numbers"])


def _train(window: "MainWindow", model: str) -> None:
    settings = run_settings(model=model, epochs=EPOCHS)
    window.tab("training").form.setSettings(settings)
    window.sessions.training.start(settings, "sample")
    _wait(window, lambda: window.sessions.training.state == "finished" and window.sessions.current_network.number > 0)


def _show_training(window: "MainWindow", model: str | None, _sample: int | None) -> None:
    _train(window, model if model in MODELS else "mlp")
    plots = window.tab("training").loss, window.tab("training").accuracy
    _wait(window, lambda: not any(plot.isLate for plot in plots))
    if model is not None and model not in MODELS:
        _show_network(window, model)  # beside the curves of another: a file has none


def _show_network(window: "MainWindow", model: str | None) -> None:
    if model is None or model in MODELS:
        _train(window, model or "logistic")
        return
    problems: list[str] = []
    window.sessions.current_network.messageChanged.connect(problems.append)
    window.sessions.current_network.open(model)
    _wait(window, lambda: window.sessions.current_network.path == model, problems)


def _show_weights(window: "MainWindow", model: str | None, _sample: int | None) -> None:
    _show_network(window, model)
    _wait(window, lambda: bool(window.tab("weights").property("isComplete")))


def _show_activations(window: "MainWindow", model: str | None, sample: int | None) -> None:
    _show_network(window, model)
    activations = window.sessions.activations
    _wait(window, lambda: activations.total > 0)
    if sample is not None:
        if sample >= activations.total:
            raise UserError(f"There are {activations.total:,} images, so there is no {sample:,}.")
        activations.show_sample(activations.part, sample)
        _wait(window, lambda: activations.number == sample and activations.label is not None)
    _wait(window, lambda: bool(window.tab("activations").property("isComplete")))


def _show_graph(window: "MainWindow", model: str | None, step: int) -> None:
    graph = window.sessions.network_graph
    source = model or "mlp"
    if not is_source(source) or source == CURRENT_RUN:
        raise UserError(f"{source} is no network: one of {', '.join(MODELS)}, a FILE.keras, or keras:ResNet50.")
    problems: list[str] = []
    graph.stateChanged.connect(lambda: problems.append(graph.state.message))
    graph.open(source)
    tab = window.tab("network")
    _wait(window, lambda: graph.state.source == source and bool(tab.property("isComplete")), problems)
    if step > graph.state.total_steps:
        raise UserError(f"{source} has {graph.state.total_steps} steps here, so there is no step {step}.")
    graph.set_step(step)
    _wait(window, lambda: tab.view.property("shownStep") == step and bool(tab.property("isComplete")))


_FILL: dict[str, Callable[["MainWindow", str | None, int | None], None]] = {
    "data": _show_data,
    "training": _show_training,
    "weights": _show_weights,
    "activations": _show_activations,
}


def _still(window: "MainWindow") -> "QPixmap":
    """Return a picture that is the same a moment later: a formula that has just come may still be getting its room."""
    from PySide6.QtCore import QEventLoop, QTimer

    picture = window.grab()
    for _ in range(MOMENTS):
        loop = QEventLoop()
        QTimer.singleShot(MOMENT, loop.quit)
        loop.exec()
        before, picture = picture, window.grab()
        if picture.toImage() == before.toImage():
            break
    return picture


def _wait(window: "MainWindow", done: Callable[[], bool], problems: list[str] | None = None) -> None:
    """Run the event loop until ``done``; raises UserError with the window's sentence if that cannot come."""
    from PySide6.QtCore import QElapsedTimer, QEventLoop, QTimer

    loop, clock = QEventLoop(), QElapsedTimer()
    clock.start()
    found: list[str] = []

    def look() -> None:
        if window.sessions.autodiff.error is not None:
            found.append(window.sessions.autodiff.error.message)
        elif window.property("engineState") == "failed":
            found.append(window.sessions.client.message)
        elif window.sessions.training.state == "failed":
            found.append(window.sessions.training.message)
        elif clock.elapsed() > PATIENCE:
            found.append(f"The window did not become ready in {PATIENCE // 60_000} minutes.")
        found.extend(problem for problem in problems or () if problem)
        if found or done():
            loop.quit()

    timer = QTimer(interval=15)
    timer.timeout.connect(look)
    timer.start()
    loop.exec()
    timer.stop()
    if found:
        raise UserError(found[0])
