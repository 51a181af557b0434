"""What can be taken out of the window: commands, LaTeX, pictures, a page, tables."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from explorer.core.atomic_write import atomic_write, save_and_report
from explorer.core.autodiff.trace import Trace, Values
from explorer.core.autodiff.visible_steps import BACKWARD
from explorer.session.sharing.clipboard_text import latex
from explorer.views.shell.view_menu import add_action
from explorer.views.widgets.shortcuts import Shortcut

if TYPE_CHECKING:
    from explorer.session.plot.csv_export import CsvExport
    from explorer.session.sharing.html_saver import HtmlSaver
    from explorer.views.sharing.gif_saver import GifSaver
    from explorer.views.shell.main_window import MainWindow


class ShareMenu(QMenu):
    """Copies and saves. told: what became of it, in a sentence. ``command`` gives the command of this picture."""

    told = Signal(str)

    def __init__(self, window: "MainWindow", command: Callable[[], str]) -> None:
        super().__init__(window)
        self._window = window
        self._of_expression = []
        add_action(
            self, "copyCommandAction", "Copy the command that makes this picture",
            lambda: self._copy(command(), "The command is in the clipboard."),
        )  # fmt: skip
        self._add("copyLatexAction", "Copy LaTeX", self._copy_latex)
        self.addSeparator()
        add_action(self, "savePictureAction", "Save a picture …", self.save_picture, "Ctrl+S")
        self._add("savePageAction", "Save the backward pass as a page (HTML) …", self.save_page)
        self._add("saveAnimationAction", "Save the backward pass as an animation (GIF) …", self.save_animation)
        self._add("saveTikzAction", "Save the graph for LaTeX (TikZ) …", self.save_tikz)
        self._add("saveTableAction", "Save the plot's numbers (CSV) …", self.save_table)

    # What saves is imported and made when something is saved: the start of the program waits for none of it.

    @cached_property
    def _pages(self) -> "HtmlSaver":
        from explorer.session.sharing.html_saver import HtmlSaver

        saver = HtmlSaver(self)
        saver.messageReported.connect(self.messageReported)
        return saver

    @cached_property
    def _animations(self) -> "GifSaver":
        from explorer.views.sharing.gif_saver import GifSaver

        saver = GifSaver(self)
        saver.messageReported.connect(self.told)
        return saver

    @cached_property
    def _table(self) -> "CsvExport":
        from explorer.session.plot.csv_export import CsvExport

        saver = CsvExport(self._window.sessions.client, self._window.sessions.curve, self)
        saver.told.connect(self.told)
        return saver

    def keys(self) -> list[Shortcut]:
        """Return the keys of sharing."""
        return [Shortcut(("Ctrl+S",), "save a picture of what you see", self.save_picture)]

    def offer(self, name: str, text: str, what: str, write: Callable[[str], None], *formats: str) -> None:
        """Offer another file that is made of an expression."""
        self._of_expression.append(add_action(self, name, text, lambda: self._ask_path(what, write, *formats)))

    def setExpression(self, there_is_one: bool) -> None:
        """Offer what is made of an expression, or not."""
        for action in self._of_expression:
            action.setVisible(there_is_one)

    def save_picture(self) -> None:
        """Ask which view to save, and how."""
        from explorer.views.sharing.picture_dialog import open_picture_dialog

        open_picture_dialog(self._window, self._window.look, self.told.emit)

    def save_page(self) -> None:
        """Ask for a file and write the backward pass into it, as a page that begins at the step that is shown."""
        from explorer.core.sharing.html_page import HtmlPageOptions

        session, digits = self._window.sessions.autodiff, self._window.sessions.store.get("digits")
        options = HtmlPageOptions(self._step, digits=digits, simplified=dict(session.simplified))
        self._ask("backward pass", "html", "Pages", lambda *what: self._pages.save(*what, options))

    def save_animation(self) -> None:
        """Ask for a file and write the backward pass into it, as an animation."""
        look, digits = self._window.look, self._window.sessions.store.get("digits")
        self._ask("backward pass", "gif", "Animations", lambda *what: self._animations.save(*what, look, digits))

    def save_tikz(self) -> None:
        """Ask for a file and write the graph at this step into it, for LaTeX."""
        from explorer.core.sharing.tikz import tikz_text

        step, digits = self._step, self._window.sessions.store.get("digits")

        def save(path: str, trace: Trace, values: Values) -> None:
            def write(path: str) -> None:
                with atomic_write(Path(path)) as part:
                    part.write_text(tikz_text(trace, values, step, digits), encoding="utf-8")

            self._save(path, write)

        self._ask("graph", "tex", "LaTeX", save)

    @property
    def _step(self) -> int:
        """The step of the backward pass that is shown."""
        session = self._window.sessions.autodiff
        return session.stepper.step if session.stepper.pass_ == BACKWARD else 0

    def _ask(self, what: str, ending: str, kind: str, save: Callable[[str, Trace, Values], None]) -> None:
        """Ask for a file, and save what is shown now into it."""
        from explorer.views.widgets.dialogs import ask_save_path

        session = self._window.sessions.autodiff
        trace, values = session.trace, session.values
        if trace is None or not session.is_current:
            self.told.emit("There is no graph of TensorFlow's yet, so there is nothing to save.")
            return
        ask_save_path(self._window, what, lambda path: save(path, trace, values), ending, kind=kind)

    def save_table(self) -> None:
        """Ask for a file and write the numbers of the plot into it."""
        from explorer.views.widgets.dialogs import ask_save_path

        ask_save_path(self._window, "plot", self._table.save, "csv", kind="Tables")

    def stop(self) -> None:
        """End what is under way."""
        if "_pages" in self.__dict__:
            self._pages.stop()

    def _add(self, name: str, text: str, do: Callable[[], object]) -> None:
        """Add a line that is only offered where there is an expression."""
        self._of_expression.append(add_action(self, name, text, do))

    def _copy_latex(self) -> None:
        self._copy(latex(self._window.sessions.autodiff), "The LaTeX is in the clipboard.")

    def _copy(self, text: str, told: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.told.emit(told)

    def _ask_path(self, what: str, write: Callable[[str], None], *formats: str) -> None:
        """Ask for a file, and write into it, with an expression or without."""
        from explorer.views.widgets.dialogs import ask_save_path

        ask_save_path(self._window, what, lambda path: self._save(path, write), *formats, kind="Worksheets")

    def _save(self, path: str, write: Callable[[str], None]) -> None:
        self.told.emit(save_and_report(path, lambda: write(path)))
