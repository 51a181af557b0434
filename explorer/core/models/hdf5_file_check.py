"""Checks the file of a network in Keras's older format, HDF5, before Keras opens it."""

import json
from pathlib import Path
from typing import Any

from explorer.core.models.keras_file_check import (
    MAX_CONFIG_BYTES,
    MAX_FILE_BYTES,
    SAVE_AGAIN,
    KerasFileError,
    check_config,
    reading,
)


def check_hdf5_file(path: Path) -> Any:
    """Check that a file has a whole model without code, and return its description.

    Raises
    ------
    KerasFileError : if it has not.
    """
    import h5py  # only here, so that the window, which checks names of files as well, starts without it

    with reading(path, "an HDF5 file"):
        with h5py.File(path, "r") as file:
            _check_size(path.name, file, h5py.Dataset)
            text = file.attrs.get("model_config")
        if text is None:
            raise KerasFileError(
                f"{path.name} has the weights of a model only, and not the layers that they belong to: {SAVE_AGAIN}, "
                "and open that file."
            )
        if len(text) > MAX_CONFIG_BYTES:
            raise KerasFileError(f"{path.name} describes its layers in {len(text):,} bytes, which is too much.")
        config = json.loads(text)
        check_config(path.name, config)
    return config


def _check_size(name: str, file: Any, array: type[Any]) -> None:
    """Check how much memory the arrays need; links out of the file are not followed."""
    size = 0

    def add(_name: str, item: Any) -> None:
        nonlocal size
        if isinstance(item, array):
            size += item.size * item.dtype.itemsize
            if item.external or item.is_virtual:
                raise KerasFileError(f"{name} is not opened, because it loads weights from outside the file.")

    file.visititems(add)
    if size > MAX_FILE_BYTES:
        raise KerasFileError(f"{name} would need more than the {MAX_FILE_BYTES / 1e9:g} GB that a network may have.")
