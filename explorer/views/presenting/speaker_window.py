"""The lecturer's window: notes, the next scene, a clock, and controls."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, Qt, QTime, QTimer, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from explorer.session.autodiff.session import AutodiffSession
from explorer.session.lessons.session import LessonSession
from explorer.views.help.markdown_view import MarkdownView
from explorer.views.theme.theme import Theme
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label
from explorer.views.widgets.positioning import resize_to_font
from explorer.views.widgets.scroll_page import make_scrollable
from explorer.views.widgets.text_size import TEXT_SIZE_PX

CLOCK_INTERVAL_MS = 500


class SpeakerWindow(QWidget):
    """A window of its own, which shows the scene of the open lesson and controls lesson and steps.

    termRequested: emitted with the key of an entry of the glossary. toggle_black: covers the class's screen in black.
    since: started at the beginning of the presentation; it runs on while this window is closed.
    """

    termRequested = Signal(str)

    def __init__(
        self, lessons: LessonSession, autodiff: AutodiffSession, toggle_black: Callable[[], None], since: QElapsedTimer
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
        self._clock = make_label("large", "lecturerClock", wraps=True)
        self._title = make_label("large", "lecturerScene", wraps=True)
        self._step = make_label("muted", "lecturerStep", wraps=True)
        self._notes = MarkdownView()
        self._notes.setObjectName("lecturerNotes")
        self._notes.termRequested.connect(self.termRequested)
        self._notes.setAccessibleName("Notes for the lecturer")
        self._notes.setToolTip("Notes for the lecturer")
        self._next = make_label("heading", "lecturerNext", wraps=True)
        for part in (self._clock, self._title, self._step):
            column.addWidget(part)
        column.addWidget(self._notes, 1)
        column.addWidget(self._next)
        column.addLayout(self._build_controls(toggle_black))
        self._timer = QTimer(self)
        self._timer.setInterval(CLOCK_INTERVAL_MS)
        self._timer.timeout.connect(self._show_clock)
        self._timer.start()
        # Methods, not lambdas: connections to methods end with the window, which the sessions outlive.
        lessons.sceneChanged.connect(self._show)
        lessons.lessonChanged.connect(self._show)
        lessons.textChanged.connect(self._show)
        autodiff.stepper.stepChanged.connect(self._show_step)
        self._show()
        self._show_clock()

    def _build_controls(self, toggle_black: Callable[[], None]) -> FlowRow:
        row = FlowRow()
        lessons, stepper = self._lessons, self._autodiff.stepper
        for name, text, tooltip, on_click in (
            ("lecturerBackButton", "Previous scene", "Back to the previous scene", lessons.back),
            ("lecturerNextButton", "Next scene", "On to the next scene", lessons.next),
            ("lecturerStepBackButton", "Step back", "One step back in the graph", stepper.step_back),
            ("lecturerStepButton", "Step", "One step forward in the graph", stepper.step_forward),
            ("lecturerBlackButton", "Black", "Make the class's screen black, or show it again", toggle_black),
        ):
            button = push_button(name, text, tooltip, on_click)
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
            self._notes.setMarkdownText(self._lessons.notes or "*No notes for this scene.*", lesson.folder)
            self._next.setText(f"Next: {following.title}" if following is not None else "This is the last scene.")
        self._buttons["lecturerBackButton"].setEnabled(scene is not None and self._lessons.scene > 0)
        self._buttons["lecturerNextButton"].setEnabled(following is not None)
        self._show_step()

    def _show_step(self, *_changed: object) -> None:
        stepper = self._autodiff.stepper
        total = stepper.steps_total(stepper.pass_)
        self._step.setText(f"{self._autodiff.text}   ·   {stepper.pass_} pass, step {stepper.step} of {total}")

    def _show_clock(self) -> None:
        minutes, seconds = divmod(self._since.elapsed() // 1000, 60)
        self._clock.setText(f"{QTime.currentTime().toString('HH:mm')}   ·   {minutes}:{seconds:02} since the beginning")

    def setTheme(self, theme: Theme, scale: float) -> None:
        """Use the theme's colours, and fonts of this scale."""
        self._notes.setTheme(theme)
        self._notes.setPixelSize(1.2 * TEXT_SIZE_PX * scale)
        self._notes.setMinimumHeight(round(5 * TEXT_SIZE_PX * scale))
        if not self.isVisible():
            resize_to_font(self, 720, 480)
