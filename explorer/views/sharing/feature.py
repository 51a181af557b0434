"""What sharing gives to the window: the entries of the menu "Share" and their shortcuts."""

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QMenu

from explorer.core.autodiff.gradient_formulas import BOTH, CHAIN, SIMPLIFIED
from explorer.session.sessions import Sessions
from explorer.views.autodiff.tab import AutodiffTab
from explorer.views.feature import CornerButton, Feature, ShareEntry, Shell
from explorer.views.sharing.controller import SharingController
from explorer.views.widgets.actions import add_action, new_action, new_separator
from explorer.views.widgets.shortcuts import Shortcut

FORM_TITLES = {
    CHAIN: "The chain as it stands",
    SIMPLIFIED: "The simplified form",
    BOTH: "Both",
}
"""What of the gradients is copied, with the titles of the entries."""


def sharing_feature(sessions: Sessions, shell: Shell) -> Feature:
    """Build the entries of the menu "Share", and the button "Code"."""
    controller = SharingController(sessions, shell)
    window, tab = shell.window(), shell.part(AutodiffTab)

    def entry(name: str, text: str, triggered: Callable[[], object], keys: str = "") -> ShareEntry:
        return ShareEntry(new_action(window, name, text, triggered, keys))

    def of_expression(name: str, text: str, triggered: Callable[[], object]) -> ShareEntry:
        return ShareEntry(new_action(window, name, text, triggered), tab)

    def of_formulas(name: str, text: str, copy: Callable[[str], object]) -> ShareEntry:
        """Return an entry with a menu of what is copied; triggered itself, it copies the simplified form."""
        action = new_action(window, name, text, lambda: copy(SIMPLIFIED))
        menu = QMenu(window)
        for form, title in FORM_TITLES.items():
            add_action(menu, f"{name}-{form}", title, partial(copy, form))
        action.setMenu(menu)
        return ShareEntry(action, tab)

    pass_text = "Save the backward pass as"
    return Feature(
        name="sharing",
        parts=(controller,),
        shortcuts=(
            Shortcut(("Ctrl+S",), "save a picture of what you see", controller.save_picture),
            Shortcut(
                ("Ctrl+Shift+C",),
                "copy the gradients as LaTeX, chain and simplified form",
                partial(controller.copy_latex, BOTH),
                tab,
            ),
        ),
        buttons=(CornerButton("codeButton", "Code", "The same as Python code, to copy", controller.show_code, 40, 40),),
        share_entries=(
            entry("copyCommandAction", "Copy the command that makes this picture", controller.copy_command),
            of_formulas("copyLatexAction", "Copy LaTeX", controller.copy_latex),
            of_formulas("copyTextAction", "Copy text", controller.copy_text),
            ShareEntry(new_separator(window)),
            entry("savePictureAction", "Save a picture …", controller.save_picture, "Ctrl+S"),
            of_expression("savePageAction", f"{pass_text} a page (HTML) …", controller.save_page),
            of_expression("saveAnimationAction", f"{pass_text} an animation (GIF) …", controller.save_animation),
            of_expression("saveTikzAction", "Save the graph for LaTeX (TikZ) …", controller.save_tikz),
            of_expression("saveTableAction", "Save the plot's numbers (CSV) …", controller.save_table),
            of_expression(
                "worksheetAction",
                "Save a worksheet with blanks (PDF, HTML) …",
                lambda: controller.save_worksheet(key=False),
            ),
            of_expression(
                "worksheetKeyAction",
                "Save the worksheet's key (PDF, HTML) …",
                lambda: controller.save_worksheet(key=True),
            ),
        ),
        stop=controller.stop,
    )
