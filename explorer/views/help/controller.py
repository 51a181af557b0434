"""Help as a feature of the main window: the page of keys, the glossary, "What is this?" and the tour."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from explorer.session.sessions import Sessions
from explorer.views.feature import Shell
from explorer.views.help.whats_this import WhatsThisController
from explorer.views.widgets.tour_stop import TourStop

if TYPE_CHECKING:
    from explorer.views.help.glossary_dialog import GlossaryDialog
    from explorer.views.help.tour import Tour

EXPLAIN_DELAY_MS = 600
"""Time after which all widgets get their explanations: the first picture of the window does not need them."""


class HelpController(QObject):
    """Opens the dialogs of help. glossary, tour: None until they are first opened."""

    def __init__(self, sessions: Sessions, shell: Shell) -> None:
        window = shell.window()
        super().__init__(window)
        self._store, self._shell, self._window = sessions.store, shell, window
        self.glossary: GlossaryDialog | None = None
        self.tour: Tour | None = None
        self.explainer = WhatsThisController(window)
        self.explainer.termRequested.connect(self.show_term)
        self.update_style()
        QTimer.singleShot(EXPLAIN_DELAY_MS, window, lambda: self.explainer.explain_widgets(window))

    def show_shortcuts(self) -> None:
        """Show all keys, over the active window: over that of the lecturer, the class does not see the page."""
        from explorer.views.help.shortcuts_dialog import ShortcutsDialog

        parent = QApplication.activeWindow() or self._window
        ShortcutsDialog(self._shell.shortcuts, self._shell.tabs, parent).open()

    def show_glossary(self) -> None:
        """Show the glossary, at the last entry."""
        from explorer.views.help.glossary_dialog import GlossaryDialog

        if self.glossary is None:
            self.glossary = GlossaryDialog(self._window)
            self.update_style()
        self.glossary.open()

    def show_term(self, key: str) -> None:
        """Show an entry of the glossary."""
        self.show_glossary()
        assert self.glossary is not None
        self.glossary.showTerm(key)

    def begin_tour(self) -> None:
        """Begin the tour at its first stop."""
        from explorer.views.help.tour import Tour

        if self.tour is None:
            self.tour = Tour(self._window, self._tour_stops())
            self.tour.ended.connect(lambda: self._store.set("toured", True))
            self.update_style()
        self.tour.setHidden(self._shell.is_presenting)
        self.tour.begin()

    def set_presenting(self, presenting: bool) -> None:
        """Hide the tour while presenting: the class is to see the graph, and the targets are not there."""
        if self.tour is not None:
            self.tour.setHidden(presenting)

    def offer_tour(self) -> None:
        """Begin the tour if it was never ended."""
        if not self._store.get("toured"):
            QTimer.singleShot(0, self._window, self.begin_tour)  # after the layout of the window

    def _tour_stops(self) -> list[TourStop]:
        tab_bar = self._shell.tabs.tabBar()
        text = "Ctrl+Tab goes to the other tabs, where networks are trained and inspected, and F2 opens twenty lessons."
        stops = [stop for feature in self._shell.features for stop in feature.tour_stops()]
        return [*stops, TourStop(text, lambda: tab_bar, tab_bar.setFocus)]

    def update_style(self) -> None:
        """Use the present theme and scale."""
        theme, scale = self._shell.theme, self._shell.scale
        for part in (self.glossary, self.explainer, self.tour):
            if part is not None:
                part.setAppearance(theme, scale)
