"""The tab "Activations": the outputs of all layers for an image, and how each number was computed."""

import math

import numpy as np
from PySide6.QtCore import Property, QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QLabel,
    QScrollArea,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.core.models.input_scale import InputScale
from explorer.core.number_format import format_number
from explorer.core.weights.weight_text import non_finite_text
from explorer.session.activations.session import ActivationsSession
from explorer.session.timers import single_shot_timer
from explorer.views.activations.input_card import InputCard
from explorer.views.activations.layers_view import LayersView
from explorer.views.activations.prediction_bars import PredictionBars, percent
from explorer.views.activations.saliency_view import SaliencyView
from explorer.views.activations.unit_card import UnitCard
from explorer.views.models.history_slider import HistorySlider
from explorer.views.models.no_network_page import NoNetworkPage
from explorer.views.theme.theme import Theme
from explorer.views.widgets.cards import MIN_CARD_HEIGHT_PX, TwoColumnCard, card_width
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label
from explorer.views.widgets.scroll_page import ScrollPage

EMPTY_TEXT = (
    "Train one, even for a moment. Then draw a digit here, and watch what each layer makes of it\n"
    "and what the network says, also while it trains."
)

LAYERS_DELAY_MS = 30
"""Delay before the outputs of the layers are painted, in which newer ones may replace them."""

MIN_LAYERS_HEIGHT_PX = 190
"""Smallest height of the outputs at scale 1: a heading and a row of maps."""

SIDE_CARD_WIDTH_PX, MAX_SIDE_CARD_SHARE = 288, 0.28
"""Width of a side card at scale 1, and its largest share of the tab with large text."""


class ActivationsTab(QWidget):
    """Shows the activations session and sends it requests. first: widget with the initial focus."""

    trainingRequested = Signal()

    def __init__(self, session: ActivationsSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("activationsTab")
        self._session = session
        self._scale = 1.0
        self._presenting = False
        self._is_covered = False
        self._layers_due = single_shot_timer(self, self._show_layers, LAYERS_DELAY_MS)
        self._pages = QStackedLayout(self)
        empty = NoNetworkPage("Activations", EMPTY_TEXT, session.network)
        empty.trainingRequested.connect(self.trainingRequested)
        self._pages.addWidget(empty)
        self._pages.addWidget(self._build_page())
        session.network.networkChanged.connect(lambda _info: self._show_network())
        session.outputsChanged.connect(self._show_outputs)
        session.gradientChanged.connect(self._show_gradient)
        session.selectionChanged.connect(self._show_selected)
        session.imageChanged.connect(self._show_prediction)
        session.messageChanged.connect(self._set_error)
        self._show_network()

    isComplete = Property(bool, lambda self: self._session.is_up_to_date and not self._layers_due.isActive())
    """Whether everything shown belongs to the current image and network, and no request is pending."""

    # -- building ---------------------------------------------------------------------------------

    def _build_page(self) -> QWidget:
        column = QVBoxLayout()
        page = ScrollPage(column)
        column.setContentsMargins(16, 10, 16, 8)
        column.setSpacing(8)
        session = self._session
        self.bar = HistorySlider(session.network, "activations", lambda: session.shown_step)
        column.addWidget(self.bar)
        self._row = row = FlowRow(fills=True)
        row.setSpacing(12)
        column.addLayout(row, 1)
        self.draw = InputCard(self._session)
        self.draw.messageReported.connect(self._set_error)
        row.addWidget(self.draw)
        self.first = self.draw.number
        middle = QVBoxLayout()
        middle.setSpacing(10)
        self._error = make_label("error", "activationsError", wraps=True)
        self._error.hide()
        middle.addWidget(self._error)
        self._notice = make_label("notice", "activationsNotice", wraps=True)
        self._notice.hide()
        middle.addWidget(self._notice)
        self.view = LayersView()
        self.view.chosen.connect(self._session.select)
        self.view.visibilityRequested.connect(self._ensure_visible)
        self.layers_page = QScrollArea()
        self.layers_page.setObjectName("activationsScroll")
        self.layers_page.setWidgetResizable(True)
        self.layers_page.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.layers_page.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.layers_page.setWidget(self.view)
        self.view.setProperty("clear", True)
        middle.addWidget(self.layers_page, 1)
        self.unit = UnitCard(self._session)
        middle.addWidget(self.unit)
        row.addLayout(middle, 1)
        row.addWidget(self._build_prediction())
        return page

    def _build_prediction(self) -> QWidget:
        self._prediction = card = TwoColumnCard()
        title = make_label("heading", text="The network says")
        head = FlowRow()
        head.addWidget(title, 1)
        self._follow = QToolButton()
        self._follow.setObjectName("followWinnerButton")
        self._follow.setText("to the winner")
        self._follow.setProperty("small", True)
        self._follow.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._follow.setToolTip("Show the gradient of whatever the network says")
        self._follow.clicked.connect(lambda: self._session.choose_output(None))
        head.addWidget(self._follow)
        card.first.addLayout(head)
        line = FlowRow()
        line.setSpacing(12)
        self._winner = make_label("huge", "winnerLabel", "–")
        self._probability = make_label("large", "sureLabel")
        line.addWidget(self._winner)
        line.addWidget(self._probability, 1)
        card.first.addLayout(line)
        self.bars = PredictionBars()
        self.bars.chosen.connect(self._choose_digit)
        card.first.addWidget(self.bars)
        self._output_label = make_label("muted", "outputText", wraps=True)
        card.first.addWidget(self._output_label)
        card.first.addStretch(1)
        self._gradient_title = make_label("heading", "gradientTitle")
        card.second.addWidget(self._gradient_title)
        self.gradient = SaliencyView()
        card.second.addWidget(self.gradient, 1)
        self._legend = make_label("muted", "gradientLegend", wraps=True)
        card.second.addWidget(self._legend)
        return card

    # -- requests -----------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Request what changed while the tab was hidden."""
        super().showEvent(event)
        self._session.set_visible(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop requests while the tab is hidden."""
        super().hideEvent(event)
        self._session.set_visible(False)

    def _choose_digit(self, digit: int) -> None:
        self._session.choose_output(digit)

    def _ensure_visible(self, box: QRectF) -> None:
        centre = box.center().toPoint()
        self.layers_page.ensureVisible(centre.x(), centre.y(), 40, 60)

    # -- showing ----------------------------------------------------------------------------------

    def _show_network(self) -> None:
        self._pages.setCurrentIndex(1 if self._session.network.number else 0)

    def _set_error(self, message: str) -> None:
        if message != self._error.text():
            self._error.setText(message)
            self._error.setVisible(bool(message))

    def setLabelCovered(self, covered: bool) -> None:
        """Cover the label of the image and what the network says about it, for an exercise that asks for it."""
        if covered != self._is_covered:
            self._is_covered = covered
            self.draw.setLabelCovered(covered)
            self.unit.setHidden(covered)  # it explains the output that wins
            self._show_outputs()
            self._show_gradient()

    def setCountsCovered(self, covered: bool) -> None:
        """Cover the number of weights, for an exercise that asks for it."""
        self.bar.setCountsCovered(covered)

    def _show_outputs(self) -> None:
        session = self._session
        self._show_bars()
        self.bars.repaint()  # first, because a drawing user watches the bars
        self.bar.show_step()
        self._show_prediction()
        self._show_titles()
        self._show_notice()
        if session.outputs is None:
            self._show_layers()
        elif not self._layers_due.isActive():
            self._layers_due.start()

    def _show_layers(self) -> None:
        session = self._session
        if session.outputs is None:
            self.view.setOutputs([], [])
        else:
            shown = -1 if self._is_covered else None  # the last layer is what the network says
            self.view.setOutputs(session.network.layers[:shown], session.outputs[:shown])
        self._show_selected()

    def _show_bars(self) -> None:
        session = self._session
        values, chosen = (None, None) if self._is_covered else (session.probabilities, session.output)
        self.bars.setNames(session.output_names)
        self.bars.setValues(values, chosen, session.output_kind.is_share)

    def _show_notice(self) -> None:
        text = non_finite_text((), self._session.not_finite)
        set_text(self._notice, text)
        self._notice.setVisible(bool(text))

    def _show_prediction(self) -> None:
        session = self._session
        if self._is_covered:
            set_text(self._output_label, "")
            set_text(self._winner, "?")
            set_text(self._probability, "covered until the exercise is answered")
            return
        set_text(self._output_label, session.output_text)
        known = "" if session.label is None else f", label {session.classes[session.label]}"
        if session.predicted_class is None:
            set_text(self._winner, "–")
            set_text(self._probability, "not asked yet")
            return
        value = session.probabilities[session.predicted_class]
        text = percent(value) if session.output_kind.is_share else format_number(value)
        if len(session.probabilities) == 1:
            set_text(self._winner, text if math.isfinite(value) else "–")
            set_text(self._probability, known.removeprefix(", "))
        else:
            set_text(self._winner, session.output_names[session.predicted_class] if math.isfinite(value) else "–")
            set_text(self._probability, f"{text}{known}")

    def _show_selected(self) -> None:
        self.view.setSelected(self._session.selected, self._session.is_selected)

    def _show_gradient(self) -> None:
        session = self._session
        self._show_bars()
        missing = "none" if session.gradient_note else "not yet"
        self.gradient.setGradient(None if self._is_covered else session.gradient, session.image, missing)
        self._show_titles()

    def _show_titles(self) -> None:
        session = self._session
        digit = "the winner" if session.output is None or self._is_covered else session.output_names[session.output]
        set_text(
            self._gradient_title, "Which pixels raise it" if digit == "output" else f"Which pixels speak for {digit}"
        )
        self._follow.setVisible(session.is_output_chosen)
        self._show_unit()
        output = "output" if digit == "output" else f"output {digit}"
        pixel = "pixel" if session.network.scale is InputScale.UNIT else "pixel from 0 to 255"
        text = f"Gradient of the {output} by each {pixel}: green, more ink raises it; violet, lowers it."
        if session.gradient is not None and not np.isfinite(session.gradient).all():
            text = f"Gradient of the {output} by each {pixel}: it is no number."
        set_text(self._legend, session.gradient_note or text)

    def changeEvent(self, event: QEvent) -> None:
        """Repaint the outputs in a new style."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.view.update()

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        for part in (self.draw, self.view, self.unit, self.bars, self.gradient):
            part.setTheme(theme)

    def setPresenting(self, presenting: bool) -> None:
        """Leave the height to the gradient of the image while presenting, if an output was chosen for it."""
        self._presenting = presenting
        self._show_unit()

    def _show_unit(self) -> None:
        self.unit.setVisible(not (self._presenting and self._session.is_output_chosen))

    def setScale(self, scale: float) -> None:
        """Set the scale of the painted texts and of the cards."""
        self._scale = scale
        for part in (self.view, self.unit, self.bars, self._prediction):
            part.setScale(scale)
        self.layers_page.setMinimumHeight(round(MIN_LAYERS_HEIGHT_PX * scale))
        self._set_widths()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the side cards to the new width."""
        super().resizeEvent(event)
        self._set_widths()

    def _set_widths(self) -> None:
        width = card_width(SIDE_CARD_WIDTH_PX, self._scale, MAX_SIDE_CARD_SHARE * self.width())
        for card in (self.draw, self._prediction):
            self._row.setPreferredWidth(card, width)
        self._row.setMinimumLineHeight(round(MIN_CARD_HEIGHT_PX * self._scale))


def set_text(label: QLabel, text: str) -> None:
    """Set the text of a label if it differs: a new layout for the same text would slow down drawing."""
    if label.text() != text:
        label.setText(text)
