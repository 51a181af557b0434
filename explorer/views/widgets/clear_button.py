"""A button at the end of a line that empties it. Qt's own stays at 16 pixels, however large the letters are."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QLineEdit, QToolButton

from explorer.views.theme.icons import icon


class ClearButton(QToolButton):
    """Lies in a line edit, as large as its letters; seen while there is something to clear."""

    def __init__(self, edit: QLineEdit) -> None:
        super().__init__(edit)
        self.setObjectName("clearLineButton")
        self.setToolTip("Empty this line")
        self.setAccessibleName("Empty this line")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the line
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._edit = edit
        self.clicked.connect(lambda _checked=False: self._clear())
        edit.textChanged.connect(lambda text: self.setVisible(bool(text)))
        edit.installEventFilter(self)
        self.setVisible(bool(edit.text()))
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the end of the line, and follow its letters and colours."""
        kinds = QEvent.Type
        if event.type() in (kinds.Resize, kinds.FontChange, kinds.StyleChange, kinds.PaletteChange, kinds.Show):
            self._fit()
        return False

    def _clear(self) -> None:
        self._edit.clear()
        self._edit.textEdited.emit("")  # as if it had been done by hand, which it was
        self._edit.setFocus()

    def _fit(self) -> None:
        edit = self._edit
        letters = edit.fontInfo().pixelSize()
        palette = edit.palette()
        self.setIcon(icon("close", palette.text().color().name(), palette.placeholderText().color().name()))
        side = round(0.9 * letters)
        if self.iconSize().height() != side:
            self.setIconSize(self.iconSize().scaled(side, side, Qt.AspectRatioMode.IgnoreAspectRatio))
        size = min(round(1.4 * letters), edit.height())
        margins = edit.textMargins()
        if margins.right() != size:
            edit.setTextMargins(margins.left(), margins.top(), size, margins.bottom())
        gap = (edit.height() - size) // 2
        self.setGeometry(edit.width() - size - max(gap, 2), gap, size, size)
