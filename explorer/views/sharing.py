"""What can be taken out of the window: commands, LaTeX, pictures, a page, tables."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from explorer.session.copies import latex
from explorer.session.curve_table import CurveTable
from explorer.session.page import PageOptions
from explorer.session.page_saver import PageSaver
from explorer.views.menus import add_action
from explorer.views.shortcuts import Key

if TYPE_CHECKING:
    from explorer.views.main_window import MainWindow


class ShareMenu(QMenu):
    """Copies and saves. told: what became of it, in a sentence. ``command`` gives the command of this picture."""

    told = Signal(str)

    def __init__(self, window: "MainWindow", command: Callable[[], str]) -> None:
        super().__init__(window)
        self._window = window
        self._pages = PageSaver(self)
        self._table = CurveTable(window.client, window.curve, self)
        for saver in (self._pages, self._table):
            saver.told.connect(self.told)
        self._of_expression = []
        add_action(
            self, "copyCommandAction", "Copy the command that makes this picture",
            lambda: self._copy(command(), "The command is in the clipboard."),
        )  # fmt: skip
        self._add("copyLatexAction", "Copy LaTeX", self._copy_latex)
        self.addSeparator()
        add_action(self, "savePictureAction", "Save a picture …", self.save_picture, "Ctrl+S")
        self._add("savePageAction", "Save the backward pass as a page (HTML) …", self.save_page)
        self._add("saveTableAction", "Save the plot's numbers (CSV) …", self.save_table)

    def keys(self) -> list[Key]:
        """Return the keys of sharing."""
        return [Key(("Ctrl+S",), "save a picture of what you see", self.save_picture)]

    def offer(self, name: str, text: str, what: str, write: Callable[[str], None], *formats: str) -> None:
        """Offer another file that is made of an expression."""
        self._of_expression.append(add_action(self, name, text, lambda: self._ask(what, write, *formats)))

    def setExpression(self, there_is_one: bool) -> None:
        """Offer what is made of an expression, or not."""
        for action in self._of_expression:
            action.setVisible(there_is_one)

    def save_picture(self) -> None:
        """Ask which view to save, and how."""
        from explorer.views.pictures import ask_picture

        ask_picture(self._window, self._window.look, self.told.emit)

    def save_page(self) -> None:
        """Ask for a file and write the backward pass into it, as a page that begins at the step that is shown."""
        from explorer.views.dialogs import ask_file

        session = self._window.session
        trace, values = session.trace, session.values
        if trace is None or not session.is_current:
            self.told.emit("There is no graph of TensorFlow's yet, so there is nothing to save.")
            return
        options = PageOptions(
            step=session.step if session.pass_ == "backward" else 0,
            digits=self._window.store.get("digits"),
            simplified=dict(session.simplified),
        )
        ask_file(
            self._window, "backward pass", lambda path: self._pages.save(path, trace, values, options), "html",
            kind="Pages",
        )  # fmt: skip

    def save_table(self) -> None:
        """Ask for a file and write the numbers of the plot into it."""
        from explorer.views.dialogs import ask_file

        ask_file(self._window, "plot", self._table.save, "csv", kind="Tables")

    def stop(self) -> None:
        """End what is under way."""
        self._pages.stop()

    def _add(self, name: str, text: str, do: Callable[[], object]) -> None:
        """Add a line that is only offered where there is an expression."""
        self._of_expression.append(add_action(self, name, text, do))

    def _copy_latex(self) -> None:
        self._copy(latex(self._window.session), "The LaTeX is in the clipboard.")

    def _copy(self, text: str, told: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.told.emit(told)

    def _ask(self, what: str, write: Callable[[str], None], *formats: str) -> None:
        from explorer.views.dialogs import ask_file

        ask_file(self._window, what, lambda path: self._save(path, write), *formats)

    def _save(self, path: str, write: Callable[[str], None]) -> None:
        try:
            write(path)
        except (OSError, ValueError) as error:
            self.told.emit(f"Not saved: {error}")
        else:
            self.told.emit(f"Saved: {path}")
