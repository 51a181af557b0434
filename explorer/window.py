"""Runs the window, and makes pictures of it without one."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.core.errors import ExpressionError
from explorer.core.values import parse_at
from explorer.quiet import quiet_standard_error, quiet_tensorflow

if TYPE_CHECKING:
    from explorer.views.main_window import MainWindow

PATIENCE = 120_000
"""Milliseconds that a picture waits for TensorFlow, which may start slowly on a busy machine."""


def run_window(
    expression: str | None, at: str, dtype: str, theme: str | None, size: tuple[int, int] | None
) -> int:  # fmt: skip
    """Open the window, with the user's settings and last session, and run until it is closed."""
    from explorer.app import application, create_main_window
    from explorer.session.settings_store import SettingsStore

    app = application()
    window = create_main_window(SettingsStore.of_user(), restore=expression is None)
    _prepare(window, theme=theme, size=size, dtype=dtype)
    if expression is not None:
        window.open_expression(expression.strip(), parse_at(at))
    window.show()
    return app.exec()


def take_snapshot(
    expression: str,
    target: Path,
    *,
    at: str = "",
    dtype: str = "float32",
    theme: str | None = None,
    size: tuple[int, int] | None = None,
    scale: float = 1.0,
    step: int = 0,
    depth: str = "concept",
    direction: str = "TB",
    pass_: str = "backward",
) -> None:
    """Write a picture of the main window at ``step`` of a pass, after everything in it is ready.

    Raises OSError where it cannot be written and ExpressionError where TensorFlow cannot build the expression.
    """
    from explorer.app import create_main_window

    window = _offscreen(create_main_window, scale)
    try:
        window.setAnimated(False)
        _prepare(window, theme=theme, size=size or (1280, 720), dtype=dtype, depth=depth, direction=direction)
        window.open_expression(expression, parse_at(at))
        window.show()
        _wait(window, lambda: window.isComplete(expression))
        window.session.set_pass(pass_)
        total = window.session.steps_total(pass_)
        if step > total:
            raise ExpressionError(f"{expression} has {total} {pass_} steps, so there is no step {step}.")
        window.session.set_step(step)
        _wait(window, lambda: window.isComplete(expression) and window.autodiff.graph.property("shownStep") == step)
        _save(window.grab(), target)
    finally:
        window.close()


def draw(
    expression: str,
    target: Path,
    *,
    at: str = "",
    dtype: str = "float32",
    step: int = 0,
    depth: str = "concept",
    theme: str = "light",
) -> None:
    """Write the graph alone as SVG, PNG, PDF or DOT; raises like `take_snapshot`."""
    quiet_tensorflow()
    with quiet_standard_error():
        from explorer.engine.local import explain_once

        trace, values = explain_once(expression, parse_at(at), dtype)
    if step > len(trace.steps):
        raise ExpressionError(f"{expression} has {len(trace.steps)} backward steps, so there is no step {step}.")
    _go_offscreen(1.0)
    from explorer.app import application
    from explorer.views.graph.export import save_graph
    from explorer.views.theme import load_fonts
    from explorer.views.theme import theme as named_theme

    application()
    load_fonts()
    save_graph(trace, values, target, step=step, depth=depth, theme=named_theme(theme))


def _prepare(
    window: "MainWindow",
    *,
    theme: str | None,
    size: tuple[int, int] | None,
    dtype: str | None = None,
    depth: str | None = None,
    direction: str | None = None,
) -> None:
    from PySide6.QtWidgets import QLayout

    for key, value in (("theme", theme), ("dtype", dtype), ("depth", depth), ("direction", direction)):
        if value is not None:
            window.store.override(key, value)
    if size is not None:
        window.setMinimumSize(0, 0)
        window.layout().setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        window.resize(*size)


def _go_offscreen(scale: float) -> None:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if scale != 1:
        os.environ["QT_SCALE_FACTOR"] = str(scale)


def _offscreen(make: Callable[[], Any], scale: float) -> Any:
    _go_offscreen(scale)
    return make()


def _wait(window: "MainWindow", done: Callable[[], bool]) -> None:
    """Run the event loop until ``done``; raises ExpressionError with the window's sentence if that cannot come."""
    from PySide6.QtCore import QElapsedTimer, QEventLoop, QTimer

    loop, clock = QEventLoop(), QElapsedTimer()
    clock.start()
    problem: list[str] = []

    def look() -> None:
        error = window.session.error
        if error is not None:
            problem.append(error.message)
        elif window.property("engineState") == "failed":
            problem.append(window.client.sentence)
        elif clock.elapsed() > PATIENCE:
            problem.append("The window did not become ready in two minutes.")
        if problem or done():
            loop.quit()

    timer = QTimer(interval=15)
    timer.timeout.connect(look)
    timer.start()
    loop.exec()
    timer.stop()
    if problem:
        raise ExpressionError(problem[0])


def _save(pixmap: Any, target: Path) -> None:
    """Write beside and rename, so that a picture is there whole or not at all."""
    part = target.with_name(f".{target.name}.part")
    if not pixmap.save(str(part), "PNG"):
        part.unlink(missing_ok=True)
        raise OSError(f"{target} cannot be written")
    part.replace(target)
