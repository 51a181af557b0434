"""A process that lays out large graphs: in the window Graphviz would block, and a process can be ended at any time.

It reads requests from standard input and writes layouts to standard output, each in several frames
(`core.protocol.frames`), so that the window writes and reads one at a time.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from explorer.core.child_process import input_bytes, lower_priority
from explorer.core.graph.graphviz_layout import Point, Size
from explorer.core.network_graph.chunks import join_chunks, run_to_end
from explorer.core.network_graph.layout import GraphLayout, lay_out_graph
from explorer.core.protocol.frames import FrameError, FrameReader, pack

ITEMS_PER_FRAME = 200
"""Boxes or paths in a frame of a layout."""

SIZES_PER_FRAME = 1000
"""Sizes in a frame of a request."""


def request_frames(
    number: int,
    chunks: Sequence[bytes],
    sizes: Mapping[str, Size],
    label_sizes: Mapping[str, Size],
    aspect: float,
    title_widths: Mapping[str, float],
) -> Iterator[dict[str, Any]]:
    """Yield the frames of a request for `lay_out_graph`; ``chunks`` are those of the visible graph."""
    for key, values in (("sizes", sizes), ("label_sizes", label_sizes)):
        for names in _slices(list(values), SIZES_PER_FRAME):
            yield {"id": number, key: {name: values[name] for name in names}}
    for chunk in chunks:
        yield {"id": number, "chunk": chunk}
    yield {"id": number, "aspect": aspect, "title_widths": title_widths}


class LayoutRequestReader:
    """Assembles requests from their frames; an unfinished request is dropped when the next one begins."""

    def __init__(self) -> None:
        self._number: int | None = None
        self._sizes: dict[str, Size] = {}
        self._label_sizes: dict[str, Size] = {}
        self._chunks: list[bytes] = []

    def add(self, frame: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Add the next frame; return the request when it is complete, None before."""
        if frame["id"] != self._number:
            self._number, self._sizes, self._label_sizes, self._chunks = frame["id"], {}, {}, []
        self._sizes.update(frame.get("sizes", {}))
        self._label_sizes.update(frame.get("label_sizes", {}))
        if "chunk" in frame:
            self._chunks.append(frame["chunk"])
        if "aspect" not in frame:
            return None
        return {**frame, "chunks": self._chunks, "sizes": self._sizes, "label_sizes": self._label_sizes}


def reply_frames(request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Lay out what a complete request asks for, and yield the frames of the reply."""
    visible = run_to_end(join_chunks(request["chunks"]))
    layout = lay_out_graph(
        visible, request["sizes"], request["label_sizes"], request["aspect"], request["title_widths"]
    )
    for part in encode_layout(layout):
        yield {"id": request["id"], **part}


def encode_layout(layout: GraphLayout) -> Iterator[dict[str, Any]]:
    """Yield a layout in parts of plain maps and lists; the last part has the size of the whole."""
    for names in _slices(list(layout.centres), ITEMS_PER_FRAME):
        yield {"boxes": {name: (*layout.centres[name], *layout.sizes[name]) for name in names}}
    for keys in _slices(list(layout.paths), ITEMS_PER_FRAME):
        paths = {key: [value for point in layout.paths[key] for value in point] for key in keys}
        yield {"paths": paths, "labels": {key: layout.labels[key] for key in keys if key in layout.labels}}
    yield {"size": layout.size}


class LayoutReader:
    """Assembles a layout from the parts of `encode_layout`."""

    def __init__(self) -> None:
        self._centres: dict[str, Point] = {}
        self._sizes: dict[str, Size] = {}
        self._paths: dict[str, tuple[Point, ...]] = {}
        self._labels: dict[str, Point] = {}

    def add(self, part: Mapping[str, Any]) -> GraphLayout | None:
        """Add the next part; return the layout when it is complete, None before."""
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


def _slices(names: Sequence[str], count: int) -> Iterator[Sequence[str]]:
    return (names[k : k + count] for k in range(0, len(names), count))


def main() -> None:
    """Answer requests until standard input ends."""
    lower_priority()
    reader, requests, out = FrameReader(), LayoutRequestReader(), sys.stdout.buffer
    for data in input_bytes():
        try:
            complete = list(filter(None, map(requests.add, reader.feed(data))))
        except FrameError:
            return
        for request in complete[-1:]:  # an older one is no longer wanted
            for frame in reply_frames(request):
                out.write(pack(frame))
            out.flush()


if __name__ == "__main__":
    main()
