"""Replies that stay valid, so that the same request need not be sent again. No process, no Qt."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from explorer.core.protocol.autodiff import EVALUATE, SIMPLIFY, TRACE
from explorer.core.protocol.frames import FrameError, pack
from explorer.core.protocol.request_kind import Message, RequestKind

CACHE_SIZES = {TRACE.name: 8, SIMPLIFY.name: 40, EVALUATE.name: 20}
"""Replies that are cached for each kind. These kinds depend on nothing but their payload: text, values, precision."""

_RESULTS = {TRACE.name: "trace", SIMPLIFY.name: "simplified", EVALUATE.name: "values"}
"""The key of a reply that has the result, which is missing or None in one that is not cached."""


class ReplyCache:
    """Caches the latest replies by their complete payload; the least recently used is removed first.

    A reply to ``trace`` names a graph of the engine. It is cached as long as the engine retains that graph, so that
    requests about the graph find it.
    """

    def __init__(self) -> None:
        self._replies: dict[str, OrderedDict[bytes, Message]] = {kind: OrderedDict() for kind in CACHE_SIZES}

    def get(self, kind: RequestKind[Any, Any], key: bytes | None) -> Message | None:
        """Return the reply cached under a key, None if there is none."""
        replies = self._replies.get(kind.name)
        if replies is None or key is None or key not in replies:
            return None
        replies.move_to_end(key)
        return replies[key]

    def add(self, kind: RequestKind[Any, Any], key: bytes | None, reply: Message) -> None:
        """Cache a reply that another time would be the same: no error, and not the result of a time limit."""
        replies = self._replies.get(kind.name)
        result = reply.get(_RESULTS[kind.name]) if kind.name in _RESULTS else None
        if replies is None or key is None or result is None or "error" in reply:
            return
        # Which graphs are retained is true at this moment only.
        replies[key] = {name: value for name, value in reply.items() if name != "retained"}
        replies.move_to_end(key)
        while len(replies) > CACHE_SIZES[kind.name]:
            replies.popitem(last=False)

    def remove_closed_graphs(self, reply: Message) -> None:
        """Forget traces of graphs that the engine may have closed, if a reply says which ones it retains."""
        if (retained := reply.get("retained")) is not None:
            traces = self._replies[TRACE.name]
            for key in [key for key, cached in traces.items() if cached["trace"]["graph"] not in retained]:
                del traces[key]

    def clear(self) -> None:
        """Forget everything: another engine knows none of the graphs."""
        for replies in self._replies.values():
            replies.clear()


def cache_key(kind: RequestKind[Any, Any], payload: Mapping[str, Any]) -> bytes | None:
    """Return the complete payload as bytes, exact to the last bit of each value; None for kinds that are not cached."""
    if kind.name not in CACHE_SIZES:
        return None
    try:
        return pack({name: value for name, value in payload.items() if name != "visible_graph"})
    except FrameError:
        return None
