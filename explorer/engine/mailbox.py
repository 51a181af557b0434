"""The requests that wait for a worker, and prefetches that are abandoned for real requests."""

import threading
from collections import deque
from collections.abc import Callable

from explorer.core.protocol.request_kind import Message

IDLE_S = 0.3
"""Seconds without a request after which a worker is idle."""

ABANDONED = -1
"""A number of real requests that there never is: what a prefetch expects if a real request arrived before it began."""

Send = Callable[[Message], None]


class Mailbox:
    """The queue of one worker, first in, first out.

    A request replaces those of its lane that still wait: they are answered as superseded.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: deque[Message] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, message: Message) -> None:
        """Add a request."""
        superseded: list[Message] = []
        with self._changed:
            if (lane := message.get("lane")) is not None:
                superseded = [other for other in self._waiting if other.get("lane") == lane]
                self._waiting = deque(other for other in self._waiting if other.get("lane") != lane)
            self._waiting.append(message)
            self._changed.notify()
        for other in superseded:
            self._send({"id": other["id"], "kind": other["kind"], "superseded": True})

    def take(self, on_idle: Callable[[], None] | None = None) -> Message | None:
        """Wait for the next request and return it; None after `close`.

        on_idle: called once, after `IDLE_S` without a request.
        """
        with self._changed:
            while not self._waiting and not self._closed:
                if not self._changed.wait(IDLE_S if on_idle is not None else None) and on_idle is not None:
                    on_idle()
                    on_idle = None
            return self._waiting.popleft() if self._waiting and not self._closed else None

    def close(self) -> None:
        """Discard all requests; `take` returns None from now on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class PrefetchAbandoned(Exception):  # noqa: N818 - nothing is wrong
    """A prefetch abandoned because a real request arrived."""


class _InThread(threading.local):
    """expected: how many real requests there were when this thread's prefetch arrived; None for a real request."""

    expected: int | None = None


class PrefetchGuard:
    """Abandons a prefetch as soon as a real request arrives, one that somebody waits for."""

    def __init__(self) -> None:
        self._real_requests = 0
        self._expected: dict[int, int] = {}  # by the number of a prefetch, until a real request arrives
        self._in_thread = _InThread()

    def register(self, message: Message) -> None:
        """Count a real request, or note how many came before a prefetch; called in the order of arrival."""
        if message.get("prefetch"):
            self._expected[message["id"]] = self._real_requests
        else:
            self._real_requests += 1
            self._expected.clear()

    def begin(self, message: Message) -> None:
        """Make `check` of this thread be about a request; raise PrefetchAbandoned if it is one to abandon."""
        self._in_thread.expected = self._expected.pop(message["id"], ABANDONED) if message.get("prefetch") else None
        self.check()

    def check(self) -> None:
        """Raise PrefetchAbandoned if this thread works on a prefetch and a real request has arrived."""
        expected = self._in_thread.expected
        if expected is not None and expected != self._real_requests:
            raise PrefetchAbandoned
