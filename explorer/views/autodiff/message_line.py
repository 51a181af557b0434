"""The message below the expression line: an error, or else a notice."""

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QMoveEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from explorer.core.errors import ExpressionError
from explorer.core.number_format import with_typeset_numbers
from explorer.views.theme.stylesheet import set_role

ERROR_DELAY_MS = 350
"""Time before an error is shown: an expression is incomplete while it is being typed."""

LINE_HEIGHT_PX = 19
"""Height at scale 1 that is kept free for one line, so that nothing moves when a message comes."""

INDENT_PX = 68
"""Distance from the left at scale 1 at which a message begins: below the text of the expression."""


class MessageLine(QWidget):
    """Shows an error, or else a notice. A long error lies over what is below; of a long notice only the first line is
    shown, which covers no control, and a button opens the rest.

    errorShown: the error that is visible from now on, None for none. messageReported: while presenting, when the graph
    needs the space, the message for the status bar; "" while the expression is not visible.
    """

    errorShown = Signal(object)
    messageReported = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = QLabel(self)
        self._label.setObjectName("errorLabel")
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        self._label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._label.hide()
        self._more = QToolButton(self)
        self._more.setObjectName("messageMoreButton")
        self._more.setProperty("small", True)
        self._more.setCheckable(True)
        self._more.setText("… more")
        self._more.setToolTip("Show all of the message")
        self._more.setAccessibleName("Show all of the message")
        self._more.toggled.connect(lambda _on: self._place())
        self._more.hide()
        self._is_error = False
        self._error: ExpressionError | None = None
        self._notice = ""
        self._scale = 1.0
        self._keeps_space = True
        self._presenting = False
        self._reporting = True
        self._reported = ""
        self._error_timer = QTimer(self, singleShot=True, interval=ERROR_DELAY_MS)
        self._error_timer.timeout.connect(self._show_error)
        self.setScale(1.0)

    def setError(self, error: ExpressionError | None) -> None:
        """Show an error after a delay; None: end it at once."""
        self._error = error
        if error is None:
            self._error_timer.stop()
            self._show_error()
        else:
            self._error_timer.start()

    def setNotice(self, notice: str) -> None:
        """Set the notice that is shown without an error; "" for none."""
        self._notice = notice
        self._show()

    def setPresenting(self, presenting: bool) -> None:
        """Report messages instead of showing them here."""
        self._presenting = presenting
        self.setVisible(not presenting)
        self._show()

    def setReporting(self, reporting: bool) -> None:
        """Set whether messages are reported; not while another tab hides the expression that they are about."""
        self._reporting = reporting
        self._show()

    def setScale(self, scale: float) -> None:
        """Set the scale of the line."""
        self._scale = scale
        self._fit_height()

    def setKeepingSpace(self, keeps_space: bool) -> None:
        """Set whether a line is kept free; in a narrow window the graph needs it, and each message lies over it."""
        self._keeps_space = keeps_space
        self._fit_height()

    def _fit_height(self) -> None:
        self.setFixedHeight(round(LINE_HEIGHT_PX * self._scale) if self._keeps_space else 0)
        self._place()

    def _show_error(self) -> None:
        self.errorShown.emit(self._error)
        self._show()

    def _show(self) -> None:
        shown = self._error if not self._error_timer.isActive() else None
        self._is_error = shown is not None
        text = shown.message if shown is not None else with_typeset_numbers(self._notice)
        set_role(self._label, "error" if shown is not None else "notice")
        self._label.setText(text)
        if not text:
            self._more.setChecked(False)
        self._label.setVisible(bool(text) and not self._presenting)
        self._place()
        reported = text if self._presenting and self._reporting else ""
        if reported != self._reported:
            self._reported = reported
            self.messageReported.emit(reported)

    def _place(self) -> None:
        """Put the label on this line; a long error, or a notice that was opened, also over what is below."""
        label, more, page = self._label, self._more, self.parentWidget()
        if page is not None and label.parentWidget() is not page:
            for part in (label, more):
                part.setParent(page)
            label.setVisible(bool(label.text()) and not self._presenting)
        indent = round(INDENT_PX * self._scale)
        width = max(self.width() - indent, 1)
        line = max(self.height(), label.fontMetrics().lineSpacing())
        is_long = not self._is_error and label.heightForWidth(width) > line
        if is_long:
            more.setText("less" if more.isChecked() else "… more")
            more.setToolTip("Show only its first line" if more.isChecked() else "Show all of the message")
            more.setAccessibleName(more.toolTip())
            more.setGeometry(self.x() + self.width() - more.sizeHint().width(), self.y(), more.sizeHint().width(), line)
            width = max(width - more.width(), 1)
        more.setVisible(is_long and not label.isHidden())
        is_open = not is_long or more.isChecked()
        height = max(self.height(), label.heightForWidth(width)) if is_open else label.fontMetrics().lineSpacing()
        label.setGeometry(self.x() + indent, self.y(), width, height)
        for part in (label, more):
            part.raise_()

    def moveEvent(self, event: QMoveEvent) -> None:
        """Move the message."""
        super().moveEvent(event)
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap the message anew."""
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._place()
