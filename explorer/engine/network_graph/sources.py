"""Networks by the name that the user enters, and their training graphs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from explorer.core.errors import UserError
from explorer.core.network_graph.sources import KERAS_PREFIX, MNIST_BATCH_SIZE, PHOTO_BATCH_SIZE, source_title
from explorer.core.training.settings import MODELS, run_settings
from explorer.engine.models.build import BUILD_LOCK, build_network
from explorer.engine.models.keras_file import error_reason, load_any_network
from explorer.engine.network_graph.tracing import TracedNetwork, trace_network

DEFAULT_PHOTO_SHAPE = (224, 224, 3)
"""Input shape for networks of `keras.applications` that take photographs of any size."""


def create_model(source: str) -> keras.Model:
    """Return a new network: one of the tutorial's, one of `keras.applications` without weights, or one from a file.

    Raises UserError where there is none of that name, or the file cannot be loaded.
    """
    if source in MODELS:
        return build_network(run_settings(model=source))
    if source.startswith(KERAS_PREFIX):
        return _build_application(source.removeprefix(KERAS_PREFIX))
    return load_any_network(Path(source))


def _build_application(name: str) -> keras.Model:
    constructor = getattr(keras.applications, name, None)
    if not name[:1].isupper() or not callable(constructor):
        raise UserError(f"keras.applications has no network {name}; ResNet50 and EfficientNetB7 are two of them.")
    model = _construct(constructor)
    if None in model.inputs[0].shape[1:]:  # MobileNetV3 takes images of any size
        model = _construct(constructor, input_shape=DEFAULT_PHOTO_SHAPE)
    return model


def _construct(constructor: Callable[..., keras.Model], **options: Any) -> keras.Model:
    with BUILD_LOCK:
        return constructor(weights=None, **options)


def trace_model(model: keras.Model, source: str) -> TracedNetwork:
    """Trace a model's training step; raises UserError with the reason where that fails."""
    pixels = int(np.prod([size or 0 for size in model.inputs[0].shape[1:]]))
    batch_size = MNIST_BATCH_SIZE if pixels <= 28 * 28 else PHOTO_BATCH_SIZE
    name = source if source in MODELS else str(model.name).replace("/", "_")
    try:
        return trace_network(model, batch_size, name)
    except UserError:
        raise
    # Keras and TensorFlow raise many types for a model that cannot be called or differentiated.
    except Exception as error:
        raise UserError(f"TensorFlow could not trace {source_title(source)}: {error_reason(error)}") from error
