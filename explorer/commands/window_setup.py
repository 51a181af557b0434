"""Set-up of Qt and of a window before a command uses them."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.views.shell.main_window import MainWindow


def apply_options(
    window: "MainWindow",
    *,
    theme: str | None,
    size: tuple[int, int] | None,
    dtype: str | None = None,
    depth: str | None = None,
    direction: str | None = None,
) -> None:
    """Apply options of the command line to this window only; stored settings do not change."""
    from PySide6.QtWidgets import QLayout

    for key, value in (("theme", theme), ("dtype", dtype), ("depth", depth), ("direction", direction)):
        if value is not None:
            window.sessions.store.override(key, value)
    if size is not None:
        window.setMinimumSize(0, 0)
        layout = window.layout()
        assert layout is not None
        layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        window.resize(*size)


def go_offscreen(scale: float) -> None:
    """Let windows be painted without a display, with ``scale`` device pixels for each pixel."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if scale != 1:
        os.environ["QT_SCALE_FACTOR"] = str(scale)
