"""The buttons beside the tabs; where they and the tabs do not fit side by side, some move into a menu."""

from collections.abc import Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

SPACING, MARGIN = 2, 12


class OverflowButtons(QWidget):
    """Shows as many buttons as there is room for; the others stand in the menu "More"."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: list[QToolButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, MARGIN, 0)
        self._row.setSpacing(SPACING)
        self.more = self._make("moreButton", "More", "What does not fit here")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(QMenu(self.more))
        self.more.menu().aboutToShow.connect(self._follow)
        self._listed: list[tuple[QAction, QToolButton]] = []
        self._row.addWidget(self.more)
        self.more.hide()

    def add(self, name: str, text: str, tip: str) -> QToolButton:
        """Add a button at the end."""
        button = self._make(name, text, tip)
        self._row.insertWidget(len(self._buttons), button)
        self._buttons.append(button)
        return button

    def fit(self, room: int, first_to_go: Sequence[QToolButton]) -> None:
        """Fit into ``room`` pixels: buttons go into the menu in this order, and the menu appears with the first."""
        going = list(first_to_go)
        gone: list[QToolButton] = []
        while going and self._needed(gone) > room:
            gone.append(going.pop(0))
        if [button for button in self._buttons if button.isHidden()] == [b for b in self._buttons if b in gone]:
            return
        menu = self.more.menu()
        menu.clear()
        self._listed.clear()
        for button in self._buttons:
            button.setHidden(button in gone)
            if button not in gone:
                continue
            if button.menu() is not None:
                menu.addMenu(button.menu()).setText(button.text())
            else:
                action = QAction(button.text(), menu)  # made here: the menu's own may be taken for what was deleted
                menu.addAction(action)
                action.triggered.connect(button.click)
                self._listed.append((action, button))
        self.more.setHidden(not gone)

    def _follow(self) -> None:
        for action, button in self._listed:
            action.setEnabled(button.isEnabled())

    def _needed(self, gone: Sequence[QToolButton]) -> int:
        shown = [button for button in self._buttons if button not in gone] + ([self.more] if gone else [])
        return sum(button.sizeHint().width() + SPACING for button in shown) + MARGIN

    def _make(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setProperty("flat", True)
        return button
