"""Groups changes of several objects into one update of the views."""

from types import TracebackType

from PySide6.QtCore import QObject, Signal, SignalInstance


class UpdateBatch(QObject):
    """A context manager: changes made inside the outermost ``with`` block are one update.

    A change outside of any block is a batch of its own.
    """

    ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._depth = 0

    @property
    def is_open(self) -> bool:
        """Whether a block is being executed."""
        return self._depth > 0

    def __enter__(self) -> None:
        self._depth += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._depth -= 1
        if not self._depth:
            self.ended.emit()

    def notify(self, signal: SignalInstance, *arguments: object) -> None:
        """Emit a signal as a batch: the views are updated after all of its slots have run."""
        with self:
            signal.emit(*arguments)
