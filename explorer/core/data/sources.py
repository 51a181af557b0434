"""Sources of images: the sample, the data sets in Keras's cache, and files. Nothing here downloads anything."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from explorer.core.data.array_files import load_idx, load_npz, make_dataset
from explorer.core.data.dataset import DIGIT_CLASSES, DataError, Dataset, load_sample

BASE_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
"""URL from which `keras.datasets` downloads."""

FASHION_SHAPES: tuple[tuple[int, ...], ...] = ((60_000, 28, 28), (60_000,), (10_000, 28, 28), (10_000,))
"""Shapes of the arrays of Fashion-MNIST, in the order of `Source.files`."""


@dataclass(frozen=True)
class RemoteFile:
    """A file to download: its name, its SHA-256 or MD5 digest in hexadecimal digits, and its size in bytes."""

    name: str
    digest: str
    size: int


@dataclass(frozen=True)
class Source:
    """A data set that Keras can download.

    Parameters
    ----------
    key : name with which a user asks for it.
    title : name that is shown to the user.
    folder : folder inside that of Keras.
    files : all files that it consists of.
    classes : names of its ten classes.
    base_url : URL of the folder of the files.
    """

    key: str
    title: str
    folder: str
    files: tuple[RemoteFile, ...]
    classes: tuple[str, ...] = DIGIT_CLASSES
    base_url: str = BASE_URL

    @property
    def size(self) -> int:
        """Number of bytes to download."""
        return sum(file.size for file in self.files)

    def cache_path(self, file: RemoteFile) -> Path:
        """Return the path of a file in Keras's cache."""
        return keras_home() / self.folder / file.name


SOURCES: dict[str, Source] = {
    source.key: source
    for source in (
        Source(
            "mnist",
            "MNIST",
            "datasets",
            # As in keras.datasets.mnist.
            (RemoteFile("mnist.npz", "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1", 11_490_434),),
        ),
        Source(
            "fashion",
            "Fashion-MNIST",
            "datasets/fashion-mnist",
            # Keras checks no digests; these are the publisher's, from github.com/zalandoresearch/fashion-mnist.
            (
                RemoteFile("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d", 26_421_880),
                RemoteFile("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe", 29_515),
                RemoteFile("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79", 4_422_102),
                RemoteFile("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310", 5_148),
            ),
            ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        ),
    )
}
"""By key."""


class MissingDataError(DataError):
    """Data that must be downloaded first."""

    def __init__(self, source: Source) -> None:
        super().__init__(f"{source.title} is not on this computer yet ({source.size / 1e6:.1f} MB to download).")
        self.source = source


def keras_home(environment: Mapping[str, str] = os.environ) -> Path:
    """Return Keras's folder by the rule of `keras.config`; importing Keras would take seconds."""
    if (home := environment.get("KERAS_HOME")) is not None:
        return Path(home)
    base = os.path.expanduser("~")
    return Path(base if os.access(base, os.W_OK) else "/tmp") / ".keras"


def is_cached(source: Source) -> bool:
    """Whether all files of a source are in Keras's cache."""
    return all(source.cache_path(file).is_file() for file in source.files)


def load_data(name: str) -> Dataset:
    """Load a data set by name: "sample", a key of `SOURCES`, the path of a file, or "auto".

    "auto" is MNIST if it is in Keras's cache, else the sample, because nothing is downloaded without being asked for.

    Raises
    ------
    MissingDataError : if the data must be downloaded first.
    DataError : if the data cannot be used.
    """
    if name == "sample":
        return load_sample()
    if name == "auto":
        return _mnist_or_sample()
    if (source := SOURCES.get(name)) is None:
        return load_npz(Path(name))
    if not is_cached(source):
        raise MissingDataError(source)
    return _load_cached(source)


def _mnist_or_sample() -> Dataset:
    source = SOURCES["mnist"]
    if not is_cached(source):
        return load_sample()
    try:
        return _load_cached(source)
    except DataError as error:
        return replace(load_sample(), note=f"Keras's copy of MNIST cannot be used, so this is the sample: {error}")


def _load_cached(source: Source) -> Dataset:
    try:
        return _read(source)
    except DataError as error:
        folder = source.cache_path(source.files[0]).parent
        message = f"{error} It is Keras's copy in {folder}: delete it there, and it can be fetched again."
        raise DataError(message) from error


def _read(source: Source) -> Dataset:
    if len(source.files) == 1:
        data = load_npz(source.cache_path(source.files[0]))
        count = len(data.x_train) + len(data.x_validation)
        return replace(data, name=f"{source.title} ({count:,})", source=source.key, classes=source.classes)
    paths = [source.cache_path(file) for file in source.files]
    arrays = [load_idx(path, shape) for path, shape in zip(paths, FASHION_SHAPES, strict=True)]
    return replace(make_dataset(source.title, arrays, source.title, source.key), classes=source.classes)
