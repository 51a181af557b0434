"""The networks whose graphs can be opened, as they are named in requests and on the command line."""

from pathlib import Path

from explorer.core.models.keras_file_check import NETWORK_SUFFIXES
from explorer.core.training.settings import MODELS

CURRENT_RUN = "run"
"""Source of the current network: that of the latest run, or of the file that was opened in another tab."""

APPLICATIONS = (
    "MobileNetV2",
    "VGG16",
    "ResNet50",
    "ResNet50V2",
    "InceptionV3",
    "Xception",
    "DenseNet121",
    "EfficientNetB0",
    "EfficientNetB7",
    "NASNetMobile",
    "ConvNeXtTiny",
)
"""The networks of `keras.applications` that are offered; others can be named."""

KERAS_PREFIX = "keras:"
"""Beginning of the sources in `keras.applications`, as in "keras:ResNet50"."""

MNIST_BATCH_SIZE = 32
"""Batch size with which networks for MNIST are traced."""

PHOTO_BATCH_SIZE = 2
"""Batch size with which networks for photographs are traced."""


def is_source(text: str) -> bool:
    """Whether a text can name a network: one of `MODELS`, of `keras.applications`, or a file."""
    return text in (*MODELS, CURRENT_RUN) or text.startswith(KERAS_PREFIX) or is_network_file(text)


def is_network_file(text: str) -> bool:
    """Whether a text names a file or folder of a network, which need not exist."""
    return text.endswith(NETWORK_SUFFIXES) or is_file(Path(text) / "saved_model.pb")


def is_file(path: Path) -> bool:
    """Whether there is a file of this name, which may be any text: a long expression is none."""
    try:
        return path.is_file()
    except OSError:
        return False


def source_title(source: str) -> str:
    """Return the name of a source that is shown to the user: that of the network or of the file."""
    if source.startswith(KERAS_PREFIX):
        return source.removeprefix(KERAS_PREFIX)
    return source.replace("\\", "/").rpartition("/")[2]
