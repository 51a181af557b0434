"""Networks by the name that the user gives them, and their training graphs."""

from pathlib import Path

import keras
import numpy as np

from explorer.core.errors import UserError
from explorer.core.network_graph.sources import KERAS_PREFIX, MNIST_BATCH_SIZE, PHOTO_BATCH_SIZE, source_title
from explorer.core.training.settings import MODELS, run_settings
from explorer.engine.models.build import BUILD_LOCK, build_network
from explorer.engine.models.keras_file import error_reason
from explorer.engine.network_graph.tracing import TracedNetwork, trace_network

PHOTOGRAPH = (224, 224, 3)
"""Of a network that takes photographs of any size."""


def model_of(source: str) -> keras.Model:
    """Return a new network: one of the tutorial's, of `keras.applications` without weights, or from a file.

    Raises UserError with a sentence where there is none of that name.
    """
    if source in MODELS:
        return build_network(run_settings(model=source))
    if source.startswith(KERAS_PREFIX):
        return _application(source.removeprefix(KERAS_PREFIX))
    from explorer.engine.models.keras_file import load_any_network

    return load_any_network(Path(source))


def _application(name: str) -> keras.Model:
    maker = getattr(keras.applications, name, None)
    if not name[:1].isupper() or not callable(maker):
        raise UserError(f"keras.applications has no network {name}; ResNet50 and EfficientNetB7 are two of them.")
    with BUILD_LOCK:
        made = maker(weights=None)
        if None in made.inputs[0].shape[1:]:  # MobileNetV3 takes images of any size
            made = maker(weights=None, input_shape=PHOTOGRAPH)
        return made


def traced_of(model: keras.Model, source: str) -> TracedNetwork:
    """Trace a model's training step; raises UserError with a sentence where that cannot be done."""
    pixels = int(np.prod([size or 0 for size in model.inputs[0].shape[1:]]))
    try:
        return trace_network(model, MNIST_BATCH_SIZE if pixels <= 28 * 28 else PHOTO_BATCH_SIZE, _name(model, source))
    except UserError:
        raise
    # Keras and TensorFlow raise many kinds for a model that cannot be called or differentiated.
    except Exception as error:
        raise UserError(f"TensorFlow could not trace {source_title(source)}: {error_reason(error)}") from error


def _name(model: keras.Model, source: str) -> str:
    return source if source in MODELS else str(model.name).replace("/", "_")
