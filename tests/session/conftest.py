"""A client of the engine that answers from a table: tests of sessions need no engine, no window and no waiting."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtCore import QObject, Signal

from explorer.core.errors import ErrorCode
from explorer.core.protocol.conformance import mismatches
from explorer.core.protocol.request_kind import RequestKind, wire_error
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.engine_client.reply_cache import ReplyCache, cache_key

Payload = dict[str, Any]


@dataclass
class SentRequest:
    """A request as the session has sent it."""

    number: int
    kind: str
    payload: Payload
    on_reply: Callable[[Payload], None]
    lane: str | None


class TableClient(QObject):
    """Has the public methods and signals of `EngineClient`; answers a request when the test says so.

    table: the reply to each kind of request, or a function that makes the reply from the payload.
    pending: requests without a reply; a newer request of the same lane replaces an older one.
    sent: all requests.
    prefetches: prefetches without a reply; the replies to them are cached, those to requests are not.
    """

    stateChanged = Signal(str)
    ready = Signal(dict)
    died = Signal(str)
    failed = Signal(str)
    training = Signal(dict)
    download = Signal(dict)

    def __init__(self, table: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.state = "ready"
        self.table = dict(table or {})
        self.pending: list[SentRequest] = []
        self.sent: list[SentRequest] = []
        self.prefetches: list[SentRequest] = []
        self._cache = ReplyCache()

    def request(
        self, kind: RequestKind[Any, Any], payload: Payload, on_reply: Callable[[Payload], None], sublane: str = ""
    ) -> int:
        """Keep a request, and return its number."""
        assert mismatches(kind.payload, payload, kind.name) == []
        lane = f"{kind.lane} {sublane}" if sublane else kind.lane
        request = SentRequest(len(self.sent) + 1, kind.name, dict(payload), on_reply, lane)
        if lane is not None:
            self.pending = [other for other in self.pending if other.lane != lane]
        self.pending.append(request)
        self.sent.append(request)
        return request.number

    def prefetch(self, kind: RequestKind[Any, Any], payload: Payload, on_reply: Callable[[Payload], None]) -> None:
        """Keep a prefetch."""
        assert mismatches(kind.payload, payload, kind.name) == []

        def receive(reply: Payload) -> None:
            self._cache.add(kind, cache_key(kind, payload), reply)
            on_reply(reply)

        self.prefetches.append(SentRequest(0, kind.name, dict(payload), receive, None))

    def answer_prefetch(self, reply: Payload) -> None:
        """Answer the oldest prefetch."""
        self.prefetches.pop(0).on_reply(reply)

    def cached_reply(self, kind: RequestKind[Any, Any], payload: Payload) -> Payload | None:
        """Return the reply to an equal prefetch, None if there is none."""
        return self._cache.get(kind, cache_key(kind, payload))

    def cancel(self, number: int) -> None:
        """Drop a pending request."""
        self.pending = [request for request in self.pending if request.number != number]

    @property
    def waiting(self) -> int:
        """The number of pending requests."""
        return len(self.pending)

    def kinds(self) -> list[str]:
        """Return the kinds of the pending requests, the oldest first."""
        return [request.kind for request in self.pending]

    def payloads(self, kind: str) -> list[Payload]:
        """Return the payloads of all requests of a kind, the oldest first."""
        return [request.payload for request in self.sent if request.kind == kind]

    def answer(self, kind: str, reply: Payload | None = None) -> None:
        """Answer the oldest pending request of a kind, with the reply of the table unless one is given."""
        request = next(request for request in self.pending if request.kind == kind)
        self.pending.remove(request)
        if reply is None:
            answer = self.table[kind]
            reply = answer(request.payload) if callable(answer) else answer
        request.on_reply(reply)

    def answer_all(self) -> None:
        """Answer all pending requests that are in the table, and those that the replies cause."""
        while (kind := next((kind for kind in self.kinds() if kind in self.table), None)) is not None:
            self.answer(kind)

    def fail(self, kind: str, message: str, code: ErrorCode = ErrorCode.INVALID_INPUT) -> None:
        """Answer the oldest pending request of a kind with an error."""
        self.answer(kind, {"error": wire_error(message, code)})


@pytest.fixture
def table_client(qapp: QObject) -> type[TableClient]:
    """The class `TableClient`: each test makes clients with tables of its own."""
    return TableClient


@pytest.fixture
def client(table_client: type[TableClient]) -> TableClient:
    """A client whose replies are given by the test; tests with a table define their own."""
    return table_client()


@pytest.fixture
def session(client: TableClient) -> AutodiffSession:
    """The session of an expression; tests of other features define theirs."""
    return AutodiffSession(client)
