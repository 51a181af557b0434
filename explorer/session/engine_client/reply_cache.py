"""Answers of the engine that stay right: whoever asks the same once more has them without asking. No process, no Qt."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from explorer.core.protocol.frames import FrameError, pack
from explorer.session.engine_client.requests import Reply

KEPT = {"trace": 8, "simplify": 40}
"""How many answers of a kind are kept. These kinds depend on nothing but what is asked: text, values, precision."""


class ReplyCache:
    """Keeps the latest answers by all that was asked; the one that was not used for longest goes first.

    An answer to ``trace`` names a graph of the engine's. It is kept while the engine says that the graph lasts, so that
    whatever is asked of that graph next finds it.
    """

    def __init__(self) -> None:
        self._kept: dict[str, OrderedDict[bytes, Reply]] = {kind: OrderedDict() for kind in KEPT}

    def get(self, kind: str, key: bytes | None) -> Reply | None:
        """Return the answer to a question of this key, None if there is none."""
        kept = self._kept.get(kind)
        if kept is None or key is None or key not in kept:
            return None
        kept.move_to_end(key)
        return kept[key]

    def keep(self, kind: str, key: bytes | None, reply: Reply) -> None:
        """Keep an answer, if it is one that another time would be the same: no error, and not for want of time."""
        kept = self._kept.get(kind)
        said = reply.get("trace") if kind == "trace" else reply.get("simplified")
        if kept is None or key is None or said is None or "error" in reply:
            return
        # Which graphs last is told of the moment, and later it is not true any more.
        kept[key] = {name: value for name, value in reply.items() if name != "lasting"}
        kept.move_to_end(key)
        while len(kept) > KEPT[kind]:
            kept.popitem(last=False)

    def hear(self, reply: Mapping[str, Any]) -> None:
        """Forget answers about graphs that the engine may close, if it says which will last."""
        if (lasting := reply.get("lasting")) is not None:
            traces = self._kept["trace"]
            for key in [key for key, kept in traces.items() if kept["trace"]["graph"] not in lasting]:
                del traces[key]

    def clear(self) -> None:
        """Forget everything: another engine knows none of the graphs."""
        for kept in self._kept.values():
            kept.clear()


def key_of(kind: str, payload: Mapping[str, Any]) -> bytes | None:
    """Return all that is asked, to the last bit of each value; None for what is never kept."""
    if kind not in KEPT:
        return None
    try:
        return pack({name: value for name, value in payload.items() if name != "hold"})
    except FrameError:
        return None
