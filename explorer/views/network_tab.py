"""The tab "Network": the training graph of a network, and the backward pass over it."""

from html import escape
from itertools import pairwise

from PySide6.QtCore import Property, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QLabel,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.core.network.graph import ancestry
from explorer.core.network.place import Arranged
from explorer.session.network_graph import NetworkGraphSession
from explorer.views.details import DetailsStrip
from explorer.views.icons import icon
from explorer.views.network.details import said
from explorer.views.network.layout_strip import LayoutStrip
from explorer.views.network.op_pictures import OpPictures
from explorer.views.network.search_list import SearchEdit
from explorer.views.network.source_box import NetworkSource
from explorer.views.network.view import NetworkView
from explorer.views.network.words import counted
from explorer.views.room import Row, roomy
from explorer.views.step_bar import StepBar
from explorer.views.style import set_role
from explorer.views.theme import Theme

OVERLAYS = {
    "none": "no colour",
    "gradient": "gradient norm",
    "size": "gradient size",
    "spread": "spread of values",
    "dead": "dead units",
    "parameters": "parameters",
    "time": "time",
    "memory": "memory",
}
SAYS = {
    "none": "Boxes are not coloured",
    "gradient": "The norm of the gradient that comes back to each box",
    "size": "How large one number of that gradient is, the root of their mean square: a large tensor has a large norm",
    "spread": "How far the values that a box gives are spread",
    "dead": "The share of units that are 0 for the whole batch",
    "parameters": "Where the parameters are",
    "time": "How long the ops run in one step, measured by TensorFlow on this computer, one after the other",
    "memory": "How much memory the ops ask for in one step, also for what they need only meanwhile",
}


class NetworkTab(QWidget):
    """Shows the session of the network's graph and asks it."""

    sourceAsked = Signal(str, str)

    def __init__(self, session: NetworkGraphSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("networkTab")
        self._session = session
        self._theme: Theme | None = None
        self._scale = 1.0
        column = roomy(self)
        column.setContentsMargins(16, 10, 16, 8)
        column.setSpacing(8)
        column.addLayout(self._build_row())
        card = QFrame()
        card.setProperty("card", True)
        inner = QVBoxLayout(card)
        inner.setContentsMargins(1, 1, 1, 1)
        inner.setSpacing(0)
        inner.addWidget(self._build_trail())
        inner.addWidget(self._build_middle(), 1)
        self._health = self._strip("healthLabel")
        self._error = self._strip("networkError", "error")
        inner.addWidget(self._health)
        inner.addWidget(self._error)
        self._laying_out = LayoutStrip()
        inner.addWidget(self._laying_out)
        self.details = DetailsStrip(prefix="network")
        self.details.closed.connect(session.clear_selection)
        inner.addWidget(self.details)
        self.pictures = OpPictures()
        inner.addWidget(self.pictures)
        self.steps = StepBar(prefix="network", quiz=False)
        inner.addWidget(self.steps)
        column.addWidget(card, 1)
        self._join()
        self._show_state()
        order = (
            self.source,
            self._less,
            self._more,
            self._alike,
            self.overlay,
            self._backward,
            self._helpers,
            self.search,
            self._fit,
        )
        for before, after in pairwise((*order, self._trail, self.view)):
            self.setTabOrder(before, after)
        self.view.setFocus()

    isComplete = Property(
        bool, lambda self: self._session.is_settled and not self.view.isMoving and self.view.thumbs.is_settled
    )
    """Whether what is wanted is on the screen with its numbers and pictures."""

    # -- building ---------------------------------------------------------------------------------

    def _build_row(self) -> Row:
        row = Row()
        row.setSpacing(8)
        self.source = NetworkSource(self._session)
        row.addWidget(self.source)
        self._less = self._button("closeLevelButton", "Close one level of groups (Ctrl+Up)", "− level")
        self._more = self._button("openLevelButton", "Open one level of groups (Ctrl+Down)", "+ level")
        row.addWidget(self._less)
        row.addWidget(self._more)
        self._alike = self._button(
            "openAlikeButton", "Open or close all blocks like the selected one (Shift+Enter)", ""
        )
        self._alike.hide()
        row.addWidget(self._alike)
        self.overlay = QComboBox(objectName="overlayCombo")
        self.overlay.setAccessibleName("Colour boxes by")
        self.overlay.setToolTip("Colour boxes by a number")
        for key, text in OVERLAYS.items():
            self.overlay.addItem(text, key)
            self.overlay.setItemData(self.overlay.count() - 1, SAYS[key], Qt.ItemDataRole.ToolTipRole)
        row.addWidget(self.overlay)
        self._backward = QCheckBox("Backward ops", objectName="backwardOpsCheck")
        self._backward.setToolTip("Show the ops that tf.gradients added, beside the forward ops that they belong to")
        self._helpers = QCheckBox("Helper ops", objectName="helperOpsCheck")
        self._helpers.setToolTip("Show ops that only serve others: reads of variables, casts, sizes, constants")
        row.addWidget(self._backward)
        row.addWidget(self._helpers)
        row.addStretch(1)
        self.search = SearchEdit(self)
        self.search.setMaximumWidth(220)
        row.addWidget(self.search, 1)
        self._fit = self._button("fitNetworkButton", "Show the whole graph (Ctrl+G)", "")
        row.addWidget(self._fit)
        return row

    def _button(self, name: str, tip: str, text: str) -> QToolButton:
        button = QToolButton(objectName=name)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip.partition(" (")[0])
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    def _build_trail(self) -> QLabel:
        self._trail = QLabel(objectName="breadcrumbLabel")
        self._trail.setProperty("role", "muted")
        self._trail.setTextFormat(Qt.TextFormat.RichText)
        self._trail.setContentsMargins(14, 8, 14, 4)
        self._trail.setWordWrap(True)
        links = Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        self._trail.setTextInteractionFlags(links)
        self._trail.linkActivated.connect(self._go_up)
        return self._trail

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
        session.headChanged.connect(self._show_head)
        session.shownChanged.connect(self._show_view)
        session.valuesChanged.connect(self._show_values)
        session.costsChanged.connect(self._show_costs)
        session.stepChanged.connect(self._show_step)
        session.selectionChanged.connect(self._show_selection)
        session.detailsChanged.connect(self._show_details)
        session.stateChanged.connect(self._show_state)
        session.hitsChanged.connect(lambda: self.search.setHits(session.hits, session.total))
        session.overlayChanged.connect(self._show_overlay)
        layouts = session.layouts
        view.layoutAsked.connect(lambda seen, wanted: layouts.ask(seen, *wanted))
        layouts.done.connect(self._take_layout)
        layouts.slow.connect(lambda _number: self._show_laying_out())
        layouts.failed.connect(self._no_layout)
        view.arrived.connect(lambda: view.setValues(session.values))
        view.thumbs.asked.connect(session.pictures.ask)
        session.pictures.arrived.connect(view.thumbs.take)
        self._laying_out.cancelled.connect(self._give_up_layout)
        self.pictures.ruleAsked.connect(self._ask_rule)
        view.toggled.connect(session.toggle)
        view.nodeSelected.connect(lambda name: session.select("node", name))
        view.edgeSelected.connect(lambda key: session.select("edge", key))
        view.selectionCleared.connect(session.clear_selection)
        steps.firstAsked.connect(lambda: session.set_step(0))
        steps.backAsked.connect(self.step_back)
        steps.forwardAsked.connect(self.step_forward)
        steps.lastAsked.connect(lambda: session.set_step(session.total_steps))
        self._less.clicked.connect(lambda: session.deeper(-1))
        self._more.clicked.connect(lambda: session.deeper(1))
        self._alike.clicked.connect(session.toggle_alike)
        view.alikeToggled.connect(session.toggle_alike)
        self.overlay.currentIndexChanged.connect(lambda at: session.set_overlay(str(self.overlay.itemData(at))))
        self._backward.toggled.connect(session.set_backward)
        self._helpers.toggled.connect(session.set_helpers)
        self.search.asked.connect(session.search)
        self.search.found.connect(self._go_to)
        self._fit.clicked.connect(view.fit)

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
        self._session.set_step(self._session.step + 1)

    def step_back(self) -> None:
        """Go one step back."""
        self._session.set_step(self._session.step - 1)

    def find(self) -> None:
        """Go to the field to search in."""
        self.search.setFocus()
        self.search.selectAll()

    def _go_to(self, name: str, group: str) -> None:
        self._session.go_to(name, group)
        self.view.setFocus()

    def _go_up(self, link: str) -> None:
        if link == "all":
            self._session.clear_selection()
            self._session.set_level(0)
        else:
            self._session.go_to(link, link.rpartition("/")[0])

    def _ask_rule(self) -> None:
        details = self._session.details
        if details is not None:
            op = details["op"]
            self.sourceAsked.emit(op["forward_type"], op["source"] or op["note"])

    # -- layouts of large graphs ------------------------------------------------------------------

    def _take_layout(self, _number: int, arranged: Arranged) -> None:
        self._laying_out.hide()
        self.view.setLayout(arranged)

    def _show_laying_out(self) -> None:
        seen = self._session.shown
        self._laying_out.setCount(len(seen.nodes) if seen is not None else 0)

    def is_laying_out(self) -> bool:
        """Whether it is said that a layout takes long, and it can be given up."""
        return self._laying_out.offers

    def give_up_layout(self) -> None:
        """Give up the layout that is under way; the picture that is there stays."""
        self._laying_out.give_up()

    def _give_up_layout(self) -> None:
        self._session.stay(*self.view.stay())

    def _no_layout(self, sentence: str) -> None:
        self._laying_out.setSentence(f"{sentence} What was there before stays.")
        self._give_up_layout()

    # -- showing ----------------------------------------------------------------------------------

    def _show_state(self) -> None:
        session = self._session
        self._pages.setCurrentIndex(1 if session.shown is not None else 0)
        text = session.waits or session.sentence
        self._empty.setText(text or "The graph follows when TensorFlow has started.")
        self._error.setText(text)
        set_role(self._error, "error" if session.sentence else "notice")
        self._error.setVisible(bool(text) and session.shown is not None)

    def _show_head(self) -> None:
        self._show_trail()

    def _show_view(self) -> None:
        session = self._session
        if session.shown is None:
            self._show_nothing()
            return
        self._pages.setCurrentIndex(1)
        self.view.setCosts(session.costs)
        self.view.setView(session.source, session.shown, session.asked_at)
        self.view.setSelection(session.selection)
        for check, on in ((self._backward, session.backward), (self._helpers, session.helpers)):
            with QSignalBlocker(check):
                check.setChecked(on)
        hidden = sum(session.shown.hidden.values())
        self._helpers.setText(f"Helper ops ({hidden:,})")
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in session.shown.hidden.items() if count)
        self._helpers.setToolTip(f"Show ops that only serve others: {kinds}")
        level = session.level
        levels = session.head["levels"] if session.head is not None else 0
        self._less.setEnabled(bool(session.opened))
        self._more.setEnabled(level is None or level < levels)
        self._show_alike()
        self._show_trail()

    def _show_nothing(self) -> None:
        """There is no graph any more."""
        self._pages.setCurrentIndex(0)
        self.view.clear()
        self._laying_out.hide()
        for button in (self._less, self._more):
            button.setEnabled(False)

    def _show_values(self) -> None:
        values = self._session.values
        if not self.view.waits:
            self.view.setValues(values)
        sentence = values["sentence"] if values is not None else ""
        self._health.setText(sentence)
        self._health.setVisible(bool(sentence))
        self._show_details()
        self._show_trail()

    def _show_costs(self) -> None:
        self.view.setCosts(self._session.costs)
        self._show_details()

    def _show_step(self) -> None:
        session = self._session
        self.view.setStep(session.step)
        self.steps.setStep("backward", session.step, session.total_steps, session.shown is not None)

    def _show_overlay(self) -> None:
        self.overlay.setCurrentIndex(self.overlay.findData(self._session.overlay))
        self.view.setOverlay(self._session.overlay)

    def _show_selection(self) -> None:
        self.view.setSelection(self._session.selection)
        self._show_alike()
        self._show_details()
        self._show_trail()

    def _show_alike(self) -> None:
        """Offer to open together what is made alike, while one of them is selected."""
        kin, selection = self._session.alike, self._session.selection
        is_open = selection is not None and selection[1] in self._session.opened
        self._alike.setText(f"{'Close' if is_open else 'Open'} {len(kin)} alike")
        self._alike.setVisible(bool(kin))

    def _show_details(self) -> None:
        session = self._session
        self.view.setTrail(session.trail)
        self.details.setDetails(*said(session))
        self.pictures.setDetails(session.details)

    def _show_trail(self) -> None:
        session, head = self._session, self._session.head
        if head is None:
            self._trail.clear()
            return
        title = escape(str(head["title"]))
        if session.selection is None or session.selection[0] != "node":
            loss = session.values["loss"] if session.values is not None else None
            told = f" · loss {loss:.4g} for {escape(head['batch'])}" if loss is not None else ""
            self._trail.setText(
                f"<b>{title}</b> · {counted(head['ops'], 'op')}, {head['backward']:,} of the backward pass · "
                f"{head['edges']:,} edges · {counted(head['parameters'], 'parameter')}{told}"
            )
            return
        colour = self._theme.text.name() if self._theme is not None else "#888888"
        link = f'<a href="{{}}" style="color:{colour}">{{}}</a>'
        parts = [link.format("all", title)]
        name = session.selection[1]
        node = next((node for node in session.shown.nodes if node.id == name), None) if session.shown else None
        if node is not None:
            groups = ancestry(name if node.kind in ("group", "open") else node.container)
            parts += [link.format(escape(group), escape(group.rpartition("/")[2])) for group in groups]
            if node.kind not in ("group", "open"):
                parts.append(escape(node.name))
        self._trail.setText(" › ".join(parts))

    def setAnimated(self, animated: bool) -> None:
        """Let boxes move, or be where they belong at once."""
        self.view.setAnimated(animated)

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self.view.setTheme(theme)
        self.steps.setTheme(theme)
        self.details.setTheme(theme)
        self.pictures.setTheme(theme)
        self._fit.setIcon(icon("fit", theme.text.name(), theme.faint.name()))
        self._show_trail()

    def setScale(self, scale: float) -> None:
        """Scale what is painted."""
        self._scale = scale
        self.view.setScale(scale)
        self.pictures.setScale(scale)
        self.steps.setScale(scale)
        self._fit.setIconSize(QSize(round(18 * scale), round(18 * scale)))
