"""What is common to all requests: how one is declared, and what every reply may carry."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, NotRequired, TypeAlias, TypedDict, TypeVar

from explorer.core.errors import ErrorCode, UserError

Message: TypeAlias = dict[str, Any]
"""What a frame holds: a map whose type is known only after its ``kind`` was read."""


class Worker(StrEnum):
    """A thread of the engine. It answers its requests in order; the workers run side by side."""

    READER = "reader"
    """Answers at once, before the next frame is read: starting threads and setting flags."""
    EXPRESSION = "expression"
    """Traces expressions. All others give way to it."""
    CURVE = "curve"
    SYMPY = "sympy"
    DATA = "data"
    MODEL = "model"
    NETWORK_GRAPH = "network graph"
    """The structure of a network's graph, which does not wait for its values."""
    NETWORK_VALUES = "network values"


class RequestEnvelope(TypedDict):
    """The keys that a request has besides those of its payload.

    id: a number, by which the reply is recognized. kind: the name of its `RequestKind`. lane: see there. prefetch: True
    if the engine abandons it for any request that is no prefetch.
    """

    id: int
    kind: str
    lane: str | None
    prefetch: NotRequired[bool]


class WireError(TypedDict):
    """An error on the wire. column: see `UserError`. code: see `ErrorCode`."""

    message: str
    column: int | None
    code: str


class Reply(TypedDict, total=False):
    """The keys that a reply may have besides its own.

    id, kind: of the request. error: why there is no result; the reply's own keys are missing then. superseded: a newer
    request took the place of this one, and nothing was computed.
    """

    id: int
    kind: str
    error: WireError
    superseded: bool


class EmptyPayload(TypedDict):
    """The payload of a request that has none."""


class EmptyReply(Reply):
    """A reply that says only that the request has arrived."""


P = TypeVar("P")
R = TypeVar("R")

Handlers: TypeAlias = Mapping[str, Callable[[Any], Any]]
"""Functions from payload to reply by the kind of request. `RequestKind.handled_by` checks their types."""

COMMON_ERRORS = (
    ErrorCode.INTERNAL,
    ErrorCode.ENGINE_ENDED,
    ErrorCode.UNREADABLE_REPLY,
    ErrorCode.UNSENDABLE,
)
"""Errors with which any request may end."""


@dataclass(frozen=True)
class RequestKind(Generic[P, R]):
    """The declaration of a request.

    name: ``kind`` on the wire. payload, reply: TypedDicts, the maps that travel. service: the engine's service that
    handles it. worker: the thread that handles it. lane: requests of the same lane compete: the newest replaces those
    that still wait, and an older reply is never delivered after a newer one. None: each request is answered.
    errors: the codes with which it may end, besides `COMMON_ERRORS`.
    """

    name: str
    payload: type[P]
    reply: type[R]
    service: str
    worker: Worker
    lane: str | None = None
    errors: tuple[ErrorCode, ...] = (ErrorCode.INVALID_INPUT,)

    def handled_by(self, function: Callable[[P], R]) -> tuple[str, Callable[[P], R]]:
        """Return an entry of `Handlers`; a type checker compares the function with the declaration."""
        return self.name, function


def wire_error(message: str, code: ErrorCode, column: int | None = None) -> WireError:
    """Return an error as it travels."""
    return {"message": message, "column": column, "code": code.value}


def wire_user_error(error: UserError) -> WireError:
    """Return a `UserError` as it travels."""
    return wire_error(error.message, error.code, error.column)
