"""Buttons beside the tabs; those that do not fit move into a menu."""

from collections.abc import Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

SPACING_PX, RIGHT_MARGIN_PX = 2, 12


class OverflowButtons(QWidget):
    """A row of buttons. Buttons that do not fit are entries of the menu "More"."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: list[QToolButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, RIGHT_MARGIN_PX, 0)
        self._row.setSpacing(SPACING_PX)
        self.more = self._new_button("moreButton", "More", "Buttons that do not fit here")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self.more)
        self.more.setMenu(self._menu)
        self._menu.aboutToShow.connect(self._enable_entries)
        self._entries: list[tuple[QAction, QToolButton]] = []
        self._row.addWidget(self.more)
        self.more.hide()

    def add(self, name: str, text: str, tooltip: str) -> QToolButton:
        """Add a button at the end of the row and return it."""
        button = self._new_button(name, text, tooltip)
        self._row.insertWidget(len(self._buttons), button)
        self._buttons.append(button)
        return button

    def fit(self, width: int, order: Sequence[QToolButton]) -> None:
        """Fit into ``width`` pixels by moving buttons into the menu, in this order."""
        waiting = list(order)
        moved: list[QToolButton] = []
        while waiting and self._required_width(moved) > width:
            moved.append(waiting.pop(0))
        if [button for button in self._buttons if button.isHidden()] == [b for b in self._buttons if b in moved]:
            return
        self._menu.clear()
        self._entries.clear()
        for button in self._buttons:
            button.setHidden(button in moved)
            if button not in moved:
                continue
            if button.menu() is not None:
                action = self._menu.addMenu(button.menu())
                action.setText(button.text())
            else:
                # Made here: an action that the menu makes may be mistaken by PySide for one that was deleted.
                action = QAction(button.text(), self._menu)
                self._menu.addAction(action)
                action.triggered.connect(button.click)
                self._entries.append((action, button))
        self.more.setHidden(not moved)

    def _enable_entries(self) -> None:
        for action, button in self._entries:
            action.setEnabled(button.isEnabled())

    def _required_width(self, moved: Sequence[QToolButton]) -> int:
        shown = [button for button in self._buttons if button not in moved] + ([self.more] if moved else [])
        return sum(button.sizeHint().width() + SPACING_PX for button in shown) + RIGHT_MARGIN_PX

    def _new_button(self, name: str, text: str, tooltip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setToolTip(tooltip)
        button.setAccessibleName(tooltip)
        button.setProperty("flat", True)
        return button
