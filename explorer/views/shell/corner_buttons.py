"""The buttons beside the tabs."""

from collections.abc import Sequence

from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from explorer.views.feature import CornerButton
from explorer.views.shell.overflow_buttons import OverflowButtons


class CornerButtons(OverflowButtons):
    """The buttons of all features, and those that open the menus "Share" and "View"."""

    def __init__(self, buttons: Sequence[CornerButton], share: QMenu, view: QMenu) -> None:
        super().__init__()
        menus = {"shareButton": share, "viewButton": view}
        own = (
            CornerButton("shareButton", "Share", "Copy or save what you see", share.show, 50, 50),
            CornerButton("viewButton", "View", "Theme, size, digits, precision", view.show, 60, 80),
        )
        self._by_priority: list[tuple[CornerButton, QToolButton]] = []
        for spec in sorted((*buttons, *own), key=lambda spec: spec.position):
            button = self.add(spec.name, spec.text, spec.tooltip)
            if spec.name in menus:
                button.setMenu(menus[spec.name])
                button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
            else:
                button.clicked.connect(lambda _checked=False, spec=spec: spec.triggered())
            self._by_priority.append((spec, button))
        self._by_priority.sort(key=lambda pair: pair[0].priority)

    def setTab(self, tab: QWidget) -> None:
        """Enable the buttons that have an effect in a tab."""
        for spec, button in self._by_priority:
            button.setEnabled(spec.tab in (None, tab))

    def fitInto(self, width: int) -> None:
        """Fit into ``width`` pixels; buttons of low priority move into the menu "More" first."""
        self.fit(width, [button for _, button in self._by_priority])
