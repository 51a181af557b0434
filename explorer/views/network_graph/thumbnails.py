"""Thumbnails on boxes: cached while they are on the screen, and requested when they come into view."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPixmap

from explorer.core.network_graph.thumbnails import NOT_A_NUMBER, decode_thumbnails
from explorer.core.protocol.network_graph import GraphPicturesReply
from explorer.session.timers import single_shot_timer
from explorer.views.painting.diverging_colours import diverging_image
from explorer.views.theme.theme import Theme

DEBOUNCE_MS = 60
"""Time without movement after which thumbnails are requested."""

MAX_REQUESTED = 24
"""Boxes in a request: its reply is smaller than 0.5 MB."""

CACHE_SIZE = 300
"""Boxes whose thumbnails are kept; those out of view are dropped first."""

SPACING_PX = 2
"""Distance between two thumbnails of a box."""

OF_VALUE, OF_GRADIENT = "value", "gradient"

ThumbnailKey: TypeAlias = tuple[str, str]
"""The id of a box, and `OF_VALUE` or `OF_GRADIENT`."""


class ThumbnailCache(QObject):
    """Holds the thumbnails of boxes.

    on_screen: returns the keys of the thumbnails that can be seen.

    requested: boxes of whose values, and boxes of whose gradients thumbnails are wanted. changed: there are new ones.
    """

    requested = Signal(list, list)
    changed = Signal()

    def __init__(self, on_screen: Callable[[], Iterable[ThumbnailKey]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._on_screen = on_screen
        self._received: dict[ThumbnailKey, tuple[int, Any, float]] = {}
        self._odd: set[ThumbnailKey] = set()
        self._pixmaps: dict[ThumbnailKey, QPixmap] = {}
        self._number: int | None = None
        self._requested: set[ThumbnailKey] = set()
        self._is_pending = False
        self._theme_name = ""
        self._debounce = single_shot_timer(self, self._request_missing, DEBOUNCE_MS)

    @property
    def is_settled(self) -> bool:
        """Whether no thumbnails are pending."""
        return not self._is_pending and not self._debounce.isActive()

    @property
    def has_odd(self) -> bool:
        """Whether there are numbers that are NaN or infinite."""
        return bool(self._odd)

    def clear(self) -> None:
        """Drop all thumbnails: another graph is shown."""
        self._received.clear()
        self._odd.clear()
        self._pixmaps.clear()
        self._number, self._is_pending = None, False

    def set_values_number(self, number: int | None) -> None:
        """Request thumbnails of the values with this number; older ones are shown until they are received."""
        if number != self._number:
            self._number = number
            self._requested.clear()
            self._is_pending = False
        self.update()

    def update(self) -> None:
        """Request thumbnails soon: other boxes may be on the screen."""
        if self._number is not None:
            self._debounce.start()

    def receive(self, reply: GraphPicturesReply) -> None:
        """Take the engine's reply to ``graph_pictures``."""
        self._is_pending = False
        for name, images in reply["pictures"].items():
            for kind, (encoded, limit) in images.items():
                self._received[name, kind] = int(reply["number"]), encoded, float(limit)
                is_odd = bool((np.asarray(encoded) == NOT_A_NUMBER).any())
                (self._odd.add if is_odd else self._odd.discard)((name, kind))
                self._pixmaps.pop((name, kind), None)
        self.changed.emit()
        self._request_missing()

    def numbers(self, name: str, kind: str) -> Any:
        """Return the numbers of a box's thumbnails, float32 (n, height, width); raises KeyError if there are none."""
        _, encoded, limit = self._received[name, kind]
        return decode_thumbnails(encoded, limit)

    def pixmap(self, name: str, kind: str, theme: Theme, aspect: float) -> QPixmap | None:
        """Return the thumbnails of a box side by side, one pixel for each number; None if there are none yet.

        aspect: width by height of the strip that they must fit into.
        """
        if theme.name != self._theme_name:
            self._pixmaps.clear()
            self._theme_name = theme.name
        key = name, kind
        if key not in self._pixmaps:
            if key not in self._received:
                return None
            images, limit = self.numbers(name, kind), self._received[key][2]
            _, height, width = images.shape
            spacing = np.zeros((height, SPACING_PX), np.float32)
            images = images[: max(1, int((aspect * height + SPACING_PX) / (width + SPACING_PX)))]
            row = np.concatenate([part for image in images for part in (image, spacing)][:-1], axis=1)
            self._pixmaps[key] = QPixmap.fromImage(diverging_image(row, limit or 1.0, theme))
        return self._pixmaps[key]

    def _request_missing(self) -> None:
        if self._number is None or self._is_pending:
            return
        visible = dict.fromkeys(self._on_screen())
        hidden = [key for key in self._received if key not in visible]
        for key in hidden[: max(len(self._received) - CACHE_SIZE, 0)]:
            del self._received[key]
            self._requested.discard(key)
            self._odd.discard(key)
            self._pixmaps.pop(key, None)
        missing = [key for key in visible if key not in self._requested and not self._is_current(key)][:MAX_REQUESTED]
        if missing:
            self._is_pending = True
            self._requested.update(missing)  # those without an image, such as an unknown gradient, are requested once
            boxes = [name for name, kind in missing if kind == OF_VALUE]
            self.requested.emit(boxes, [name for name, kind in missing if kind == OF_GRADIENT])

    def _is_current(self, key: ThumbnailKey) -> bool:
        assert self._number is not None
        return key in self._received and self._received[key][0] >= self._number
