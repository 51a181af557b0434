"""Keeps the run when the window is closed, and asks about runs that cannot be kept."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from explorer.session.training.session import TrainingSession
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label
from explorer.views.widgets.positioning import resize_to_font


class CloseGuard(QObject):
    """Watches a window: a run is stopped and kept before it closes, and what cannot be kept is asked about."""

    def __init__(self, session: TrainingSession, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._is_confirmed = False
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the window open while the user is asked."""
        if watched is not self._window or event.type() != QEvent.Type.Close or self._is_confirmed:
            return False
        lost = self._session.keep_before_close()
        if lost:
            event.ignore()
            CloseDialog(lost, self._close, self._window).show()
        return bool(lost)

    def _close(self) -> None:
        self._is_confirmed = True
        self._window.close()


class CloseDialog(QDialog):
    """Says what would be lost, and closes the window if the user wants that. It is not modal."""

    def __init__(self, lost: str, close_anyway: Callable[[], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("closeDialog")
        self.setWindowTitle("Close the window?")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        resize_to_font(self, 460, 130)
        column = QVBoxLayout(self)
        advice = "“Save …” in the tab Training saves its network as a .keras file."
        text = make_label("", "closeDialogText", f"{lost} {advice}", wraps=True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        column.addWidget(text, 1)
        row = FlowRow()
        row.addWidget(QWidget(), 1)
        push_button("closeAnywayButton", "Close anyway", "Close the window; the run is lost", self.accept, row)
        stay = push_button("stayButton", "Stay", "Keep the window open (Esc)", self.reject, row)
        stay.setDefault(True)
        column.addLayout(row)
        self.accepted.connect(close_anyway)
