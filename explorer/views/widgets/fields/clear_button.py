"""A button that clears a line edit. Qt's own clear button is 16 pixels large at any font size."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QLineEdit, QToolButton

from explorer.views.theme.icons import icon


class ClearButton(QToolButton):
    """Lies at the end of a line edit, scaled with its font, and is visible while there is text."""

    def __init__(self, edit: QLineEdit) -> None:
        super().__init__(edit)
        self.setObjectName("clearLineButton")
        self.setToolTip("Empty this line")
        self.setAccessibleName("Empty this line")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the focus in the line edit
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._edit = edit
        self.clicked.connect(lambda _checked=False: self._clear())
        edit.textChanged.connect(lambda text: self.setVisible(bool(text)))
        edit.installEventFilter(self)
        self.setVisible(bool(edit.text()))
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size, font and colours of the line edit."""
        kinds = QEvent.Type
        if event.type() in (kinds.Resize, kinds.FontChange, kinds.StyleChange, kinds.PaletteChange, kinds.Show):
            self._fit()
        return False

    def _clear(self) -> None:
        self._edit.clear()
        self._edit.textEdited.emit("")  # a click on this button is an edit by the user
        self._edit.setFocus()

    def _fit(self) -> None:
        edit = self._edit
        font_px = edit.fontInfo().pixelSize()
        palette = edit.palette()
        self.setIcon(icon("close", palette.text().color().name(), palette.placeholderText().color().name()))
        side = round(0.9 * font_px)
        if self.iconSize().height() != side:
            self.setIconSize(self.iconSize().scaled(side, side, Qt.AspectRatioMode.IgnoreAspectRatio))
        size = min(round(1.4 * font_px), edit.height())
        margins = edit.textMargins()
        if margins.right() != size:
            edit.setTextMargins(margins.left(), margins.top(), size, margins.bottom())
        gap = (edit.height() - size) // 2
        self.setGeometry(edit.width() - size - max(gap, 2), gap, size, size)
