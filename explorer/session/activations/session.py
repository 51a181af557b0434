"""The activations of the current network for one image, and the explanation of one unit."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypedDict, TypeVar, cast

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from explorer.core.activations.drawn_digit import extract_ink, to_mnist_image
from explorer.core.data.dataset import DIGIT_CLASSES, UInt8Array
from explorer.core.models.architecture import IMAGE_SIDE
from explorer.core.models.network_output import OutputKind, output_text
from explorer.core.protocol.data import DATA_PAGE, DataPagePayload, DataPageReply
from explorer.core.protocol.models import (
    ACTIVATIONS,
    EXCITING_IMAGES,
    IMAGE_GRADIENT,
    UNIT,
    ActivationsPayload,
    ActivationsReply,
    ExcitingImagesPayload,
    ExcitingImagesReply,
    ImageGradientPayload,
    ImageGradientReply,
    NetworkInfoReply,
    UnitPayload,
    UnitReply,
)
from explorer.core.protocol.request_kind import Reply, RequestKind
from explorer.session.data.session import DataSession
from explorer.session.engine_client.client import EngineClient
from explorer.session.models.current_network import CurrentNetworkSession

P = TypeVar("P")
R = TypeVar("R")

MAX_MAPS, MAX_UNITS = 64, 1600
"""Maximum number of feature maps, and of units, of a layer that are requested: more cannot be shown."""

REFRESH_DELAY_MS = 200
"""Delay after which the activations follow weights that change."""

DETAILS_DELAY_MS = 150
"""Delay of the requests for the unit and the gradient while somebody draws, so that the outputs come first."""


class Moment(TypedDict):
    """Keys of requests: the step of the weights, None for the newest, and the scale of the images."""

    snapshot: int | None
    scale: str


class ActivationsSession(QObject):
    """The current image and what the current network computes from it.

    Attributes
    ----------
    image : input of the network, (28, 28) uint8.
    origin : "sample", "drawn" or "file".
    label : true class of the image, None where it is unknown.
    part, number, total : part of the data set ("train" or "validation"), index of the sample, and number of samples.
    outputs : output of each layer, None before the first reply.
    prediction : the network's own outputs, (n,), None before the first reply.
    probabilities : what is shown of these, (n,); see `output_kind`.
    shown_step : training step of the weights that gave them.
    not_finite : arrays of these weights with values that are NaN or infinite, as ``layer/array``.
    selected : layer and index in its output of the explained unit, None for none.
    is_selected : whether the user selected it; else it is the strongest unit for the image.
    unit : the engine's explanation of it, None while there is none.
    gradient, gradient_output : gradient of a shown output with respect to the numbers that are fed, (28, 28), and that
        output.
    gradient_note : why there is no gradient, "" if there is one or it is not there yet.
    exciting_images : the images that excite the unit most, None while they are unknown.
    """

    imageChanged = Signal()
    outputsChanged = Signal()
    selectionChanged = Signal()
    unitChanged = Signal()
    gradientChanged = Signal()
    excitingImagesChanged = Signal()
    messageChanged = Signal(str)

    def __init__(
        self, client: EngineClient, network: CurrentNetworkSession, data: DataSession, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.network = network
        self.image: UInt8Array = np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)
        self.origin = "sample"
        self.label: int | None = None
        self.part, self.number, self.total = "validation", 0, 0
        self.selected: tuple[int, tuple[int, ...]] | None = None
        self._chosen_output: int | None = None
        self._client, self._data = client, data
        self._visible = False
        self._is_sample_requested = False
        self.is_selected = False
        self._is_drawing = False
        self._version = 0
        self._generation = 0
        self._clear_network_results()
        self._refresh_timer = QTimer(self, singleShot=True, interval=REFRESH_DELAY_MS)
        self._refresh_timer.timeout.connect(self._refresh)
        self._details_timer = QTimer(self, singleShot=True, interval=DETAILS_DELAY_MS)
        self._details_timer.timeout.connect(self._request_details)
        network.networkChanged.connect(self._handle_network_change)
        network.weightsChanged.connect(self._handle_weights_change)
        network.stepChanged.connect(self._handle_moment_change)
        network.scaleChanged.connect(self._handle_scale_change)
        data.infoChanged.connect(lambda _info: self._handle_data_change())

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes of the images."""
        return DIGIT_CLASSES if self._data.info is None else tuple(self._data.info["classes"])

    @property
    def output_names(self) -> tuple[str, ...]:
        """Names of the outputs: those of the classes if there are as many, else their indices."""
        info = self.network.info
        units = len(self.classes) if info is None else info["output"]["units"]
        if units == len(self.classes):
            return self.classes
        return ("output",) if units == 1 else tuple(str(unit) for unit in range(units))

    @property
    def output_kind(self) -> OutputKind:
        """What the network's outputs are."""
        info = self.network.info
        return OutputKind.SOFTMAX if info is None else OutputKind(info["output"]["kind"])

    @property
    def output_text(self) -> str:
        """Sentence about what is shown of the network's outputs, "" for no network."""
        info = self.network.info
        if info is None:
            return ""
        return output_text(self.output_kind, info["output"]["units"], info["output"]["is_assumed"])

    def _clear_network_results(self) -> None:
        """Clear everything that was computed; replies that are still on their way are ignored."""
        self.outputs: list[Any] | None = None
        self.prediction: Any = None
        self.probabilities: Any = None
        self.shown_step: int | None = None
        self.not_finite: list[str] = []
        self.unit: dict[str, Any] | None = None
        self.gradient: Any = None
        self.exciting_images: ExcitingImagesReply | None = None
        self.gradient_output, self.gradient_note = -1, ""
        self._generation += 1
        self._in_progress: set[str] = set()
        self._done_versions = {"activations": -1, "unit": -1, "image_gradient": -1}

    # -- properties --------------------------------------------------------------------------

    @property
    def predicted_class(self) -> int | None:
        """The output with the largest number, None before the first reply."""
        return None if self.probabilities is None else int(np.argmax(self.probabilities))

    @property
    def output(self) -> int | None:
        """The output whose gradient is shown: the chosen one, or the predicted class."""
        return self.predicted_class if self._chosen_output is None else self._chosen_output

    @property
    def is_output_chosen(self) -> bool:
        """Whether the output was chosen and does not follow the prediction."""
        return self._chosen_output is not None

    @property
    def is_up_to_date(self) -> bool:
        """Whether all results belong to the current image and network, with its current weights."""
        if not self.network.number or self.outputs is None or self._refresh_timer.isActive():
            return False
        needed = {"activations", "image_gradient"} | ({"unit"} if self.selected is not None else set())
        return all(self._done_versions[kind] == self._version for kind in needed)

    # -- commands --------------------------------------------------------------------

    def set_visible(self, visible: bool) -> None:
        """Show or hide the tab; nothing is requested while it is hidden."""
        self._visible = visible
        if visible and not self._is_sample_requested and self.origin == "sample":
            self.show_sample(self.part, self.number)
        elif visible:
            self._request_outputs()
            self._request_details()  # the outputs may have come while the tab was hidden

    def show_sample(self, part: str, number: int) -> None:
        """Show an image of the data set by its index in a part."""
        self.part, self.number, self.origin = part, number, "sample"
        self._is_sample_requested = True
        payload = DataPagePayload(data=self._data.source, part=part, start=number, count=1)
        self._client.request(DATA_PAGE, payload, partial(self._receive_sample, part, number), sublane="activations")

    def move(self, offset: int) -> None:
        """Show the sample at an offset from the current one."""
        number = min(max(self.number + offset, 0), max(self.total - 1, 0))
        if number != self.number or self.origin != "sample":
            self.show_sample(self.part, number)

    def set_drawing(self, ink: Any) -> None:
        """Show a drawing, (height, width) with 255 for ink. The engine computes it before the steps of a run."""
        self._is_drawing = True
        self._set_image(to_mnist_image(ink), "drawn", None)

    def set_grey_image(self, grey: Any) -> None:
        """Show a grey image from a file, (height, width); one of a single colour is rejected with a message."""
        image = to_mnist_image(extract_ink(grey))
        if not image.any():
            self.messageChanged.emit("Nothing is written in this picture: it has one colour everywhere.")
            return
        self._set_image(image, "file", None)

    def select(self, layer: int, index: Sequence[int]) -> None:
        """Select a unit by its index in a layer's output."""
        selected = layer, tuple(int(position) for position in index)
        if (selected, True) != (self.selected, self.is_selected):
            self.selected, self.is_selected = selected, True
            self._done_versions["unit"] = -1
            self.selectionChanged.emit()
            self._request_details()

    def deselect(self) -> None:
        """Follow the strongest unit of each image again, as before a unit was selected."""
        self.is_selected = False

    def request_exciting_images(self) -> None:
        """Request the images that excite the selected unit, or its feature map, most."""
        if self.selected is None or not self.network.number:
            return
        layer, index = self.selected
        requested = layer, index[-1]
        if self.exciting_images is not None:
            if (self.exciting_images["layer"], self.exciting_images["unit"]) == requested:
                return
            self.exciting_images = None
            self.excitingImagesChanged.emit()
        payload = ExcitingImagesPayload(layer=layer, unit=index[-1], **self._moment())
        self._client.request(
            EXCITING_IMAGES, payload, partial(self._receive_exciting_images, requested, self._moment())
        )

    def choose_output(self, output: int | None) -> None:
        """Choose the output whose gradient is shown, None for the predicted class."""
        before, self._chosen_output = self.output, output
        if self.output != before:
            self._done_versions["image_gradient"] = -1
            self._request_details()
        self.gradientChanged.emit()

    # -- the image --------------------------------------------------------------------------------

    def _set_image(self, image: UInt8Array, origin: str, label: int | None) -> None:
        self.image, self.origin, self.label = image, origin, label
        self._version += 1
        self.imageChanged.emit()
        self._request_outputs()

    def _receive_sample(self, part: str, number: int, reply: DataPageReply) -> None:
        if self.origin != "sample" or (part, number) != (self.part, self.number):
            return
        if (error := reply.get("error")) is not None:
            self.messageChanged.emit(error["message"])
            return
        self.total = int(reply["total"])
        if len(reply["labels"]):
            self.messageChanged.emit("")
            if not self.is_selected:
                self.selected = None  # the next reply shows where this image is strongest
            self._set_image(reply["images"][0], "sample", int(reply["labels"][0]))
        elif self.total:
            self.show_sample(part, self.total - 1)  # another data set with fewer images

    def _handle_data_change(self) -> None:
        if self.origin == "sample" and self._is_sample_requested:
            self.show_sample(self.part, self.number)

    # -- the network ------------------------------------------------------------------------------

    def _handle_network_change(self, info: NetworkInfoReply | None) -> None:
        self._clear_network_results()
        if self._chosen_output is not None and self._chosen_output >= len(self.output_names):
            self._chosen_output = None
        if info is None or not self._exists(self.selected):
            self.selected = None
        self._version += 1
        for changed in (self.outputsChanged, self.unitChanged, self.gradientChanged, self.excitingImagesChanged):
            changed.emit()
        self._request_outputs()

    def _exists(self, selected: tuple[int, tuple[int, ...]] | None) -> bool:
        if selected is None or selected[0] >= len(self.network.layers):
            return False
        shape = self.network.layers[selected[0]]["shape"]
        return len(shape) == len(selected[1]) and all(a < b for a, b in zip(selected[1], shape, strict=True))

    def _handle_weights_change(self) -> None:
        if not self._refresh_timer.isActive():
            self._refresh_timer.start()

    def _refresh(self) -> None:
        self._is_drawing = False
        self._version += 1
        self._request_outputs()

    def _handle_moment_change(self) -> None:
        if self.exciting_images is not None:
            self.exciting_images = None
            self.excitingImagesChanged.emit()
        self._refresh()

    def _handle_scale_change(self) -> None:
        self.imageChanged.emit()
        self._handle_moment_change()

    # -- requests and replies ----------------------------------------------------------------------

    def _request_outputs(self) -> None:
        """Request the outputs, one request at a time, so that a drawing never waits for older images."""
        if self._is_sample_requested or self.origin != "sample":
            payload = ActivationsPayload(
                image=self.image, maps=MAX_MAPS, units=MAX_UNITS, is_drawing=self._is_drawing, **self._moment()
            )
            self._request_if_stale(
                ACTIVATIONS, payload, self._receive_outputs, self.messageChanged.emit, self._request_outputs
            )

    def _moment(self) -> Moment:
        """Return the weights and the scale with which the network computes."""
        return {"snapshot": self.network.step, "scale": self.network.scale.value}

    def _request_details(self) -> None:
        if self.outputs is None:
            return
        if self.selected is not None:
            layer, index = self.selected
            payload = UnitPayload(image=self.image, layer=layer, index=list(index), **self._moment())
            receive_unit = partial(self._receive_unit, self.selected)
            self._request_if_stale(UNIT, payload, receive_unit, self.messageChanged.emit, self._request_details)
        if self.output is not None:
            gradient_payload = ImageGradientPayload(image=self.image, output=self.output, **self._moment())
            receive = partial(self._receive_gradient, self.output)
            self._request_if_stale(
                IMAGE_GRADIENT, gradient_payload, receive, self._receive_no_gradient, self._request_details
            )

    def _request_if_stale(
        self,
        kind: RequestKind[P, R],
        payload: P,
        receive: Callable[[R], bool],
        refuse: Callable[[str], object],
        request_again: Callable[[], None],
    ) -> None:
        """Request a result for the current image unless it is there or in progress.

        ``receive`` returns whether a reply is still wanted. ``refuse`` is called with the message of an error, and
        ``request_again`` after each reply.
        """
        is_needed = self._visible and self.network.number and self._done_versions[kind.name] != self._version
        if not is_needed or kind.name in self._in_progress:
            return
        self._in_progress.add(kind.name)
        generation, version = self._generation, self._version

        def handle_reply(reply: R) -> None:
            if generation != self._generation:
                return
            self._in_progress.discard(kind.name)
            common = cast("Reply", reply)
            if (error := common.get("error")) is not None:
                self._done_versions[kind.name] = version  # the same request would fail again
                refuse(error["message"])
            elif not self.network.is_current(common):
                return  # the network has changed, and its signal will follow
            else:
                # Done before the signal of the result, which may ask for `is_up_to_date`.
                before, self._done_versions[kind.name] = self._done_versions[kind.name], version
                if receive(reply):
                    self.messageChanged.emit("")
                else:
                    self._done_versions[kind.name] = before
            request_again()

        self._client.request(kind, payload, handle_reply)

    def _receive_outputs(self, reply: ActivationsReply) -> bool:
        self.outputs, self.shown_step = reply["outputs"], int(reply["step"])
        self.prediction, self.probabilities = reply["prediction"], reply["probabilities"]
        self.not_finite = reply["not_finite"]
        if self.selected is None:
            self.selected = self._first_unit()
        self.outputsChanged.emit()
        if not self._details_timer.isActive():
            self._details_timer.start()
        return True

    def _receive_unit(self, selected: Any, reply: UnitReply) -> bool:
        if selected != self.selected:
            return False
        self.unit = {**reply["explanation"], "layer": reply["layer"]}
        self.unitChanged.emit()
        return True

    def _receive_gradient(self, output: int, reply: ImageGradientReply) -> bool:
        if output != self.output:
            return False
        self.gradient, self.gradient_output, self.gradient_note = reply["gradient"], output, ""
        self.gradientChanged.emit()
        return True

    def _receive_no_gradient(self, message: str) -> None:
        self.gradient, self.gradient_note = None, message
        self.gradientChanged.emit()

    def _receive_exciting_images(self, requested: tuple[int, int], moment: Moment, reply: ExcitingImagesReply) -> None:
        if moment != self._moment():
            return
        if (error := reply.get("error")) is not None:
            self.messageChanged.emit(error["message"])
        elif self.network.is_current(reply) and self.selected and requested == (self.selected[0], self.selected[1][-1]):
            self.exciting_images = reply
            self.excitingImagesChanged.emit()

    def _first_unit(self) -> tuple[int, tuple[int, ...]] | None:
        """Return the strongest unit of the first layer with weights, None if there is none."""
        for layer, output in zip(self.network.layers, self.outputs or [], strict=False):
            if layer["parameters"]:
                first = output[..., 0] if output.ndim == 3 else output
                largest = np.unravel_index(int(np.argmax(first)), first.shape)
                return self.network.layers.index(layer), (
                    *(int(k) for k in largest),
                    *([0] if output.ndim == 3 else []),
                )
        return None
