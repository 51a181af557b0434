"""Labels in the form that a loss wants: class numbers, one-hot, 0 and 1, or numbers in the output's shape."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from explorer.core.errors import UserError
from explorer.core.network_graph.losses import LabelForm
from explorer.engine.network_graph.losses import shape_text


def fit_labels(
    values: Any,
    form: LabelForm,
    shape: Sequence[int],
    title: str,
    limits: tuple[float, float] | None = None,
    total: int | None = None,
    ignored: int | None = None,
) -> Any:
    """Return labels in a form, for an output of ``shape`` without the batch.

    Class numbers become one-hot and the other way round, true and false become numbers, and axes of size 1 are added
    or removed. The result is int32 for class numbers, else float32.

    title: what the labels are, for messages, as in "y_train of file.npz". limits: smallest and largest of all labels,
    where more than these are known. total: how many there are. ignored: a class that does not count in the loss, which
    may be any number. Raises UserError where the labels do not fit, with what is needed.
    """
    array = np.asarray(values)
    if array.dtype.kind == "b":
        array = array.astype(np.int32)
    if ignored is not None or limits is None:
        counted = array if ignored is None else array[array != ignored]
        limits = (float(counted.min()), float(counted.max())) if counted.size else (0.0, 0.0)
    low, high = limits
    has = f"{title} has shape {shape_text(array.shape[1:], str(total or len(array)))}"
    if form in (LabelForm.CLASS, LabelForm.GROUP):
        return _class_numbers(array, form, tuple(shape), title, has, low, high)
    if form is LabelForm.SEQUENCE:
        return _sequences(array, tuple(shape), title, has, low, high)
    result = _full(array, tuple(shape), title, has, low, high)
    if form is LabelForm.BINARY and not -1 <= float(result.min()) <= float(result.max()) <= 1:
        raise UserError(f"{title}: labels go from {low:g} to {high:g}, but the loss needs them from 0 to 1.")
    return result


def _class_numbers(
    array: Any, form: LabelForm, shape: tuple[int, ...], title: str, has: str, low: float, high: float
) -> Any:
    classes, wanted = shape[-1], shape[:-1]
    if array.shape[1:] == shape and classes > 1:
        if not np.all((array == 0) | (array == 1)) or not np.all(array.sum(axis=-1) == 1):
            raise UserError(f"{has}, so its labels must be one-hot, a single 1 and else 0.")
        return array.argmax(axis=-1).astype(np.int32)
    if array.shape[1:] == (*wanted, 1):
        array = array[..., 0]
    if array.shape[1:] != wanted:
        raise UserError(f"{has}, but {shape_text(wanted)} is needed, or one-hot {shape_text(shape)}.")
    _check_whole(array, title)
    if form is LabelForm.CLASS:
        _check_classes(classes, title, low, high)
    return array.astype(np.int32)


def _sequences(array: Any, shape: tuple[int, ...], title: str, has: str, low: float, high: float) -> Any:
    if array.ndim != 2 or array.shape[1] > shape[0]:
        raise UserError(f"{has}, but (n, up to {shape[0]}) is needed, classes in sequence.")
    _check_whole(array, title)
    _check_classes(shape[1], title, low, high)
    return array.astype(np.int32)


def _full(array: Any, shape: tuple[int, ...], title: str, has: str, low: float, high: float) -> Any:
    """Return labels in the shape of the output."""
    if array.shape[1:] == shape:
        return array.astype(np.float32)
    if shape[-1:] == (1,) and array.shape[1:] == shape[:-1]:
        return array.astype(np.float32)[..., np.newaxis]
    if len(shape) and shape[-1] > 1 and array.shape[1:] in (shape[:-1], (*shape[:-1], 1)):
        _check_whole(array, title)
        _check_classes(shape[-1], title, low, high)
        numbers = array.reshape(-1, *shape[:-1]).astype(np.int64)
        return np.eye(shape[-1], dtype=np.float32)[numbers]
    if prod(array.shape[1:]) == prod(shape) and 1 in (array.ndim - 1, len(shape)):
        return array.astype(np.float32).reshape(-1, *shape)
    raise UserError(f"{has}, but the output has {shape_text(shape)}.")


def _check_whole(array: Any, title: str) -> None:
    if array.dtype.kind == "f" and not np.array_equal(array, np.rint(array)):
        raise UserError(f"{title}: labels must be whole numbers, the numbers of classes.")


def _check_classes(classes: int, title: str, low: float, high: float) -> None:
    if not 0 <= low <= high < classes:
        raise UserError(
            f"{title}: labels go from {low:g} to {high:g}, but the output has {classes} classes, 0 to {classes - 1}."
        )
