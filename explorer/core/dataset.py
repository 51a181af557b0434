"""Images with labels: the sample that is shipped, and files of the user, checked before anybody sees them."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from explorer.core.resources import resource

Bytes = npt.NDArray[np.uint8]

KEYS = ("x_train", "y_train", "x_test", "y_test")
MAX_IMAGES = 200_000
MAX_FILE = 1_000_000_000
"""Bytes that a file may have, unpacked."""

SAMPLE_TRAIN = 8_500
"""Of the sample's 10,000 images so many are trained on; the others validate."""


class DataError(Exception):
    """Data that cannot be used, with one sentence that says why."""


@dataclass(frozen=True)
class Dataset:
    """name: what it is called on the screen. x: (n, 28, 28) uint8, pixels from 0 to 255. y: (n,) uint8, 0 to 9."""

    name: str
    x_train: Bytes
    y_train: Bytes
    x_validation: Bytes
    y_validation: Bytes


def sample() -> Dataset:
    """Return MNIST's training images 0 to 9,999, in MNIST's order: 8,500 to train, 1,500 to validate."""
    with np.load(resource("data/mnist-sample.npz"), allow_pickle=False) as file:
        x, y = file["x"], file["y"]
    n = SAMPLE_TRAIN
    return Dataset("MNIST sample (10,000)", x[:n], y[:n], x[n:], y[n:])


def load_file(path: Path, name: str | None = None) -> Dataset:
    """Read x_train, y_train, x_test and y_test from an ``.npz`` file; raises DataError with a sentence."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > MAX_FILE:
            raise DataError(f"{path.name} would need {size / 1e9:.1f} GB, more than the {MAX_FILE / 1e9:g} GB allowed.")
        with np.load(path, allow_pickle=False) as file:
            missing = [key for key in KEYS if key not in file]
            if missing:
                raise DataError(f"{path.name} lacks {', '.join(missing)}.")
            arrays = [file[key] for key in KEYS]
    except FileNotFoundError:
        raise DataError(f"{path} does not exist.") from None
    except DataError:
        raise
    except MemoryError:
        raise DataError(f"{path.name} needs more memory than there is.") from None
    # NumPy and zlib raise many kinds for a damaged file; each means the same to the user.
    except Exception as error:
        raise DataError(f"{path.name} cannot be read as an .npz file: {type(error).__name__}.") from error
    x_train, y_train = _checked(path.name, "train", arrays[0], arrays[1])
    x_test, y_test = _checked(path.name, "test", arrays[2], arrays[3])
    return Dataset(name or path.name, x_train, y_train, x_test, y_test)


def _checked(name: str, part: str, x: Any, y: Any) -> tuple[Bytes, Bytes]:
    if x.ndim != 3 or x.shape[1:] != (28, 28):
        raise DataError(f"{name}: x_{part} has shape {x.shape}, but (n, 28, 28) is needed.")
    if y.shape != (len(x),):
        raise DataError(f"{name}: y_{part} has shape {y.shape}, but ({len(x)},) is needed, one label for each image.")
    if not 10 <= len(x) <= MAX_IMAGES:
        raise DataError(f"{name}: x_{part} has {len(x):,} images; from 10 to {MAX_IMAGES:,} can be used.")
    if x.dtype.kind not in "uif" or y.dtype.kind not in "ui":
        raise DataError(f"{name}: pixels must be numbers and labels whole numbers, not {x.dtype} and {y.dtype}.")
    low, high = float(x.min()), float(x.max())
    if not (low >= 0 and high <= 255):  # false for NaN too
        raise DataError(f"{name}: pixels of x_{part} go from {low:g} to {high:g}, but must lie from 0 to 255.")
    if int(y.min()) < 0 or int(y.max()) > 9:
        raise DataError(f"{name}: labels of y_{part} go from {y.min()} to {y.max()}, but must lie from 0 to 9.")
    if x.dtype.kind == "f" and high <= 1:
        x = np.rint(x * 255)
    return np.ascontiguousarray(x, dtype=np.uint8), y.astype(np.uint8)
