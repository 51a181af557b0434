"""Practice as a feature of the main window: exercises on any expression, in the tab "Autodiff"."""

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu

from explorer.core.practice.exercises import LEVELS
from explorer.session.sessions import Sessions
from explorer.views.autodiff.tab import AutodiffTab
from explorer.views.feature import Shell
from explorer.views.practice.answer_strip import AnswerStrip
from explorer.views.practice.practice_strip import PracticeStrip
from explorer.views.widgets.actions import add_action


class PracticeController(QObject):
    """Joins the practice session to the tab "Autodiff".

    answer: the strip for answers, also to questions of lessons. strip: the strip of practice.
    """

    def __init__(self, sessions: Sessions, shell: Shell) -> None:
        super().__init__(shell.window())
        self._shell, self._tab = shell, shell.part(AutodiffTab)
        self._prediction, self.session = sessions.prediction, sessions.practice
        self.answer = AnswerStrip(sessions.prediction)
        self.strip = PracticeStrip(sessions.practice)
        self._tab.takeExercise(self.answer, first=True)
        self._tab.takeExercise(self.strip)
        examples = self._tab.examples_menu
        examples.addSeparator()
        self._menu = QMenu("Practise at level", examples)
        examples.addMenu(self._menu)
        for level, subject in enumerate(LEVELS, 1):
            text = f"{level}  {subject}"
            add_action(self._menu, f"practiseAction_{level}", text, partial(self.begin, level))
        self._focused_question = ""
        self.session.begun.connect(self._show_tab)
        self._prediction.changed.connect(self._move_focus)
        self.session.changed.connect(self._move_focus)

    def begin(self, level: int, number: int | None = None) -> None:
        """Begin to practise at a level, with the exercise of a number or any other."""
        self.session.begin(level, number)

    def next(self) -> None:
        """Open the next exercise, or begin at the previous level."""
        if self.session.exercise is None:
            self.begin(self.session.level)
        else:
            self.session.next()

    def _show_tab(self) -> None:
        self._shell.show_tab("autodiff")
        self._focused_question = ""

    def _move_focus(self) -> None:
        """Focus the next answer, so that practice needs the keyboard only."""
        if self.session.exercise is None:
            return
        question = self._prediction.question or ("done" if self.session.is_done else "")
        if question == self._focused_question:
            return
        self._focused_question = question
        if self._prediction.question:
            self.answer.focusAnswer()
        elif question:
            self.strip.focusNext()
