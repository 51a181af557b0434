"""Requests about the training graph of a network: what of it is visible, and the numbers that flow through it."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from explorer.core.errors import ErrorCode
from explorer.core.protocol.request_kind import Reply, RequestKind, Worker


class GraphOpenPayload(TypedDict):
    """source: see `core.network_graph.sources`.

    loss: name of a loss to use instead of the network's own, see `core.network_graph.losses`. data: path of an
    ``.npz`` file whose first examples are the batch. Without either, or with "", the program decides.
    """

    source: str
    loss: NotRequired[str]
    data: NotRequired[str]


class LossInfo(TypedDict):
    """The loss of a training step.

    name: as Keras has it. value: for the batch, None where it is unknown or not finite. source: ``compiled`` with the
    network, ``chosen`` by the user, or ``assumed`` from the network's output.
    """

    name: str
    value: float | None
    source: str


class BatchInfo(TypedDict):
    """The examples that are sent through a network.

    source: ``data`` (the images of the tab Data), ``file`` or ``random``. count: number of examples. description: in
    words. title: the same in few words. is_random: whether they are random numbers, about which no diagnosis is made.
    """

    source: str
    count: int
    description: str
    title: str
    is_random: bool


class GraphOpenReply(Reply):
    """graph: its number, which every later request names.

    loss: None where the network has none; its value is that of ``graph_values``. loss_reason: in words, where the loss
    comes from or why there is none. batch: the examples that are sent through. groups: fields of
    `core.network_graph.graph.Group`. repeated_blocks: groups that are built alike. levels: how deep groups are nested.
    """

    graph: int
    source: str
    title: str
    model: str
    ops: int
    backward: int
    edges: int
    hidden: Mapping[str, int]
    levels: int
    parameters: int
    loss: LossInfo | None
    loss_reason: str
    batch: BatchInfo
    groups: list[dict[str, Any]]
    repeated_blocks: list[Sequence[str]]


class OpenGraphPayload(TypedDict, total=False):
    """graph: the number of the open graph; a request about any other fails."""

    graph: int


class VisibleKeys(TypedDict):
    """What of the graph is visible: the groups that are ``open``, or all of them down to a ``level``.

    helpers, backward: whether these ops are boxes of their own.
    """

    open: NotRequired[Sequence[str]]
    level: NotRequired[int | None]
    helpers: NotRequired[bool]
    backward: NotRequired[bool]


class VisiblePayload(OpenGraphPayload, VisibleKeys):
    """A request about what is visible."""


class GraphViewReply(Reply):
    """chunks: a `VisibleGraph` in chunks; see `core.network_graph.chunks`."""

    graph: int
    chunks: Sequence[bytes]


class GraphValuesReply(Reply):
    """The numbers for one batch and the newest weights.

    number: counts the replies, so that pictures can be matched. step: of the weights, None for a network without a run.
    seconds: the time it took, 0 if it was prepared anew, which takes longer. loss: of the batch, None without one.
    edges, nodes: by key and by id, statistics of ``value`` and ``gradient``; of nodes also ``weights`` and ``dead``, a
    share from 0 to 1. message: an observation about the gradients.
    """

    graph: int
    number: int
    step: int | None
    seconds: float
    loss: float | None
    edges: Mapping[str, Mapping[str, Any]]
    nodes: Mapping[str, Mapping[str, Any]]
    message: str


class GraphPicturesPayload(OpenGraphPayload):
    """boxes: ids whose output is wanted as a picture; gradients: ids for which the gradient of that is."""

    boxes: Sequence[str]
    gradients: Sequence[str]


class GraphPicturesReply(Reply):
    """pictures: by id, ``value`` and ``gradient``, each int8 with the magnitude that its largest number stands for."""

    graph: int
    number: int
    pictures: dict[str, dict[str, tuple[Any, float]]]


class GraphOpPayload(OpenGraphPayload):
    """op: its name."""

    op: str


class GraphOpReply(Reply):
    """op: see `engine.network_graph.op_details.describe_op`. statistics: by tensor.

    pictures: (n, height, width) float32, None if the output is no picture.
    """

    graph: int
    op: dict[str, Any]
    statistics: dict[str, dict[str, float]]
    pictures: Any


class ProfileInfo(TypedDict):
    """seconds: of running; bytes: of memory that was requested."""

    seconds: float
    bytes: int


class GraphProfileReply(Reply):
    """nodes: by id, with all ops in a group; total: of all ops. op_count: how many ops were measured."""

    graph: int
    nodes: dict[str, ProfileInfo]
    total: ProfileInfo
    op_count: int


class GraphSearchPayload(OpenGraphPayload):
    """text: words, all of which a hit matches. limit: hits in the reply at most, 50 by default."""

    text: str
    limit: NotRequired[int]


class Hit(TypedDict):
    """id: of the box to go to. name: of what was found; Keras's path of weights. kind: ``group``, ``weight`` or ``op``.

    group: the innermost one around it. shape: as text. hidden: whether it is a box only if helper ops are shown.
    """

    id: str
    name: str
    kind: str
    type: str
    group: str
    shape: str
    backward: bool
    hidden: bool


class GraphSearchReply(Reply):
    """total: how many hits there are in all."""

    graph: int
    text: str
    hits: list[Hit]
    total: int


class GraphTracePayload(OpenGraphPayload, VisibleKeys):
    """box: the id of a visible box."""

    box: str


class GraphTraceReply(Reply):
    """before: boxes on a path from the inputs to ``box``; after: those on a path from it to the loss."""

    graph: int
    box: str
    before: list[str]
    after: list[str]


_SERVICE = "network_graph"
_ERRORS = (ErrorCode.INVALID_INPUT, ErrorCode.GRAPH_CLOSED)
_GRAPH, _VALUES = Worker.NETWORK_GRAPH, Worker.NETWORK_VALUES

GRAPH_OPEN = RequestKind(
    "graph_open", GraphOpenPayload, GraphOpenReply, _SERVICE, _GRAPH, "graph_open",
    (ErrorCode.INVALID_INPUT, ErrorCode.NO_NETWORK, ErrorCode.FILE_UNUSABLE),
)  # fmt: skip
GRAPH_VIEW = RequestKind("graph_view", VisiblePayload, GraphViewReply, _SERVICE, _GRAPH, "graph_view", _ERRORS)
GRAPH_SEARCH = RequestKind(
    "graph_search", GraphSearchPayload, GraphSearchReply, _SERVICE, _GRAPH, "graph_search", _ERRORS
)
GRAPH_TRACE = RequestKind("graph_trace", GraphTracePayload, GraphTraceReply, _SERVICE, _GRAPH, "graph_trace", _ERRORS)
GRAPH_VALUES = RequestKind("graph_values", VisiblePayload, GraphValuesReply, _SERVICE, _VALUES, "graph_values", _ERRORS)
GRAPH_PICTURES = RequestKind(
    "graph_pictures", GraphPicturesPayload, GraphPicturesReply, _SERVICE, _VALUES, "graph_pictures", _ERRORS
)
GRAPH_OP = RequestKind("graph_op", GraphOpPayload, GraphOpReply, _SERVICE, _VALUES, "graph_op", _ERRORS)
GRAPH_PROFILE = RequestKind(
    "graph_profile", VisiblePayload, GraphProfileReply, _SERVICE, _VALUES, "graph_profile", _ERRORS
)

KINDS = (
    GRAPH_OPEN, GRAPH_VIEW, GRAPH_SEARCH, GRAPH_TRACE, GRAPH_VALUES, GRAPH_PICTURES, GRAPH_OP, GRAPH_PROFILE,
)  # fmt: skip
