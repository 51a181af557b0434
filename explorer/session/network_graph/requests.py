"""Requests about the graph that the engine has open."""

from collections.abc import Callable
from typing import TypeVar, cast

from PySide6.QtCore import QObject, Signal

from explorer.core.errors import ErrorCode
from explorer.core.protocol.network_graph import OpenGraphPayload
from explorer.core.protocol.request_kind import Reply, RequestKind
from explorer.session.engine_client.client import EngineClient

P = TypeVar("P")
R = TypeVar("R")


class GraphRequests(QObject):
    """Adds the graph's number to each request, and drops replies about a graph that is no longer open.

    graph: the number from the engine's reply to ``graph_open``, None while no graph is open.
    failed: the message of an error that the sender of the request does not handle itself.
    recovered: such a message, when a request of the same kind has succeeded or its result is no longer wanted.
    """

    failed = Signal(str)
    recovered = Signal(str)

    def __init__(self, client: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self.graph: int | None = None
        self._errors: dict[str, str] = {}

    def request(
        self,
        kind: RequestKind[P, R],
        payload: P,
        on_reply: Callable[[R], None],
        *,
        on_error: Callable[[str], None] | None = None,
        on_end: Callable[[], None] | None = None,
    ) -> None:
        """Send a request, unless no graph is open.

        Parameters
        ----------
        on_reply
            Called with the reply, unless it is an error, superseded, or about another graph.
        on_error
            Called with the message of an error, instead of `failed`; the message is "" if the engine has closed
            the graph meanwhile.
        on_end
            Called before the others, whatever the reply is.
        """
        graph = self.graph
        if graph is None:
            return

        def handle_reply(reply: R) -> None:
            if on_end is not None:
                on_end()
            common = cast("Reply", reply)
            if graph != self.graph or common.get("superseded"):
                return
            if (error := common.get("error")) is None:
                self.forget_error(kind.name)
                on_reply(reply)
                return
            message = "" if error["code"] == ErrorCode.GRAPH_CLOSED else error["message"]
            if on_error is not None:
                on_error(message)
            elif message:
                self.report_error(kind.name, message)

        numbered = cast("P", {**cast("OpenGraphPayload", payload), "graph": graph})
        self._client.request(kind, numbered, handle_reply)

    def report_error(self, kind: str, message: str) -> None:
        """Emit `failed` with the error of a request of this kind."""
        self._errors[kind] = message
        self.failed.emit(message)

    def forget_error(self, kind: str) -> None:
        """Emit `recovered` with the latest error of this kind, if there is one."""
        message = self._errors.pop(kind, "")
        if message:
            self.recovered.emit(message)
