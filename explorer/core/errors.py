"""Errors with a message for the user, and the codes by which programs tell them apart."""

from enum import StrEnum


class ErrorCode(StrEnum):
    """Kind of an error. Code branches on it, never on the text of a message."""

    INVALID_INPUT = "invalid_input"
    """The input cannot be used; the message says what is wrong with it."""
    GRAPH_CLOSED = "graph_closed"
    """The engine has closed the graph that the request is about. Trace it again."""
    NO_NETWORK = "no_network"
    """There is no network to look into: none was trained or opened."""
    FILE_UNUSABLE = "file_unusable"
    """A file cannot be read or written, or does not hold what it should."""
    TRAINING_FAILED = "training_failed"
    """A run cannot continue, for example because the loss is not finite."""
    UNKNOWN_REQUEST = "unknown_request"
    """The engine does not know this kind of request."""
    INTERNAL = "internal"
    """TensorFlow or this program raised an error that was not expected."""
    ENGINE_ENDED = "engine_ended"
    """The engine's process ended again while it worked on this request."""
    UNREADABLE_REPLY = "unreadable_reply"
    """The engine's reply does not belong to the request."""
    UNSENDABLE = "unsendable"
    """The request or its reply is longer than a frame may be, or has values that cannot be sent."""


class UserError(ValueError):
    """An error whose message is written for the person in front of the window.

    message: one sentence that says what is wrong and, where possible, what to do. code: its kind. column: where in an
    expression the error is, from 1; None for most errors.
    """

    code = ErrorCode.INVALID_INPUT
    column: int | None = None

    def __init__(self, message: str, code: ErrorCode | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class ExpressionError(UserError):
    """An error in an expression, with its column if it is in one place."""

    def __init__(self, message: str, column: int | None = None) -> None:
        super().__init__(message)
        self.column = column
