"""Small pictures on boxes: kept for what is on the screen, asked for when it comes into view."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QPixmap

from explorer.core.network_graph.thumbnails import decode_thumbnails
from explorer.views.theme.theme import Theme
from explorer.views.widgets.diverging_colours import diverging_image

CALM = 60
"""Milliseconds that the view must rest before pictures are asked for: nobody looks at them while it moves."""

A_TIME = 24
"""Pictures that are asked for at once: less than 0.5 MB."""

KEPT = 300
"""Pictures that are kept; those out of view go first."""

APART = 2
"""Pixels between two pictures."""

OF_VALUE, OF_GRADIENT = "value", "gradient"

Key = tuple[str, str]


class ThumbnailCache(QObject):
    """Has the pictures of boxes, by name and by whether they are of a value or its gradient.

    asked: boxes whose values, and boxes whose gradients are wanted. changed: some are there that were not.
    on_screen: the boxes that can be seen, and of which of the two a picture would be painted.
    """

    asked = Signal(list, list)
    changed = Signal()

    def __init__(self, on_screen: Callable[[], Iterable[Key]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._on_screen = on_screen
        self._told: dict[Key, tuple[int, Any, float]] = {}
        self._painted: dict[Key, QPixmap] = {}
        self._number: int | None = None
        self._tried: set[Key] = set()
        self._waits = False
        self._theme = ""
        self._calm = QTimer(self, singleShot=True, interval=CALM)
        self._calm.timeout.connect(self._ask)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is under way."""
        return not self._waits and not self._calm.isActive()

    def clear(self) -> None:
        """Forget everything: another graph is shown."""
        self._told.clear()
        self._painted.clear()
        self._number, self._waits = None, False

    def of_values(self, number: int | None) -> None:
        """From now on pictures of these values are wanted; older ones are shown until then."""
        if number != self._number:
            self._number = number
            self._tried.clear()
            self._waits = False
        self.look_around()

    def look_around(self) -> None:
        """Other boxes may be on the screen now."""
        if self._number is not None:
            self._calm.start()

    def take(self, reply: Mapping[str, Any]) -> None:
        """Take the engine's ``graph_pictures``."""
        self._waits = False
        for name, pictures in reply["pictures"].items():
            for what, (told, limit) in pictures.items():
                self._told[name, what] = int(reply["number"]), told, float(limit)
                self._painted.pop((name, what), None)
        self.changed.emit()
        self._ask()

    def pixmap(self, name: str, what: str, theme: Theme, wide: float) -> QPixmap | None:
        """Return the pictures of a box beside each other, a pixel for each number; None where there are none yet.

        As many as there are in a strip ``wide`` times as wide as high.
        """
        if theme.name != self._theme:
            self._painted.clear()
            self._theme = theme.name
        key = name, what
        if key not in self._painted:
            if key not in self._told:
                return None
            _, told, limit = self._told[key]
            maps = decode_thumbnails(told, limit)
            apart = np.zeros((maps.shape[1], APART), np.float32)
            maps = maps[: max(1, int((wide * maps.shape[1] + APART) / (maps.shape[2] + APART)))]
            row = np.concatenate([part for one in maps for part in (one, apart)][:-1], axis=1)
            self._painted[key] = QPixmap.fromImage(diverging_image(row, limit or 1.0, theme))
        return self._painted[key]

    def _ask(self) -> None:
        if self._number is None or self._waits:
            return
        seen = dict.fromkeys(self._on_screen())
        for key in [key for key in self._told if key not in seen][: max(len(self._told) - KEPT, 0)]:
            del self._told[key]
            self._tried.discard(key)
            self._painted.pop(key, None)
        missing = [
            key
            for key in seen
            if key not in self._tried and (key not in self._told or self._told[key][0] < self._number)
        ][:A_TIME]
        if missing:
            self._waits = True
            self._tried.update(missing)  # what has no picture, such as a gradient that is not there, is asked for once
            boxes = [name for name, what in missing if what == OF_VALUE]
            self.asked.emit(boxes, [name for name, what in missing if what == OF_GRADIENT])
