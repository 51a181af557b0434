"""The engine's process: frames on standard input and output, everything that is printed on standard error."""

import contextlib
import ctypes
import os
import sys
import threading
import time
from typing import Any

M_ARENA_MAX = -8
"""From glibc's malloc.h."""


def main() -> None:
    """Say hello, import TensorFlow, answer until standard input ends."""
    _share_memory()
    # Keras and others print: what they print must not come between the frames.
    frames = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    if sys.platform == "win32":
        import msvcrt

        for stream in (0, frames.fileno()):
            msvcrt.setmode(stream, os.O_BINARY)

    from explorer.core.child_process import lower_priority
    from explorer.core.protocol.frames import PROTOCOL, FrameError, FrameReader, pack

    lock = threading.Lock()

    def send(message: dict[str, Any]) -> None:
        try:
            frame = pack(message)
        except FrameError as error:
            frame = pack({**{k: message[k] for k in ("id", "kind") if k in message}, "error": _said(str(error))})
        with lock:
            try:
                frames.write(frame)
            except OSError:
                os._exit(0)  # the window has gone

    send({"kind": "hello", "protocol": PROTOCOL, "pid": os.getpid()})
    inbox: list[dict[str, Any]] = []
    server: Any = None
    ready = threading.Lock()

    def read() -> None:
        reader = FrameReader()
        while data := os.read(0, 1 << 16):
            try:
                for message in reader.feed(data):
                    with ready:
                        if server is None:
                            inbox.append(message)
                        else:
                            server.put(message)
            except FrameError:
                break
        # No engine outlives its window. Threads of TensorFlow would keep a tidy exit waiting.
        if server is not None:
            server.close()
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    begin = time.monotonic()
    try:
        import tensorflow as tf

        from explorer.engine.server import Server
        from explorer.engine.tf_adapter.devices import devices
        from explorer.engine.tf_adapter.parallelism import configure_threads
    except ImportError as error:
        send({"kind": "failed", "message": f"TensorFlow could not be loaded: {error}"})
        return
    configure_threads()
    with ready:
        server = Server(send)
        for message in inbox:
            server.put(message)
    send(
        {
            "kind": "ready",
            "tensorflow": tf.__version__,
            "device": devices()[0],
            "devices": list(devices()),
            "seconds": time.monotonic() - begin,
        }
    )
    lower_priority()  # before TensorFlow's threads begin
    server.run()


def _share_memory() -> None:
    """Let all threads take memory from two pools: glibc's pool for each thread keeps what a finished run has freed."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library has no such pools
            ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def _said(message: str) -> dict[str, Any]:
    return {"message": message, "column": None}


if __name__ == "__main__":
    main()
