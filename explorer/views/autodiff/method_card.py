"""What stands above the plot: the chain rule, tangents forward, or single paths; and how to differentiate again."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from explorer.session.autodiff.higher_order import HigherOrderSession
from explorer.session.autodiff.methods import CHAIN, PATHS, TANGENTS, MethodSession
from explorer.views.autodiff.chain_rule_panel import ChainRulePanel
from explorer.views.autodiff.forward_mode_panel import ForwardModePanel
from explorer.views.autodiff.paths_panel import PathsPanel
from explorer.views.theme.theme import Theme
from explorer.views.widgets.segmented_control import SegmentedControl

CHOICES = {
    CHAIN: ("Chain rule", "The backward pass, step by step (Ctrl+M for the next method)"),
    TANGENTS: ("Forward mode", "Tangents pushed forward from an input, beside the gradients pulled back (Ctrl+M)"),
    PATHS: ("Paths", "Every path from an input to the output, and why nobody walks them one by one (Ctrl+M)"),
}

SHORT = {CHAIN: "Chain", TANGENTS: "Forward", PATHS: "Paths"}
"""Words for narrow windows and large letters."""


class MethodCard(QWidget):
    """Shows one method and requests another."""

    def __init__(self, chain: ChainRulePanel, methods: MethodSession, again: HigherOrderSession) -> None:
        super().__init__()
        self.setProperty("clear", True)
        self._methods, self._again = methods, again
        self._chain = chain
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(2)
        self._switch = SegmentedControl("waySwitch", CHOICES)
        self._switch.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self._switch.chosen.connect(methods.set_method)
        self._button = QToolButton()
        self._button.setObjectName("againButton")
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._button.clicked.connect(lambda: again.differentiate())  # noqa: PLW0108 - not with the button's "checked"
        row.addWidget(self._switch)
        row.addStretch(1)
        row.addWidget(self._button)
        self.column.addLayout(row)
        self.column.addWidget(chain)
        self.tangents = ForwardModePanel(methods)
        self.paths = PathsPanel(methods)
        self.column.addWidget(self.tangents)
        self.column.addWidget(self.paths)
        self._presenting = False
        self._told: tuple[list[str], str, str, str] | None = None
        methods.changed.connect(self._show)
        again.changed.connect(self._show_again)
        self._show()
        self._show_again()

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        for part in (self.tangents, self.paths):
            part.setTheme(theme)

    def setScale(self, scale: float) -> None:
        """Scale what style sheets do not reach."""
        for part in (self.tangents, self.paths):
            part.setScale(scale)
        self._fit_words()

    def setDigits(self, digits: int) -> None:
        """Show numbers with so many significant digits."""
        for part in (self.tangents, self.paths):
            part.setDigits(digits)

    def setPresenting(self, presenting: bool) -> None:
        """While presenting the formulas stand over the graph whatever method is chosen."""
        self._presenting = presenting
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Find words that fit."""
        super().resizeEvent(event)
        self._fit_words()

    def _fit_words(self) -> None:
        for words in ({method: text for method, (text, _) in CHOICES.items()}, SHORT):
            self._switch.setTexts(words)
            if self._switch.sizeHint().width() + self._button.sizeHint().width() + 8 <= self.width():
                break

    def _show(self) -> None:
        method = self._methods.method
        self._switch.setCurrent(method)
        self._chain.setVisible(self._presenting or method == CHAIN)
        self.tangents.setVisible(method == TANGENTS)
        self.paths.setVisible(method == PATHS)

    def _show_again(self) -> None:
        again = self._again
        names, obstacle = again.variables, again.obstacle
        here, there = again.name(again.order), again.name(again.order, names[0] if names else "x")
        told = (names, obstacle, here, there)
        if told == self._told:
            return
        self._told = told
        self._button.setText(f"{here} → {there}" if len(names) < 2 else f"{here} → …")
        self._button.setEnabled(not obstacle)
        tip = obstacle or "Differentiate again: the gradient graph becomes the forward graph (Ctrl+D)"
        self._button.setToolTip(tip)
        self._button.setAccessibleName(tip)
        old = self._button.menu()
        self._button.setMenu(None)
        if old is not None:
            old.deleteLater()
        if len(names) > 1:
            menu = QMenu(self._button)
            for name in names:
                action = menu.addAction(f"{again.name(again.order, name)}\talong {name}")
                action.triggered.connect(lambda _checked=False, name=name: again.differentiate(name))
            self._button.setMenu(menu)
            self._button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._fit_words()
