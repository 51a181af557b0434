"""Practice in the window: a strip with level, number and score under the graph, its menu and its keys."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QMenu, QToolButton, QWidget

from explorer.core.practice.exercises import LEVELS
from explorer.session.practice.session import HIGHEST, PracticeSession
from explorer.views.practice.exercise_strip import ExerciseStrip, score
from explorer.views.shell.view_menu import add_action
from explorer.views.theme.stylesheet import set_role
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.choice_combo import ChoiceCombo
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.shortcuts import Shortcut

if TYPE_CHECKING:
    from explorer.views.shell.main_window import MainWindow


SIDE_BY_SIDE = 46
"""Lines of text that the strip must be wide to have one row."""

WORDS = 9
"""Lines of text that the score is wide where other things stand beside it."""


class PracticeStrip(ExerciseStrip):
    """Shows where one is in practising, and asks the session; hidden while nobody practises."""

    def __init__(self, session: PracticeSession, parent: QWidget | None = None) -> None:
        super().__init__("practiceStrip", parent)
        self._session = session
        self._rows = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._rows.setContentsMargins(14, 8, 14, 8)
        self._rows.setSpacing(6)
        self._presenting = False
        self._rows.addLayout(self._build_choices(), 1)
        self._foot = row = FlowRow()
        row.setSpacing(6)
        self._score = QLabel(objectName="practiceScoreLabel")
        self._score.setWordWrap(True)
        row.addWidget(self._score, 1)
        self._next = push_button(
            "practiceNextButton", "Next exercise", "The next exercise of this level (Ctrl+N)", session.next
        )
        row.addWidget(self._next)
        row.addWidget(
            push_button("practiceEndButton", "End", "Stop practising; the expression stays (Esc)", session.end)
        )
        self._rows.addLayout(row, 1)
        session.changed.connect(self._show)
        self._show()

    def _build_choices(self) -> FlowRow:
        row = FlowRow()
        row.setSpacing(6)
        self._level = ChoiceCombo("practiceLevelCombo")
        for level, about in enumerate(LEVELS, 1):
            self._level.addItem(f"{level}  {about}", level)
        self._level.setToolTip("What the exercises are about")
        self._level.setAccessibleName("Level of the exercises")
        self._level.activated.connect(lambda index: self._session.set_level(self._level.itemData(index)))
        self._number = self._number_spin(
            "practiceNumberSpin", "Number of the exercise",
            "Number of the exercise: with it and the level you find it again", HIGHEST, self._session.set_number,
        )  # fmt: skip
        row.addWidget(self._level, 1)
        row.addWidget(self._number)
        return row

    def _show(self) -> None:
        session, exercise = self._session, self._session.exercise
        self.setVisible(exercise is not None)
        if exercise is None:
            return
        self._level.setCurrentIndex(exercise.level - 1)
        self._show_number(self._number, exercise.number)
        done = session.is_done
        says = score(session.right, session.asked, session.at_once, "right") or "Find each number on the way back."
        says = f"Done. {says}" if done and session.asked else says
        where = f"Level {exercise.level}, no. {exercise.number}. " if self._presenting else ""
        self._score.setText(where + says)
        set_role(self._next, "go" if done else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put all side by side where there is room: the graph needs the height."""
        super().resizeEvent(event)
        self._foot.setPreferredWidth(self._score, WORDS * self.fontMetrics().height())
        wide = self.width() >= SIDE_BY_SIDE * self.fontMetrics().height()
        self._rows.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)

    def setPresenting(self, presenting: bool) -> None:
        """Say which exercise it is, and leave out where another one is chosen: the graph needs the room."""
        self._presenting = presenting
        for part in (self._level, self._number):
            part.setVisible(not presenting)
        self._show()

    def focusNext(self) -> None:
        """Let Return go on with the next exercise."""
        self._next.setFocus()


class PracticeController(QObject):
    """Joins practice to the window."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._predict = window.sessions.prediction
        self.session = window.sessions.practice
        self.strip = PracticeStrip(self.session)
        window.autodiff.takeExercise(self.strip)
        examples = window.autodiff.findChild(QToolButton, "examplesButton")
        examples.menu().addSeparator()
        self._menu = QMenu("Practise at level", examples.menu())
        examples.menu().addMenu(self._menu)
        for level, about in enumerate(LEVELS, 1):
            add_action(
                self._menu, f"practiseAction_{level}", f"{level}  {about}", lambda level=level: self.begin(level)
            )
        self._words = ""
        self.session.begun.connect(self._make_room)
        self._predict.changed.connect(self._follow)
        self.session.changed.connect(self._follow)

    def keys(self) -> list[Shortcut]:
        """Return the keys of practising."""
        return [Shortcut(("Ctrl+N",), "practise: a new exercise", self.go_on, self._window.autodiff)]

    def begin(self, level: int, number: int | None = None) -> None:
        """Begin to practise."""
        self.session.begin(level, number)

    def go_on(self) -> None:
        """Open the next exercise, or begin at the level of the last time."""
        if self.session.exercise is None:
            self.begin(self.session.level)
        else:
            self.session.next()

    def _make_room(self) -> None:
        """A lesson has a question of its own, which stands where those of the exercise shall be."""
        self._window.tabs.setCurrentWidget(self._window.autodiff)
        if not self._window.lessons.panel.isHidden():
            self._window.lessons.show(False)
        self._words = ""

    def _follow(self) -> None:
        """Whoever practises needs the keys alone: the next answer can be typed at once."""
        if self.session.exercise is None:
            return
        words = self._predict.words or ("done" if self.session.is_done else "")
        if words == self._words:
            return
        self._words = words
        if self._predict.words:
            self._window.lessons.answer.focusAnswer()
        elif words:
            self.strip.focusNext()
