""" "Find the mistake" as a feature of the main window: a backward pass with one broken rule."""

from PySide6.QtCore import QObject, Qt

from explorer.session.sessions import Sessions
from explorer.views.autodiff.tab import AutodiffTab
from explorer.views.feature import Shell
from explorer.views.practice.mistake_strip import MistakeStrip
from explorer.views.widgets.actions import add_action
from explorer.views.widgets.labels import make_label

WARNING = "One rule is broken here: these gradients are not TensorFlow's."


class FindMistakeController(QObject):
    """Joins the exercise to the tab "Autodiff", whose panels are hidden meanwhile: they would give away the answer."""

    def __init__(self, sessions: Sessions, shell: Shell) -> None:
        super().__init__(shell.window())
        self._shell, self._sessions, self._tab = shell, sessions, shell.part(AutodiffTab)
        self.session = sessions.find_mistake
        self._hidden_panels: tuple[str, ...] | None = None
        self.strip = MistakeStrip(self.session)
        self._tab.takeExercise(self.strip)
        self.warning = make_label("error", "mistakeWarning", WARNING, wraps=True)
        self.warning.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.warning.setContentsMargins(8, 4, 8, 4)
        self._tab.takeWarning(self.warning)
        self.warning.hide()
        text = "Find the mistake in a backward pass"
        add_action(self._tab.examples_menu, "mistakeAction", text, self.session.begin, "Ctrl+Shift+N")
        self.session.begun.connect(self._show_tab)
        self.session.wrongChanged.connect(self._tab.setWrong)
        self.session.changed.connect(self._update_tab)

    def _show_tab(self) -> None:
        self._shell.show_tab("autodiff")
        self._sessions.prediction.set_exercise(None)
        self._tab.graph.setFocus()  # the arrow keys select ops

    def _update_tab(self) -> None:
        is_open = self.session.exercise is not None
        self.warning.setVisible(is_open)
        if is_open and self._hidden_panels is None:
            self._hidden_panels = self._tab.panels
            self._tab.setPanels(())
        elif not is_open and self._hidden_panels is not None:
            panels, self._hidden_panels = self._hidden_panels, None
            self._tab.setPanels(panels)
            self._sessions.autodiff.clear_selection()
