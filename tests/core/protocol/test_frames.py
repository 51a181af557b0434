"""Messages survive packing and unpacking, and broken frames are refused."""

import contextlib
import struct

import ml_dtypes
import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from explorer.core.protocol.frames import MAX_FRAME, FrameError, FrameReader, pack, unpack

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(message=st.dictionaries(st.text(max_size=8), plain, max_size=5), cut=st.integers(1, 40))
def test_messages_arrive_in_whatever_pieces_the_stream_is_read(message: dict[str, object], cut: int) -> None:
    stream = pack(message) * 2
    reader, got = FrameReader(), []
    for start in range(0, len(stream), cut):
        got.extend(reader.feed(stream[start : start + cut]))
    assert got == [message, message]


@given(
    array=hnp.arrays(
        st.sampled_from([np.float32, np.float64, np.int32, np.uint8]),
        hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5),
    )
)
def test_arrays_keep_dtype_shape_and_bytes(array: np.ndarray) -> None:
    (message,) = FrameReader().feed(pack({"a": array}))
    assert message["a"].dtype == array.dtype
    assert message["a"].shape == array.shape
    assert message["a"].tobytes() == array.tobytes()


def test_numbers_of_half_precision_are_sent_with_all_of_their_values() -> None:
    bits = np.arange(2**16, dtype=np.uint16)
    upper_halves = (bits.astype(np.uint32) << 16).view(np.float32)  # bfloat16 is the upper half of float32
    for array, expected in ((bits.view(np.float16),) * 2, (bits.view(ml_dtypes.bfloat16), upper_halves)):
        (message,) = FrameReader().feed(pack({"a": array}))
        assert message["a"].dtype == np.float32
        np.testing.assert_array_equal(message["a"], expected)


def test_a_strided_array_is_sent_by_value() -> None:
    (message,) = FrameReader().feed(pack({"a": np.arange(12.0).reshape(3, 4).T}))
    assert np.array_equal(message["a"], np.arange(12.0).reshape(3, 4).T)


def test_a_length_beyond_the_limit_is_refused_at_once() -> None:
    with pytest.raises(FrameError, match="are allowed"):
        list(FrameReader().feed(struct.pack(">I", MAX_FRAME + 1)))


def test_a_value_that_is_no_plain_data_cannot_be_sent() -> None:
    for value in (object(), {1, 2}, 2**80):
        with pytest.raises(FrameError, match="cannot be packed"):
            pack({"a": value})


def test_arrays_of_objects_cannot_be_sent() -> None:
    with pytest.raises(FrameError, match="object"):
        pack({"a": np.array([object()])})


def _array_frame(name: object, shape: object, raw: bytes) -> bytes:
    head = msgpack.packb([name, shape])
    return msgpack.packb({"a": msgpack.ExtType(1, struct.pack(">I", len(head)) + head + raw)})


@pytest.mark.parametrize(
    "body",
    [
        b"\xc1",
        b"",
        b"\x93\x01\x02",
        msgpack.packb([1, 2]),
        msgpack.packb({"a": msgpack.ExtType(9, b"123456")}),
        msgpack.packb({"a": msgpack.ExtType(1, b"12")}),
        msgpack.packb({"a": msgpack.ExtType(1, struct.pack(">I", 4000) + b"x")}),
        _array_frame("object", [1], b"12345678"),
        _array_frame("float32", [3], b"1234"),
        _array_frame("float32", [-1], b"1234"),
        _array_frame("float32", "ab", b"1234"),
        _array_frame(7, 7, b"1234"),
        _array_frame("float32", [2**40, 2**40], b"1234"),
    ],
)
def test_broken_bodies_are_frame_errors(body: bytes) -> None:
    with pytest.raises(FrameError):
        unpack(body)


@given(st.binary(max_size=80))
def test_noise_is_a_message_or_a_frame_error(noise: bytes) -> None:
    with contextlib.suppress(FrameError):
        assert isinstance(unpack(noise), dict)
