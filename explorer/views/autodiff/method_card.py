"""The card above the plot: chain rule, forward mode or paths, and the button that differentiates again."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from explorer.session.autodiff.differentiation_methods import CHAIN, PATHS, TANGENTS, MethodSession
from explorer.session.autodiff.higher_order import HigherOrderSession
from explorer.views.autodiff.chain_rule_panel import ChainRulePanel
from explorer.views.autodiff.forward_mode_panel import ForwardModePanel
from explorer.views.autodiff.paths_panel import PathsPanel
from explorer.views.theme.theme import Theme
from explorer.views.widgets.fields.segmented_control import SegmentedControl
from explorer.views.widgets.scroll_page import VerticalScroll

CHOICES = {
    CHAIN: ("Chain rule", "The backward pass, step by step (Ctrl+M for the next method)"),
    TANGENTS: ("Forward mode", "Tangents pushed forward from an input, beside the gradients pulled back (Ctrl+M)"),
    PATHS: ("Paths", "Every path from an input to the output, and why they are not followed one by one (Ctrl+M)"),
}

MIN_HEIGHT_PX = 150
"""Smallest height of the chosen method at scale 1."""

SHORT_TEXTS = {CHAIN: "Chain", TANGENTS: "Forward", PATHS: "Paths"}
"""Texts of the switch for narrow windows and large fonts."""


class MethodBody(VerticalScroll):
    """The chosen method. Its height does not depend on the step, what does not fit is scrolled to."""

    def __init__(self, inner: QWidget) -> None:
        super().__init__("methodScroll", inner)
        self._scale = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)

    def setScale(self, scale: float) -> None:
        """Set the scale of the height."""
        self._scale = scale
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the minimum size, whatever the content is: the column gives the method its share of the height."""
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        """Return the minimum size."""
        return QSize(super().minimumSizeHint().width(), round(MIN_HEIGHT_PX * self._scale))


class MethodCard(QWidget):
    """Shows the chosen method, and lets the user choose another."""

    def __init__(self, chain: ChainRulePanel, methods: MethodSession, higher_order: HigherOrderSession) -> None:
        super().__init__()
        self.setProperty("clear", True)
        self._methods, self._higher_order = methods, higher_order
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
        self._button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self._button)  # Qt needs the menu that is open: it is filled anew, never replaced
        self._button.clicked.connect(lambda: higher_order.differentiate())  # noqa: PLW0108 - not with the button's "checked"
        row.addWidget(self._switch)
        row.addStretch(1)
        row.addWidget(self._button)
        self.column.addLayout(row)
        inner = QWidget()
        self._inner_column = QVBoxLayout(inner)
        self._inner_column.setContentsMargins(0, 0, 0, 0)
        self.body = MethodBody(inner)
        self.column.addWidget(self.body, 1)
        self._inner_column.addWidget(chain, 1)
        self.tangents = ForwardModePanel(methods)
        self.paths = PathsPanel(methods)
        self._inner_column.addWidget(self.tangents)
        self._inner_column.addWidget(self.paths)
        self._inner_column.addStretch(0)
        self._presenting = False
        self._shown: tuple[list[str], str, str, str] | None = None
        methods.changed.connect(self._show)
        higher_order.changed.connect(self._show_higher_order)
        self._show()
        self._show_higher_order()

    def setTheme(self, theme: Theme) -> None:
        """Set the colours."""
        for part in (self.tangents, self.paths):
            part.setTheme(theme)

    def setScale(self, scale: float) -> None:
        """Set the scale of what the style sheet does not reach."""
        for part in (self.tangents, self.paths, self.body):
            part.setScale(scale)
        self._fit_texts()

    def setDigits(self, digits: int) -> None:
        """Set the number of significant digits."""
        for part in (self.tangents, self.paths):
            part.setDigits(digits)

    def setPresenting(self, presenting: bool) -> None:
        """Show the chain rule whatever method is chosen: while presenting it is above the graph."""
        self._presenting = presenting
        if not presenting:
            self._inner_column.insertWidget(0, self._chain, 1)
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Find texts that fit."""
        super().resizeEvent(event)
        self._fit_texts()

    def _fit_texts(self) -> None:
        self._switch.setTexts(SHORT_TEXTS)
        # With the long texts as a minimum, a column that is wide enough for them would ask for more.
        self._switch.setMinimumWidth(self._switch.sizeHint().width())
        for texts in ({method: text for method, (text, _) in CHOICES.items()}, SHORT_TEXTS):
            self._switch.setTexts(texts)
            if self._switch.sizeHint().width() + self._button.sizeHint().width() + 8 <= self.width():
                break

    def _show(self) -> None:
        method = self._methods.method
        self._switch.setCurrent(method)
        self._chain.setVisible(self._presenting or method == CHAIN)
        self.tangents.setVisible(method == TANGENTS)
        self.paths.setVisible(method == PATHS)

    def _show_higher_order(self) -> None:
        higher_order = self._higher_order
        names, message = higher_order.variables, higher_order.message
        order = higher_order.order
        current, next_name = higher_order.name(order), higher_order.name(order, names[0] if names else "x")
        shown = (names, message, current, next_name)
        if shown == self._shown:
            return
        self._shown = shown
        self._button.setText(f"{current} → {next_name}" if len(names) < 2 else f"{current} → …")
        self._button.setEnabled(not message)
        tooltip = message or "Differentiate again: the gradient graph becomes the forward graph (Ctrl+D)"
        self._button.setToolTip(tooltip)
        self._button.setAccessibleName(tooltip)
        for action in self._menu.actions():  # which may be the one that was just chosen
            self._menu.removeAction(action)
            action.deleteLater()
        for name in names if len(names) > 1 else ():
            action = self._menu.addAction(f"{higher_order.name(order, name)}\talong {name}")
            action.triggered.connect(lambda _checked=False, name=name: higher_order.differentiate(name))
        menu = self._menu if len(names) > 1 else None  # without a menu, the button itself differentiates
        self._button.setMenu(menu)  # type: ignore[arg-type]  # None removes the menu, which the stub does not know
        self._fit_texts()
