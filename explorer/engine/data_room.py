"""Answers what the tab "Data" asks: what the images are, and pages of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from explorer.core.dataset import DataError, Dataset, load_file, sample
from explorer.core.errors import ExpressionError

PAGE = 400
"""Images in one answer at most."""


def chosen_data(name: str) -> Dataset:
    """Return data by name: ``auto`` is MNIST where Keras has it already, else the sample; or a file's path.

    Raises DataError.
    """
    cached = Path.home() / ".keras" / "datasets" / "mnist.npz"
    if name == "sample" or (name == "auto" and not cached.is_file()):
        return sample()
    return load_file(cached, "MNIST (70,000)") if name == "auto" else load_file(Path(name))


class DataRoom:
    """Keeps the data that was looked at last."""

    def __init__(self) -> None:
        self._name = ""
        self._data: Dataset | None = None

    def info(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``data_info``: shapes and dtypes as Python prints them, counts of each digit, mean images."""
        data = self._get(request)
        parts = {
            key: {"shape": list(getattr(data, key).shape), "dtype": str(getattr(data, key).dtype)}
            for key in ("x_train", "y_train", "x_validation", "y_validation")
        }
        counts = np.bincount(data.y_train, minlength=10)
        means = np.stack(
            [
                data.x_train[data.y_train == digit].mean(axis=0) if counts[digit] else np.zeros((28, 28))
                for digit in range(10)
            ]
        )
        return {"name": data.name, "parts": parts, "counts": counts, "means": np.rint(means).astype(np.uint8)}

    def page(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``data_page``: ``count`` images from ``start`` on, of one ``digit`` or of all (None).

        ``part``: ``train``, which is what is looked at where nothing is said, or ``validation``.
        """
        data = self._get(request)
        digit = request.get("digit")
        held_out = request.get("part") == "validation"
        x, y = (data.x_validation, data.y_validation) if held_out else (data.x_train, data.y_train)
        found = np.arange(len(y)) if digit is None else np.flatnonzero(y == int(digit))
        start = max(0, int(request.get("start") or 0))
        chosen = found[start : start + min(int(request["count"]), PAGE)]
        return {
            "total": len(found),
            "start": start,
            "numbers": chosen,
            "images": x[chosen],
            "labels": y[chosen],
        }

    def _get(self, request: Mapping[str, Any]) -> Dataset:
        name = str(request.get("data") or "auto")
        if self._data is None or name != self._name:
            try:
                # The data in use stays until other data has been read whole.
                self._data = chosen_data(name)
            except DataError as error:
                raise ExpressionError(str(error)) from error
            self._name = name
        return self._data
