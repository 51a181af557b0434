"""Files of images that a user brings, checked before anybody sees them: nothing in them is believed, or run.

Of an ``.npz`` file only four members are looked at. What a member's header claims is compared with what is needed
before a byte of it is unpacked, so a lie about sizes costs no memory, and objects (pickles) are never read.
"""

import gzip
import stat
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np

from explorer.core.data.dataset import Bytes, DataError, Dataset

KEYS = ("x_train", "y_train", "x_test", "y_test")
MAX_IMAGES = 200_000
MAX_MEMBER = 1_000_000_000
"""Bytes that one array may have, unpacked."""
MAX_FILE = 2_000_000_000
"""Bytes that a file may have as it lies there."""
NAME = 60
"""Signs of a file's name in a sentence."""
CHUNK = 1_000
"""Images that are converted at once: floating point numbers take eight times the room of bytes."""

_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def shown_name(path: Path) -> str:
    """Return a file's name as it can stand in a sentence: on one line, in signs that can be sent and not too long."""
    name = "".join(sign if sign.isprintable() else "?" for sign in path.name) or str(path)
    return name if len(name) <= NAME else f"{name[: NAME - 1]}…"


def load_file(path: Path) -> Dataset:
    """Read x_train, y_train, x_test and y_test from an ``.npz`` file; raises DataError with a sentence."""
    shown = shown_name(path)
    check_file(path)
    try:
        with zipfile.ZipFile(path) as archive:
            there = set(archive.namelist())
            if missing := [key for key in KEYS if f"{key}.npy" not in there]:
                raise DataError(f"{shown} lacks {', '.join(missing)}.")
            arrays = [_read(archive, key, shown) for key in KEYS]
    except DataError:
        raise
    except MemoryError:
        raise DataError(f"{shown} needs more memory than there is.") from None
    except zipfile.BadZipFile:
        raise DataError(f"{shown} is damaged, or is no .npz file.") from None
    except OSError as error:
        raise DataError(f"{shown} cannot be read: {error.strerror or error}.") from error
    # NumPy and zlib raise many kinds for a damaged file; each means the same to the user.
    except Exception as error:
        raise DataError(f"{shown} is damaged: it cannot be unpacked.") from error
    return checked(shown, arrays, shown, str(path))


def check_file(path: Path) -> None:
    """Raise DataError where there is no plain file of a size that can be used: a pipe would be waited for forever."""
    shown = shown_name(path)
    try:
        found = path.stat()
    except FileNotFoundError:
        raise DataError(f"{shown} does not exist.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "the name is none"
        raise DataError(f"{shown} cannot be opened: {reason}.") from error
    if stat.S_ISDIR(found.st_mode):
        raise DataError(f"{shown} is a folder, not a file.")
    if not stat.S_ISREG(found.st_mode):
        raise DataError(f"{shown} is not a plain file.")
    if found.st_size > MAX_FILE:
        raise DataError(f"{shown} has {found.st_size / 1e9:.1f} GB, more than the {MAX_FILE / 1e9:g} GB allowed.")


def _read(archive: zipfile.ZipFile, key: str, shown: str) -> Any:
    """Return one array of an archive, once its header says what can be used."""
    entry = archive.getinfo(f"{key}.npy")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(f"{shown} is packed in a way that NumPy does not use.")
    if entry.flag_bits & 1:
        raise DataError(f"{shown} is encrypted.")
    if entry.file_size > MAX_MEMBER:
        raise DataError(f"{shown}: {key} would need {entry.file_size / 1e9:.1f} GB, more than the 1 GB allowed.")
    with archive.open(entry) as member:
        shape, dtype = _header(member, key, shown)
        header = member.tell()
    needed = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if needed != entry.file_size - header:
        raise DataError(f"{shown} is damaged: {key} is not as long as its shape {shape} says.")
    with archive.open(entry) as member:
        return np.lib.format.read_array(member, allow_pickle=False)


def _header(member: IO[bytes], key: str, shown: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    try:
        version = np.lib.format.read_magic(member)
        shape, _fortran, dtype = _HEADERS[version](member)
    except (ValueError, KeyError) as error:
        raise DataError(f"{shown}: {key} is no NumPy array.") from error
    _check_header(shown, key, shape, dtype)
    return shape, dtype


def _check_header(shown: str, key: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    if key.startswith("x"):
        if len(shape) != 3 or shape[1:] != (28, 28):
            raise DataError(f"{shown}: {key} has shape {_told(shape)}, but (n, 28, 28) is needed.")
        if not 10 <= shape[0] <= MAX_IMAGES:
            raise DataError(f"{shown}: {key} has {shape[0]:,} images; from 10 to {MAX_IMAGES:,} can be used.")
        if dtype.kind not in "uif":
            raise DataError(f"{shown}: pixels must be numbers, but {key} holds {_kind(dtype)}.")
        return
    if len(shape) != 1:
        raise DataError(f"{shown}: {key} has shape {_told(shape)}, but (n,) is needed, one label for each image.")
    if dtype.kind not in "ui":
        raise DataError(f"{shown}: labels must be whole numbers, but {key} holds {_kind(dtype)}.")


def _told(shape: tuple[int, ...]) -> str:
    return str(shape) if len(shape) <= 6 else f"of {len(shape)} dimensions"


def _kind(dtype: np.dtype[Any]) -> str:
    kinds = {"O": "Python objects, which could be programs", "U": "text", "S": "text", "b": "true and false"}
    return kinds.get(dtype.kind, f"{dtype.name}")


def checked(shown: str, arrays: list[Any], title: str, source: str) -> Dataset:
    """Return the four arrays as a Dataset, called by ``title`` and how many images there are; raises DataError.

    Pixels may be 0 to 255, or fractions of 255 as floating point numbers where none is above 1.
    """
    tops = []
    for part, x, y in (("train", *arrays[:2]), ("test", *arrays[2:])):
        if y.shape != (len(x),):
            raise DataError(
                f"{shown}: y_{part} has shape {y.shape}, but ({len(x)},) is needed, one label for each image."
            )
        low, high = float(x.min()), float(x.max())
        if not (low >= 0 and high <= 255):  # false for NaN too
            raise DataError(f"{shown}: pixels of x_{part} go from {low:g} to {high:g}, but must lie from 0 to 255.")
        if int(y.min()) < 0 or int(y.max()) > 9:
            raise DataError(f"{shown}: labels of y_{part} go from {y.min()} to {y.max()}, but must lie from 0 to 9.")
        if x.dtype.kind == "f":
            tops.append(high)
    factor = 255 if tops and max(tops) <= 1 else 1
    x_train, x_test = (_bytes(x, factor if x.dtype.kind == "f" else 1) for x in (arrays[0], arrays[2]))
    name = f"{title} ({len(x_train) + len(x_test):,})"
    return Dataset(name, x_train, arrays[1].astype(np.uint8), x_test, arrays[3].astype(np.uint8), source)


def _bytes(x: Any, factor: int) -> Bytes:
    if x.dtype == np.uint8:
        return np.ascontiguousarray(x)
    result = np.empty(x.shape, np.uint8)
    for start in range(0, len(x), CHUNK):
        part = x[start : start + CHUNK]
        result[start : start + CHUNK] = np.rint(part.astype(np.float64) * factor) if x.dtype.kind == "f" else part
    return result


def load_idx(path: Path, shape: tuple[int, ...]) -> Bytes:
    """Read a packed IDX file of bytes, as MNIST and its kin were published; raises DataError.

    Its head is two zeros, 8 for uint8, the number of dimensions, and each dimension in four bytes, big endian.
    Source: http://yann.lecun.com/exdb/mnist/.
    """
    shown = shown_name(path)
    check_file(path)
    head = bytes((0, 0, 8, len(shape))) + b"".join(size.to_bytes(4, "big") for size in shape)
    count = int(np.prod(shape))
    try:
        with gzip.open(path) as file:
            content = file.read(len(head) + count + 1)
    except (OSError, EOFError, ValueError) as error:
        raise DataError(f"{shown} is damaged: it cannot be unpacked.") from error
    # zlib has an error of its own, which is none of those.
    except Exception as error:
        raise DataError(f"{shown} is damaged: it cannot be unpacked.") from error
    if content[: len(head)] != head or len(content) != len(head) + count:
        raise DataError(f"{shown} does not hold {shape} bytes.")
    return np.frombuffer(content, np.uint8, offset=len(head)).reshape(shape)
