"""A process that lays large graphs out: Graphviz would stop the window, and a process can be ended at any time.

It reads questions from its standard input and writes layouts to its standard output, each in several frames
(`core.messages`): the window writes and reads one at a time.
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from explorer.core.child_process import lower_priority
from explorer.core.graph.graphviz_layout import Point, Size
from explorer.core.network_graph.chunks import join_chunks, run_to_end
from explorer.core.network_graph.layout import GraphLayout, lay_out_graph
from explorer.core.protocol.frames import FrameError, FrameReader, pack

ITEMS_PER_FRAME = 200
"""Boxes, or links, in a frame of a layout."""

SIZES_PER_FRAME = 1000
"""Sizes in a frame of a question."""


def request_frames(
    number: int,
    parts: Sequence[bytes],
    sizes: Mapping[str, Size],
    labels: Mapping[str, Size],
    aspect: float,
    heads: Mapping[str, float],
) -> Iterator[dict[str, Any]]:
    """Yield the frames of a question, see `core.network.place.lay_out_graph`. parts: of the view."""
    for name, values in (("sizes", sizes), ("labels", labels)):
        for names in _cut(list(values), SIZES_PER_FRAME):
            yield {"id": number, name: {one: values[one] for one in names}}
    for part in parts:
        yield {"id": number, "part": part}
    yield {"id": number, "aspect": aspect, "heads": heads}


class LayoutRequestReader:
    """Puts questions together that come in frames; nobody waits any more for one that was not finished."""

    def __init__(self) -> None:
        self._number: int | None = None
        self._sizes: dict[str, Size] = {}
        self._labels: dict[str, Size] = {}
        self._parts: list[bytes] = []

    def take(self, frame: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Take the next frame; returns the question when it is whole."""
        if frame["id"] != self._number:
            self._number, self._sizes, self._labels, self._parts = frame["id"], {}, {}, []
        self._sizes.update(frame.get("sizes", {}))
        self._labels.update(frame.get("labels", {}))
        if "part" in frame:
            self._parts.append(frame["part"])
        if "aspect" not in frame:
            return None
        return {**frame, "parts": self._parts, "sizes": self._sizes, "labels": self._labels}


def layout_frames(request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the layout that a question asks for, in parts of plain lists."""
    visible = run_to_end(join_chunks(request["parts"]))
    made = lay_out_graph(visible, request["sizes"], request["labels"], request["aspect"], request["heads"])
    for part in layout_chunks(made):
        yield {"id": request["id"], **part}


def layout_chunks(made: GraphLayout) -> Iterator[dict[str, Any]]:
    """Yield a layout in parts of plain maps and lists; the last one says the size of the whole."""
    for names in _cut(list(made.centres), ITEMS_PER_FRAME):
        yield {"boxes": {name: (*made.centres[name], *made.sizes[name]) for name in names}}
    for keys in _cut(list(made.paths), ITEMS_PER_FRAME):
        paths = {key: [value for point in made.paths[key] for value in point] for key in keys}
        yield {"paths": paths, "labels": {key: made.labels[key] for key in keys if key in made.labels}}
    yield {"size": made.size}


class LayoutReader:
    """Puts a layout together that comes in parts."""

    def __init__(self) -> None:
        self._centres: dict[str, Point] = {}
        self._sizes: dict[str, Size] = {}
        self._paths: dict[str, tuple[Point, ...]] = {}
        self._labels: dict[str, Point] = {}

    def take(self, part: Mapping[str, Any]) -> GraphLayout | None:
        """Take the next part; returns the layout when it is whole."""
        for name, (x, y, width, height) in part.get("boxes", {}).items():
            self._centres[name] = x, y
            self._sizes[name] = width, height
        for key, flat in part.get("paths", {}).items():
            self._paths[key] = tuple(zip(flat[::2], flat[1::2], strict=True))
        for key, (x, y) in part.get("labels", {}).items():
            self._labels[key] = x, y
        if "size" not in part:
            return None
        width, height = part["size"]
        return GraphLayout(self._centres, self._paths, self._labels, self._sizes, (width, height))


def _cut(names: Sequence[str], count: int) -> Iterator[Sequence[str]]:
    return (names[k : k + count] for k in range(0, len(names), count))


def main() -> None:
    """Answer questions until standard input ends."""
    lower_priority()
    reader, questions, out = FrameReader(), LayoutRequestReader(), sys.stdout.buffer
    while data := os.read(0, 1 << 16):
        try:
            whole_ones = list(filter(None, map(questions.take, reader.feed(data))))
        except FrameError:
            return
        for request in whole_ones[-1:]:  # of several only the newest is still wanted
            for part in layout_frames(request):
                out.write(pack(part))
            out.flush()


if __name__ == "__main__":
    main()
