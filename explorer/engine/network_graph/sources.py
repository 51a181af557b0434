"""Networks by the name that the user enters, and their training graphs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras

from explorer.core.errors import UserError
from explorer.core.network_graph.sources import CURRENT_RUN, KERAS_PREFIX, is_network_file, source_title
from explorer.core.training.settings import MODELS, run_settings
from explorer.engine.models.build import BUILD_LOCK, build_network
from explorer.engine.models.compiled_loss import CompiledLoss, read_compiled_loss
from explorer.engine.models.keras_file import error_reason, load_any_network
from explorer.engine.network_graph.batch import BatchBuilder, Images
from explorer.engine.network_graph.losses import NetworkLoss, find_loss, label_forms, nan_sentence
from explorer.engine.network_graph.tracing import LayerError, TracedNetwork, trace_network

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


def trace_model(
    model: keras.Model,
    source: str,
    *,
    loss: str = "",
    data: str = "",
    images: Images | None = None,
    compiled: CompiledLoss | None = None,
    is_raw: bool = False,
) -> TracedNetwork:
    """Trace a model's training step for a batch.

    Parameters
    ----------
    loss : name of a loss that was chosen, see `core.network_graph.losses`; "" for the model's own.
    data : path of an ``.npz`` file whose first examples are the batch; "" for ``images`` or random numbers.
    images : images that are the batch if they fit.
    compiled : loss of a model that this program does not train, by default the one in the file ``source``.
    is_raw : whether it is trained on pixels from 0 to 255, although it does not scale them by itself.

    Raises UserError with the reason where anything of this cannot be used.
    """
    name = source if source in MODELS else str(model.name).replace("/", "_")
    if compiled is None and is_network_file(source):
        compiled = read_compiled_loss(Path(source))
    is_trained_here = source in MODELS or (source == CURRENT_RUN and compiled is None)
    found = find_loss(model, loss, compiled, is_trained_here)
    if sentence := nan_sentence(model):
        found = replace(found, reason=f"{found.reason} {sentence}")
    title = source_title(source)
    try:
        ignored = found.ignored if isinstance(found, NetworkLoss) else ()
        batch = BatchBuilder(model, label_forms(model, found), is_raw, ignored).build(images, data)
        return trace_network(model, batch, name, found)
    except UserError:
        raise
    except LayerError as error:
        kind, reason = type(error.layer).__name__, error_reason(error)
        raise UserError(
            f"TensorFlow could not trace {title}: its layer “{error.layer.name}” ({kind}) cannot take this input. "
            f"Keras says: {reason}"
        ) from error
    # Keras and TensorFlow raise many types for a model that cannot be called or differentiated.
    except Exception as error:
        if isinstance(found, NetworkLoss) and found.source == "chosen":
            raise UserError(f"The loss {found.name} does not fit {title}: {error_reason(error)}") from error
        raise UserError(f"TensorFlow could not trace {title}: {error_reason(error)}") from error
