"""The process that writes a page; typesetting, font subsetting and Graphviz would block the window repeatedly.

It reads a frame (`core.protocol.frames`) from standard input, writes the file, and answers with one frame.
"""

import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from explorer.core.atomic_write import atomic_write
from explorer.core.autodiff.trace import Trace, Values
from explorer.core.protocol.frames import FrameReader, pack
from explorer.core.sharing.html_page import HtmlPageOptions, render_page


def pack_request(path: str, trace: Trace, values: Values, options: HtmlPageOptions) -> bytes:
    """Return the frame that requests a page in the file ``path``."""
    return pack({"path": path, "trace": trace.to_dict(), "values": dict(values), "options": asdict(options)})


def handle_request(request: Mapping[str, Any]) -> dict[str, Any]:
    """Write the page atomically and return a reply whose ``error`` is a message or None."""
    text = render_page(Trace.from_dict(request["trace"]), request["values"], HtmlPageOptions(**request["options"]))
    try:
        with atomic_write(Path(request["path"])) as part:
            part.write_text(text, encoding="utf-8")
    except OSError as error:
        return {"error": f"{request['path']} cannot be written: {error.strerror or error}"}
    return {"error": None}


def main() -> None:
    """Answer the one request on standard input."""
    for request in FrameReader().feed(sys.stdin.buffer.read()):
        sys.stdout.buffer.write(pack(handle_request(request)))


if __name__ == "__main__":
    main()
