"""The batch that is sent through a network: images of the tab Data, the first examples of a file, or random numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import keras
import numpy as np

from explorer.core.data.array_files import display_name
from explorer.core.data.example_file import INPUTS, LABELS, ExampleArray, load_examples
from explorer.core.errors import UserError
from explorer.core.network_graph.losses import LabelForm
from explorer.core.network_graph.sources import MNIST_BATCH_SIZE, PHOTO_BATCH_SIZE
from explorer.core.number_format import format_count
from explorer.core.protocol.network_graph import BatchInfo
from explorer.engine.models.keras_file import error_reason
from explorer.engine.network_graph.end_names import output_names
from explorer.engine.network_graph.input_ranges import InputRange, Words, input_ranges
from explorer.engine.network_graph.label_forms import fit_labels
from explorer.engine.network_graph.losses import shape_text
from explorer.engine.tf_adapter.keras_layers import pack_inputs

SEED = 1
"""Seed of the random numbers."""

SMALL_INPUT = 64 * 64 * 3
"""Numbers of an example up to which a batch of random ones is as large as one of MNIST."""

CHOSEN_LENGTH = 20
"""Length of a sequence where the network takes any."""

CHOSEN_SIDE_PX = 224
"""Side of an image where the network takes any."""

_IMAGE_FORMS = LabelForm.BINARY, LabelForm.NUMBER
"""Forms of labels that can be images."""


@dataclass(frozen=True)
class Images:
    """Images (n, 28, 28) uint8 with their labels (n,), the number of classes, and what they are called."""

    x: Any
    y: Any
    classes: int
    title: str


@dataclass(frozen=True)
class Batch:
    """Examples for all inputs of a network, and labels for its outputs. labels: None for an output without a loss."""

    inputs: tuple[Any, ...]
    labels: tuple[Any | None, ...]
    info: BatchInfo

    @property
    def arrays(self) -> list[Any]:
        """All arrays that are fed, inputs first."""
        return [*self.inputs, *(labels for labels in self.labels if labels is not None)]


class BatchBuilder:
    """Makes batches for a model and the forms of the labels of its outputs (None for an output without a loss).

    is_raw: whether the user trains the model on pixels from 0 to 255, although it does not scale them by itself.
    ignored: of each output the class that does not count in the loss, None for none.
    """

    def __init__(
        self,
        model: keras.Model,
        forms: Sequence[LabelForm | None],
        is_raw: bool = False,
        ignored: Sequence[int | None] = (),
    ) -> None:
        self._model = model
        self._ignored = ignored or (None,) * len(forms)
        self._forms = tuple(forms)
        self._is_raw = is_raw
        self._inputs = input_ranges(model)
        for one in self._inputs:
            if one.dtype == "string":
                raise UserError(
                    f"The input “{one.name}” takes text, which is not fed here. Save the model without the layer that "
                    "turns text into numbers, and feed it the numbers."
                )
        size = model.inputs[0].shape[0]
        self._fixed_size: int | None = None if size is None else int(size)

    def build(self, images: Images | None = None, path: str = "") -> Batch:
        """Return the examples of a file if there is a path, else images that fit, else random numbers.

        Raises
        ------
        UserError : if the file does not fit; it names the array, its shape and what is needed.
        """
        if path:
            return self._from_file(Path(path))
        if images is not None and (batch := self._from_images(images)) is not None:
            return batch
        return self.random()

    # -- images of the tab Data -------------------------------------------------------------------

    def _from_images(self, images: Images) -> Batch | None:
        """Return the first images, or None if they or their labels do not fit."""
        count = self._fixed_size or MNIST_BATCH_SIZE
        if len(self._inputs) != 1 or self._inputs[0].words is not None or len(images.x) < count:
            return None
        one = self._inputs[0]
        sizes = [size for size in one.shape if size != 1]
        if sizes not in ([*images.x.shape[1:]], [prod(images.x.shape[1:])]):
            return None
        pixels = np.asarray(images.x[:count]).reshape(count, *(size or 1 for size in one.shape))
        fed = self._feed_bytes(pixels, one)
        try:
            labels = self._labels_of_images(images, pixels, [fed])
        except UserError:
            return None
        name = f"{images.title}, {self._scale_text(one)}"
        description, title = f"the first {count} training images of {name}", f"{count} images of {name}"
        return Batch((fed,), labels, _info("data", count, description, title))

    def _labels_of_images(self, images: Images, pixels: Any, fed: Sequence[Any]) -> tuple[Any, ...]:
        shapes = self._output_shapes(fed)
        found: list[Any] = []
        for form, shape in zip(self._forms, shapes, strict=True):
            if form is None:
                found.append(None)
            elif form in _IMAGE_FORMS and _is_same_image(shape, pixels.shape[1:]):
                found.append((pixels / 255).astype(np.float32).reshape(-1, *shape))
            else:
                if form is not LabelForm.GROUP and shape[-1] > 1 and shape[-1] != images.classes:
                    raise UserError("These are other classes.")
                limits = float(images.y.min()), float(images.y.max())
                found.append(fit_labels(images.y[: len(pixels)], form, shape, images.title, limits))
        return tuple(found)

    # -- a file -----------------------------------------------------------------------------------

    def _from_file(self, path: Path) -> Batch:
        count, name = self._fixed_size or MNIST_BATCH_SIZE, display_name(path)
        examples = load_examples(path, count)
        arrays = [
            _find(examples, INPUTS, one.names, len(self._inputs), name, f"the input “{one.name}”")
            for one in self._inputs
        ]
        total = arrays[0].total
        for array in examples.values():
            if array.total != total:
                raise UserError(
                    f"{name}: {array.key} has {format_count(array.total, 'example')}, but {arrays[0].key} has "
                    f"{total:,}; both need as many."
                )
        if self._fixed_size is not None and total < count:
            raise UserError(f"{name} has {format_count(total, 'example')}, but the model takes {count} at a time.")
        count = min(count, total)
        fed = [self._fit_input(array, one, name) for array, one in zip(arrays, self._inputs, strict=True)]
        labels, has_image_targets = self._labels_of_file(examples, arrays, fed, name)
        scale = "".join(
            f", {f'{one.name}: ' if len(arrays) > 1 else ''}{self._scale_text(one)}"
            for array, one in zip(arrays, self._inputs, strict=True)
            if array.values.dtype == np.uint8
        )
        target = "; the target of each is itself" if has_image_targets else ""
        all_of_them = "the only example" if total == 1 else f"all {count} examples"
        which = f"the first {format_count(count, 'example')}" if count < total else all_of_them
        title = f"{format_count(count, 'example')} of {name}{scale}"
        return Batch(tuple(fed), labels, _info("file", count, f"{which} of {name}{scale}{target}", title))

    def _labels_of_file(
        self, examples: dict[str, ExampleArray], inputs: Sequence[ExampleArray], fed: Sequence[Any], name: str
    ) -> tuple[tuple[Any, ...], bool]:
        """Return the labels of each output, and whether the inputs themselves are the target of one."""
        found: list[Any] = []
        has_image_targets = False
        names = output_names(self._model)
        for form, ignored, shape, outputs in zip(
            self._forms, self._ignored, self._output_shapes(fed), names, strict=True
        ):
            if form is None:
                found.append(None)
                continue
            takes_itself = form in _IMAGE_FORMS and len(fed) == 1 and _is_same_image(shape, fed[0].shape[1:])
            if takes_itself and not _has_targets(_lookup(examples, LABELS, outputs, len(names)), shape):
                pixels = inputs[0].values
                target = pixels / np.float32(255) if pixels.dtype == np.uint8 else pixels
                found.append(np.asarray(target, np.float32).reshape(-1, *shape))
                has_image_targets = True
                continue
            array = _find(examples, LABELS, outputs, len(names), name, f"the output “{outputs[0]}”")
            limits = None if array.low is None or array.high is None else (array.low, array.high)
            values = array.values
            is_image = values.ndim > 2 or values.shape[1:] == inputs[0].values.shape[1:]
            if values.dtype == np.uint8 and is_image and form in _IMAGE_FORMS and values.max(initial=0) > 1:
                values, limits = values / np.float32(255), None
            found.append(fit_labels(values, form, shape, f"{array.key} of {name}", limits, array.total, ignored))
        return tuple(found), has_image_targets

    # -- random numbers ---------------------------------------------------------------------------

    def random(self, count: int | None = None) -> Batch:
        """Return random examples, ``count`` of them unless the model takes a certain number at a time."""
        random = np.random.default_rng(SEED)
        shapes = [_chosen_shape(one.shape) for one in self._inputs]
        is_small = max(prod(shape) for shape in shapes) <= SMALL_INPUT
        count = self._fixed_size or count or (MNIST_BATCH_SIZE if is_small else PHOTO_BATCH_SIZE)
        fed, texts = [], []
        for one, shape in zip(self._inputs, shapes, strict=True):
            values, text = _random_input(random, one, (count, *shape))
            fed.append(values)
            texts.append(text if len(self._inputs) == 1 else f"{one.name}: {text}")
        labels = tuple(
            None if form is None else _random_labels(random, form, count, shape)
            for form, shape in zip(self._forms, self._output_shapes(fed), strict=True)
        )
        chosen = [
            f"“{one.name}” takes any size, and {shape_text(shape)} was chosen"
            for one, shape in zip(self._inputs, shapes, strict=True)
            if None in one.shape
        ]
        title = f"{format_count(count, 'example')} of random numbers"
        description = "; ".join([f"{title} ({', '.join(texts)})", *chosen])
        return Batch(tuple(fed), labels, _info("random", count, description, title))

    # -- inputs and outputs -----------------------------------------------------------------------

    def _fit_input(self, array: ExampleArray, one: InputRange, file: str) -> Any:
        """Return examples in the shape and dtype of an input."""
        values, title = array.values, f"{array.key} of {file}"
        shape = values.shape[1:]
        fixed = [size for size in one.shape if size is not None]
        is_same = len(shape) == len(one.shape) and all(b in (None, a) for a, b in zip(shape, one.shape, strict=True))
        if not is_same:
            is_squeezed = [size for size in shape if size != 1] == [size for size in fixed if size != 1]
            is_flat = prod(shape) == prod(fixed) and 1 in (len(shape), len(one.shape))
            if None in one.shape or not (is_squeezed or is_flat):
                raise UserError(
                    f"{title} has shape {shape_text(shape, str(array.total))}, but the input “{one.name}” takes "
                    f"{shape_text(one.shape)}."
                )
            values = values.reshape(-1, *fixed)
        if one.words is not None or ("int" in one.dtype and values.dtype.kind == "f"):
            if values.dtype.kind == "f" and not np.array_equal(values, np.rint(values)):
                raise UserError(
                    f"{title} holds numbers that are not whole, but the input “{one.name}” takes whole numbers."
                )
            low, high = values.min(), values.max()
            words = one.words
            if words is not None and not words.listed and not words.low <= low <= high <= words.high:
                raise UserError(
                    f"{title}: words go from {low:g} to {high:g}, but the input “{one.name}” has a vocabulary of "
                    f"{words.high - words.low + 1:,}, {words.low:,} to {words.high:,}."
                )
            return values.astype(one.dtype)
        return self._feed_bytes(values, one) if values.dtype == np.uint8 else values.astype(one.dtype)

    def _feed_bytes(self, values: Any, one: InputRange) -> Any:
        """Return bytes as an input takes them: divided by 255, unless the network scales them or takes integers."""
        if one.scales or self._is_raw or "float" not in one.dtype:
            return values.astype(one.dtype)
        return (np.asarray(values, np.float32) / 255).astype(one.dtype)

    def _scale_text(self, one: InputRange) -> str:
        if "float" not in one.dtype or one.words is not None:
            return "whole numbers as they are stored"
        if one.scales:
            return "pixels from 0 to 255, which the network scales by itself"
        return "pixels from 0 to 255" if self._is_raw else "pixels / 255"

    def _output_shapes(self, fed: Sequence[Any]) -> list[tuple[int, ...]]:
        """Return the shape of each output without the batch, for inputs of certain sizes."""
        outputs = self._model.outputs
        if any(None in tensor.shape[1:] for tensor in outputs):
            symbols = [
                keras.KerasTensor(array.shape, tensor.dtype)
                for array, tensor in zip(fed, self._model.inputs, strict=True)
            ]
            try:
                spec = self._model.compute_output_spec(pack_inputs(self._model, symbols))
            # Keras raises many types for sizes that a layer cannot take.
            except Exception as error:
                sizes = " and ".join(shape_text(array.shape[1:], str(len(array))) for array in fed)
                raise UserError(
                    f"The layers cannot take inputs of shape {sizes}: {error_reason(error)} Feed examples of a size "
                    "that fits, from a file."
                ) from error
            outputs = keras.tree.flatten(spec)
        return [tuple(int(size or 1) for size in tensor.shape[1:]) for tensor in outputs]


def _info(source: str, count: int, description: str, title: str) -> BatchInfo:
    is_random = source == "random"
    return {"source": source, "count": count, "description": description, "title": title, "is_random": is_random}


def _find(
    examples: dict[str, ExampleArray], start: str, names: Sequence[str], count: int, file: str, what: str
) -> ExampleArray:
    """Return the array for an input or output as `_lookup` does. Raises UserError where there is none."""
    found = _lookup(examples, start, names, count)
    if found is None:
        key = start if count == 1 else f"{start}_{names[0]}"
        has = [key for key in examples if key.startswith(start)] or list(examples)
        raise UserError(f"{file} lacks {key} for {what}; it has {', '.join(has)}.")
    return found


def _lookup(examples: dict[str, ExampleArray], start: str, names: Sequence[str], count: int) -> ExampleArray | None:
    """Return the array for an input or output: ``start_NAME``, or ``start`` where there is only one; None for none."""
    keys = [f"{start}_{name}" for name in names] + ([start] if count == 1 else [])
    return next((examples[key] for key in keys if key in examples), None)


def _has_targets(array: ExampleArray | None, shape: tuple[int, ...]) -> bool:
    """Whether an array has numbers for each output of a shape, or the numbers of as many classes as that has."""
    if array is None:
        return False
    is_full = prod(array.values.shape[1:]) == prod(shape)
    return is_full or (array.high is not None and array.high + 1 == shape[-1])


def _is_same_image(output: Sequence[int], example: Sequence[int]) -> bool:
    """Whether an output has the shape of the example, of several numbers, that is fed."""
    flat = prod(output) == prod(example) and 1 in (len(output), len(example))
    squeezed = [size for size in output if size != 1] == [size for size in example if size != 1]
    return prod(example) > 1 and (flat or squeezed)


def _chosen_shape(shape: Sequence[int | None]) -> tuple[int, ...]:
    length = CHOSEN_SIDE_PX if len(shape) == 3 else CHOSEN_LENGTH
    return tuple(length if size is None else int(size) for size in shape)


def _random_input(random: np.random.Generator, one: InputRange, shape: tuple[int, ...]) -> tuple[Any, str]:
    """Return random numbers of an input's own type and range, and what they are."""
    if one.dtype == "bool":
        return random.integers(0, 2, shape).astype(bool), "true and false"
    if one.words is not None:
        return _random_words(random, one.words, one.dtype, shape)
    if "float" not in one.dtype:
        high = 127 if one.dtype == "int8" else 255
        return random.integers(0, high + 1, shape).astype(one.dtype), f"whole numbers from 0 to {high}"
    if one.span is not None:
        first, last = (np.broadcast_to(end, (1, *shape[1:])) for end in one.span)
        return random.uniform(first, last, shape).astype(one.dtype), f"from {first.min():.3g} to {last.max():.3g}"
    if one.scales:
        return random.integers(0, 256, shape).astype(one.dtype), "from 0 to 255, which the network scales by itself"
    return random.random(shape).astype(one.dtype), "from 0 to 1"


def _random_words(random: np.random.Generator, words: Words, dtype: str, shape: tuple[int, ...]) -> tuple[Any, str]:
    if words.listed:
        text = f"words of its vocabulary, {words.low} to {words.high}"
        return random.choice(words.listed, shape).astype(dtype), text
    low = 1 if words.is_masked and words.low == 0 < words.high else max(words.low, 0)
    return random.integers(low, words.high + 1, shape).astype(dtype), f"words from {low} to {words.high}"


def _random_labels(random: np.random.Generator, form: LabelForm, count: int, shape: tuple[int, ...]) -> Any:
    full = (count, *shape)
    if form is LabelForm.CLASS:
        return random.integers(0, shape[-1], full[:-1]).astype(np.int32)
    if form is LabelForm.GROUP:
        return random.integers(0, 4, count).astype(np.int32)
    if form is LabelForm.SEQUENCE:
        return random.integers(1, max(2, shape[1]), (count, max(1, shape[0] // 3))).astype(np.int32)
    if form is LabelForm.BINARY:
        return random.integers(0, 2, full).astype(np.float32)
    if form is LabelForm.ONE_HOT:
        return np.eye(shape[-1], dtype=np.float32)[random.integers(0, shape[-1], full[:-1])]
    return random.random(full).astype(np.float32)
