"""The lecturer's own window: notes, what comes next, a clock, and the controls."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, Qt, QTime, QTimer, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from explorer.session.autodiff.session import AutodiffSession
from explorer.session.lessons.session import LessonSession
from explorer.views.help.markdown_view import TEXT_SIZE_PX, MarkdownView
from explorer.views.theme.theme import Theme
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.positioning import resize_to_font
from explorer.views.widgets.scroll_page import make_scrollable


class SpeakerWindow(QWidget):
    """Shows the lesson session's scene and asks both sessions; a window of its own.

    termRequested: key of an entry of the glossary. since: runs since the beginning, also while this window is closed.
    """

    termRequested = Signal(str)

    def __init__(
        self, lessons: LessonSession, autodiff: AutodiffSession, black: Callable[[], None], since: QElapsedTimer
    ) -> None:
        super().__init__(None)
        self.setObjectName("lecturerWindow")
        self.setWindowTitle("Notes for the lecturer")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._lessons, self._autodiff = lessons, autodiff
        self._since = since
        self._buttons: dict[str, QPushButton] = {}
        column = make_scrollable(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        self._clock = self._label("lecturerClock", "large")
        self._title = self._label("lecturerScene", "large")
        self._step = self._label("lecturerStep", "muted")
        self._notes = MarkdownView()
        self._notes.setObjectName("lecturerNotes")
        self._notes.termRequested.connect(self.termRequested)
        self._notes.setAccessibleName("Notes for the lecturer")
        self._notes.setToolTip("Notes for the lecturer")
        self._next = self._label("lecturerNext", "heading")
        for part in (self._clock, self._title, self._step):
            column.addWidget(part)
        column.addWidget(self._notes, 1)
        column.addWidget(self._next)
        column.addLayout(self._build_controls(black))
        self._timer = QTimer(self, interval=500)
        self._timer.timeout.connect(self._show_clock)
        self._timer.start()
        # Its own methods, not lambdas: these end with the window, which the sessions outlive.
        lessons.sceneChanged.connect(self._show)
        lessons.lessonChanged.connect(self._show)
        autodiff.stepper.stepChanged.connect(self._show_step)
        self._show()
        self._show_clock()

    def _label(self, name: str, role: str) -> QLabel:
        label = QLabel(objectName=name)
        label.setProperty("role", role)
        label.setWordWrap(True)
        return label

    def _build_controls(self, black: Callable[[], None]) -> FlowRow:
        row = FlowRow()
        lessons, autodiff = self._lessons, self._autodiff
        for name, text, tip, do in (
            ("lecturerBackButton", "Scene before", "Back to the scene before", lessons.back),
            ("lecturerNextButton", "Next scene", "On to the next scene", lessons.next),
            ("lecturerStepBackButton", "Step back", "One step back on the graph", autodiff.stepper.step_back),
            ("lecturerStepButton", "Step", "One step on, on the graph", autodiff.stepper.step_forward),
            ("lecturerBlackButton", "Black", "Make the class's screen black, or show it again", black),
        ):
            button = push_button(name, text, tip, do)
            if name == "lecturerNextButton":
                button.setProperty("role", "go")
            self._buttons[name] = button
            row.addWidget(button, 1)
        return row

    def _show(self, *_changed: object) -> None:
        scene, following, lesson = self._lessons.current, self._lessons.following, self._lessons.lesson
        if scene is None or lesson is None:
            self._title.setText("No lesson is open")
            self._notes.setMarkdownText(
                "F2 in the main window shows the lessons. Without one you can step here.", Path()
            )
            self._next.setText("")
        else:
            self._title.setText(f"{self._lessons.scene + 1} of {len(lesson.scenes)}: {scene.title}")
            self._notes.setMarkdownText(scene.notes or "*No notes for this scene.*", lesson.folder)
            self._next.setText(f"Next: {following.title}" if following is not None else "This is the last scene.")
        self._buttons["lecturerBackButton"].setEnabled(scene is not None and self._lessons.scene > 0)
        self._buttons["lecturerNextButton"].setEnabled(following is not None)
        self._show_step()

    def _show_step(self, *_changed: object) -> None:
        session = self._autodiff
        total = session.stepper.steps_total(session.stepper.pass_)
        self._step.setText(f"{session.text}   ·   {session.stepper.pass_} pass, step {session.stepper.step} of {total}")

    def _show_clock(self) -> None:
        minutes, seconds = divmod(self._since.elapsed() // 1000, 60)
        self._clock.setText(f"{QTime.currentTime().toString('HH:mm')}   ·   {minutes}:{seconds:02} since the beginning")

    def setTheme(self, theme: Theme, scale: float) -> None:
        """Use the theme's colours, and letters of this size."""
        self._notes.setTheme(theme)
        self._notes.setPixelSize(1.2 * TEXT_SIZE_PX * scale)
        self._notes.setMinimumHeight(round(5 * TEXT_SIZE_PX * scale))
        if not self.isVisible():
            resize_to_font(self, 720, 480)
