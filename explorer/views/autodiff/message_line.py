"""The sentence below the expression: what is wrong with it, or what else there is to say."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel, QWidget

from explorer.core.errors import ExpressionError
from explorer.views.theme.stylesheet import set_role

ERROR_DELAY = 350
"""Milliseconds for which a text may be wrong before the window says so: nobody types `sin(2*x)` in one go."""


class MessageLine(QLabel):
    """errorShown: an error is seen from now on, or, with None, no longer. told: the sentence, while it is hidden here.

    An error comes before a notice. While one presents, the graph needs the room, and sentences are told elsewhere, for
    as long as what they are about is seen.
    """

    errorShown = Signal(object)
    told = Signal(str)

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
        self._about_seen = True
        self._passing = ""
        self._error_timer = QTimer(self, singleShot=True, interval=ERROR_DELAY)
        self._error_timer.timeout.connect(self._show_error)

    def setError(self, error: ExpressionError | None) -> None:
        """Say in a moment what is wrong; None: at once, that nothing is."""
        self._error = error
        if error is None:
            self._error_timer.stop()
            self._show_error()
        else:
            self._error_timer.start()

    def setNotice(self, notice: str) -> None:
        """Say something where nothing is wrong; "" for nothing."""
        self._notice = notice
        self._show()

    def setPresenting(self, presenting: bool) -> None:
        """Tell sentences elsewhere, or show them again."""
        self._presenting = presenting
        self._show()

    def setAboutSeen(self, seen: bool) -> None:
        """Say whether the expression is in view: over another tab its sentence would be about nothing."""
        self._about_seen = seen
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
        passing = text if self._presenting and self._about_seen else ""
        if passing != self._passing:
            self._passing = passing
            self.told.emit(passing)
