"""A small switch between named choices, all of them in sight."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget


class SegmentedControl(QWidget):
    """One of several; ``choices`` maps each key to (text, tooltip)."""

    chosen = Signal(str)

    def __init__(self, name: str, choices: Mapping[str, tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QToolButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for key, (text, tip) in choices.items():
            button = QToolButton()
            button.setObjectName(f"{name}_{key}")
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.setCheckable(True)
            button.setProperty("segment", True)
            button.clicked.connect(lambda _checked=False, key=key: self.chosen.emit(key))
            self._group.addButton(button)
            row.addWidget(button)
            self._buttons[key] = button

    def setTexts(self, texts: Mapping[str, str]) -> None:
        """Write other words on the choices, such as shorter ones."""
        for key, button in self._buttons.items():
            button.setText(texts[key])

    def setCurrent(self, key: str) -> None:
        """Show ``key`` as the chosen one, without asking for it."""
        self._buttons[key].setChecked(True)
