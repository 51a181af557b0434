"""The field into which expressions are typed."""

import re

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QLineEdit, QWidget

from explorer.views.theme.stylesheet import set_wrong
from explorer.views.theme.theme import Theme

_NEW_LINES = re.compile(r"\s*;?\s*[\r\n\u2028\u2029]+\s*")


STEP_KEYS = tuple(QKeySequence(keys) for keys in ("Ctrl+Right", "Ctrl+Left", "Ctrl+Home", "Ctrl+End"))
"""Keys that step through the pass; other fields move their caret with them."""


class ExpressionEdit(QLineEdit):
    """A line edit that turns pasted line breaks into ``;`` and can underline the position of an error."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("expressionEdit")
        self.setAccessibleName("Expression")
        self.setPlaceholderText("Type an expression, for example sin(2*x)")
        self.setToolTip("The expression that TensorFlow differentiates; several statements are separated by ;")
        self._column: int | None = None
        self._theme: Theme | None = None
        self.textChanged.connect(self._join_lines)

    def setErrorColumn(self, column: int | None) -> None:
        """Underline the character at ``column``, counted from 1; None: nothing."""
        if column != self._column:
            self._column = column
            set_wrong(self, column is not None)
            self.update()

    def setTheme(self, theme: Theme) -> None:
        """Set the colour of the underline."""
        self._theme = theme
        self.update()

    def _join_lines(self, text: str) -> None:
        joined = _NEW_LINES.sub("; ", text.strip("\r\n")) if re.search(r"[\r\n\u2028\u2029]", text) else text
        if joined != text:
            self.setText(joined)

    def event(self, event: QEvent) -> bool:
        """Leave to the window what it does with keys: it also undoes changes that were not typed, and it steps."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = QKeySequence.StandardKey
            pressed = QKeySequence(event.keyCombination())
            if event.matches(keys.Undo) or event.matches(keys.Redo) or pressed in STEP_KEYS:
                event.ignore()
                return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the field, and the underline of the error."""
        super().paintEvent(event)
        if self._column is None or self._theme is None:
            return
        metrics = self.fontMetrics()
        text = self.text()
        # The position of the cursor tells how far the text is scrolled.
        origin = self.cursorRect().center().x() - metrics.horizontalAdvance(text[: self.cursorPosition()])
        start = origin + metrics.horizontalAdvance(text[: self._column - 1])
        width = max(metrics.horizontalAdvance(text[self._column - 1 : self._column]), metrics.averageCharWidth())
        base = self.rect().center().y() + metrics.height() / 2 + 1
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.error, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        points = [QPointF(start + k * width / 4, base + (2 if k % 2 else -1)) for k in range(5)]
        painter.drawPolyline(QPolygonF(points))
        painter.end()
