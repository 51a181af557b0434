"""The engine's process: frames on standard input and output, everything that is printed on standard error."""

import contextlib
import ctypes
import os
import sys
import threading
import time
from io import RawIOBase
from typing import TYPE_CHECKING, cast

from explorer.core.errors import ErrorCode
from explorer.core.protocol import events
from explorer.core.protocol.frames import PROTOCOL, FrameError, FrameReader, pack
from explorer.core.protocol.request_kind import Message, wire_error

if TYPE_CHECKING:  # it imports TensorFlow
    from explorer.engine.server import Server

MALLOC_ARENAS = 2
"""Pools of glibc's malloc: a pool for each thread would keep the memory that a finished run has freed."""

M_ARENA_MAX = -8
"""Number of the option in glibc's malloc.h."""

READ_BYTES = 1 << 16


class FrameWriter:
    """Sends messages as frames; safe to call from any thread. The process ends if nobody reads them any more."""

    def __init__(self, stream: RawIOBase) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def __call__(self, message: Message) -> None:
        """Send a message, or an error in its place if it cannot be packed."""
        try:
            frame = pack(message)
        except FrameError as error:
            head: Message = {key: message[key] for key in ("id", "kind") if key in message}
            frame = pack({**head, "error": wire_error(str(error), ErrorCode.UNSENDABLE)})
        with self._lock:
            try:
                self._stream.write(frame)
            except OSError:
                os._exit(0)  # the window has gone


class Inbox:
    """Reads requests from standard input, and keeps them until there is a server."""

    def __init__(self) -> None:
        self._waiting: list[Message] = []
        self._server: Server | None = None
        self._lock = threading.Lock()

    def set_server(self, server: "Server") -> None:
        """Pass all requests on to a server."""
        with self._lock:
            for message in self._waiting:
                server.put(message)
            self._server = server

    def read(self) -> None:
        """Read until standard input ends or is broken, then end the process: no engine outlives its window."""
        reader = FrameReader()
        while data := os.read(0, READ_BYTES):
            try:
                for message in reader.feed(data):
                    self._pass_on(message)
            except FrameError:
                break
        if self._server is not None:
            self._server.close()
        os._exit(0)  # a regular exit would wait for TensorFlow's threads

    def _pass_on(self, message: Message) -> None:
        with self._lock:
            if self._server is None:
                self._waiting.append(message)
            else:
                self._server.put(message)


def main() -> None:
    """Send a hello, import TensorFlow, and answer requests until standard input ends."""
    _limit_malloc_arenas()
    send = FrameWriter(_claim_stdout())
    hello: events.HelloEvent = {"kind": "hello", "protocol": PROTOCOL, "pid": os.getpid()}
    send({**hello})
    inbox = Inbox()
    threading.Thread(target=inbox.read, name="reader", daemon=True).start()
    began = time.monotonic()
    try:
        import tensorflow as tf

        from explorer.core.child_process import lower_priority
        from explorer.engine.server import Server
        from explorer.engine.tf_adapter.devices import devices
        from explorer.engine.tf_adapter.parallelism import configure_threads
    except ImportError as error:
        failed: events.FailedEvent = {
            "kind": "failed",
            "message": f"TensorFlow could not be loaded: {error}",
            "code": ErrorCode.INTERNAL.value,
        }
        send({**failed})
        return
    configure_threads()
    server = Server(send)
    inbox.set_server(server)
    ready: events.ReadyEvent = {
        "kind": "ready",
        "tensorflow": tf.__version__,
        "device": devices()[0],
        "devices": list(devices()),
        "seconds": time.monotonic() - began,
    }
    send({**ready})
    lower_priority()  # before TensorFlow's threads begin
    server.run()


def _claim_stdout() -> RawIOBase:
    """Return standard output for frames alone: from now on, what Keras and others print goes to standard error."""
    frames = cast("RawIOBase", os.fdopen(os.dup(1), "wb", buffering=0))
    os.dup2(2, 1)
    if sys.platform == "win32":
        import msvcrt

        for stream in (0, frames.fileno()):
            msvcrt.setmode(stream, os.O_BINARY)
    return frames


def _limit_malloc_arenas() -> None:
    """Let all threads share `MALLOC_ARENAS` pools of memory."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library has no such pools
            ctypes.CDLL(None).mallopt(M_ARENA_MAX, MALLOC_ARENAS)


if __name__ == "__main__":
    main()
