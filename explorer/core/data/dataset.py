"""Images with labels, and the sample of them that is shipped."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from explorer.core.errors import ErrorCode, UserError
from explorer.core.resources import resource_path

Bytes = npt.NDArray[np.uint8]

DIGITS = tuple("0123456789")

SAMPLE_TRAIN = 8_500
"""Of the sample's 10,000 images so many are trained on; the others validate."""


class DataError(UserError):
    """Data that cannot be used."""

    code = ErrorCode.FILE_UNUSABLE


@dataclass(frozen=True, eq=False)  # the very same images, not images that look the same
class Dataset:
    """name: what it is called on the screen. x: (n, 28, 28) uint8, pixels from 0 to 255. y: (n,) uint8, 0 to 9.

    source: by which `data_sources.open_data` finds it again. classes: what the ten labels mean. note: one sentence on
    why it is not what was hoped for, or empty.
    """

    name: str
    x_train: Bytes
    y_train: Bytes
    x_validation: Bytes
    y_validation: Bytes
    source: str = ""
    classes: tuple[str, ...] = DIGITS
    note: str = ""


def sample() -> Dataset:
    """Return MNIST's training images 0 to 9,999, in MNIST's order: 8,500 to train, 1,500 to validate."""
    with np.load(resource_path("data/mnist-sample.npz"), allow_pickle=False) as file:
        x, y = file["x"], file["y"]
    n = SAMPLE_TRAIN
    return Dataset("MNIST sample (10,000)", x[:n], y[:n], x[n:], y[n:], "sample")
