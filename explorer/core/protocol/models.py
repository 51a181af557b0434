"""Requests about the network in view: its layers, weights, activations, and gradients of single weights."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from explorer.core.errors import ErrorCode
from explorer.core.protocol.request_kind import EmptyPayload, Reply, RequestKind, Worker


class WeightInfo(TypedDict):
    """Name and shape of an array of weights."""

    name: str
    shape: list[int]


class LayerInfo(TypedDict):
    """A call of a layer.

    shape: of the output, without the batch. parameters: how many. activation: its name, empty for none. inputs: indices
    of the layers whose outputs go in, -1 for the image. is_on_pixels: whether these are the image's pixels in order.
    """

    name: str
    type: str
    shape: list[int]
    parameters: int
    activation: str
    weights: list[WeightInfo]
    inputs: list[int]
    is_on_pixels: bool


class OutputInfo(TypedDict):
    """What a network's outputs are.

    kind: a value of `core.models.network_output.OutputKind`. units: how many. is_assumed: whether nothing in the file
    tells that they are logits.
    """

    kind: str
    units: int
    is_assumed: bool


class SnapshotKeys(TypedDict):
    """network: its number. steps: those with a snapshot of the weights. bytes, budget: memory of the snapshots."""

    network: int
    steps: list[int]
    bytes: int
    budget: int


class NetworkKeys(TypedDict):
    """parameters: how many the network has. input_shape: in which an image is fed, without the batch.

    scale: a value of `core.models.input_scale.InputScale`, with which images are fed unless a request says otherwise.
    """

    title: str
    layers: list[LayerInfo]
    parameters: int
    input_shape: list[int]
    scale: str
    output: OutputInfo


class NetworkInfoReply(Reply, SnapshotKeys, NetworkKeys):
    """The current network."""


class OpenNetworkPayload(TypedDict):
    """path: a ``.keras`` file."""

    path: str


class SaveNetworkPayload(TypedDict):
    """path: the ``.keras`` file to write. snapshot: the step whose weights are saved, None for the newest."""

    path: str
    snapshot: NotRequired[int | None]


class SaveNetworkReply(Reply):
    """step: after which the weights were so."""

    network: int
    step: int
    path: str


class WeightsPayload(TypedDict):
    """layer: its index. snapshot: a step, None for the newest.

    part: ``start`` (the first unit) and ``channel`` (of filters) of what is returned; left out, arrays are complete.
    """

    layer: int
    snapshot: NotRequired[int | None]
    part: NotRequired[Mapping[str, int] | None]


class WeightArray(TypedDict):
    """values: the array, or what of it is shown; see `engine.weights.visible_part.visible_part` for the keys after it.

    summary: count, nan, min, max, mean, std, norm, zeros. histogram: ``counts`` and ``edges``. gates: names of the
    equal parts of the last axis, of a recurrent layer with gates, else empty.
    """

    name: str
    values: Any
    summary: dict[str, float]
    histogram: dict[str, Any]
    gates: list[str]
    shape: NotRequired[list[int]]
    kind: NotRequired[str]
    start: NotRequired[int]
    channel: NotRequired[int]
    indices: NotRequired[Any]


class WeightsReply(Reply, SnapshotKeys):
    """step: after which the weights are so. max_images: units in one reply at most.

    not_finite: arrays of all layers with values that are NaN or infinite, as ``layer/array``.
    """

    layer: int
    step: int
    arrays: list[WeightArray]
    max_images: int
    not_finite: list[str]


class SaveWeightsPayload(TypedDict):
    """path: the ``.npz`` file to write. snapshot: a step, None for the newest."""

    path: str
    snapshot: NotRequired[int | None]


class SaveWeightsReply(Reply):
    """arrays: how many were written."""

    path: str
    step: int
    arrays: int


class ExplainWeightPayload(TypedDict):
    """One weight: ``index`` in the ``array`` (its name) of a ``layer``.

    batch: its index in the epoch, None for the next one.
    """

    layer: int
    array: str
    index: Sequence[int]
    snapshot: NotRequired[int | None]
    batch: NotRequired[int | None]


class ExplainWeightReply(Reply):
    """A weight, its gradient over a batch, and the optimizer's step; see `WeightExplainer.explain`."""

    network: int
    layer: int
    step: int
    array: str
    index: list[int]
    weight: float
    gradient: float
    shares: Any
    penalty: float
    epoch: int
    batch: int
    batches: int
    is_next: bool
    hardest: Any
    images: Any
    labels: Any
    confidences: Any
    has_dropout: bool
    optimizer_step: dict[str, Any]


class DeadUnitsPayload(TypedDict):
    """layer: its index. snapshot: a step, None for the newest. scale: an `InputScale`, None for the network's."""

    layer: int
    snapshot: NotRequired[int | None]
    scale: NotRequired[str | None]


class DeadUnitsReply(Reply):
    """units: indices of the units whose output is 0 for each of ``images`` images."""

    network: int
    layer: int
    step: int
    units: Any
    images: int


class ActivationsPayload(TypedDict):
    """image: (28, 28) uint8. maps, units: how many of a layer are returned at most, None for all.

    scale: an `InputScale`, None for the network's. is_drawing: whether somebody draws it right now, so that training
    makes room for the reply.
    """

    image: Any
    snapshot: NotRequired[int | None]
    scale: NotRequired[str | None]
    maps: NotRequired[int | None]
    units: NotRequired[int | None]
    is_drawing: NotRequired[bool]


class ActivationsReply(Reply, SnapshotKeys):
    """outputs: of each layer, without the batch. prediction: the network's own outputs, (n,).

    probabilities: what is shown of these, (n,); see `core.models.network_output.OutputKind`. not_finite: as in
    `WeightsReply`.
    """

    step: int
    outputs: list[Any]
    prediction: Any
    probabilities: Any
    not_finite: list[str]


class UnitPayload(TypedDict):
    """index: of a number in the output of ``layer``."""

    image: Any
    layer: int
    index: Sequence[int]
    snapshot: NotRequired[int | None]
    scale: NotRequired[str | None]


class UnitReply(Reply):
    """explanation: how the number came about; see `engine.models.unit_explanation.explain_unit`."""

    network: int
    step: int
    layer: int
    explanation: Mapping[str, Any]


class ExcitingImagesPayload(TypedDict):
    """unit: the last index of a unit in the output of ``layer``; of a layer of maps it is the map."""

    layer: int
    unit: int
    snapshot: NotRequired[int | None]
    scale: NotRequired[str | None]


class ExcitingImagesReply(Reply):
    """The training images with the largest values of a unit, in descending order.

    tried: how many images were tried. numbers: (n,), their indices. values: (n,). images: (n, 28, 28) uint8.
    """

    network: int
    step: int
    layer: int
    unit: int
    tried: int
    numbers: Any
    values: Any
    images: Any


class ImageGradientPayload(TypedDict):
    """output: index of the shown output that is differentiated with respect to the image."""

    image: Any
    output: int
    snapshot: NotRequired[int | None]
    scale: NotRequired[str | None]


class ImageGradientReply(Reply):
    """gradient: (28, 28) float32, for the numbers that are fed."""

    network: int
    step: int
    output: int
    gradient: Any


_OF_NETWORK = (ErrorCode.INVALID_INPUT, ErrorCode.NO_NETWORK)
_OF_FILE = (*_OF_NETWORK, ErrorCode.FILE_UNUSABLE)
_MODELS, _MODEL = "models", Worker.MODEL

NETWORK_INFO = RequestKind(
    "network_info", EmptyPayload, NetworkInfoReply, _MODELS, _MODEL, "network_info", (ErrorCode.NO_NETWORK,)
)
OPEN_NETWORK = RequestKind(
    "open_network", OpenNetworkPayload, NetworkInfoReply, _MODELS, _MODEL, "open_network",
    (ErrorCode.INVALID_INPUT, ErrorCode.FILE_UNUSABLE),
)  # fmt: skip
SHOW_RUN = RequestKind(
    "show_run", EmptyPayload, NetworkInfoReply, _MODELS, _MODEL, "open_network", (ErrorCode.NO_NETWORK,)
)
SAVE_NETWORK = RequestKind("save_network", SaveNetworkPayload, SaveNetworkReply, _MODELS, _MODEL, errors=_OF_FILE[1:])
WEIGHTS = RequestKind("weights", WeightsPayload, WeightsReply, _MODELS, _MODEL, "weights", _OF_NETWORK)
SAVE_WEIGHTS = RequestKind("save_weights", SaveWeightsPayload, SaveWeightsReply, _MODELS, _MODEL, errors=_OF_FILE[1:])
EXPLAIN_WEIGHT = RequestKind(
    "explain_weight", ExplainWeightPayload, ExplainWeightReply, _MODELS, _MODEL, "explain_weight", _OF_NETWORK
)
DEAD_UNITS = RequestKind("dead_units", DeadUnitsPayload, DeadUnitsReply, _MODELS, _MODEL, "dead_units", _OF_NETWORK)
ACTIVATIONS = RequestKind(
    "activations", ActivationsPayload, ActivationsReply, _MODELS, _MODEL, "activations", _OF_NETWORK
)
UNIT = RequestKind("unit", UnitPayload, UnitReply, _MODELS, _MODEL, "unit", _OF_NETWORK)
EXCITING_IMAGES = RequestKind(
    "exciting_images", ExcitingImagesPayload, ExcitingImagesReply, _MODELS, _MODEL, "exciting_images", _OF_NETWORK
)
IMAGE_GRADIENT = RequestKind(
    "image_gradient", ImageGradientPayload, ImageGradientReply, _MODELS, _MODEL, "image_gradient", _OF_NETWORK
)

KINDS = (
    NETWORK_INFO, OPEN_NETWORK, SHOW_RUN, SAVE_NETWORK, WEIGHTS, SAVE_WEIGHTS, EXPLAIN_WEIGHT, DEAD_UNITS, ACTIVATIONS,
    UNIT, EXCITING_IMAGES, IMAGE_GRADIENT,
)  # fmt: skip
