"""Data files: a file that cannot be used is rejected at once with a message, without a hang or a waste of memory."""

import gzip
import io
import os
import pickle
import stat
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from explorer.core.data.array_files import ARRAY_KEYS, load_idx, load_npz
from explorer.core.data.dataset import DataError


def arrays(**changes):
    """Return the arrays of a valid file, with changes; None leaves one out."""
    random = np.random.default_rng(1)
    valid = {
        "x_train": random.integers(0, 256, (20, 28, 28)).astype(np.uint8),
        "y_train": (np.arange(20) % 10).astype(np.uint8),
        "x_test": random.integers(0, 256, (10, 28, 28)).astype(np.uint8),
        "y_test": np.arange(10).astype(np.uint8),
    }
    valid.update(changes)
    return {key: value for key, value in valid.items() if value is not None}


def npz_bytes(packed=True):
    """Return a valid file."""
    out = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(out, **arrays())
    return out.getvalue()


def zipped(method=zipfile.ZIP_DEFLATED, **members):
    """Return a valid file with other bytes for some members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for key, value in arrays().items():
            inside = io.BytesIO()
            np.save(inside, value)
            archive.writestr(f"{key}.npy", members.get(key, inside.getvalue()))
    return out.getvalue()


def npy(header, body=b""):
    """Return an array file with any header."""
    text = header.encode("latin1")
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + body


def npy_with(descr="'|u1'", shape="(20, 28, 28)", body=bytes(20 * 784)):
    return npy(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}\n", body)


def bomb():
    """Return an archive whose directory states 15,680 bytes for a member that unpacks to much more."""
    archive = bytearray(zipped(x_train=npy_with(body=bytes(1 << 24) * 8)))
    # The unpacked size stands 24 bytes after the signature PK\1\2 of the directory's entry.
    offset = archive.index(b"PK\x01\x02")
    while b"x_train" not in archive[offset + 46 : offset + 60]:
        offset = archive.index(b"PK\x01\x02", offset + 4)
    struct.pack_into("<I", archive, offset + 24, len(npy_with()))
    return bytes(archive)


def flipped(offset, bits):
    """Return a valid file with some bits of one byte flipped."""
    content = bytearray(npz_bytes())
    content[offset] ^= bits
    return bytes(content)


DAMAGED = {
    "empty": (b"", "no .npz file"),
    "text": (b"x_train = [1, 2, 3]\n" * 50, "no .npz file"),
    "cut in the middle": (npz_bytes()[: len(npz_bytes()) // 2], "no .npz file"),
    "cut at its end": (npz_bytes()[:-200], "no .npz file"),
    "one byte of the packed data is another": (flipped(200, 0x55), "damaged"),
    "noise after a zip's first bytes": (b"PK\x03\x04" + bytes(range(256)) * 20, "no .npz file"),
    "an archive of nothing": (b"PK\x05\x06" + bytes(18), "lacks x_train, y_train, x_test, y_test"),
    "one array and no archive": (npy_with(), "no .npz file"),
    "a pickle": (pickle.dumps(arrays()), "no .npz file"),
    "wrong keys": (zipped().replace(b"x_train.npy", b"x_tr_in.npy"), "lacks x_train"),
    "no array inside": (zipped(x_train=b"nothing at all"), "x_train is no NumPy array"),
    "a pickle inside": (zipped(x_train=pickle.dumps([1])), "x_train is no NumPy array"),
    "an array of objects": (zipped(x_train=npy_with("'|O'", body=pickle.dumps([1]))), "Python objects"),
    "records": (zipped(x_train=npy_with("[('a', '<u1')]")), "must be numbers"),
    "true and false": (zipped(x_train=npy_with("'|b1'")), "true and false"),
    "complex numbers": (zipped(x_train=npy_with("'<c8'", body=bytes(20 * 784 * 8))), "complex64"),
    "moments": (zipped(y_train=npy_with("'<M8[s]'", "(20,)", bytes(160))), "datetime64"),
    "labels with fractions": (zipped(y_train=npy_with("'<f4'", "(20,)", bytes(80))), "float32"),
    "one-hot labels": (zipped(y_train=npy_with("'<i8'", "(20, 10)", bytes(1600))), r"\(20, 10\)"),
    "colour": (zipped(x_train=npy_with(shape="(20, 28, 28, 3)", body=bytes(60 * 784))), r"\(20, 28, 28, 3\)"),
    "flat images": (zipped(x_train=npy_with(shape="(20, 784)")), r"\(20, 784\)"),
    "a number and no array": (zipped(x_train=npy_with(shape="()", body=b"\0")), r"shape \(\)"),
    "no images": (zipped(x_train=npy_with(shape="(0, 28, 28)", body=b"")), "0 images"),
    "minus one image": (zipped(x_train=npy_with(shape="(-1, 28, 28)", body=b"")), "-1 images"),
    "a shape of terabytes": (zipped(x_train=npy_with(shape="(10**9, 28, 28)")), "no NumPy array"),
    "a true shape of terabytes": (zipped(x_train=npy_with(shape="(1000000000, 28, 28)")), "1,000,000,000 images"),
    "more claimed than there is": (zipped(x_train=npy_with(shape="(2000, 28, 28)")), "not as long"),
    "less claimed than there is": (zipped(x_train=npy_with(shape="(10, 28, 28)")), "not as long"),
    "a bomb": (bomb, "damaged"),
    "a huge header": (zipped(x_train=npy("{'descr': '|u1', 'shape': (20, 28, 28)" + " " * 60_000 + "}\n")), "x_train"),
    "code in the header": (zipped(x_train=npy("__import__('os').system('true')\n")), "x_train is no NumPy array"),
    "numbers too deep": (zipped(x_train=npy("(" * 5000 + ")" * 5000 + "\n")), "x_train|damaged"),
    "packed by another method": (zipped(zipfile.ZIP_LZMA), "NumPy does not use"),
    "encrypted": (
        zipped().replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00"),
        "encr",
    ),
}


def write_damaged(path, what):
    """Write a damaged file; one that takes half a second to build is built only here."""
    content, _ = DAMAGED[what]
    path.write_bytes(content() if callable(content) else content)


@pytest.mark.parametrize("what", DAMAGED)
def test_a_damaged_file_is_rejected_with_a_message(what, tmp_path):
    path = tmp_path / "digits.npz"
    write_damaged(path, what)
    with pytest.raises(DataError, match=DAMAGED[what][1]) as caught:
        load_npz(path)
    assert_is_message(str(caught.value))


def assert_is_message(text):
    assert text.isprintable()
    assert text.endswith(".")
    assert len(text) < 250


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y_test": None}, "lacks y_test"),
        ({"x_train": None, "y_train": None}, "lacks x_train, y_train"),
        ({"x_train": np.zeros((20, 28, 27), np.uint8)}, r"\(20, 28, 27\)"),
        ({"y_train": np.zeros(19, np.uint8)}, "one label for each image"),
        ({"y_train": np.full(20, 10, np.uint8)}, "from 0 to 9"),
        ({"y_train": np.full(20, -1, np.int8)}, "labels of y_train go from -1"),
        ({"y_test": np.full(10, 2**64 - 1, np.uint64)}, "from 0 to 9"),
        ({"x_train": np.full((20, 28, 28), np.nan, np.float32)}, "from nan"),
        ({"x_train": np.full((20, 28, 28), np.inf)}, "to inf"),
        ({"x_test": np.full((10, 28, 28), -0.5)}, "from -0.5"),
        ({"x_train": np.full((20, 28, 28), 256, np.int32)}, "from 0 to 255"),
        ({"x_train": np.zeros((9, 28, 28), np.uint8), "y_train": np.zeros(9, np.uint8)}, "9 images"),
        ({"x_train": np.zeros((20, 28, 28), "U1")}, "holds text"),
    ],
)
def test_wrong_arrays_are_rejected_with_a_message(tmp_path, changes, message):
    path = tmp_path / "data.npz"
    np.savez(path, **arrays(**changes))
    with pytest.raises(DataError, match=message) as caught:
        load_npz(path)
    assert_is_message(str(caught.value))


def test_folders_pipes_and_broken_links_are_rejected_without_a_hang(tmp_path):
    folder, pipe, loop, broken = (tmp_path / f"{name}.npz" for name in ("folder", "pipe", "loop", "broken"))
    folder.mkdir()
    messages = {
        folder: "is a folder",
        tmp_path / "nowhere.npz": "does not exist",
        Path("nul\0.npz"): "cannot be opened",
    }
    messages[Path("x" * 300 + ".npz")] = "cannot be opened"
    if hasattr(os, "mkfifo"):
        os.mkfifo(pipe)
        loop.symlink_to(loop)
        broken.symlink_to(tmp_path / "gone.npz")
        messages |= {pipe: "not a plain file", loop: "cannot be opened", broken: "does not exist"}
        messages[Path("/dev/zero")] = "not a plain file"
    for path, message in messages.items():
        with pytest.raises(DataError, match=message) as caught:
            load_npz(path)
        assert_is_message(str(caught.value))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the administrator may read every file")
def test_a_file_without_permission_is_rejected_with_a_message(tmp_path):
    path = tmp_path / "secret.npz"
    path.write_bytes(npz_bytes())
    path.chmod(0)
    with pytest.raises(DataError, match="cannot be read: Permission denied"):
        load_npz(path)


@pytest.mark.skipif(not Path("/proc/self/mem").is_file(), reason="there is no file whose reading fails")
def test_a_file_whose_reading_fails_is_rejected_with_a_message():
    with pytest.raises(DataError) as caught:
        load_npz(Path("/proc/self/mem"))
    assert_is_message(str(caught.value))


def test_a_file_of_terabytes_is_refused_by_its_size(tmp_path):
    path = tmp_path / "huge.npz"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(DataError, match="GB allowed"):
        load_npz(path)


def test_names_that_cannot_be_printed_are_made_printable(tmp_path):
    for name in (
        "two\nlines.npz",
        "n" * 200 + ".npz",
        "\x1b[31mred.npz",
        os.fsdecode(b"\xff\xfe.npz"),
        "ziffern-π.npz",
    ):
        path = tmp_path / name
        path.write_bytes(b"nothing")
        with pytest.raises(DataError) as caught:
            load_npz(path)
        assert_is_message(str(caught.value))
        str(caught.value).encode()
    assert "ziffern-π.npz" in str(caught.value)


def test_objects_are_never_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "sprung"),)

    path = tmp_path / "trap.npz"
    np.savez(path, **arrays(x_train=np.array([Trap()], dtype=object)))
    with pytest.raises(DataError):
        load_npz(path)
    assert not (tmp_path / "sprung").exists()


def test_false_sizes_cost_no_memory(tmp_path):
    path = tmp_path / "liar.npz"
    for what in ("a bomb", "a true shape of terabytes", "more claimed than there is"):
        write_damaged(path, what)
        tracemalloc.start()
        with pytest.raises(DataError):
            load_npz(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 5_000_000, what


@pytest.mark.parametrize("packed", [True, False])
def test_a_valid_file_is_read(packed, tmp_path):
    path = tmp_path / "good.npz"
    path.write_bytes(npz_bytes(packed))
    path.chmod(stat.S_IRUSR)
    data = load_npz(path)
    assert data.name == "good.npz (30)"
    for key, value in zip(ARRAY_KEYS, (data.x_train, data.y_train, data.x_validation, data.y_validation), strict=True):
        np.testing.assert_array_equal(value, arrays()[key])
        assert value.dtype == np.uint8


@pytest.mark.parametrize(
    "convert",
    [
        lambda x: x.astype(">u2"),
        lambda x: x.astype(np.int64),
        lambda x: np.asfortranarray(x),
        lambda x: x.astype(np.float16),
        lambda x: x.astype(">f4") / np.float32(255),
        lambda x: x / 255,
        lambda x: x.astype(np.float64),
    ],
)
def test_pixels_of_other_dtypes_and_orders(convert, tmp_path):
    path = tmp_path / "other.npz"
    x_train, y_train = arrays()["x_train"], arrays()["y_train"]
    np.savez(path, **arrays(x_train=convert(x_train), y_train=y_train.astype(">i8")))
    data = load_npz(path)
    np.testing.assert_array_equal(data.x_train, x_train)
    np.testing.assert_array_equal(data.y_train, y_train)
    assert data.x_train.flags.c_contiguous


def test_dark_pixels_are_not_taken_for_fractions(tmp_path):
    """Whether pixels are fractions of 255 is decided by both arrays, of which one may be dark."""
    path = tmp_path / "dark.npz"
    bright, dark = np.full((20, 28, 28), 200.0), np.full((10, 28, 28), 1.0)
    np.savez(path, **arrays(x_train=bright, x_test=dark))
    data = load_npz(path)
    assert (data.x_train.max(), data.x_validation.max()) == (200, 1)


def test_idx_files_are_read_and_damaged_ones_are_rejected(tmp_path):
    x = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)
    head = struct.pack(">BBBBIII", 0, 0, 8, 3, 3, 4, 5)
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(head + x.tobytes()))
    np.testing.assert_array_equal(load_idx(path, (3, 4, 5)), x)
    packed = path.read_bytes()
    noise = bytearray(packed)
    noise[14] ^= 0xFF
    for content in (
        b"", b"text", packed[:-9], packed[:20], bytes(noise), gzip.compress(head), gzip.compress(head + bytes(10**7)),
        gzip.compress(struct.pack(">BBBBIII", 0, 0, 8, 3, 4, 3, 5) + x.tobytes()),
    ):  # fmt: skip
        path.write_bytes(content)
        with pytest.raises(DataError):
            load_idx(path, (3, 4, 5))
