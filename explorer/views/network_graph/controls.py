"""The row above a network's graph: whose it is, how far it is open, what its boxes are coloured by, and a search."""

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QToolButton, QWidget

from explorer.session.network_graph.session import NetworkGraphSession
from explorer.views.network_graph.search_box import SearchEdit
from explorer.views.network_graph.source_combo import NetworkSourceCombo
from explorer.views.theme.icons import icon
from explorer.views.theme.theme import Theme
from explorer.views.widgets.flow_row import FlowRow

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


class NetworkControls(FlowRow):
    """Asks the session, and shows what it is at. fit: the button that shows the whole graph; search: the field."""

    def __init__(self, session: NetworkGraphSession, parent: QWidget) -> None:
        super().__init__()
        self._session = session
        self.setSpacing(8)
        self.source = NetworkSourceCombo(session)
        self._less = _button("closeLevelButton", "Close one level of groups (Ctrl+Up)", "− level")
        self._more = _button("openLevelButton", "Open one level of groups (Ctrl+Down)", "+ level")
        self._alike = _button("openAlikeButton", "Open or close all blocks like the selected one (Shift+Enter)", "")
        self._alike.hide()
        self.overlay = self._overlays()
        self._backward = QCheckBox("Backward ops", objectName="backwardOpsCheck")
        self._backward.setToolTip("Show the ops that tf.gradients added, beside the forward ops that they belong to")
        self._helpers = QCheckBox("Helper ops", objectName="helperOpsCheck")
        self._helpers.setToolTip("Show ops that only serve others: reads of variables, casts, sizes, constants")
        self.search = SearchEdit(parent)
        self.search.setMaximumWidth(260)
        self.fit = _button("fitNetworkButton", "Show the whole graph (Ctrl+G)", "")
        for widget in (self.source, self._less, self._more, self._alike, self.overlay, self._backward, self._helpers):
            self.addWidget(widget)
        self.addStretch(1)
        self.addWidget(self.search, 1)
        self.addWidget(self.fit)
        self._join()

    def _overlays(self) -> QComboBox:
        box = QComboBox(objectName="overlayCombo")
        box.setAccessibleName("Colour boxes by")
        box.setToolTip("Colour boxes by a number")
        for key, text in OVERLAYS.items():
            box.addItem(text, key)
            box.setItemData(box.count() - 1, SAYS[key], Qt.ItemDataRole.ToolTipRole)
        return box

    def _join(self) -> None:
        session = self._session
        self._less.clicked.connect(lambda: session.change_level(-1))
        self._more.clicked.connect(lambda: session.change_level(1))
        self._alike.clicked.connect(session.toggle_repeated_blocks)
        self.overlay.currentIndexChanged.connect(lambda index: session.set_overlay(str(self.overlay.itemData(index))))
        self._backward.toggled.connect(session.set_backward)
        self._helpers.toggled.connect(session.set_helpers)
        self.search.asked.connect(session.search.search)
        session.search.changed.connect(lambda: self.search.setHits(session.search.hits, session.search.total))
        session.overlayChanged.connect(
            lambda: self.overlay.setCurrentIndex(self.overlay.findData(self._session.state.overlay))
        )

    @property
    def widgets(self) -> list[QWidget]:
        """All that can be reached with Tab, in order."""
        before = [self.source, self._less, self._more, self._alike, self.overlay, self._backward, self._helpers]
        return [*before, self.search, self.fit]

    def show_view(self) -> None:
        """Show what is open, and which ops are boxes of their own."""
        session = self._session
        if session.state.visible is None:
            for button in (self._less, self._more):
                button.setEnabled(False)
            return
        for check, on in ((self._backward, session.state.show_backward), (self._helpers, session.state.show_helpers)):
            with QSignalBlocker(check):
                check.setChecked(on)
        hidden = sum(session.state.visible.hidden.values())
        self._helpers.setText(f"Helper ops ({hidden:,})")
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in session.state.visible.hidden.items() if count)
        self._helpers.setToolTip(f"Show ops that only serve others: {kinds}")
        level = session.state.level
        levels = session.state.info["levels"] if session.state.info is not None else 0
        self._less.setEnabled(bool(session.state.open_groups))
        self._more.setEnabled(level is None or level < levels)
        self.show_alike()

    def show_alike(self) -> None:
        """Offer to open together what is made alike, while one of them is selected."""
        kin, selection = self._session.selection.repeated_blocks, self._session.selection.item
        is_open = selection is not None and selection[1] in self._session.state.open_groups
        self._alike.setText(f"{'Close' if is_open else 'Open'} {len(kin)} alike")
        self._alike.setVisible(bool(kin))

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self.fit.setIcon(icon("fit", theme.text.name(), theme.faint.name()))

    def set_scale(self, scale: float) -> None:
        """Let pictures grow with the letters."""
        self.fit.setIconSize(QSize(round(18 * scale), round(18 * scale)))


def _button(name: str, tip: str, text: str) -> QToolButton:
    button = QToolButton(objectName=name)
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip.partition(" (")[0])
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
