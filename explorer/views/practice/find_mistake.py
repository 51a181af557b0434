"""Find the mistake, in the window: a strip that warns, compares and judges, its menu and its keys."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget

from explorer.session.practice.find_mistake import HIGHEST, FindMistakeSession
from explorer.views.practice.exercise_strip import ExerciseStrip, score
from explorer.views.shell.view_menu import add_action
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.shortcuts import Shortcut

if TYPE_CHECKING:
    from explorer.views.shell.main_window import MainWindow

ASKS = (
    "Select an op, by a click or the arrow keys: its gradient is compared with a difference quotient, "
    "which is ours, not TensorFlow's. Which op breaks the rule?"
)


WARNS = "One rule is broken here: these gradients are not TensorFlow's."


class MistakeStrip(ExerciseStrip):
    """Shows what the session says, and asks it; hidden while no exercise is open."""

    def __init__(self, session: FindMistakeSession, parent: QWidget | None = None) -> None:
        super().__init__("mistakeStrip", parent)
        self._session = session
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 14, 8)
        column.setSpacing(6)
        head = QLabel("Find the mistake", objectName="mistakeHeading")
        head.setProperty("role", "heading")
        top = FlowRow()
        top.setSpacing(18)
        top.addWidget(head)
        top.addStretch(1)
        self._score = QLabel(objectName="mistakeScoreLabel")
        top.addWidget(self._score)
        column.addLayout(top)
        self._told = QLabel(objectName="mistakeLabel")
        self._told.setWordWrap(True)
        column.addWidget(self._told)
        row = FlowRow()
        row.setSpacing(6)
        self._choose = push_button(
            "mistakeChooseButton", "This op breaks it", "Say that the selected op breaks the rule (Ctrl+Return)",
            session.choose,
        )  # fmt: skip
        self._choose.setProperty("role", "go")
        self._number = self._number_spin(
            "mistakeNumberSpin", "Number of the exercise with a mistake",
            "Number of the exercise: with it you find it again", HIGHEST, session.begin,
        )  # fmt: skip
        following = push_button(
            "mistakeNextButton", "Next", "Another backward pass with a mistake (Ctrl+Shift+N)", session.next
        )
        end = push_button(
            "mistakeEndButton", "End", "Leave the exercise: TensorFlow's numbers come back (Esc)",
            session.end,
        )  # fmt: skip
        row.addWidget(self._choose)
        row.addStretch(1)
        for part in (self._number, following, end):
            row.addWidget(part)
        column.addLayout(row)
        session.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        session = self._session
        self.setVisible(session.exercise is not None)
        if session.exercise is None:
            return
        self._told.setText(session.told or ASKS)
        self._score.setText(score(session.right, session.tried, session.at_once, "found"))
        self._choose.setEnabled(session.is_ready and not session.found)
        self._show_number(self._number, session.exercise.number)


class FindMistakeController(QObject):
    """Joins the exercise to the window: while it is open nothing that tells the truth stands beside the graph."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._panels: tuple[str, ...] | None = None
        self.session = window.sessions.find_mistake
        self.strip = MistakeStrip(self.session)
        window.autodiff.takeExercise(self.strip)
        self.warning = QLabel(WARNS, objectName="mistakeWarning")
        self.warning.setProperty("role", "error")
        self.warning.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.warning.setWordWrap(True)
        self.warning.setContentsMargins(8, 4, 8, 4)
        window.autodiff.takeWarning(self.warning)
        self.warning.hide()
        menu = window.autodiff.findChild(QToolButton, "examplesButton").menu()
        add_action(menu, "mistakeAction", "Find the mistake in a backward pass", self.session.begin, "Ctrl+Shift+N")
        self.session.begun.connect(self._make_room)
        self.session.wrongChanged.connect(window.autodiff.setWrong)
        self.session.changed.connect(self._follow)
        # The tab shows details of what is selected; this slot is connected later, so it runs after that.
        window.sessions.autodiff.selectionChanged.connect(lambda _selection: self._follow())

    def keys(self) -> list[Shortcut]:
        """Return the keys of the exercise."""
        session, tab = self.session, self._window.autodiff
        return [
            Shortcut(("Ctrl+Shift+N",), "find the mistake in a backward pass", session.next, tab),
            Shortcut(("Ctrl+Return",), "this op is the broken one", session.choose, tab, when=lambda: session.is_ready),
        ]

    def _make_room(self) -> None:
        window = self._window
        window.tabs.setCurrentWidget(window.autodiff)
        if not window.lessons.panel.isHidden():
            window.lessons.show(False)
        window.sessions.prediction.set_exercise(None)
        window.autodiff.graph.setFocus()  # the arrow keys walk from op to op

    def _follow(self) -> None:
        tab = self._window.autodiff
        self.warning.setVisible(self.session.exercise is not None)
        if self.session.exercise is not None and self._panels is None:
            self._panels = tab.panels
            tab.setPanels(())
        elif self.session.exercise is None and self._panels is not None:
            self._panels, before = None, self._panels
            tab.setPanels(before)
            self._window.sessions.autodiff.clear_selection()
        if self.session.exercise is not None:
            tab.details.hide()  # the comparison says more, and needs the room
