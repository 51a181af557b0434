"""Where images come from: the sample, what Keras keeps in its cache, and files. Nothing here goes to the network."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from explorer.core.data.dataset import DIGITS, DataError, Dataset, sample
from explorer.core.data.files import checked, load_file, load_idx

ADDRESS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
"""Keras's own, in `keras.datasets`."""


FASHION_SHAPES: tuple[tuple[int, ...], ...] = ((60_000, 28, 28), (60_000,), (10_000, 28, 28), (10_000,))
"""Of the four files of Fashion-MNIST, in the order of `Source.files`."""


@dataclass(frozen=True)
class RemoteFile:
    """One file to download. digest: SHA-256 or MD5 in hexadecimal digits; size: bytes."""

    name: str
    digest: str
    size: int


@dataclass(frozen=True)
class Source:
    """Data that Keras can download. folder: inside Keras's own; files: all that it needs."""

    key: str
    title: str
    folder: str
    files: tuple[RemoteFile, ...]
    classes: tuple[str, ...] = DIGITS
    address: str = ADDRESS

    @property
    def size(self) -> int:
        """Bytes to download."""
        return sum(file.size for file in self.files)

    def path(self, file: RemoteFile) -> Path:
        """Return where Keras keeps a file."""
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
            # Keras checks none of them; these are the publisher's own, from github.com/zalandoresearch/fashion-mnist.
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
"""By key: the names by which a user asks for them."""


class MissingDataError(DataError):
    """Data that would have to be downloaded first."""

    def __init__(self, source: Source) -> None:
        super().__init__(f"{source.title} is not on this computer yet ({source.size / 1e6:.1f} MB to download).")
        self.source = source


def keras_home(environment: Mapping[str, str] = os.environ) -> Path:
    """Return Keras's folder: `keras.config` has the same rule, but importing Keras takes seconds."""
    if (home := environment.get("KERAS_HOME")) is not None:
        return Path(home)
    base = os.path.expanduser("~")
    return Path(base if os.access(base, os.W_OK) else "/tmp") / ".keras"


def is_kept(source: Source) -> bool:
    """Whether Keras has all files of a source already."""
    return all(source.path(file).is_file() for file in source.files)


def open_data(name: str) -> Dataset:
    """Return data by name: ``sample``, a key of SOURCES, the path of a file, or ``auto``.

    ``auto`` is MNIST where Keras has it already, else the sample: nothing is downloaded unasked. Raises DataError, and
    MissingDataError where it has to be downloaded.
    """
    if name == "sample":
        return sample()
    if name == "auto":
        return _best()
    if (source := SOURCES.get(name)) is None:
        return load_file(Path(name))
    if not is_kept(source):
        raise MissingDataError(source)
    return _load(source)


def _best() -> Dataset:
    source = SOURCES["mnist"]
    if not is_kept(source):
        return sample()
    try:
        return _load(source)
    except DataError as error:
        return replace(sample(), note=f"Keras's copy of MNIST cannot be used, so this is the sample: {error}")


def _load(source: Source) -> Dataset:
    try:
        return _read(source)
    except DataError as error:
        folder = source.path(source.files[0]).parent
        told = f"{error} It is Keras's copy in {folder}: delete it there, and it can be fetched again."
        raise DataError(told) from error


def _read(source: Source) -> Dataset:
    if len(source.files) == 1:
        data = load_file(source.path(source.files[0]))
        count = len(data.x_train) + len(data.x_validation)
        return replace(data, name=f"{source.title} ({count:,})", source=source.key, classes=source.classes)
    paths = [source.path(file) for file in source.files]
    arrays = [load_idx(path, shape) for path, shape in zip(paths, FASHION_SHAPES, strict=True)]
    return replace(checked(source.title, arrays, source.title, source.key), classes=source.classes)
