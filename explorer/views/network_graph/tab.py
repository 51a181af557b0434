"""The tab "Network": the training graph of a network, and the backward pass over it."""

from itertools import pairwise

from PySide6.QtCore import Property, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from explorer.core.network_graph.layout import GraphLayout
from explorer.session.network_graph.session import NetworkGraphSession
from explorer.views.graph.details_strip import DetailsStrip
from explorer.views.graph.step_bar import StepBar
from explorer.views.network_graph.breadcrumb import Breadcrumb
from explorer.views.network_graph.controls import NetworkControls
from explorer.views.network_graph.details_text import said
from explorer.views.network_graph.layout_progress import LayoutProgressStrip
from explorer.views.network_graph.network_view import NetworkView
from explorer.views.network_graph.op_pictures import OpPictures
from explorer.views.theme.stylesheet import set_role
from explorer.views.theme.theme import Theme
from explorer.views.widgets.scroll_page import make_scrollable


class NetworkTab(QWidget):
    """Shows the session of the network's graph and asks it."""

    sourceAsked = Signal(str, str)

    def __init__(self, session: NetworkGraphSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("networkTab")
        self._session = session
        column = make_scrollable(self)
        column.setContentsMargins(16, 10, 16, 8)
        column.setSpacing(8)
        self._controls = NetworkControls(session, self)
        self.source, self.search = self._controls.source, self._controls.search
        column.addLayout(self._controls)
        card = QFrame()
        card.setProperty("card", True)
        inner = QVBoxLayout(card)
        inner.setContentsMargins(1, 1, 1, 1)
        inner.setSpacing(0)
        self._trail = Breadcrumb(session)
        inner.addWidget(self._trail)
        inner.addWidget(self._build_middle(), 1)
        self._health = self._strip("healthLabel")
        self._error = self._strip("networkError", "error")
        inner.addWidget(self._health)
        inner.addWidget(self._error)
        self._laying_out = LayoutProgressStrip()
        inner.addWidget(self._laying_out)
        self.details = DetailsStrip(prefix="network")
        self.details.closed.connect(session.selection.clear)
        inner.addWidget(self.details)
        self.pictures = OpPictures()
        inner.addWidget(self.pictures)
        self.steps = StepBar(prefix="network", quiz=False)
        inner.addWidget(self.steps)
        column.addWidget(card, 1)
        self._join()
        self._show_state()
        for before, after in pairwise((*self._controls.widgets, self._trail, self.view)):
            self.setTabOrder(before, after)
        self.view.setFocus()

    isComplete = Property(
        bool,
        lambda self: (
            self._session.is_settled
            and not self.view.isMoving
            and not self.view.isGrowing
            and self.view.thumbs.is_settled
        ),
    )
    """Whether what is wanted is on the screen with its numbers and pictures."""

    # -- building ---------------------------------------------------------------------------------

    def _build_middle(self) -> QWidget:
        middle = QWidget()
        middle.setProperty("clear", True)
        self._pages = QStackedLayout(middle)
        self._empty = QLabel(objectName="networkEmpty")
        self._empty.setProperty("role", "large")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self.view = NetworkView()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self.view)
        return middle

    def _strip(self, name: str, role: str = "notice") -> QLabel:
        label = QLabel(objectName=name)
        label.setProperty("role", role)
        label.setWordWrap(True)
        label.setContentsMargins(16, 6, 16, 6)
        label.hide()
        return label

    def _join(self) -> None:
        session, view, steps = self._session, self.view, self.steps
        session.infoChanged.connect(self._trail.tell)
        session.visibleChanged.connect(self._show_view)
        session.numbers.valuesChanged.connect(self._show_values)
        session.numbers.profileChanged.connect(self._show_costs)
        session.stepChanged.connect(self._show_step)
        session.selection.changed.connect(self._show_selection)
        session.selection.detailsChanged.connect(self._show_details)
        session.stateChanged.connect(self._show_state)
        session.overlayChanged.connect(lambda: view.setOverlay(session.state.overlay))
        layouts = session.layouts
        view.layoutAsked.connect(lambda seen, wanted: layouts.request(seen, *wanted))
        layouts.done.connect(self._take_layout)
        layouts.slow.connect(lambda _number: self._show_laying_out())
        layouts.failed.connect(self._no_layout)
        view.arrived.connect(lambda: view.setValues(session.numbers.values))
        view.thumbs.asked.connect(session.thumbnails.request)
        session.thumbnails.received.connect(view.thumbs.take)
        self._laying_out.cancelled.connect(self._give_up_layout)
        self.pictures.ruleAsked.connect(self._ask_rule)
        view.toggled.connect(session.toggle)
        view.nodeSelected.connect(lambda name: session.selection.select("node", name))
        view.edgeSelected.connect(lambda key: session.selection.select("edge", key))
        view.selectionCleared.connect(session.selection.clear)
        steps.firstRequested.connect(lambda: session.set_step(0))
        steps.backRequested.connect(self.step_back)
        steps.forwardRequested.connect(self.step_forward)
        steps.lastRequested.connect(lambda: session.set_step(session.state.total_steps))
        view.alikeToggled.connect(session.toggle_repeated_blocks)
        self.search.found.connect(self._go_to)
        self._controls.fit.clicked.connect(view.fit)
        self._trail.asked.connect(self._go_up)

    # -- asking -----------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for what came into view while nobody looked."""
        super().showEvent(event)
        self._session.set_visible(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask for nothing that nobody sees."""
        super().hideEvent(event)
        self._session.set_visible(False)
        self.steps.stop()

    def step_forward(self) -> None:
        """Go one step on in the backward pass."""
        self._session.set_step(self._session.state.step + 1)

    def step_back(self) -> None:
        """Go one step back."""
        self._session.set_step(self._session.state.step - 1)

    def find(self) -> None:
        """Go to the field to search in."""
        self.search.setFocus()
        self.search.selectAll()

    def _go_to(self, name: str, group: str) -> None:
        self._session.go_to(name, group)
        self.view.setFocus()

    def _go_up(self, link: str) -> None:
        if link:
            self._session.go_to(link, link.rpartition("/")[0])
        else:
            self._session.selection.clear()
            self._session.set_level(0)

    def _ask_rule(self) -> None:
        details = self._session.selection.details
        if details is not None:
            op = details["op"]
            self.sourceAsked.emit(op["forward_type"], op["source"] or op["note"])

    # -- layouts of large graphs ------------------------------------------------------------------

    def _take_layout(self, _number: int, arranged: GraphLayout) -> None:
        self._laying_out.hide()
        self.view.setLayout(arranged)

    def _show_laying_out(self) -> None:
        seen = self._session.state.visible
        self._laying_out.setCount(len(seen.nodes) if seen is not None else 0)

    def is_laying_out(self) -> bool:
        """Whether it is said that a layout takes long, and it can be given up."""
        return self._laying_out.offers

    def give_up_layout(self) -> None:
        """Give up the layout that is under way; the picture that is there stays."""
        self._laying_out.give_up()

    def _give_up_layout(self) -> None:
        self._session.restore(*self.view.stay())

    def _no_layout(self, sentence: str) -> None:
        self._laying_out.setSentence(f"{sentence} What was there before stays.")
        self._give_up_layout()

    # -- showing ----------------------------------------------------------------------------------

    def _show_state(self) -> None:
        session = self._session
        self._pages.setCurrentIndex(1 if session.state.visible is not None else 0)
        text = session.progress_message or session.state.message
        self._empty.setText(text or "The graph follows when TensorFlow has started.")
        self._error.setText(text)
        set_role(self._error, "error" if session.state.message else "notice")
        self._error.setVisible(bool(text) and session.state.visible is not None)

    def _show_view(self) -> None:
        session = self._session
        if session.state.visible is None:
            self._show_nothing()
            return
        self._pages.setCurrentIndex(1)
        self.view.setProfile(session.numbers.profile)
        self.view.setView(session.state.source, session.state.visible, session.state.requested_at)
        self.view.setSelection(session.selection.item)
        self._controls.show_view()
        self._trail.tell()

    def _show_nothing(self) -> None:
        """There is no graph any more."""
        self._pages.setCurrentIndex(0)
        self.view.clear()
        self._laying_out.hide()
        self._controls.show_view()

    def _show_values(self) -> None:
        values = self._session.numbers.values
        if not self.view.waits:
            self.view.setValues(values)
        sentence = values["message"] if values is not None else ""
        self._health.setText(sentence)
        self._health.setVisible(bool(sentence))
        self._show_details()
        self._trail.tell()

    def _show_costs(self) -> None:
        self.view.setProfile(self._session.numbers.profile)
        self._show_details()

    def _show_step(self) -> None:
        session = self._session
        self.view.setStep(session.state.step)
        self.steps.setStep("backward", session.state.step, session.state.total_steps, session.state.visible is not None)

    def _show_selection(self) -> None:
        self.view.setSelection(self._session.selection.item)
        self._controls.show_alike()
        self._show_details()
        self._trail.tell()

    def _show_details(self) -> None:
        session = self._session
        self.view.setTrail(session.selection.trace_path)
        self.details.setDetails(*said(session))
        self.pictures.setDetails(session.selection.details)

    def setAnimated(self, animated: bool) -> None:
        """Let boxes move, or be where they belong at once."""
        self.view.setAnimated(animated)

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self.view.setTheme(theme)
        self.steps.setTheme(theme)
        self.details.setTheme(theme)
        self.pictures.setTheme(theme)
        self._controls.set_theme(theme)
        self._trail.set_theme(theme)

    def setScale(self, scale: float) -> None:
        """Scale what is painted."""
        self.view.setScale(scale)
        self.pictures.setScale(scale)
        self.steps.setScale(scale)
        self._controls.set_scale(scale)
