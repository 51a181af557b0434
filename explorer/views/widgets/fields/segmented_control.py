"""A row of buttons of which one is checked."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget


class SegmentedControl(QWidget):
    """Selects one of several choices; ``choices`` maps each key to its text and tooltip."""

    chosen = Signal(str)

    def __init__(self, object_name: str, choices: Mapping[str, tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(object_name)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QToolButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for key, (text, tooltip) in choices.items():
            button = QToolButton()
            button.setObjectName(f"{object_name}_{key}")
            button.setText(text)
            button.setToolTip(tooltip)
            button.setAccessibleName(tooltip)
            button.setCheckable(True)
            button.setProperty("segment", True)
            button.clicked.connect(lambda _checked=False, key=key: self.chosen.emit(key))
            self._group.addButton(button)
            row.addWidget(button)
            self._buttons[key] = button

    def setTexts(self, texts: Mapping[str, str]) -> None:
        """Change the texts of the choices."""
        for key, button in self._buttons.items():
            button.setText(texts[key])

    def setCurrent(self, key: str) -> None:
        """Check the button of ``key`` without emitting `chosen`."""
        self._buttons[key].setChecked(True)
