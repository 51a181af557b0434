"""A process that lays large graphs out: Graphviz would stop the window, and a process can be ended at any time.

It reads frames (`core.messages`) from its standard input and writes one for each to its standard output.
"""

import os
import sys
from collections.abc import Mapping
from typing import Any

from explorer.core.messages import FrameError, FrameReader, pack
from explorer.core.network.place import Arranged, arrange
from explorer.core.network.view import from_wire


def asked(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the layout that a request asks for, as plain lists."""
    seen = from_wire(request["view"])
    made = arrange(seen, request["sizes"], request["labels"], request["aspect"], request["heads"])
    return {"id": request["id"], **plain(made)}


def plain(made: Arranged) -> dict[str, Any]:
    """Return a layout as plain maps and lists."""
    return {
        "centres": dict(made.centres),
        "paths": {key: [value for point in path for value in point] for key, path in made.paths.items()},
        "labels": dict(made.labels),
        "sizes": dict(made.sizes),
        "size": list(made.size),
    }


def read(reply: Mapping[str, Any]) -> Arranged:
    """Return the layout that `plain` made plain."""
    return Arranged(
        {name: (x, y) for name, (x, y) in reply["centres"].items()},
        {key: tuple(zip(flat[::2], flat[1::2], strict=True)) for key, flat in reply["paths"].items()},
        {key: (x, y) for key, (x, y) in reply["labels"].items()},
        {name: (width, height) for name, (width, height) in reply["sizes"].items()},
        (reply["size"][0], reply["size"][1]),
    )


def main() -> None:
    """Answer requests until standard input ends."""
    reader, out = FrameReader(), sys.stdout.buffer
    while data := os.read(0, 1 << 16):
        try:
            requests = list(reader.feed(data))
        except FrameError:
            return
        for request in requests[-1:]:  # of several only the newest is still wanted
            out.write(pack(asked(request)))
            out.flush()


if __name__ == "__main__":
    main()
