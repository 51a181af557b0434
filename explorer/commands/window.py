"""The command without a name: opens the window. Without a display it prints an explanation and writes a picture."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.arguments import EXAMPLE
from explorer.commands.window_setup import apply_options
from explorer.core.autodiff.output_choice import SUM, OutputChoice, parse_output
from explorer.core.expression.values import parse_point

if TYPE_CHECKING:
    from explorer.views.shell.main_window import MainWindow


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit status. Raises CommandError and ExpressionError."""
    if options.check:
        from explorer.commands.check import run as run_checks

        return run_checks()
    if options.install_desktop:
        from explorer.commands.install_desktop import install_desktop

        for path in install_desktop():
            print(path)
        return 0
    from explorer.commands.display import has_display, missing_library
    from explorer.commands.expression_check import check_expression
    from explorer.commands.lesson import lesson_path, print_lesson
    from explorer.commands.network_file import network_path, print_network

    lesson = lesson_path(options.expression)
    network = network_path(options.expression) if lesson is None else None
    if lesson is not None or network is not None:
        options.expression = None
    output = SUM
    if options.expression is not None:
        output = check_expression(options.expression.strip(), parse_point(options.at), output=options.output_choice)
    reason = None if has_display() else "There is no display"
    if reason is None and (message := missing_library()) is not None:
        print(message, file=sys.stderr)
        reason = "The window cannot be opened"
    if reason is not None and network is not None:
        return print_network(network, reason)
    if reason is not None:
        return _run_without_window(options, reason) if lesson is None else print_lesson(lesson, reason)
    return run_window(
        options.expression,
        options.at,
        options.dtype,
        options.theme,
        options.size,
        lesson,
        options.tour,
        output,
        network,
    )


def _run_without_window(options: argparse.Namespace, reason: str) -> int:
    """Print an explanation and write a picture: the first command must be useful on every machine."""
    from explorer.commands.explain import run as explain
    from explorer.commands.snapshot import take_snapshot

    options.expression = (options.expression or EXAMPLE).strip()
    print(f"{reason}, so here is the explanation of {options.expression} as text.\n", flush=True)
    options.batch, options.json, options.wrt, options.again = None, False, None, ""
    status = explain(options)
    picture = Path("autodiff-explorer.png").resolve()
    try:
        take_snapshot(
            options.expression,
            picture,
            at=options.at,
            output=parse_output(options.output_choice),
            dtype=options.dtype,
            theme=options.theme,
            size=options.size,
        )
    except (ImportError, OSError) as error:
        print(f"\nNo picture of the window could be written: {error}.")
    else:
        print(f"\nA picture of the window: {picture}")
    return status


def run_window(
    expression: str | None,
    at: str,
    dtype: str,
    theme: str | None,
    size: tuple[int, int] | None,
    lesson: Path | None = None,
    tour: bool = False,
    output: OutputChoice = SUM,
    network: Path | None = None,
) -> int:
    """Open the window with the user's settings, and run until it is closed; returns the exit status.

    It shows the expression, the lesson, the graph of the network or, without these, the last session.
    output: which output is differentiated. tour: whether to begin the tour, which otherwise begins only if there is
    nothing to show and the user has never ended it.
    """
    from explorer.app import application, create_main_window
    from explorer.session.settings_store import SettingsStore

    app = application()
    window = create_main_window(SettingsStore.of_user(), restore=expression is None)
    apply_options(window, theme=theme, size=size, dtype=dtype)
    if expression is not None:
        window.open_expression(expression.strip(), parse_point(at))
        window.sessions.autodiff.set_output(output)
        window.feature("training").restore()
    if network is not None:
        window.sessions.network_graph.open(str(network.resolve()))
        window.show_tab("network")
    show_on_screen(window, has_size=size is not None)
    # Imported by now; before the window is made, nothing delays the start of its engine.
    from explorer.views.help.controller import HelpController
    from explorer.views.lessons.controller import LessonController

    if lesson is not None:
        window.part(LessonController).open(str(lesson))
    if tour:
        window.part(HelpController).begin_tour()
    elif expression is None and lesson is None and network is None:
        window.part(HelpController).offer_tour()
    return app.exec()


def show_on_screen(window: "MainWindow", *, has_size: bool) -> None:
    """Show the window, maximized if it and its title bar do not fit on the screen.

    has_size: whether the user chose the size.
    """
    from PySide6.QtWidgets import QStyle

    available = window.screen().availableSize()
    title_height = window.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)
    if not has_size and (window.width() > available.width() or window.height() + title_height > available.height()):
        window.showMaximized()  # a projector's 1280x720, and anything smaller
    else:
        window.show()
