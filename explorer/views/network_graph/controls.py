"""The row above a network's graph: network, level, overlay, helper and backward ops, search."""

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from explorer.session.network_graph.session import NetworkGraphSession
from explorer.views.network_graph.colours.heat_scale import OVERLAY_TITLES
from explorer.views.network_graph.search_box import SearchEdit, SearchSteps
from explorer.views.network_graph.source_combo import NetworkSourceCombo
from explorer.views.theme.icons import icon
from explorer.views.theme.theme import Theme
from explorer.views.widgets.buttons import tool_button
from explorer.views.widgets.fields.wheel import leave_wheel_to_page
from explorer.views.widgets.flow_row import FlowRow

OVERLAY_TOOLTIPS = {
    "none": "Boxes are not coloured",
    "gradient": "The norm of the gradient that comes back to each box",
    "size": "The root mean square of that gradient's numbers; unlike the norm it does not grow with the tensor",
    "spread": "The spread of the values that a box gives",
    "dead": "The share of units that are 0 for the whole batch",
    "parameters": "The number of parameters",
    "time": "How long the ops run in one step, measured by TensorFlow on this computer, one after the other",
    "memory": "How much memory the ops allocate in one step, including what they need only temporarily",
}

ICON_PX = 18
"""Side of an icon at scale 1."""


class NetworkControls(FlowRow):
    """Shows and changes what the session shows. fit: the button that shows the whole graph. search: the field."""

    def __init__(self, session: NetworkGraphSession, parent: QWidget) -> None:
        super().__init__()
        self._session = session
        self.setSpacing(8)
        self.source = NetworkSourceCombo(session)
        self._less = tool_button("closeLevelButton", "− level", "Close one level of groups (Ctrl+Up)")
        self._more = tool_button("openLevelButton", "+ level", "Open one level of groups (Ctrl+Down)")
        tooltip = "Open or close all blocks like the selected one (Shift+Enter)"
        self._repeated = tool_button("openAlikeButton", "", tooltip)
        self._repeated.hide()
        self.overlay = _overlay_combo()
        self._backward = QCheckBox("Backward ops")
        self._backward.setObjectName("backwardOpsCheck")
        self._backward.setToolTip("Show the ops that tf.gradients added, beside the forward ops that they belong to")
        self._helpers = QCheckBox("Helper ops")
        self._helpers.setObjectName("helperOpsCheck")
        self._helpers.setToolTip("Show ops that only serve others: reads of variables, casts, sizes, constants")
        self.search = SearchEdit(parent)
        self.search.setMaximumWidth(260)
        self._search_steps = SearchSteps()
        self.fit = tool_button("fitNetworkButton", "", "Show the whole graph (Ctrl+G)")
        for button in (self._less, self._more, self._repeated, self.fit):
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for widget in self._left_widgets:
            self.addWidget(widget)
        self.addStretch(1)
        self.addWidget(self.search, 1)
        self.addWidget(self._search_steps)
        self.addWidget(self.fit)
        self._connect()

    def _connect(self) -> None:
        session = self._session
        self._less.clicked.connect(lambda: session.change_level(-1))
        self._more.clicked.connect(lambda: session.change_level(1))
        self._repeated.clicked.connect(session.toggle_repeated_blocks)
        self.overlay.currentIndexChanged.connect(lambda index: session.set_overlay(str(self.overlay.itemData(index))))
        self._backward.toggled.connect(session.set_backward)
        self._helpers.toggled.connect(session.set_helpers)
        self.search.searchRequested.connect(session.search.search)
        self.search.hitChosen.connect(session.search.choose)
        self.search.nextRequested.connect(session.search.choose_next)
        self._search_steps.nextRequested.connect(session.search.choose_next)
        session.search.changed.connect(self._show_hits)
        session.search.positionChanged.connect(self._show_position)
        session.overlayChanged.connect(self._show_overlay)

    @property
    def _left_widgets(self) -> list[QWidget]:
        return [
            self.source, self._less, self._more, self._repeated, self.overlay, self._backward, self._helpers
        ]  # fmt: skip

    @property
    def widgets(self) -> list[QWidget]:
        """All widgets that can be reached with Tab, in order."""
        return [*self._left_widgets, self.search, *self._search_steps.buttons, self.fit]

    def update_view(self) -> None:
        """Show which groups are open, and which ops are boxes of their own."""
        session, state = self._session, self._session.state
        if state.visible is None:
            self._less.setEnabled(False)
            self._more.setEnabled(False)
            return
        for check, is_shown in ((self._backward, state.show_backward), (self._helpers, state.show_helpers)):
            with QSignalBlocker(check):
                check.setChecked(is_shown)
        hidden = state.visible.hidden
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in hidden.items() if count)
        self._helpers.setText(f"Helper ops ({sum(hidden.values()):,})")
        self._helpers.setToolTip(f"Show ops that only serve others: {kinds}")
        level, levels = state.level, session.state.info["levels"] if session.state.info is not None else 0
        self._less.setEnabled(bool(state.open_groups))
        self._more.setEnabled(level is None or level < levels)
        self.update_repeated_blocks()

    def update_repeated_blocks(self) -> None:
        """Offer to open or close all blocks that are built like the selected one."""
        selection = self._session.selection
        count, is_open = len(selection.repeated_blocks), selection.node in self._session.state.open_groups
        self._repeated.setText(f"{'Close' if is_open else 'Open'} {count} alike")
        self._repeated.setVisible(count > 0)

    def _show_hits(self) -> None:
        search = self._session.search
        self.search.setHits(search.query, search.hits, search.total)

    def _show_position(self) -> None:
        search = self._session.search
        self.search.setPosition(search.position)
        self._search_steps.setPosition(search.position, len(search.hits), search.total)

    def _show_overlay(self) -> None:
        self.overlay.setCurrentIndex(self.overlay.findData(self._session.state.overlay))

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self.fit.setIcon(icon("fit", theme.text.name(), theme.disabled.name()))

    def set_scale(self, scale: float) -> None:
        """Set the scale of the interface."""
        self.fit.setIconSize(QSize(round(ICON_PX * scale), round(ICON_PX * scale)))


def _overlay_combo() -> QComboBox:
    combo = QComboBox()
    leave_wheel_to_page(combo)
    combo.setObjectName("overlayCombo")
    combo.setAccessibleName("Colour boxes by")
    combo.setToolTip("Colour boxes by a number")
    for key, title in OVERLAY_TITLES.items():
        combo.addItem(title, key)
        combo.setItemData(combo.count() - 1, OVERLAY_TOOLTIPS[key], Qt.ItemDataRole.ToolTipRole)
    return combo
