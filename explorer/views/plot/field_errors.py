"""What is wrong with the fields of a panel: each wrong field is marked, and each has its sentence."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLineEdit

from explorer.core.errors import UserError
from explorer.views.theme.stylesheet import set_wrong


class FieldErrors(QObject):
    """Keeps a sentence for each field whose text is wrong, until another text of it is right."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._errors: dict[QLineEdit, str] = {}

    @property
    def text(self) -> str:
        """All sentences."""
        return " ".join(self._errors.values())

    def set(self, field: QLineEdit, error: str) -> None:
        """Set what is wrong with a field; "" for nothing."""
        if error != self._errors.get(field, ""):
            self._errors.pop(field, None)
            if error:
                self._errors[field] = error
            set_wrong(field, bool(error))
            self.changed.emit()

    def try_to(self, request: Callable[[], object], field: QLineEdit) -> bool:
        """Call a function and set the UserError that it raises, if any, as that of the field."""
        try:
            request()
        except UserError as error:
            self.set(field, error.message)
            return False
        self.set(field, "")
        return True
