"""A data set of labelled images, and the sample of MNIST that is shipped with the program."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from explorer.core.errors import ErrorCode, UserError
from explorer.core.resources import resource_path

UInt8Array = npt.NDArray[np.uint8]

DIGIT_CLASSES = tuple("0123456789")
"""Names of the ten classes of MNIST."""

SAMPLE_TRAIN_COUNT = 8_500
"""Number of training images among the 10,000 of the sample; the others are for validation."""


class StoredPixels(StrEnum):
    """How the pixels of an array were stored; here they are always whole numbers from 0 to 255."""

    WHOLE = "whole"
    """Whole numbers from 0 to 255, which were taken as they are."""
    FLOATS = "floats"
    """Floating-point numbers from 0 to 255, which were rounded."""
    FRACTIONS = "fractions"
    """Floating-point numbers from 0 to 1, which were multiplied by 255 and rounded."""


class DataError(UserError):
    """Data that cannot be used."""

    code = ErrorCode.FILE_UNUSABLE


@dataclass(frozen=True, eq=False)  # by identity: comparing the arrays would be slow and ambiguous
class Dataset:
    """Images with labels, for training and for validation.

    Parameters
    ----------
    name : name of the data that is shown to the user.
    x_train, x_validation : images, (n, 28, 28) uint8, pixels from 0 to 255.
    y_train, y_validation : labels, (n,) uint8, from 0 to 9.
    source : name with which `core.data.sources.load_data` loads it again.
    classes : names of the ten classes.
    note : message about why other data than expected was loaded, "" if there is none.
    stored : how the pixels for training and for validation were stored.
    """

    name: str
    x_train: UInt8Array
    y_train: UInt8Array
    x_validation: UInt8Array
    y_validation: UInt8Array
    source: str = ""
    classes: tuple[str, ...] = DIGIT_CLASSES
    note: str = ""
    stored: tuple[StoredPixels, StoredPixels] = (StoredPixels.WHOLE, StoredPixels.WHOLE)


def load_sample() -> Dataset:
    """Return MNIST's training images 0 to 9,999 in MNIST's order: 8,500 for training, 1,500 for validation."""
    with np.load(resource_path("data/mnist-sample.npz"), allow_pickle=False) as file:
        x, y = file["x"], file["y"]
    n = SAMPLE_TRAIN_COUNT
    return Dataset("MNIST sample (10,000)", x[:n], y[:n], x[n:], y[n:], "sample")
