"""Reads data files of the user, without trusting anything in them.

Of an ``.npz`` file only four members are read. The header of each is checked before its data is unpacked, so that a
false size costs no memory, and pickled objects are never read.
"""

import contextlib
import gzip
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from explorer.core.data.dataset import DataError, Dataset, StoredPixels, UInt8Array

ARRAY_KEYS = ("x_train", "y_train", "x_test", "y_test")
"""Arrays that an ``.npz`` file must have."""

MAX_IMAGES = 200_000
"""Maximum number of images in an array."""

MAX_ARRAY_BYTES = 1_000_000_000
"""Maximum size of an unpacked array."""

MAX_FILE_BYTES = 2_000_000_000
"""Maximum size of a file."""

MAX_NAME_LENGTH = 60
"""Maximum number of characters of a file's name in a message."""

CHUNK_SIZE = 1_000
"""Images that are converted at once, because as floating-point numbers they need eight times the memory."""

_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def display_name(path: Path) -> str:
    """Return a file's name for a message: printable, on one line, and at most `MAX_NAME_LENGTH` characters long."""
    name = "".join(character if character.isprintable() else "?" for character in path.name) or str(path)
    return name if len(name) <= MAX_NAME_LENGTH else f"{name[: MAX_NAME_LENGTH - 1]}…"


def load_npz(path: Path) -> Dataset:
    """Load x_train, y_train, x_test and y_test from an ``.npz`` file.

    Raises
    ------
    DataError : if the file or an array in it cannot be used.
    """
    name = display_name(path)
    with open_npz(path) as archive:
        members = set(archive.namelist())
        if missing := [key for key in ARRAY_KEYS if f"{key}.npy" not in members]:
            raise DataError(f"{name} lacks {', '.join(missing)}.")
        arrays = [_read(archive, key, name) for key in ARRAY_KEYS]
    return make_dataset(name, arrays, name, str(path))


@contextlib.contextmanager
def open_npz(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an ``.npz`` file, and turn whatever its bytes cause into DataError."""
    name = display_name(path)
    check_file(path)
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except DataError:
        raise
    except MemoryError:
        raise DataError(f"{name} needs more memory than there is.") from None
    except zipfile.BadZipFile:
        raise DataError(f"{name} is damaged, or is no .npz file.") from None
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror or error}.") from error
    # NumPy and zlib raise many kinds of errors for a damaged file; to the user all mean the same.
    except Exception as error:
        raise DataError(f"{name} is damaged: it cannot be unpacked.") from error


def check_file(path: Path) -> None:
    """Raise DataError unless the path is that of a regular file of usable size; reading a pipe could block forever."""
    name = display_name(path)
    try:
        status = path.stat()
    except FileNotFoundError:
        raise DataError(f"{name} does not exist.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "the name is not valid"
        raise DataError(f"{name} cannot be opened: {reason}.") from error
    if stat.S_ISDIR(status.st_mode):
        raise DataError(f"{name} is a folder, not a file.")
    if not stat.S_ISREG(status.st_mode):
        raise DataError(f"{name} is not a plain file.")
    if status.st_size > MAX_FILE_BYTES:
        raise DataError(f"{name} has {status.st_size / 1e9:.1f} GB, more than the {MAX_FILE_BYTES / 1e9:g} GB allowed.")


def _read(archive: zipfile.ZipFile, key: str, name: str) -> Any:
    """Return one array of an archive after checking its header."""
    entry = archive.getinfo(f"{key}.npy")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(f"{name} is packed in a way that NumPy does not use.")
    if entry.flag_bits & 1:
        raise DataError(f"{name} is encrypted.")
    if entry.file_size > MAX_ARRAY_BYTES:
        raise DataError(f"{name}: {key} would need {entry.file_size / 1e9:.1f} GB, more than the 1 GB allowed.")
    with archive.open(entry) as member:
        shape, dtype = _header(member, key, name)
        header_size = member.tell()
    expected = int(np.prod(shape, dtype=object)) * dtype.itemsize  # Python integers cannot overflow
    if expected != entry.file_size - header_size:
        raise DataError(f"{name} is damaged: {key} is not as long as its shape {shape} says.")
    with archive.open(entry) as member:
        return np.lib.format.read_array(member, allow_pickle=False)


def _header(member: IO[bytes], key: str, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    shape, _fortran, dtype = array_header(member, key, name)
    _check_header(name, key, shape, dtype)
    return shape, dtype


def array_header(member: IO[bytes], key: str, name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return shape, whether the order is Fortran's, and dtype of an array; ``name`` of the file is for messages.

    Raises
    ------
    DataError : if it is no array.
    """
    try:
        version = np.lib.format.read_magic(member)
        shape, is_fortran, dtype = _HEADERS[version](member)
    except (ValueError, KeyError) as error:
        raise DataError(f"{name}: {key} is no NumPy array.") from error
    return shape, is_fortran, dtype


def _check_header(name: str, key: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    if key.startswith("x"):
        if len(shape) != 3 or shape[1:] != (28, 28):
            raise DataError(f"{name}: {key} has shape {_shape_text(shape)}, but (n, 28, 28) is needed.")
        if not 10 <= shape[0] <= MAX_IMAGES:
            raise DataError(f"{name}: {key} has {shape[0]:,} images; from 10 to {MAX_IMAGES:,} can be used.")
        if dtype.kind not in "uif":
            raise DataError(f"{name}: pixels must be numbers, but {key} holds {_dtype_text(dtype)}.")
        return
    if len(shape) != 1:
        raise DataError(f"{name}: {key} has shape {_shape_text(shape)}, but (n,) is needed, one label for each image.")
    if dtype.kind not in "ui":
        raise DataError(f"{name}: labels must be whole numbers, but {key} holds {_dtype_text(dtype)}.")


def _shape_text(shape: tuple[int, ...]) -> str:
    return str(shape) if len(shape) <= 6 else f"of {len(shape)} dimensions"


def _dtype_text(dtype: np.dtype[Any]) -> str:
    kinds = {"O": "Python objects, which could be programs", "U": "text", "S": "text", "b": "true and false"}
    return kinds.get(dtype.kind, f"{dtype.name}")


def make_dataset(name: str, arrays: list[Any], title: str, source: str) -> Dataset:
    """Return a data set of the arrays of `ARRAY_KEYS`.

    Pixels range from 0 to 255. Floating-point pixels of which none is above 1 are taken as fractions of 255.

    Parameters
    ----------
    name : name of the data in messages.
    title : name of the data set, to which the number of images is appended.
    source : see `Dataset`.

    Raises
    ------
    DataError : if the numbers of images and labels differ, or values are out of range.
    """
    highest_floats = []
    for part, x, y in (("train", *arrays[:2]), ("test", *arrays[2:])):
        if y.shape != (len(x),):
            raise DataError(
                f"{name}: y_{part} has shape {y.shape}, but ({len(x)},) is needed, one label for each image."
            )
        low, high = float(x.min()), float(x.max())
        if not (low >= 0 and high <= 255):  # false for NaN too
            raise DataError(f"{name}: pixels of x_{part} go from {low:g} to {high:g}, but must lie from 0 to 255.")
        if int(y.min()) < 0 or int(y.max()) > 9:
            raise DataError(f"{name}: labels of y_{part} go from {y.min()} to {y.max()}, but must lie from 0 to 9.")
        if x.dtype.kind == "f":
            highest_floats.append(high)
    of_floats = StoredPixels.FRACTIONS if highest_floats and max(highest_floats) <= 1 else StoredPixels.FLOATS
    one, other = (of_floats if x.dtype.kind == "f" else StoredPixels.WHOLE for x in (arrays[0], arrays[2]))
    x_train, x_test = _to_uint8(arrays[0], one), _to_uint8(arrays[2], other)
    y_train, y_test = arrays[1].astype(np.uint8), arrays[3].astype(np.uint8)
    full_title = f"{title} ({len(x_train) + len(x_test):,})"
    return Dataset(full_title, x_train, y_train, x_test, y_test, source, stored=(one, other))


def _to_uint8(x: Any, stored: StoredPixels) -> UInt8Array:
    if x.dtype == np.uint8:
        return np.ascontiguousarray(x)
    factor = 255 if stored is StoredPixels.FRACTIONS else 1
    result = np.empty(x.shape, np.uint8)
    for start in range(0, len(x), CHUNK_SIZE):
        part = x[start : start + CHUNK_SIZE]
        is_whole = stored is StoredPixels.WHOLE
        result[start : start + CHUNK_SIZE] = part if is_whole else np.rint(part.astype(np.float64) * factor)
    return result


def load_idx(path: Path, shape: tuple[int, ...]) -> UInt8Array:
    """Load a gzipped IDX file of uint8, the format in which MNIST and Fashion-MNIST were published.

    Its header is two zeros, 8 for uint8, the number of dimensions, and the size of each dimension in four bytes, big
    endian. Source: http://yann.lecun.com/exdb/mnist/.

    Raises
    ------
    DataError : if the file is damaged or does not have this shape.
    """
    name = display_name(path)
    check_file(path)
    header = bytes((0, 0, 8, len(shape))) + b"".join(size.to_bytes(4, "big") for size in shape)
    count = int(np.prod(shape))
    try:
        with gzip.open(path) as file:
            content = file.read(len(header) + count + 1)
    except (OSError, EOFError, ValueError) as error:
        raise DataError(f"{name} is damaged: it cannot be unpacked.") from error
    # zlib.error is none of those.
    except Exception as error:
        raise DataError(f"{name} is damaged: it cannot be unpacked.") from error
    if content[: len(header)] != header or len(content) != len(header) + count:
        raise DataError(f"{name} does not hold {shape} bytes.")
    return np.frombuffer(content, np.uint8, offset=len(header)).reshape(shape)
