"""Which networks' graphs can be asked for, and how each is named in a request and on the command line."""

from explorer.core.training.settings import MODELS

CURRENT_RUN = "run"
"""The network in view: of the latest run, or the file that was opened in another tab."""

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
"""Of `keras.applications`; others can be named too."""

KERAS_PREFIX = "keras:"

MNIST_BATCH_SIZE = 32
"""Images of MNIST in the batch that goes through the graph."""

PHOTO_BATCH_SIZE = 2
"""And of a network for photographs."""


def is_source(text: str) -> bool:
    """Whether a text can name a network: one of the tutorial's, of Keras, or a file."""
    return text in (*MODELS, CURRENT_RUN) or text.startswith(KERAS_PREFIX) or text.endswith(".keras")


def source_title(source: str) -> str:
    """Return how a source is called."""
    if source.startswith(KERAS_PREFIX):
        return source.removeprefix(KERAS_PREFIX)
    return source.replace("\\", "/").rpartition("/")[2]
