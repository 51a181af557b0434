"""The requests without a reply: which are sent and which are superseded. No process, no Qt."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from explorer.core.protocol.request_kind import Message, RequestEnvelope, RequestKind

OnReply: TypeAlias = Callable[[Any], None]
"""Receives the declared reply of the request's kind."""

MAX_IN_PROGRESS = 4
"""Requests of one lane that are with the engine at a time: one in progress, one that waits there, two in the pipe."""

MAX_DEATHS = 2
"""Deaths of the engine while a request was with it, after which the request is not sent again."""


@dataclass
class PendingRequest:
    """A request without a reply.

    lane: see `RequestKind`. is_prefetch: whether the engine abandons it for any request that is no prefetch. key: under
    which its reply is cached, None if it is not. is_sent: whether the engine has it. deaths: how often the engine died
    while it had it.
    """

    id: int
    kind: RequestKind[Any, Any]
    payload: Mapping[str, Any]
    on_reply: OnReply
    lane: str | None
    is_prefetch: bool = False
    key: bytes | None = None
    is_sent: bool = False
    deaths: int = 0

    def message(self) -> Message:
        """Return the message to send."""
        envelope: RequestEnvelope = {"id": self.id, "kind": self.kind.name, "lane": self.lane}
        if self.is_prefetch:
            envelope["prefetch"] = True
        return {**self.payload, **envelope}


class PendingRequests:
    """Keeps requests in the order of their numbers.

    The engine answers the newest request of a lane and reports at once which older ones it skipped, so new ones are
    sent immediately: nothing is faster. Only if `MAX_IN_PROGRESS` of a lane are with the engine, the newest waits here.
    """

    def __init__(self) -> None:
        self._pending: dict[int, PendingRequest] = {}
        self._answered: dict[str, int] = {}
        self._last = 0

    def add(
        self,
        kind: RequestKind[Any, Any],
        payload: Mapping[str, Any],
        on_reply: OnReply,
        lane: str | None,
        is_prefetch: bool = False,
    ) -> PendingRequest:
        """Add a request and forget others of its lane that were not sent yet."""
        self._last += 1
        request = PendingRequest(self._last, kind, payload, on_reply, lane, is_prefetch)
        if lane is not None:
            for other in [other for other in self._in_lane(lane) if not other.is_sent]:
                del self._pending[other.id]
        self._pending[request.id] = request
        return request

    def find(self, number: int) -> PendingRequest | None:
        """Return a pending request by its number, None if there is none."""
        return self._pending.get(number)

    def cancel(self, number: int) -> None:
        """Forget a request; its reply will be dropped."""
        self._pending.pop(number, None)

    def clear(self) -> None:
        """Forget all requests."""
        self._pending.clear()

    def to_send(self) -> Iterator[PendingRequest]:
        """Yield each request that may be sent now, marked as sent."""
        for request in list(self._pending.values()):
            if not request.is_sent and self._is_lane_free(request.lane):
                request.is_sent = True
                yield request

    def match(self, reply: Message) -> PendingRequest | None:
        """Return the request that a reply belongs to, None if the reply is to be dropped.

        A reply that arrives after the reply to a later request of its lane is stale.
        """
        number = reply.get("id")
        request = self._pending.pop(number, None) if type(number) is int else None
        if request is None or (reply.get("superseded") and not request.is_prefetch):
            return None
        if request.lane is not None:
            if self._answered.get(request.lane, 0) > request.id:
                return None
            self._answered[request.lane] = request.id
        return request

    def engine_died(self, was_working: bool) -> list[PendingRequest]:
        """Mark all requests as not sent and return those that are abandoned.

        Of a lane only the newest stays, and no prefetch. was_working: whether the engine was ready, so that the
        requests that it had may have killed it: after `MAX_DEATHS` deaths a request is abandoned.
        """
        abandoned = []
        newest = {request.lane: request.id for request in self._pending.values() if request.lane is not None}
        for request in list(self._pending.values()):
            request.deaths += request.is_sent and was_working
            request.is_sent = False
            if request.is_prefetch or (request.lane is not None and newest[request.lane] != request.id):
                del self._pending[request.id]
            elif request.deaths >= MAX_DEATHS:
                abandoned.append(self._pending.pop(request.id))
        return abandoned

    def __len__(self) -> int:
        """Return the number of requests, without prefetches."""
        return sum(not request.is_prefetch for request in self._pending.values())

    def _in_lane(self, lane: str) -> list[PendingRequest]:
        return [request for request in self._pending.values() if request.lane == lane]

    def _is_lane_free(self, lane: str | None) -> bool:
        return lane is None or sum(request.is_sent for request in self._in_lane(lane)) < MAX_IN_PROGRESS
