"""Joins to the window what explains it: the glossary, "what is this?" and the tour."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QSlider

from explorer.core.expression.examples import EXAMPLES
from explorer.views.help.whats_this import KEY, WhatsThisController
from explorer.views.shell.view_menu import add_action
from explorer.views.widgets.shortcuts import Shortcut

if TYPE_CHECKING:
    from explorer.views.help.glossary_dialog import GlossaryDialog
    from explorer.views.help.tour import Stop, Tour
    from explorer.views.shell.main_window import MainWindow

DRESSED_AFTER = 600
"""Milliseconds after which every widget says what it is: after all that the first picture needs."""


class HelpController(QObject):
    """Opens each of them by its key, its line in the menu View, and links to terms."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self.glossary: GlossaryDialog | None = None
        self.tour: Tour | None = None
        self.explainer = WhatsThisController(window)
        self.explainer.termRequested.connect(self.show_term)
        menu = window.view_menu
        menu.addSeparator()
        add_action(menu, "glossaryAction", "Glossary", self.show_glossary, "Ctrl+F1")
        add_action(menu, "whatsThisAction", "What is this? Then click", self.explainer.point, KEY)
        add_action(menu, "tourAction", "Tour", self.begin_tour)
        tellers = (window.lessons.panel.text, window.lessons.panel.notes, window.autodiff.details)
        for teller in (*tellers, window.network_tab.details):
            teller.termRequested.connect(self.show_term)
        window.sessions.store.changed.connect(
            lambda key, _value: self._restyle() if key in ("theme", "scale") else None
        )
        self._restyle()
        QTimer.singleShot(DRESSED_AFTER, window, lambda: self.explainer.dress(window))

    def keys(self) -> list[Shortcut]:
        """Return the keys of what explains the window."""
        return [
            Shortcut((KEY,), "what is this? About what has the focus", self.explainer.ask),
            Shortcut(("Ctrl+F1",), "glossary: the words of the field", self.show_glossary),
        ]

    def escape(self) -> bool:
        """End the tour; returns whether there was one."""
        if self.tour is None or not self.tour.is_on:
            return False
        self.tour.end()
        return True

    def show_glossary(self) -> None:
        """Show the glossary, at the entry where it was left."""
        from explorer.views.help.glossary_dialog import GlossaryDialog

        if self.glossary is None:
            self.glossary = GlossaryDialog(self._window)
            self._restyle()
        self.glossary.open()

    def show_term(self, key: str) -> None:
        """Show one entry of the glossary."""
        self.show_glossary()
        assert self.glossary is not None
        self.glossary.showTerm(key)

    def begin_tour(self) -> None:
        """Walk the tour from its first stop."""
        from explorer.views.help.tour import Tour

        if self.tour is None:
            self.tour = Tour(self._window, self._stops())
            self.tour.ended.connect(lambda: self._window.sessions.store.set("toured", True))
            self._restyle()
        self.tour.begin()

    def offer_tour(self) -> None:
        """Walk the tour if it was neither walked nor closed before."""
        if not self._window.sessions.store.get("toured"):
            QTimer.singleShot(0, self._window, self.begin_tour)  # when everything is at its place

    def _stops(self) -> "list[Stop]":
        from explorer.views.help.tour import Stop

        window, autodiff = self._window, self._window.autodiff

        def to_expression() -> None:
            window.show_tab("autodiff")
            autodiff.edit.setFocus()  # and nothing is selected: somebody may be typing already

        def to_steps() -> None:
            window.show_tab("autodiff")
            if not window.sessions.autodiff.text.strip():
                autodiff.edit.setText(EXAMPLES[0][1])  # there is something to step through
            autodiff.graph.setFocus()

        def to_plot() -> None:
            window.show_tab("autodiff")
            autodiff.setPanels(None)
            if (slider := autodiff.inputs.findChild(QSlider)) is not None:
                slider.setFocus()

        return [
            Stop(
                "Type an expression here, such as sin(2*x): TensorFlow builds its graph while you type.",
                lambda: autodiff.edit,
                to_expression,
            ),
            Stop(
                "Press Page Down to step backwards through the graph, Page Up to come back: every step is the chain "
                "rule at one op.",
                lambda: autodiff.steps,
                to_steps,
                autodiff.graph,
            ),
            Stop(
                "Here are the curve and its tangent: drag the point, or move x with the arrow keys, and values and "
                "gradients follow.",
                lambda: autodiff.plot,
                to_plot,
            ),
            Stop(
                "Ctrl+Tab goes to the other tabs, where networks are trained and looked into, and F2 opens fifteen "
                "lessons.",
                window.tabs.tabBar,
                window.tabs.tabBar().setFocus,
            ),
        ]

    def _restyle(self) -> None:
        look, scale = self._window.look, self._window.sessions.store.get("scale")
        for part in (self.glossary, self.explainer, self.tour):
            if part is not None:
                part.setLook(look, scale)
