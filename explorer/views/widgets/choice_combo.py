"""A choice whose items can be chosen by what they are called, and by what they stand for."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QWidget

EXACT_MATCH = Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchCaseSensitive


class ChoiceCombo(QComboBox):
    """Items carry a key as their data, such as ``mlp`` for "MLP": commands, files and tests know it by that."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setMinimumContentsLength(9)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.currentTextChanged.connect(lambda _text: self.updateGeometry())

    def setCurrentIndex(self, index: int) -> None:
        """Choose an item, and make room for it also while signals are blocked."""
        super().setCurrentIndex(index)
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        """Return a size in which the choice can be read whole."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.rect = QRect(0, 0, 1000, 40)  # type: ignore[attr-defined]
        kind, part = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        around = 1000 - self.style().subControlRect(kind, option, part, self).width()
        needed = self.fontMetrics().horizontalAdvance(self.currentText()) + around + 2
        return super().minimumSizeHint().expandedTo(QSize(needed, 0))

    def sizeHint(self) -> QSize:
        """Return the same: the list that opens is wider by itself."""
        return super().sizeHint().expandedTo(self.minimumSizeHint())

    def findText(self, text: str, flags: Qt.MatchFlag = EXACT_MATCH) -> int:
        """Return the place of an item by its text, else by its key; -1 where there is none."""
        found = super().findText(text, flags)
        return found if found >= 0 else self.findData(text)

    def setCurrentText(self, text: str) -> None:
        """Choose an item by its text or its key; what there is not changes nothing."""
        if (place := self.findText(text)) >= 0:
            self.setCurrentIndex(place)
