"""The requests that the window has under way: which are wanted, sent and superseded. No process, no Qt."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Reply: TypeAlias = dict[str, Any]
OnReply: TypeAlias = Callable[[Reply], None]

MAX_UNDER_WAY = 4
"""Requests of one lane on their way to the engine: one at work, one that waits there, two in the pipe."""

MAX_DEATHS = 2
"""A request that was under way so often when the engine died is not sent again."""


@dataclass
class Request:
    """One request. ``lane``: what it competes with; the newest of a lane wins. None: it always waits for its reply.

    ahead: nobody waits for it; it is asked before its time, and the engine drops it for anything that is.
    key: under which its answer is kept, None if it is not.
    """

    id: int
    kind: str
    payload: Mapping[str, Any]
    on_reply: OnReply
    lane: str | None
    ahead: bool = False
    key: bytes | None = None
    sent: bool = False
    deaths: int = 0

    def message(self) -> dict[str, Any]:
        """Return what travels."""
        head = {"id": self.id, "kind": self.kind, "lane": self.lane}
        return {**self.payload, **head, "ahead": True} if self.ahead else {**self.payload, **head}


class Requests:
    """Keeps requests in order of their numbers.

    The engine answers the newest request of a kind and says at once which older ones it skipped, so new ones are
    sent directly: nothing is faster. Only if a lane has `MAX_UNDER_WAY` of them out, the newest waits here.
    """

    def __init__(self) -> None:
        self._wanted: dict[int, Request] = {}
        self._answered: dict[str, int] = {}
        self._last = 0

    def add(
        self, kind: str, payload: Mapping[str, Any], on_reply: OnReply, lane: str | None, ahead: bool = False
    ) -> Request:
        """Add a request; others of its lane that were not sent yet are forgotten."""
        self._last += 1
        request = Request(self._last, kind, payload, on_reply, lane, ahead)
        if lane is not None:
            for other in [other for other in self._in_lane(lane) if not other.sent]:
                del self._wanted[other.id]
        self._wanted[request.id] = request
        return request

    def find(self, number: int) -> Request | None:
        """Return a request that is still wanted, by its number."""
        return self._wanted.get(number)

    def cancel(self, number: int) -> None:
        """Forget a request; its reply will be dropped."""
        self._wanted.pop(number, None)

    def clear(self) -> list[Request]:
        """Forget all requests and return them."""
        forgotten = list(self._wanted.values())
        self._wanted.clear()
        return forgotten

    def to_send(self) -> Iterator[Request]:
        """Yield each request that may go out now, marked as sent."""
        for request in list(self._wanted.values()):
            if not request.sent and self._has_room(request.lane):
                request.sent = True
                yield request

    def answer(self, reply: Mapping[str, Any]) -> Request | None:
        """Return the request that ``reply`` belongs to, or None where nobody wants it any more.

        A reply that was overtaken by that to a later request of its lane is stale: nobody wants it.
        """
        number = reply.get("id")
        request = self._wanted.pop(number, None) if type(number) is int else None
        if request is None or (reply.get("superseded") and not request.ahead):
            return None
        if request.lane is not None:
            if self._answered.get(request.lane, 0) > request.id:
                return None
            self._answered[request.lane] = request.id
        return request

    def process_died(self, blame: bool) -> list[Request]:
        """Make everything unsent again and return the requests that are given up.

        Of a lane only the newest is still wanted, and nothing that was asked ahead. ``blame``: requests that were under
        way count this death, and those with `MAX_DEATHS` are given up.
        """
        given_up = []
        newest = {request.lane: request.id for request in self._wanted.values() if request.lane is not None}
        for request in list(self._wanted.values()):
            request.deaths += request.sent and blame
            request.sent = False
            if request.ahead or (request.lane is not None and newest[request.lane] != request.id):
                del self._wanted[request.id]
            elif request.deaths >= MAX_DEATHS:
                given_up.append(self._wanted.pop(request.id))
        return given_up

    def __len__(self) -> int:
        return sum(not request.ahead for request in self._wanted.values())

    def _in_lane(self, lane: str) -> list[Request]:
        return [request for request in self._wanted.values() if request.lane == lane]

    def _has_room(self, lane: str | None) -> bool:
        return lane is None or sum(request.sent for request in self._in_lane(lane)) < MAX_UNDER_WAY
