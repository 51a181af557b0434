"""A combo box whose items can be selected by their text or by their key."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QWidget

from explorer.views.widgets.fields.wheel import leave_wheel_to_page

EXACT_MATCH = Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchCaseSensitive


class ChoiceCombo(QComboBox):
    """Items have a key as their data, such as ``mlp`` for "MLP", by which commands, files and tests refer to them."""

    def __init__(self, object_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(object_name)
        leave_wheel_to_page(self)
        self.setMinimumContentsLength(9)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.currentTextChanged.connect(lambda _text: self.updateGeometry())

    def setCurrentIndex(self, index: int) -> None:
        """Select an item, and update the size hint even while signals are blocked."""
        super().setCurrentIndex(index)
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        """Return a size at which the current text is not cut off."""
        return super().minimumSizeHint().expandedTo(QSize(self.widthForText(self.currentText()), 0))

    def widthForText(self, text: str) -> int:
        """Return the width in pixels at which a text is not cut off."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.rect = QRect(0, 0, 1000, 40)
        control, field = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        padding = 1000 - self.style().subControlRect(control, option, field, self).width()
        return self.fontMetrics().horizontalAdvance(text) + padding + 2

    def sizeHint(self) -> QSize:
        """Return the minimum size, since the popup list adapts its width by itself."""
        return super().sizeHint().expandedTo(self.minimumSizeHint())

    def findText(self, text: str, flags: Qt.MatchFlag = EXACT_MATCH) -> int:
        """Return the index of the item with a text, else with a key, else -1."""
        found = super().findText(text, flags)
        return found if found >= 0 else self.findData(text)

    def setCurrentText(self, text: str) -> None:
        """Select the item with a text or a key; does nothing if there is none."""
        if (index := self.findText(text)) >= 0:
            self.setCurrentIndex(index)
