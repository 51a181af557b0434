"""The one adapter to TensorFlow's private API: its look-up table of gradients, and who called which entry.

`tf.gradients` asks ``ops.get_gradient_function`` for each op's entry. While a recording runs, the entry that it
gets is wrapped: so we know, from TensorFlow itself, which upstream gradients went in, which gradients came out for
which argument slot, and which ops the entry built. If a later TensorFlow has moved any of this, `AVAILABLE` is
False, nothing is recorded, and the screen says so.
"""

import inspect
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

try:
    from tensorflow.python.framework import ops as _ops

    _look_up: Callable[[Any], Any] | None = _ops.get_gradient_function
except (ImportError, AttributeError):
    _ops, _look_up = None, None

AVAILABLE = _look_up is not None
"""Whether this TensorFlow lets us see its look-up table."""

NOT_AVAILABLE = "This version of TensorFlow does not let us read its look-up table."


@dataclass(frozen=True)
class Call:
    """One use of a registered gradient function: tensors or None for each output and input slot, ops it built."""

    op: Any
    upstream: Sequence[Any]
    gradients: Sequence[Any]
    built: tuple[str, ...]


class _State(threading.local):
    calls: list[Call] | None = None


_state = _State()
_sources: dict[Any, str] = {}


@contextmanager
def recording() -> Iterator[list[Call]]:
    """Record the calls of registered gradient functions in this thread, in TensorFlow's order."""
    _state.calls = []
    try:
        yield _state.calls
    finally:
        _state.calls = None


def _recording_look_up(op: Any) -> Any:
    assert _look_up is not None
    function = _look_up(op)
    calls = _state.calls
    if calls is None or function is None:
        return function

    def recorded(op: Any, *upstream: Any) -> Any:
        before = op.graph.version
        result = function(op, *upstream)
        gradients = result if isinstance(result, list | tuple) else [result]
        calls.append(Call(op, upstream, gradients, tuple(_built_since(op.graph, before))))
        return result

    return recorded


def _built_since(graph: Any, version: int) -> list[str]:
    return [op.name for op in graph.get_operations()[version:]]


if AVAILABLE:
    _ops.get_gradient_function = _recording_look_up


def gradient_function(op: Any) -> Callable[..., Any] | None:
    """Return the function registered as the gradient of ``op``, or None."""
    if _look_up is None:
        return None
    try:
        return _look_up(op)
    except LookupError:
        return None


def source(op: Any) -> tuple[str | None, str | None]:
    """Return the source text of the entry for ``op`` and None, or None and a sentence that says why not."""
    if not AVAILABLE:
        return None, NOT_AVAILABLE
    function = gradient_function(op)
    if function is None:
        return None, f"TensorFlow has no gradient registered for {op.type}."
    if function not in _sources:
        try:
            _sources[function] = inspect.getsource(function)
        except (OSError, TypeError):
            return None, f"The source of the gradient registered for {op.type} cannot be read here."
    return _sources[function], None


def forget(graph: Any) -> None:
    """Let go of the rules that `tf.custom_gradient` registered for ``graph``, which hold all of it for ever."""
    known = getattr(getattr(_ops, "gradient_registry", None), "_registry", None)
    if isinstance(known, dict):
        for op in graph.get_operations():
            if op.type == "IdentityN":
                known.pop(op.node_def.attr["_gradient_op_type"].s.decode(), None)


def warm_up(types: Sequence[str]) -> None:
    """Read the sources of the entries for ``types`` beforehand: the first look into a file takes long."""

    class _Typed:
        """As much of an op as the look-up asks for."""

        inputs = (None,)
        _gradient_function = None

        def __init__(self, kind: str) -> None:
            self.type = kind

        def get_attr(self, name: str) -> Any:
            raise ValueError(name)

    for kind in types:
        if AVAILABLE:
            source(_Typed(kind))
