"""Joins to the window what explains it: the glossary, "what is this?" and the tour."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from explorer.views.glossary_dialog import GlossaryDialog
from explorer.views.menus import add_action
from explorer.views.shortcuts import Key

if TYPE_CHECKING:
    from explorer.views.main_window import MainWindow


class Help(QObject):
    """Opens each of them by its key, its line in the menu View, and links to terms."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self.glossary: GlossaryDialog | None = None
        menu = window.view_menu
        menu.addSeparator()
        add_action(menu, "glossaryAction", "Glossary", self.show_glossary, "Ctrl+F1")
        tellers = (window.lessons.panel.text, window.lessons.panel.notes, window.autodiff.details)
        for teller in (*tellers, window.network_tab.details):
            teller.termAsked.connect(self.show_term)
        window.store.changed.connect(lambda key, _value: self._restyle() if key in ("theme", "scale") else None)

    def keys(self) -> list[Key]:
        """Return the keys of what explains the window."""
        return [Key(("Ctrl+F1",), "glossary: the words of the field", self.show_glossary)]

    def show_glossary(self) -> None:
        """Show the glossary, at the entry where it was left."""
        if self.glossary is None:
            self.glossary = GlossaryDialog(self._window)
            self._restyle()
        self.glossary.open()

    def show_term(self, key: str) -> None:
        """Show one entry of the glossary."""
        self.show_glossary()
        assert self.glossary is not None
        self.glossary.showTerm(key)

    def _restyle(self) -> None:
        if self.glossary is not None:
            self.glossary.setLook(self._window.look, self._window.store.get("scale"))
