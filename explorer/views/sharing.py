"""What can be taken out of the window: commands, LaTeX, pictures."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from explorer.core.files import written_whole
from explorer.views.menus import add_action


class ShareMenu(QMenu):
    """Copies and saves. told: what became of it, in a sentence.

    ``command`` and ``latex`` give the texts to copy. ``save``: for each kind of picture (``graph``, ``plot``), what
    writes it to a path, whole; these are only offered where `setExpression` said that there is one.
    """

    told = Signal(str)

    def __init__(
        self,
        window: QWidget,
        command: Callable[[], str],
        latex: Callable[[], str],
        save: dict[str, Callable[[str], None]],
    ) -> None:
        super().__init__(window)
        self._window = window
        add_action(
            self, "copyCommandAction", "Copy the command that makes this picture",
            lambda: self._copy(command(), "The command is in the clipboard."),
        )  # fmt: skip
        self._of_expression = [
            add_action(
                self, "copyLatexAction", "Copy LaTeX", lambda: self._copy(latex(), "The LaTeX is in the clipboard.")
            )
        ]
        self.addSeparator()
        for what, write in save.items():
            text = f"Save the {what} (SVG, PNG, PDF) …"
            self._of_expression.append(
                add_action(
                    self, f"save{what.capitalize()}Action", text, lambda what=what, write=write: self._ask(what, write)
                )
            )
        add_action(self, "saveWindowAction", "Save a picture of the window (PNG) …", self._ask_window)

    def offer(self, name: str, text: str, what: str, write: Callable[[str], None], *formats: str) -> None:
        """Offer another file that is made of an expression."""
        self._of_expression.append(add_action(self, name, text, lambda: self._ask(what, write, *formats)))

    def setExpression(self, there_is_one: bool) -> None:
        """Offer what is made of an expression, or not."""
        for action in self._of_expression:
            action.setVisible(there_is_one)

    def _copy(self, text: str, told: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.told.emit(told)

    def _ask(self, what: str, write: Callable[[str], None], *formats: str) -> None:
        from explorer.views.dialogs import ask_file

        ask_file(self._window, what, lambda path: self._save(path, write), *formats)

    def _ask_window(self) -> None:
        from explorer.views.dialogs import ask_file

        # As it is now: when the file's name has been typed, the dialog would be in the picture.
        picture = self._window.grab()

        def write(path: str) -> None:
            with written_whole(Path(path)) as part:
                if not picture.save(str(part), "PNG"):
                    raise OSError(f"{path} cannot be written")

        ask_file(self._window, "window", lambda path: self._save(path, write), "png")

    def _save(self, path: str, write: Callable[[str], None]) -> None:
        try:
            write(path)
        except (OSError, ValueError) as error:
            self.told.emit(f"Not saved: {error}")
        else:
            self.told.emit(f"Saved: {path}")
