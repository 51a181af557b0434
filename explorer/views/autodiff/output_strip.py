"""A strip under the graph that chooses which output is differentiated: the sum, one entry, or a weighted sum."""

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton, QSizePolicy, QToolButton, QWidget

from explorer.core.autodiff.output_choice import SUM, OutputChoice, parse_output
from explorer.core.autodiff.output_name import derivative_name, output_name
from explorer.core.autodiff.trace import Trace
from explorer.core.errors import ExpressionError
from explorer.core.expression.entry import entry_text
from explorer.session.autodiff.output_offer import OutputOffer
from explorer.session.autodiff.session import AutodiffSession
from explorer.views.widgets.fields.entry_spin import EntrySpin
from explorer.views.widgets.fields.hint_line_edit import HintLineEdit
from explorer.views.widgets.fields.segmented_control import SegmentedControl
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label

MAX_WEIGHTS = 100
"""Entries of an output whose weights can be typed here; ``--output`` takes more."""

MIN_MESSAGE_WIDTH_PX = 220

OFFER = "The gradient of the sum is 0: what one entry gains, the others lose."


class OutputStrip(QFrame):
    """Shows and sets the session's `output_choice`; hidden while the output is a single number.

    messageReported: why weights cannot be used.
    """

    messageReported = Signal(str)

    def __init__(self, session: AutodiffSession, offer: OutputOffer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("outputStrip")
        self.setAccessibleName("Output that is differentiated")
        self.setProperty("strip", True)
        self._session, self._offer = session, offer
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        row = FlowRow(self)
        row.setContentsMargins(12, 5, 12, 5)
        row.setSpacing(8)
        row.addWidget(make_label("muted", text="Differentiate"))
        self._kind = SegmentedControl(
            "outputKind",
            {
                "sum": ("Sum", "The sum of all entries: the backward pass begins with a 1 for each"),
                "entry": ("Entry", "One entry: the backward pass begins with a 1 there and 0 elsewhere"),
                "weights": ("Weights", "A weighted sum: the backward pass begins with numbers of your own"),
            },
        )
        self._kind.chosen.connect(self._choose_kind)
        row.addWidget(self._kind)
        self._entry, self._entry_buttons = self._build_entry()
        for part in (self._entry, *self._entry_buttons):
            row.addWidget(part)
        self._weights = HintLineEdit("[1, 0, −1]: a weight for each entry", "[1, 0, −1]")
        self._weights.setObjectName("outputWeights")
        self._weights.setAccessibleName("Weights of the entries")
        self._weights.setToolTip("A number for each entry: the upstream gradient with which the backward pass begins")
        self._weights.editingFinished.connect(self._read_weights)
        row.addWidget(self._weights, 1)
        self._message = make_label("", "outputMessage", wraps=True)
        self._message.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._message.setMinimumWidth(MIN_MESSAGE_WIDTH_PX)
        row.addWidget(self._message, 1)
        self._offered = QPushButton()
        self._offered.setObjectName("outputOfferButton")
        self._offered.setText("Differentiate an entry")
        self._offered.setToolTip("Differentiate this entry instead of the sum")
        self._offered.clicked.connect(offer.accept)
        row.addWidget(self._offered)
        self.hide()
        session.outputChanged.connect(self._show)
        session.traceChanged.connect(lambda *_: self._show())
        offer.changed.connect(self._show)

    def _build_entry(self) -> tuple[EntrySpin, list[QToolButton]]:
        """Return the spin box of the entry, and the buttons to its neighbours."""
        spin = EntrySpin("outputEntry")
        spin.setAccessibleName("Entry that is differentiated")
        spin.setToolTip("The entry that is differentiated, counted from 0")
        spin.valueChanged.connect(lambda _value: self._session.set_output(OutputChoice(spin.entry())))
        buttons = []
        for name, text, tooltip, step in (
            ("outputPrevious", "‹", "The entry before", spin.stepDown),
            ("outputNext", "›", "The next entry", spin.stepUp),
        ):
            button = QToolButton()
            button.setObjectName(name)
            button.setText(text)
            button.setToolTip(tooltip)
            button.setAccessibleName(tooltip)
            button.clicked.connect(step)
            buttons.append(button)
        return spin, buttons

    def _show(self) -> None:
        session, trace = self._session, self._session.trace
        shape, choice = session.output_shape, session.output_choice
        self.setVisible(bool(shape) and trace is not None)
        if not shape or trace is None:
            return
        name = _chosen_output(trace)
        self._kind.setCurrent("entry" if choice.entry is not None else "sum" if choice.weights is None else "weights")
        self._entry.setArray(name, shape)
        for part in (self._entry, *self._entry_buttons):
            part.setVisible(choice.entry is not None)
        if choice.entry is not None:
            self._entry.setEntry(choice.entry)
        self._weights.setVisible(choice.weights is not None)
        if choice.weights is not None and not (self._weights.hasFocus() and self._weights.isModified()):
            self._weights.setText(choice.text)
            self._weights.setCursorPosition(0)
        offered = self._offer.entry if choice == SUM else None
        self._message.setText(OFFER if offered is not None else "")
        self._message.setVisible(offered is not None)
        self._offered.setVisible(offered is not None)
        if offered is not None:
            self._offered.setText(f"Differentiate {name}[{entry_text(offered)}]")

    def _choose_kind(self, kind: str) -> None:
        """Choose the sum, or begin with the entry or the weights that are nearest to the present choice."""
        session = self._session
        weights = session.output_choice.weights_of_shape(session.output_shape)
        if kind == "sum":
            session.set_output(SUM)
        elif kind == "entry":
            largest = np.unravel_index(int(np.argmax(np.abs(weights))), weights.shape)
            session.set_output(OutputChoice(tuple(int(index) for index in largest)))
        elif weights.size <= MAX_WEIGHTS:
            session.set_output(parse_output(weights.tolist()))
            self._weights.setFocus()
        else:
            self.messageReported.emit(
                f"Weights of up to {MAX_WEIGHTS} entries can be typed here; the output has {weights.size:,}."
            )
        self._show()

    def _read_weights(self) -> None:
        if not self._weights.isModified():
            return
        self._weights.setModified(False)
        text = self._weights.text().replace("−", "-").strip()
        try:
            choice = parse_output(text if text.startswith("[") else f"[{text}]").of_shape(self._session.output_shape)
        except ExpressionError as error:
            self.messageReported.emit(error.message)
        else:
            self._session.set_output(choice)
        self._show()


def _chosen_output(trace: Trace) -> str:
    """Return the name of the output of which an entry is chosen."""
    if not trace.differentiated_by:
        return output_name(trace)
    return derivative_name(trace, trace.differentiated_by[: trace.chosen_order])
