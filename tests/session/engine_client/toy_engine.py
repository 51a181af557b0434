"""An engine without TensorFlow that misbehaves on request.

`toy_engine.py [BEHAVIOUR [FILE]]`: how it starts. The ``do`` of a request names the method that answers it; without one
the payload is sent back.
"""

import os
import sys
import threading
from pathlib import Path

import numpy as np

from explorer.core.protocol.frames import MAX_FRAME, PROTOCOL, FrameReader, pack

INFO = {"kind": "ready", "tensorflow": "0.0 (toy)", "keras": "0.0", "device": "CPU", "devices": ["CPU"], "seconds": 0.0}


class Toy:
    """Answers requests until its input ends."""

    def __init__(self) -> None:
        self._out = os.dup(1)
        self._held: list[dict] = []
        self._graphs = 0

    def write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._out, data) :]

    def send(self, message: dict) -> None:
        self.write(pack(message))

    def reply(self, request: dict, **fields: object) -> None:
        self.send({"id": request["id"], "kind": request["kind"], **fields})

    def run(self) -> None:
        reader = FrameReader()
        while data := os.read(0, 65536):
            for request in reader.feed(data):
                getattr(self, "do_" + request.get("do", "echo"))(request)

    def do_echo(self, request: dict) -> None:
        self.reply(request, echo={key: value for key, value in request.items() if key not in ("id", "kind", "lane")})

    def do_hold(self, request: dict) -> None:
        self._held.append(request)

    def do_release(self, request: dict) -> None:
        """Answer all requests that were held, the latest first, then this one."""
        for held in reversed(self._held):
            self.do_echo(held)
        self._held.clear()
        self.do_echo(request)

    def do_trace(self, request: dict) -> None:
        """Send another graph each time."""
        self._graphs += 1
        self.reply(request, trace={"graph": self._graphs}, prefetch=request.get("prefetch", False))

    def do_supersede(self, request: dict) -> None:
        self.reply(request, superseded=True)

    def do_big(self, request: dict) -> None:
        self.reply(request, data=np.zeros(request["count"], np.float32))

    def do_error(self, request: dict) -> None:
        self.reply(request, error={"message": "no", "column": 3, "code": "invalid_input"})

    def do_wrong_error(self, request: dict) -> None:
        self.reply(request, error={"message": 3})

    def do_wrong_id(self, request: dict) -> None:
        for wrong in (request["id"] + 1000, "one", None, True, [1]):
            self.send({"id": wrong, "kind": request["kind"], "echo": "wrong"})
        self.send({"kind": "nobody knows this"})
        self.do_echo(request)

    def do_wrong_kind(self, request: dict) -> None:
        self.send({"id": request["id"], "kind": "other"})

    def do_garbage(self, request: dict) -> None:
        self.write(b"\x00\x00\x00\x04\xc1\xc1\xc1\xc1")

    def do_huge(self, request: dict) -> None:
        self.write((MAX_FRAME + 1).to_bytes(4, "big"))

    def do_truncate(self, request: dict) -> None:
        self.write(pack({"id": request["id"], "kind": request["kind"], "text": "x" * 100})[:50])
        os._exit(3)

    def do_exit(self, request: dict) -> None:
        os._exit(3)

    def do_exit_once(self, request: dict) -> None:
        if not Path(request["file"]).exists():
            Path(request["file"]).touch()
            os._exit(3)
        self.do_echo(request)

    def do_stubborn(self, request: dict) -> None:
        """Continue to run when the input ends."""
        self.do_echo(request)
        threading.Event().wait()


def main(behaviour: str = "normal", file: str = "") -> None:
    toy = Toy()
    if behaviour == "garbage":
        toy.write(b"Welcome to this computer!\n" * 20)
    toy.send({"kind": "hello", "protocol": 99 if behaviour == "old" else PROTOCOL, "pid": os.getpid()})
    if behaviour == "missing":
        raise ModuleNotFoundError("No module named 'tensorflow'")
    if behaviour == "silent":
        os._exit(7)
    if behaviour == "abort":
        os.abort()
    if behaviour == "refuses":
        toy.send({"kind": "failed", "message": "no GPU and no CPU."})
    elif behaviour == "second time" and not Path(file).exists():
        Path(file).touch()
        os._exit(1)
    elif behaviour != "never":
        print("W0000 a warning", file=sys.stderr, flush=True)
        toy.send(INFO)
    toy.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
