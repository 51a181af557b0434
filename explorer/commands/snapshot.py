"""Pictures of the main window, with or without a display, when everything in it is complete."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.arguments import CommandError
from explorer.commands.expression_check import check_expression
from explorer.commands.lesson import load
from explorer.commands.output_file import output_path
from explorer.commands.window_setup import apply_options, go_offscreen
from explorer.core.atomic_write import atomic_write
from explorer.core.autodiff.output_choice import SUM, OutputChoice
from explorer.core.errors import UserError
from explorer.core.expression.values import parse_point, split_names
from explorer.core.network_graph.sources import CURRENT_RUN, is_source
from explorer.core.training.settings import MODELS, run_settings

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap

    from explorer.views.shell.main_window import MainWindow

TIMEOUT_MS = 180_000
"""How long a picture waits for TensorFlow, which starts slowly on a busy machine."""

POLL_INTERVAL_MS = 15

STABLE_MS, MAX_PICTURES = 30, 20
"""Time between two pictures, of which the second must equal the first, and the number of attempts."""

TRAINED_EPOCHS = 3
"""Epochs of training on the sample, where a tab needs a network and no file is given."""


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit status. Raises UserError."""
    target = output_path(options.output, (".png",))
    expression = options.expression.strip()
    again = split_names(options.again)
    output = check_expression(expression, parse_point(options.at), again=again, output=options.output_choice)
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
        again=again,
        output=output,
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
    output: OutputChoice = SUM,
    way: str = "chain",
    dtype: str = "float32",
    theme: str | None = None,
    size: tuple[int, int] | None = None,
    scale: float = 1.0,
    step: int = 0,
    depth: str = "concept",
    direction: str = "auto",
    pass_: str = "backward",
) -> None:
    """Write a picture of the main window.

    tab: name of the tab to show. step: step of the pass, for an expression or the graph of a network.
    model: a ``.keras`` file to open, or the kind of network to train. sample: number of the image to show.
    lesson, scene: a lesson to open at a scene, from 1; the scene decides what is shown.
    Raises OSError if the picture cannot be written, and UserError if there is nothing to show.
    """
    go_offscreen(scale)
    from explorer.app import create_main_window

    window = create_main_window()
    try:
        window.setAnimated(False)
        apply_options(window, theme=theme, size=size or (1280, 720), dtype=dtype, depth=depth, direction=direction)
        window.show()
        if lesson is not None:
            _show_lesson(window, lesson, scene)
        elif tab == "autodiff":
            _show_expression(window, expression, at, again, output, way, pass_, step)
        else:
            _show_tab(window, tab)
            if tab == "network":
                _show_graph(window, model, step)
            elif tab in _FILL:
                _FILL[tab](window, model, sample)
            _wait(window, lambda: window.is_complete(tab))
        with atomic_write(target) as part:
            if not _stable_picture(window).save(str(part), "PNG"):
                raise OSError(f"{target} cannot be written")
    finally:
        window.close()


def _show_tab(window: "MainWindow", tab: str) -> None:
    try:
        window.show_tab(tab)
    except LookupError as error:
        names = ", ".join(feature.name for feature in window.features if feature.tab is not None)
        raise UserError(f"There is no tab {tab}; the tabs are {names}.") from error


def _show_expression(
    window: "MainWindow",
    expression: str,
    at: str,
    again: Sequence[str],
    output: OutputChoice,
    way: str,
    pass_: str,
    step: int,
) -> None:
    session, graph = window.sessions.autodiff, window.tab("autodiff").graph
    window.open_expression(expression, parse_point(at))
    _wait(window, lambda: window.isComplete(expression))
    messages: list[str] = []
    session.refused.connect(messages.append)
    session.set_differentiated_by(tuple(again))
    session.set_output(output)
    window.sessions.methods.set_method(way)
    _wait(window, lambda: window.isComplete(expression) and session.is_current, messages)
    session.stepper.set_pass(pass_)
    total = session.stepper.steps_total(pass_)
    if step > total:
        raise UserError(f"{expression} has {total} {pass_} steps, so there is no step {step}.")
    session.stepper.set_step(step)
    _wait(window, lambda: window.isComplete(expression) and graph.property("shownStep") == step)


def _show_lesson(window: "MainWindow", path: str, scene: int) -> None:
    from explorer.views.lessons.controller import LessonController

    lessons = window.part(LessonController)
    lessons.open(path)
    lessons.session.go(scene - 1)
    _wait(window, lambda: lessons.is_complete)


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
    training, network = window.sessions.training, window.sessions.current_network
    settings = run_settings(model=model, epochs=TRAINED_EPOCHS)
    window.tab("training").form.setSettings(settings)
    training.start(settings, "sample")
    _wait(window, lambda: training.state == "finished" and network.number > 0)


def _show_training(window: "MainWindow", model: str | None, _sample: int | None) -> None:
    _train(window, model if model in MODELS else "mlp")
    plots = window.tab("training").loss, window.tab("training").accuracy
    _wait(window, lambda: not any(plot.isLate for plot in plots))
    if model is not None and model not in MODELS:
        _show_network(window, model)  # a file has no curves; those of a run stay beside it


def _show_network(window: "MainWindow", model: str | None) -> None:
    if model is None or model in MODELS:
        _train(window, model or "logistic")
        return
    network = window.sessions.current_network
    messages: list[str] = []
    network.messageChanged.connect(messages.append)
    network.open(model)
    _wait(window, lambda: network.path == model, messages)


def _show_activations(window: "MainWindow", model: str | None, sample: int | None) -> None:
    _show_network(window, model)
    activations = window.sessions.activations
    _wait(window, lambda: activations.total > 0)
    if sample is not None:
        if sample >= activations.total:
            raise UserError(f"There are {activations.total:,} images, so there is no {sample:,}.")
        activations.show_sample(activations.part, sample)
        _wait(window, lambda: activations.number == sample and activations.label is not None)


def _show_graph(window: "MainWindow", model: str | None, step: int) -> None:
    graph = window.sessions.network_graph
    source = model or "mlp"
    if not is_source(source) or source == CURRENT_RUN:
        raise UserError(f"{source} is no network: one of {', '.join(MODELS)}, a FILE.keras, or keras:ResNet50.")
    messages: list[str] = []
    graph.stateChanged.connect(lambda: messages.append(graph.state.message))
    graph.open(source)
    tab = window.tab("network")
    _wait(window, lambda: graph.state.source == source and bool(tab.property("isComplete")), messages)
    if step > graph.state.total_steps:
        raise UserError(f"{source} has {graph.state.total_steps} steps here, so there is no step {step}.")
    graph.set_step(step)
    _wait(window, lambda: tab.view.property("shownStep") == step and bool(tab.property("isComplete")))


_FILL: dict[str, Callable[["MainWindow", str | None, int | None], None]] = {
    "data": _show_data,
    "training": _show_training,
    "weights": lambda window, model, _sample: _show_network(window, model),
    "activations": _show_activations,
}


def _stable_picture(window: "MainWindow") -> "QPixmap":
    """Return a picture that equals the next one: the layout of a formula that has just arrived may still change."""
    from PySide6.QtCore import QEventLoop, QTimer

    picture = window.grab()
    for _ in range(MAX_PICTURES):
        loop = QEventLoop()
        QTimer.singleShot(STABLE_MS, loop.quit)
        loop.exec()
        before, picture = picture, window.grab()
        if picture.toImage() == before.toImage():
            break
    return picture


def _wait(window: "MainWindow", done: Callable[[], bool], messages: list[str] | None = None) -> None:
    """Run the event loop until ``done``. Raises UserError, with the message of the window, after a failure."""
    from PySide6.QtCore import QElapsedTimer, QEventLoop, QTimer

    loop, clock = QEventLoop(), QElapsedTimer()
    clock.start()
    found: list[str] = []

    def check() -> None:
        if window.sessions.autodiff.error is not None:
            found.append(window.sessions.autodiff.error.message)
        elif window.property("engineState") == "failed":
            found.append(window.sessions.client.message)
        elif window.sessions.training.state == "failed":
            found.append(window.sessions.training.message)
        elif clock.elapsed() > TIMEOUT_MS:
            found.append(f"The window did not become ready in {TIMEOUT_MS // 60_000} minutes.")
        found.extend(message for message in messages or () if message)
        if found or done():
            loop.quit()

    timer = QTimer()
    timer.setInterval(POLL_INTERVAL_MS)
    timer.timeout.connect(check)
    timer.start()
    loop.exec()
    timer.stop()
    if found:
        raise UserError(found[0])
