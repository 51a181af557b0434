"""The tab "Network": the training graph of a network, and the backward pass through it."""

from itertools import pairwise

from PySide6.QtCore import Property, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QStackedLayout, QVBoxLayout, QWidget

from explorer.core.network_graph.layout import GraphLayout
from explorer.core.network_graph.visible_graph import VisibleGraph
from explorer.session.network_graph.session import NetworkGraphSession
from explorer.views.graph.details_strip import DetailsStrip
from explorer.views.graph.step_bar import StepBar
from explorer.views.network_graph.breadcrumb import Breadcrumb
from explorer.views.network_graph.controls import NetworkControls
from explorer.views.network_graph.details_text import details_text
from explorer.views.network_graph.layout_progress import LayoutProgressStrip
from explorer.views.network_graph.loss_and_batch import LossAndBatch
from explorer.views.network_graph.measure import Measurements
from explorer.views.network_graph.network_view import NetworkView
from explorer.views.network_graph.op_pictures import OpPictures
from explorer.views.theme.stylesheet import set_role
from explorer.views.theme.theme import Theme
from explorer.views.widgets.scroll_page import make_scrollable


class NetworkTab(QWidget):
    """Shows the state of the session, and passes on what the user asks for.

    sourceRequested: the type of a forward op, and the source of its gradient function or why there is none.
    """

    sourceRequested = Signal(str, str)

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
        inner = self._card_layout = QVBoxLayout(card)
        inner.setContentsMargins(1, 1, 1, 1)
        inner.setSpacing(0)
        self._breadcrumb = Breadcrumb(session)
        inner.addWidget(self._breadcrumb)
        self.loss_and_batch = LossAndBatch(session)
        inner.addWidget(self.loss_and_batch)
        inner.addWidget(self._create_pages(), 1)
        self._health = _create_strip("healthLabel", "notice")
        self._error = _create_strip("networkError", "error")
        inner.addWidget(self._health)
        inner.addWidget(self._error)
        self._layout_strip = LayoutProgressStrip()
        inner.addWidget(self._layout_strip)
        self.details = DetailsStrip(prefix="network")
        inner.addWidget(self.details)
        self.pictures = OpPictures()
        inner.addWidget(self.pictures)
        self.steps = StepBar(prefix="network", quiz=False)
        inner.addWidget(self.steps)
        column.addWidget(card, 1)
        self._connect_session()
        self._connect_layouts()
        self._connect_widgets()
        self._show_state()
        for before, after in pairwise(
            (*self._controls.widgets, self._breadcrumb, *self.loss_and_batch.widgets, self.view)
        ):
            self.setTabOrder(before, after)
        self.view.setFocus()

    def _get_is_complete(self) -> bool:
        is_painted = not self.view.isMoving and not self.view.isGrowing and self.view.thumbnails.is_settled
        return self._session.is_settled and is_painted

    isComplete = Property(bool, _get_is_complete)
    """Whether what the user asked for is on the screen, with its numbers and thumbnails."""

    # -- building ---------------------------------------------------------------------------------

    def _create_pages(self) -> QWidget:
        widget = QWidget()
        widget.setProperty("clear", True)
        self._pages = QStackedLayout(widget)
        self._empty = QLabel()
        self._empty.setObjectName("networkEmpty")
        self._empty.setProperty("role", "large")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self.view = NetworkView()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self.view)
        return widget

    def _connect_session(self) -> None:
        session, view = self._session, self.view
        session.infoChanged.connect(self._breadcrumb.refresh)
        session.visibleChanged.connect(self._show_graph)
        session.stepChanged.connect(self._show_step)
        session.stateChanged.connect(self._show_state)
        session.overlayChanged.connect(lambda: view.setOverlay(session.state.overlay))
        session.numbers.valuesChanged.connect(self._show_values)
        session.numbers.profileChanged.connect(self._show_profile)
        session.selection.changed.connect(self._show_selection)
        session.selection.detailsChanged.connect(self._show_details)
        session.thumbnails.received.connect(view.thumbnails.receive)

    def _connect_layouts(self) -> None:
        layouts = self._session.layouts
        self.view.layoutRequested.connect(self._request_layout)
        layouts.done.connect(self._receive_layout)
        layouts.slow.connect(self._show_layout_progress)
        layouts.failed.connect(self._show_failed_layout)
        self._layout_strip.cancelled.connect(self._cancel_layout)

    def _connect_widgets(self) -> None:
        session, view, steps = self._session, self.view, self.steps
        view.graphShown.connect(lambda: view.setValues(session.numbers.values))
        view.thumbnails.requested.connect(session.thumbnails.request)
        view.toggled.connect(session.toggle)
        view.repeatedBlocksToggled.connect(session.toggle_repeated_blocks)
        view.nodeSelected.connect(lambda name: session.selection.select("node", name))
        view.edgeSelected.connect(lambda key: session.selection.select("edge", key))
        view.selectionCleared.connect(session.selection.clear)
        steps.firstRequested.connect(lambda: session.set_step(0))
        steps.backRequested.connect(self.step_back)
        steps.forwardRequested.connect(self.step_forward)
        steps.lastRequested.connect(lambda: session.set_step(session.state.total_steps))
        self.details.closed.connect(session.selection.clear)
        self.pictures.ruleRequested.connect(self._request_source)
        self.search.left.connect(self.view.setFocus)
        self._controls.fit.clicked.connect(view.fit)
        self._breadcrumb.groupClicked.connect(self._go_to_group)

    # -- what the user asks for -------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Let the session request data."""
        super().showEvent(event)
        self._session.set_visible(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Let the session request nothing, and stop playing the steps."""
        super().hideEvent(event)
        self._session.set_visible(False)
        self.steps.stop()

    def step_forward(self) -> None:
        """Go to the next step of the backward pass."""
        self._session.set_step(self._session.state.step + 1)

    def step_back(self) -> None:
        """Go to the step before."""
        self._session.set_step(self._session.state.step - 1)

    def focus_search(self) -> None:
        """Focus the search field."""
        self.search.setFocus()
        self.search.selectAll()

    def _go_to_group(self, group: str) -> None:
        if group:
            self._session.go_to(group, group.rpartition("/")[0])
        else:
            self._session.selection.clear()
            self._session.set_level(0)

    def _request_source(self) -> None:
        details = self._session.selection.details
        if details is not None:
            op = details["op"]
            self.sourceRequested.emit(op["forward_type"], op["source"] or op["note"])

    # -- layouts of large graphs ------------------------------------------------------------------

    def _request_layout(self, visible: VisibleGraph, measurements: Measurements) -> None:
        self._session.layouts.request(visible, *measurements)

    def _receive_layout(self, _number: int, layout: GraphLayout) -> None:
        self._layout_strip.hide()
        self.view.setGraphLayout(layout)

    def _show_layout_progress(self, _number: int) -> None:
        visible = self._session.state.visible
        self._layout_strip.showProgress(len(visible.nodes) if visible is not None else 0)

    def can_cancel_layout(self) -> bool:
        """Return whether a slow layout is reported, and can be cancelled."""
        return self._layout_strip.can_cancel

    def cancel_layout(self) -> None:
        """Cancel the layout in progress; the graph on the screen stays."""
        self._layout_strip.cancel()

    def _cancel_layout(self) -> None:
        self._session.restore(*self.view.cancelLayout())

    def _show_failed_layout(self, message: str) -> None:
        self._layout_strip.showMessage(f"{message} What was there before stays.")
        self._cancel_layout()

    # -- what the session shows -------------------------------------------------------------------

    def _show_state(self) -> None:
        session, state = self._session, self._session.state
        self._pages.setCurrentIndex(1 if state.visible is not None else 0)
        message = session.progress_message or state.message
        self._empty.setText(message or "The graph follows when TensorFlow has started.")
        self._error.setText(message)
        set_role(self._error, "error" if state.message and not session.progress_message else "notice")
        self._error.setVisible(bool(message) and state.visible is not None)

    def _show_graph(self) -> None:
        session, state = self._session, self._session.state
        if state.visible is None:
            self._show_no_graph()
            return
        self._show_state()  # what was in progress is no longer reported,
        self._card_layout.activate()  # and the graph is laid out for the view without the report
        self.view.setProfile(session.numbers.profile)
        self.view.setGraph(state.source, state.visible, state.requested_at)
        self.view.setSelection(session.selection.item)
        self._controls.update_view()
        self._breadcrumb.refresh()

    def _show_no_graph(self) -> None:
        self._pages.setCurrentIndex(0)
        self.view.clear()
        self._layout_strip.hide()
        self._controls.update_view()

    def _show_values(self) -> None:
        values = self._session.numbers.values
        if not self.view.isLayoutPending:
            self.view.setValues(values)
        message = values["message"] if values is not None else ""
        self._health.setText(message)
        self._health.setVisible(bool(message))
        self._show_details()
        self._breadcrumb.refresh()

    def _show_profile(self) -> None:
        self.view.setProfile(self._session.numbers.profile)
        self._show_details()

    def _show_step(self) -> None:
        state = self._session.state
        self.view.setStep(state.step)
        self.steps.setStep("backward", state.step, state.total_steps, state.visible is not None)

    def _show_selection(self) -> None:
        self.view.setSelection(self._session.selection.item)
        self._controls.update_repeated_blocks()
        self._show_details()
        self._breadcrumb.refresh()

    def _show_details(self) -> None:
        selection = self._session.selection
        self.view.setTracePath(selection.trace_path)
        self.details.setDetails(*details_text(self._session))
        self.pictures.setDetails(selection.details)

    # -- appearance -------------------------------------------------------------------------------

    def setAnimated(self, animated: bool) -> None:
        """Move boxes gradually, or at once."""
        self.view.setAnimated(animated)

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self.view.setTheme(theme)
        self.steps.setTheme(theme)
        self.details.setTheme(theme)
        self.pictures.setTheme(theme)
        self._controls.set_theme(theme)
        self._breadcrumb.set_theme(theme)

    def setScale(self, scale: float) -> None:
        """Set the scale of the interface."""
        self.view.setScale(scale)
        self.pictures.setScale(scale)
        self.steps.setScale(scale)
        self._controls.set_scale(scale)


def _create_strip(name: str, role: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setProperty("role", role)
    label.setWordWrap(True)
    label.setContentsMargins(16, 6, 16, 6)
    label.hide()
    return label
