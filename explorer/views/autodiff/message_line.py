"""The message below the expression line: an error, or else a notice."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel, QWidget

from explorer.core.errors import ExpressionError
from explorer.views.theme.stylesheet import set_role

ERROR_DELAY_MS = 350
"""Time before an error is shown: an expression is incomplete while it is being typed."""


class MessageLine(QLabel):
    """Shows an error, or else a notice.

    errorShown: the error that is visible from now on, None for none. messageReported: while presenting, when the graph
    needs the space, the message for the status bar; "" while the expression is not visible.
    """

    errorShown = Signal(object)
    messageReported = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("errorLabel")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setContentsMargins(70, 0, 0, 0)
        self.hide()
        self._error: ExpressionError | None = None
        self._notice = ""
        self._presenting = False
        self._reporting = True
        self._reported = ""
        self._error_timer = QTimer(self, singleShot=True, interval=ERROR_DELAY_MS)
        self._error_timer.timeout.connect(self._show_error)

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
        self._show()

    def setReporting(self, reporting: bool) -> None:
        """Set whether messages are reported; not while another tab hides the expression that they are about."""
        self._reporting = reporting
        self._show()

    def _show_error(self) -> None:
        self.errorShown.emit(self._error)
        self._show()

    def _show(self) -> None:
        shown = self._error if not self._error_timer.isActive() else None
        text = shown.message if shown is not None else self._notice
        set_role(self, "error" if shown is not None else "notice")
        self.setText(text)
        self.setVisible(bool(text) and not self._presenting)
        reported = text if self._presenting and self._reporting else ""
        if reported != self._reported:
            self._reported = reported
            self.messageReported.emit(reported)
