"""Runs the window."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.core.expression.values import parse_point
from explorer.views.help.controller import HelpController
from explorer.views.lessons.controller import LessonController

if TYPE_CHECKING:
    from explorer.views.shell.main_window import MainWindow


def run_window(
    expression: str | None,
    at: str,
    dtype: str,
    theme: str | None,
    size: tuple[int, int] | None,
    lesson: Path | None = None,
    tour: bool = False,
) -> int:
    """Open the window, with the user's settings and last session or a lesson, and run until it is closed.

    tour: walk the tour; it is walked unasked where nothing is to be shown and nobody has seen it.
    """
    from explorer.app import application, create_main_window
    from explorer.session.settings_store import SettingsStore

    app = application()
    window = create_main_window(SettingsStore.of_user(), restore=expression is None)
    prepare(window, theme=theme, size=size, dtype=dtype)
    if expression is not None:
        window.open_expression(expression.strip(), parse_point(at))
        window.offer_interrupted()
    show_on_screen(window, chosen=size is not None)
    if lesson is not None:
        window.part(LessonController).open(str(lesson))
    if tour:
        window.part(HelpController).begin_tour()
    elif expression is None and lesson is None:
        window.part(HelpController).offer_tour()
    return app.exec()


def show_on_screen(window: "MainWindow", *, chosen: bool) -> None:
    """Show the window, as large as the screen where it and its title would not fit there.

    chosen: whether the user said how large it shall be.
    """
    from PySide6.QtWidgets import QStyle

    room, title = window.screen().availableSize(), window.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)
    if not chosen and (window.width() > room.width() or window.height() + title > room.height()):
        window.showMaximized()  # a projector's 1280x720, and anything smaller
    else:
        window.show()


def prepare(
    window: "MainWindow",
    *,
    theme: str | None,
    size: tuple[int, int] | None,
    dtype: str | None = None,
    depth: str | None = None,
    direction: str | None = None,
) -> None:
    """Set what the command line asks for, for this window alone."""
    from PySide6.QtWidgets import QLayout

    for key, value in (("theme", theme), ("dtype", dtype), ("depth", depth), ("direction", direction)):
        if value is not None:
            window.sessions.store.override(key, value)
    if size is not None:
        window.setMinimumSize(0, 0)
        window.layout().setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        window.resize(*size)


def go_offscreen(scale: float) -> None:
    """Let windows be painted without a display, with so many device pixels for each pixel."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if scale != 1:
        os.environ["QT_SCALE_FACTOR"] = str(scale)
