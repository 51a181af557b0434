"""Frames between the window and the engine.

A frame is four bytes of length (big endian) and that many bytes of msgpack: one map. Arrays travel as an
extension type with dtype, shape and raw bytes. No pickle, so an engine may run anywhere.
"""

import struct
from collections.abc import Iterator, Mapping
from typing import Any

import msgpack
import numpy as np

PROTOCOL = 2
"""Version of the protocol: the engine sends it in its hello, the client refuses any other."""

MAX_FRAME = 256 * 1024 * 1024
"""Bytes of a frame at most."""

_ARRAY = 1
_DTYPES = frozenset({"float32", "float64", "int8", "uint8", "int32", "int64", "bool"})
_SENT_AS = {"float16": "float32", "bfloat16": "float32"}
"""Types of arrays that travel as another one, which has all of their values."""

_HEADER = struct.Struct(">I")


class FrameError(ValueError):
    """Bytes or values that are no frame of this protocol."""


def pack(message: Mapping[str, Any]) -> bytes:
    """Return ``message`` as one frame; raise FrameError if it is too long or has values that cannot travel."""
    try:
        body: bytes = msgpack.packb(message, default=_pack_array)
    except (TypeError, OverflowError) as error:
        raise FrameError(f"a message cannot be packed: {error}") from error
    if len(body) > MAX_FRAME:
        raise FrameError(f"a message of {len(body):,} bytes is longer than the {MAX_FRAME:,} allowed")
    return _HEADER.pack(len(body)) + body


def unpack(body: bytes | memoryview) -> dict[str, Any]:
    """Return the map in a frame's body; raise FrameError for anything else."""
    try:
        message = msgpack.unpackb(body, ext_hook=_unpack_array, strict_map_key=False)
    except FrameError:
        raise
    except Exception as error:  # msgpack raises many kinds of errors for invalid bytes
        raise FrameError(f"a frame could not be read: {error}") from error
    if not isinstance(message, dict):
        raise FrameError("a frame must hold a map")
    return message


class FrameReader:
    """Splits a stream of bytes into messages, in whatever pieces it arrives."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        """Yield each message that ``data`` completes; raise FrameError if the stream is broken."""
        self._buffer += data
        while len(self._buffer) >= _HEADER.size:
            (length,) = _HEADER.unpack_from(self._buffer)
            if length > MAX_FRAME:
                raise FrameError(f"a frame claims to have {length:,} bytes; {MAX_FRAME:,} are allowed")
            end = _HEADER.size + length
            if len(self._buffer) < end:
                return
            with memoryview(self._buffer) as buffer, buffer[_HEADER.size : end] as body:
                message = unpack(body)  # without a copy: copying megabytes would block the window
            del self._buffer[:end]
            yield message


def _pack_array(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = np.asarray(value)
    if isinstance(value, np.ndarray):
        value = value.astype(_SENT_AS.get(value.dtype.name, value.dtype), copy=False)
        if value.dtype.name not in _DTYPES:
            raise FrameError(f"arrays of {value.dtype.name} cannot be sent")
        head = msgpack.packb([value.dtype.name, value.shape])
        return msgpack.ExtType(_ARRAY, _HEADER.pack(len(head)) + head + np.ascontiguousarray(value).tobytes())
    raise TypeError(f"{type(value).__name__} cannot be sent")


def _unpack_array(code: int, data: bytes) -> Any:
    if code != _ARRAY or len(data) < _HEADER.size:
        raise FrameError(f"extension type {code} is unknown")
    (length,) = _HEADER.unpack_from(data)
    start = _HEADER.size + length
    if start > len(data):
        raise FrameError("an array's description is cut off")
    name, shape = msgpack.unpackb(data[_HEADER.size : start])
    if name not in _DTYPES or not all(isinstance(size, int) and size >= 0 for size in shape):
        raise FrameError(f"an array of {name} with shape {shape} cannot be received")
    count = int(np.prod(shape, dtype=np.int64))
    if count * np.dtype(name).itemsize != len(data) - start:
        raise FrameError("the size of an array does not match its shape")
    return np.frombuffer(data, dtype=name, offset=start, count=count).reshape(shape)
