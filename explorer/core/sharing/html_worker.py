"""A process that makes one page: typesetting, cutting fonts and Graphviz would stop the window again and again.

It reads a frame (`core.messages`) from its standard input, writes the file, and answers with one frame.
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
    """Return the frame that asks for a page in the file ``path``."""
    return pack({"path": path, "trace": trace.to_dict(), "values": dict(values), "options": asdict(options)})


def handle_request(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Write the page, whole or not at all; returns what went wrong as ``error``, None where nothing did."""
    text = render_page(Trace.from_dict(asked["trace"]), asked["values"], HtmlPageOptions(**asked["options"]))
    try:
        with atomic_write(Path(asked["path"])) as part:
            part.write_text(text, encoding="utf-8")
    except OSError as error:
        return {"error": f"{asked['path']} cannot be written: {error.strerror or error}"}
    return {"error": None}


def main() -> None:
    """Answer the one request on standard input."""
    for asked in FrameReader().feed(sys.stdin.buffer.read()):
        sys.stdout.buffer.write(pack(handle_request(asked)))


if __name__ == "__main__":
    main()
