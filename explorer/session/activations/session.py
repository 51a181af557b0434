"""What the tab "Activations" shows: an image, what the network in view makes of it, and one unit of it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar, cast

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from explorer.core.activations.drawn_digit import extract_ink, to_mnist_image
from explorer.core.data.dataset import DIGIT_CLASSES, UInt8Array
from explorer.core.models.architecture import IMAGE_SIDE
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

MAPS, UNITS = 64, 1600
"""Of a layer no more maps, or units, are asked for than can be shown."""

FOLLOW = 200
"""Milliseconds after which the weights of a network that trains are looked at again."""

DETAILS = 150
"""Milliseconds by which the unit and the gradient wait for the pen: the bars come first."""


class ActivationsSession(QObject):
    """image: (28, 28) uint8, what the network sees. origin: ``sample``, ``drawn`` or ``file``. label: the true digit,
    None where nobody knows. part (``train`` or ``validation``), number, total: which sample of how many.

    outputs: of each layer, None before the first answer. probabilities: (10,), of the digits. selected: layer and
    index in its output; is_selected: whether somebody asked for it, else it is where the image is strongest. unit: the
    engine's answer about it. digit: the chosen output, or the winner; gradient: (28, 28), of its probability with
    respect to the image.
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
        self._refresh_timer = QTimer(self, singleShot=True, interval=FOLLOW)
        self._refresh_timer.timeout.connect(self._refresh)
        self._details_timer = QTimer(self, singleShot=True, interval=DETAILS)
        self._details_timer.timeout.connect(self._request_details)
        network.networkChanged.connect(self._handle_network_change)
        network.weightsChanged.connect(self._handle_weights_change)
        data.infoChanged.connect(lambda _info: self._handle_data_change())

    @property
    def classes(self) -> tuple[str, ...]:
        """What the ten labels mean: digits, or what the images in use are called, such as garments."""
        return DIGIT_CLASSES if self._data.info is None else tuple(self._data.info["classes"])

    def _clear_network_results(self) -> None:
        """Forget what was said of a network; what is on its way is about the one before."""
        self.outputs: list[Any] | None = None
        self.probabilities: Any = None
        self.unit: dict[str, Any] | None = None
        self.gradient: Any = None
        self.exciting_images: ExcitingImagesReply | None = None
        self.gradient_output = -1
        self._generation += 1
        self._in_progress: set[str] = set()
        self._done_versions = {"activations": -1, "unit": -1, "image_gradient": -1}

    # -- what is asked ----------------------------------------------------------------------------

    @property
    def predicted_class(self) -> int | None:
        """The digit that the network says."""
        return None if self.probabilities is None else int(np.argmax(self.probabilities))

    @property
    def output(self) -> int | None:
        """The output whose gradient is shown: the chosen one, or the winner."""
        return self.predicted_class if self._chosen_output is None else self._chosen_output

    @property
    def is_output_chosen(self) -> bool:
        """Whether the output was chosen, and does not follow the winner."""
        return self._chosen_output is not None

    @property
    def is_up_to_date(self) -> bool:
        """Whether everything that is shown belongs to the image and the network in view."""
        if not self.network.number or self.outputs is None:
            return False
        wanted = {"activations", "image_gradient"} | ({"unit"} if self.selected is not None else set())
        return all(self._done_versions[kind] == self._version for kind in wanted)

    # -- what the user wants ----------------------------------------------------------------------

    def set_visible(self, visible: bool) -> None:
        """Ask only while somebody looks."""
        self._visible = visible
        if visible and not self._is_sample_requested and self.origin == "sample":
            self.show_sample(self.part, self.number)
        elif visible:
            self._request_outputs()

    def show_sample(self, part: str, number: int) -> None:
        """Show an image of the data by its number."""
        self.part, self.number, self.origin = part, number, "sample"
        self._is_sample_requested = True
        payload = DataPagePayload(data=self._data.source, part=part, start=number, count=1)
        self._client.request(DATA_PAGE, payload, partial(self._receive_sample, part, number), sublane="activations")

    def move(self, by: int) -> None:
        """Show the sample so many places on, or back."""
        number = min(max(self.number + by, 0), max(self.total - 1, 0))
        if number != self.number or self.origin != "sample":
            self.show_sample(self.part, number)

    def set_drawing(self, ink: Any) -> None:
        """Show what was drawn: (height, width), 255 for ink. A run that trains stands aside for it."""
        self._is_drawing = True
        self._set_image(to_mnist_image(ink), "drawn", None)

    def set_grey_image(self, grey: Any) -> None:
        """Show a picture from a file: (height, width), grey. One without anything on it changes nothing."""
        image = to_mnist_image(extract_ink(grey))
        if not image.any():
            self.messageChanged.emit("Nothing is written in this picture: it has one colour everywhere.")
            return
        self._set_image(image, "file", None)

    def select(self, layer: int, index: Sequence[int]) -> None:
        """Select a number of a layer's output."""
        selected = layer, tuple(int(position) for position in index)
        if selected != self.selected:
            self.selected = selected
            self.is_selected = True
            self._done_versions["unit"] = -1
            self.selectionChanged.emit()
            self._request_details()

    def request_exciting_images(self) -> None:
        """Ask which images excite the selected unit, or the map that it is in, most."""
        if self.selected is None or not self.network.number:
            return
        layer, index = self.selected
        wanted = layer, index[-1]
        if self.exciting_images is not None:
            if (self.exciting_images["layer"], self.exciting_images["unit"]) == wanted:
                return
            self.exciting_images = None
            self.excitingImagesChanged.emit()
        payload = ExcitingImagesPayload(layer=layer, unit=index[-1])
        self._client.request(EXCITING_IMAGES, payload, partial(self._receive_exciting_images, wanted))

    def choose_output(self, digit: int | None) -> None:
        """Choose the output whose gradient is shown; None: that of the winner."""
        before, self._chosen_output = self.output, digit
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
                self.selected = None  # the next answer says where this image is strongest
            self._set_image(reply["images"][0], "sample", int(reply["labels"][0]))
        elif self.total:
            self.show_sample(part, self.total - 1)  # other data, which has fewer

    def _handle_data_change(self) -> None:
        if self.origin == "sample" and self._is_sample_requested:
            self.show_sample(self.part, self.number)

    # -- the network ------------------------------------------------------------------------------

    def _handle_network_change(self, info: NetworkInfoReply | None) -> None:
        self._clear_network_results()
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

    # -- asking and taking ------------------------------------------------------------------------

    def _request_outputs(self) -> None:
        """Ask for the outputs; one request is under way at most, so that the pen never waits for old images."""
        if self._is_sample_requested or self.origin != "sample":
            payload = ActivationsPayload(image=self.image, maps=MAPS, units=UNITS, drawn=self._is_drawing)
            self._request_if_stale(ACTIVATIONS, payload, self._receive_outputs, self._request_outputs)

    def _request_details(self) -> None:
        if self.outputs is None:
            return
        if self.selected is not None:
            layer, index = self.selected
            payload = UnitPayload(image=self.image, layer=layer, index=list(index))
            self._request_if_stale(UNIT, payload, partial(self._receive_unit, self.selected), self._request_details)
        if self.output is not None:
            wanted = ImageGradientPayload(image=self.image, output=self.output)
            self._request_if_stale(
                IMAGE_GRADIENT, wanted, partial(self._receive_gradient, self.output), self._request_details
            )

    def _request_if_stale(
        self, kind: RequestKind[P, R], payload: P, take: Callable[[R], bool], again: Callable[[], None]
    ) -> None:
        """Ask for what is not there yet. ``take`` returns whether the answer is what is still wanted."""
        wanted = self._visible and self.network.number and self._done_versions[kind.name] != self._version
        if not wanted or kind.name in self._in_progress:
            return
        self._in_progress.add(kind.name)
        life, version = self._generation, self._version

        def answered(reply: R) -> None:
            if life != self._generation:
                return
            self._in_progress.discard(kind.name)
            common = cast("Reply", reply)
            if (error := common.get("error")) is not None:
                self._done_versions[kind.name] = version  # asking the same again would bring the same
                self.messageChanged.emit(error["message"])
            elif not self.network.is_current(common):
                return  # another network came into view, and the session will hear of it
            else:
                # Whoever paints what it brings finds it done.
                before, self._done_versions[kind.name] = self._done_versions[kind.name], version
                if take(reply):
                    self.messageChanged.emit("")
                else:
                    self._done_versions[kind.name] = before
            again()

        self._client.request(kind, payload, answered)

    def _receive_outputs(self, reply: ActivationsReply) -> bool:
        self.outputs, self.probabilities = reply["outputs"], reply["probabilities"]
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

    def _receive_gradient(self, digit: int, reply: ImageGradientReply) -> bool:
        if digit != self.output:
            return False
        self.gradient, self.gradient_output = reply["gradient"], digit
        self.gradientChanged.emit()
        return True

    def _receive_exciting_images(self, wanted: tuple[int, int], reply: ExcitingImagesReply) -> None:
        if (error := reply.get("error")) is not None:
            self.messageChanged.emit(error["message"])
        elif self.network.is_current(reply) and self.selected and wanted == (self.selected[0], self.selected[1][-1]):
            self.exciting_images = reply
            self.excitingImagesChanged.emit()

    def _first_unit(self) -> tuple[int, tuple[int, ...]] | None:
        """Return where to begin: the largest number of the first layer that has weights."""
        for layer, output in zip(self.network.layers, self.outputs or [], strict=False):
            if layer["parameters"]:
                first = output[..., 0] if output.ndim == 3 else output
                largest = np.unravel_index(int(np.argmax(first)), first.shape)
                return self.network.layers.index(layer), (
                    *(int(k) for k in largest),
                    *([0] if output.ndim == 3 else []),
                )
        return None
