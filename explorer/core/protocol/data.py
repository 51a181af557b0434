"""Requests about data: what it is, its images, and downloads."""

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

from explorer.core.errors import ErrorCode
from explorer.core.protocol.request_kind import EmptyPayload, EmptyReply, Reply, RequestKind, Worker

Download: TypeAlias = Literal["running", "done", "failed", "cancelled"]
"""State of a download."""

Part: TypeAlias = Literal["train", "validation"]


class DataInfoPayload(TypedDict):
    """data: a name that `core.data.sources.load_data` understands; ``auto`` by default."""

    data: NotRequired[str]


class ArrayInfo(TypedDict):
    """Shape and dtype of an array."""

    shape: list[int]
    dtype: str


class DataInfo(Reply):
    """What the data is.

    parts: of ``x_train``, ``y_train``, ``x_validation`` and ``y_validation``. counts, validation_counts: (10,), images
    of each label. means: (10, 28, 28) uint8, the mean image of each label. note: why it is not the data that was
    expected, or empty. classes: what the ten labels mean. stored: a `core.data.dataset.StoredPixels` for the images for
    training and one for those for validation.
    """

    name: str
    source: str
    note: str
    classes: list[str]
    parts: dict[str, ArrayInfo]
    counts: Any
    validation_counts: Any
    means: Any
    stored: list[str]


class MissingData(Reply):
    """The data has to be downloaded first. missing: its source; bytes: its size."""

    missing: str
    title: str
    bytes: int


class DataInfoReply(Reply, total=False):
    """Either all keys of `DataInfo`, or all keys of `MissingData`."""

    name: str
    source: str
    note: str
    classes: list[str]
    parts: dict[str, ArrayInfo]
    counts: Any
    validation_counts: Any
    means: Any
    stored: list[str]
    missing: str
    title: str
    bytes: int


class DataPagePayload(TypedDict):
    """``count`` images from ``start`` on. digit: only images of this label, None for all."""

    data: NotRequired[str]
    part: NotRequired[str]
    digit: NotRequired[int | None]
    start: NotRequired[int]
    count: int


class DataPageReply(Reply):
    """images: (n, 28, 28) uint8. labels: (n,). numbers: (n,), their indices in the part. total: of all pages."""

    data: str | None
    part: str
    digit: int | None
    total: int
    start: int
    numbers: Any
    images: Any
    labels: Any


class DataFetchPayload(TypedDict):
    """data: the source to download."""

    data: str


class DataFetchReply(Reply):
    """The download has begun; `events.DownloadEvent` follow."""

    data: str


_OF_FILE = (ErrorCode.INVALID_INPUT, ErrorCode.FILE_UNUSABLE)

DATA_INFO = RequestKind("data_info", DataInfoPayload, DataInfoReply, "data", Worker.DATA, "data_info", _OF_FILE)
DATA_PAGE = RequestKind("data_page", DataPagePayload, DataPageReply, "data", Worker.DATA, "data_page", _OF_FILE)
DATA_FETCH = RequestKind("data_fetch", DataFetchPayload, DataFetchReply, "data", Worker.DATA)
DATA_FETCH_CANCEL = RequestKind("data_fetch_cancel", EmptyPayload, EmptyReply, "data", Worker.DATA, errors=())

KINDS = (DATA_INFO, DATA_PAGE, DATA_FETCH, DATA_FETCH_CANCEL)
