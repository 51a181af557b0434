"""Sharing as a feature of the main window: what can be copied or saved of a tab."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from explorer.core.atomic_write import atomic_write, save_and_report
from explorer.core.autodiff.concept_trace import corresponding_step
from explorer.core.autodiff.gradient_formulas import SIMPLIFIED
from explorer.core.autodiff.trace import Trace, Values
from explorer.core.autodiff.visible_steps import BACKWARD
from explorer.session.autodiff.stepper import COVERED
from explorer.session.sessions import Sessions
from explorer.session.sharing.clipboard_text import latex_text, plain_text
from explorer.views.feature import Shell

if TYPE_CHECKING:
    from explorer.session.plot.csv_saver import CsvSaver
    from explorer.session.sharing.html_saver import HtmlSaver
    from explorer.views.sharing.gif_saver import GifSaver


class SharingController(QObject):
    """Copies and saves what the window shows; the window reports the results."""

    def __init__(self, sessions: Sessions, shell: Shell) -> None:
        super().__init__(shell.window())
        self._sessions, self._shell, self._window = sessions, shell, shell.window()

    # What saves is imported and made when something is saved: the start of the program does not wait for it.

    @cached_property
    def _pages(self) -> "HtmlSaver":
        from explorer.session.sharing.html_saver import HtmlSaver

        saver = HtmlSaver(self)
        saver.messageReported.connect(self._shell.show_message)
        return saver

    @cached_property
    def _animations(self) -> "GifSaver":
        from explorer.views.sharing.gif_saver import GifSaver

        saver = GifSaver(self)
        saver.messageReported.connect(self._shell.show_message)
        return saver

    @cached_property
    def _table(self) -> "CsvSaver":
        from explorer.session.plot.csv_saver import CsvSaver

        saver = CsvSaver(self._sessions.client, self._sessions.curve, self)
        saver.messageReported.connect(self._shell.show_message)
        return saver

    # -- every tab --------------------------------------------------------------------------------

    def show_code(self) -> None:
        """Show what the current tab computes as Python code."""
        from explorer.views.widgets.code_dialog import CodeDialog

        if (code := self._shell.current_feature.code) is not None:
            CodeDialog(code(), self._window).open()
        else:
            self._shell.show_message("There is no code for this tab.")

    def copy_command(self) -> None:
        """Copy the command that makes a picture of the current tab."""
        from explorer.session.sharing.clipboard_text import tab_command

        feature = self._shell.current_feature
        theme, size = self._sessions.store.get("theme"), f"{self._window.width()}x{self._window.height()}"
        if feature.snapshot_command is not None:
            command = feature.snapshot_command(theme, size)
        else:
            command = tab_command(feature.name, theme, size)
        self._copy(command, "The command is in the clipboard.")

    def save_picture(self) -> None:
        """Ask which view to save, and how."""
        from explorer.views.sharing.picture_dialog import open_picture_dialog

        titles = {name: title for feature in self._shell.features for name, title in feature.pictures.items()}
        open_picture_dialog(self._window, self._shell.theme, titles, self._shell.show_message)

    # -- the expression ---------------------------------------------------------------------------

    def copy_latex(self, form: str = SIMPLIFIED) -> None:
        """Copy the expression and its gradients as LaTeX: the chain, the simplified form, or both."""
        self._copy(latex_text(self._sessions.autodiff, form), f"The LaTeX is in the clipboard{self._left_out}.")

    def copy_text(self, form: str = SIMPLIFIED) -> None:
        """Copy the expression and its gradients as plain text: the chain, the simplified form, or both."""
        self._copy(plain_text(self._sessions.autodiff, form), f"The text is in the clipboard{self._left_out}.")

    @property
    def _left_out(self) -> str:
        """What a message about copied formulas adds while gradients are to be found."""
        return ", without the gradients that are hidden" if self._sessions.autodiff.stepper.hides_gradients else ""

    def save_page(self) -> None:
        """Ask for a file and save the backward pass as a page that begins at the current step."""
        from explorer.core.sharing.html_page import HtmlPageOptions

        simplified = dict(self._sessions.autodiff.simplified)
        options = HtmlPageOptions(self._step, digits=self._digits, simplified=simplified)

        def save(path: str, trace: Trace, values: Values) -> None:
            self._pages.save(path, trace, values, options)

        self._save_trace("backward pass", "html", "Pages", save)

    def save_animation(self) -> None:
        """Ask for a file and save the backward pass as an animation."""
        theme, digits = self._shell.theme, self._digits

        def save(path: str, trace: Trace, values: Values) -> None:
            self._animations.save(path, trace, values, theme, digits)

        self._save_trace("backward pass", "gif", "Animations", save)

    def save_tikz(self) -> None:
        """Ask for a file and save the graph at the current step for LaTeX."""
        from explorer.core.sharing.tikz import tikz_text

        step, digits = self._step, self._digits

        def save(path: str, trace: Trace, values: Values) -> None:
            def write() -> None:
                with atomic_write(Path(path)) as part:
                    part.write_text(tikz_text(trace, values, step, digits), encoding="utf-8")

            self._shell.show_message(save_and_report(path, write))

        self._save_trace("graph", "tex", "LaTeX", save)

    def save_table(self) -> None:
        """Ask for a file and save the numbers of the plot."""
        from explorer.views.widgets.code_dialog import ask_save_path

        if not self._is_covered():
            ask_save_path(self._window, "plot", self._table.save, "csv", kind="Tables")

    def save_worksheet(self, *, key: bool) -> None:
        """Ask for a file and save a worksheet of the expression, with blanks or as the key."""
        from explorer.views.sharing.worksheet.expression import save_expression_worksheet
        from explorer.views.widgets.code_dialog import ask_save_path

        def save(path: str) -> None:
            session = self._sessions.autodiff
            self._shell.show_message(
                save_and_report(path, lambda: save_expression_worksheet(session, Path(path), key=key))
            )

        if key and self._is_covered():
            return
        ask_save_path(self._window, "worksheet-key" if key else "worksheet", save, "pdf", "html", kind="Worksheets")

    def _is_covered(self) -> bool:
        """Return whether gradients have to be found, so that no file may have them, and say so."""
        if self._sessions.autodiff.stepper.hides_gradients:
            self._shell.show_message(COVERED)
            return True
        return False

    @property
    def _step(self) -> int:
        """The step of TensorFlow's backward pass that is shown, 0 in the forward pass."""
        session = self._sessions.autodiff
        shown, stepper = session.visible_trace, session.stepper
        if shown is None or session.trace is None or stepper.pass_ != BACKWARD:
            return 0
        return corresponding_step(shown, session.trace, BACKWARD, stepper.step)

    @property
    def _digits(self) -> int:
        return int(self._sessions.store.get("digits"))

    def _save_trace(self, name: str, suffix: str, kind: str, save: Callable[[str, Trace, Values], None]) -> None:
        """Ask for a file and save the present trace and values, whatever is shown by then."""
        from explorer.views.widgets.code_dialog import ask_save_path

        session = self._sessions.autodiff
        trace, values = session.trace, session.values
        if self._is_covered():
            return
        if trace is None or not session.is_current:
            self._shell.show_message("TensorFlow has not built the graph yet, so there is nothing to save.")
            return
        ask_save_path(self._window, name, lambda path: save(path, trace, values), suffix, kind=kind)

    def stop(self) -> None:
        """Stop saving."""
        if "_pages" in self.__dict__:
            self._pages.stop()

    def _copy(self, text: str, message: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._shell.show_message(message)
