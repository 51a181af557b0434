"""Saves the backward pass as an animation: frames are painted one by one and written in a thread."""

import threading
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from explorer.core.atomic_write import save_and_report
from explorer.core.autodiff.trace import Trace, Values
from explorer.session.timers import single_shot_timer
from explorer.views.theme.theme import Theme


class GifSaver(QObject):
    """Saves one animation at a time. messageReported: the result as a message."""

    messageReported = Signal(str)
    _written = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._frames: Iterator[QImage] | None = None
        self._painted: list[QImage] = []
        self._path = ""
        self._paint_timer = single_shot_timer(self, self._paint)
        self._written.connect(self.messageReported)

    def save(self, path: str, trace: Trace, values: Values, theme: Theme, digits: int) -> None:
        """Write the animation to ``path``, atomically; `messageReported` follows."""
        from explorer.views.sharing.gif import frames

        if self._frames is not None:
            self.messageReported.emit(f"Not saved: {self._path} is still being painted.")
            return
        self._path, self._painted = path, []
        self._frames = frames(trace, dict(values), theme, digits)
        self._paint_timer.start()

    def _paint(self) -> None:
        image = next(self._frames, None) if self._frames is not None else None
        if image is not None:
            self._painted.append(image)
            self._paint_timer.start()
            return
        self._frames = None
        threading.Thread(target=self._write, args=(self._path, self._painted), name="animation", daemon=True).start()

    def _write(self, path: str, images: list[QImage]) -> None:
        from explorer.views.sharing.gif import save_gif

        message = save_and_report(path, lambda: save_gif(images, Path(path)))
        try:
            self._written.emit(message)
        except RuntimeError:
            return  # the window was closed
