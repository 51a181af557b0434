"""The lecturer's window: text and notes, the answer to an exercise, the next scene, a clock, and controls."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, Qt, QTime, QTimer, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer.session.lessons.session import LessonSession
from explorer.session.practice.prediction import SHOWN
from explorer.session.sessions import Sessions
from explorer.views.feature import Shell
from explorer.views.help.markdown_view import MarkdownView
from explorer.views.presenting.scene_picture import ScenePictures
from explorer.views.theme.stylesheet import set_role
from explorer.views.theme.theme import Theme
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.fields.spin_boxes import IntegerSpinBox
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
        self,
        sessions: Sessions,
        lessons: LessonSession,
        shell: Shell,
        toggle_black: Callable[[], None],
        since: QElapsedTimer,
    ) -> None:
        super().__init__(None)
        self.setObjectName("lecturerWindow")
        self.setWindowTitle("Notes for the lecturer")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._lessons, self._autodiff, self._prediction = lessons, sessions.autodiff, sessions.prediction
        self._store, self._since = sessions.store, since
        self._pictures = ScenePictures(shell, self)
        self._buttons: dict[str, QPushButton] = {}
        column = make_scrollable(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(10)
        self._title = make_label("large", "lecturerScene", wraps=True, plain=True)
        self._step = make_label("muted", "lecturerStep", wraps=True)
        self._notes = self._build_text("lecturerNotes", "Notes for the lecturer")
        self._text = self._build_text("lecturerText", "Text for the class")
        column.addLayout(self._build_clock())
        column.addWidget(self._title)
        column.addWidget(self._step)
        column.addLayout(self._build_texts(), 3)
        below = QHBoxLayout()
        below.setSpacing(24)
        below.addWidget(self._build_exercise(), 1)
        below.addLayout(self._build_next(), 1)
        column.addLayout(below, 2)
        column.addLayout(self._build_controls(toggle_black))
        self._timer = QTimer(self)
        self._timer.setInterval(CLOCK_INTERVAL_MS)
        self._timer.timeout.connect(self._show_clock)
        self._timer.start()
        # Methods, not lambdas: connections to methods end with the window, which the sessions outlive.
        lessons.sceneChanged.connect(self._show)
        lessons.lessonChanged.connect(self._show)
        lessons.textChanged.connect(self._show_texts)
        self._autodiff.stepper.stepChanged.connect(self._show_step)
        self._autodiff.traceChanged.connect(self._show_step)
        self._autodiff.valuesChanged.connect(self._show_exercise)
        self._prediction.changed.connect(self._show_exercise)
        self._pictures.changed.connect(self._show_picture)
        self._show()
        self._show_clock()
        self._buttons["lecturerNextButton"].setFocus()

    # -- building ---------------------------------------------------------------------------------

    def _build_text(self, name: str, title: str) -> MarkdownView:
        view = MarkdownView()
        view.setObjectName(name)
        view.setAccessibleName(title)
        view.setToolTip(title)
        view.termRequested.connect(self.termRequested)
        return view

    def _build_clock(self) -> FlowRow:
        row = FlowRow()
        row.setSpacing(12)
        self._clock = make_label("large", "lecturerClock", wraps=True)
        self._minutes = IntegerSpinBox("lecturerMinutes")
        self._minutes.setRange(1, 480)
        self._minutes.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # a clicker's keys are not typed into it
        self._minutes.setPrefix("of ")
        self._minutes.setSuffix(" minutes")
        self._minutes.setToolTip("Length of the talk, of which the clock shows what is left")
        self._minutes.setAccessibleName("Length of the talk")
        self._minutes.setValue(self._store.get("talk_minutes"))
        self._minutes.valueChanged.connect(self._set_minutes)
        row.addWidget(self._clock, 1)
        row.addWidget(self._minutes)
        return row

    def _build_texts(self) -> QGridLayout:
        texts = QGridLayout()
        texts.setHorizontalSpacing(24)
        texts.setRowStretch(1, 1)
        for number, view in enumerate((self._notes, self._text)):
            texts.setColumnStretch(number, 1)
            texts.addWidget(make_label("heading", text=view.accessibleName()), 0, number)
            texts.addWidget(view, 1, number)
        return texts

    def _build_exercise(self) -> QFrame:
        box = self._exercise = QFrame()
        box.setProperty("card", True)
        column = QVBoxLayout(box)
        self._question = make_label("heading", "lecturerQuestion", wraps=True, plain=True)
        self._answer = make_label("right", "lecturerAnswer", wraps=True, plain=True)
        self._hints = make_label("", "lecturerHints", wraps=True, plain=True)
        self._verdict = make_label("muted", "lecturerVerdict", wraps=True, plain=True)
        for label in (self._question, self._answer, self._hints, self._verdict):
            column.addWidget(label)
        tooltip = "Show the answer to the class"
        self._reveal = push_button("lecturerRevealButton", "Reveal", tooltip, self._prediction.reveal)
        column.addWidget(self._reveal, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        return box

    def _build_next(self) -> QVBoxLayout:
        column = QVBoxLayout()
        self._next = make_label("heading", "lecturerNext", wraps=True, plain=True)
        self._picture = QLabel()
        self._picture.setObjectName("lecturerPicture")
        self._picture.setAccessibleName("Picture of the next scene")
        self._picture.setToolTip("The next scene as the class saw it, or its text, formula and graph")
        column.addWidget(self._next)
        column.addWidget(self._picture)
        column.addStretch(1)
        return column

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

    # -- showing ----------------------------------------------------------------------------------

    def _show(self, *_changed: object) -> None:
        scene, following, lesson = self._lessons.current, self._lessons.following, self._lessons.lesson
        if scene is None or lesson is None:
            self._title.setText("No lesson is open")
            self._next.setText("")
        else:
            self._title.setText(f"{self._lessons.scene + 1} of {len(lesson.scenes)}: {scene.title}")
            self._next.setText(f"Next: {following.title}" if following is not None else "This is the last scene.")
        self._buttons["lecturerBackButton"].setEnabled(scene is not None and self._lessons.scene > 0)
        self._buttons["lecturerNextButton"].setEnabled(following is not None)
        self._show_texts()
        self._show_step()
        self._show_exercise()
        self._show_picture()

    def _show_texts(self) -> None:
        lesson = self._lessons.lesson
        if lesson is None:
            self._text.setMarkdownText("", Path())
            notes = "F2 in the main window shows the lessons. Without one you can step here."
            self._notes.setMarkdownText(notes, Path())
        else:
            self._text.setMarkdownText(self._lessons.text, lesson.folder)
            self._notes.setMarkdownText(self._lessons.notes or "*No notes for this scene.*", lesson.folder)

    def _show_step(self, *_changed: object) -> None:
        stepper = self._autodiff.stepper
        total = stepper.steps_total(stepper.pass_)
        self._step.setText(f"{self._autodiff.text}   ·   {stepper.pass_} pass, step {stepper.step} of {total}")

    def _show_exercise(self, *_changed: object) -> None:
        """Show the open question with its answer, the foreseen mistakes, and what the class was told last."""
        prediction = self._prediction
        self._exercise.setVisible(bool(prediction.question or prediction.message))
        hints = [f"{answer}:  {says or 'the program has a hint'}" for answer, says in prediction.hints]
        for label, text in (
            (self._question, prediction.question),
            (self._answer, prediction.answer),
            (self._hints, "\n".join(["Wrong answers that have a hint", *hints]) if hints else ""),
            (self._verdict, f"The class sees: {prediction.message}" if prediction.message else ""),
        ):
            label.setText(text)
            label.setVisible(bool(text))
        self._reveal.setEnabled(bool(prediction.question) and prediction.verdict != SHOWN)

    def _show_picture(self) -> None:
        picture = self._pictures.next_picture if self._lessons.following is not None else None
        self._picture.setVisible(picture is not None)
        if picture is not None:
            self._picture.setPixmap(picture)

    def _show_clock(self) -> None:
        elapsed = self._since.elapsed() // 1000
        left = 60 * self._minutes.value() - elapsed
        rest = f"{_time_text(left)} left" if left >= 0 else f"{_time_text(-left)} over"
        self._clock.setText(f"{QTime.currentTime().toString('HH:mm')}   ·   {_time_text(elapsed)} used   ·   {rest}")
        set_role(self._clock, "large" if left >= 0 else "error")

    def _set_minutes(self, minutes: int) -> None:
        self._store.set("talk_minutes", minutes)
        self._show_clock()

    def setTheme(self, theme: Theme, scale: float) -> None:
        """Use the theme's colours, and fonts of this scale."""
        for view in (self._notes, self._text):
            view.setTheme(theme)
            view.setPixelSize(1.1 * TEXT_SIZE_PX * scale)
            view.setMinimumHeight(round(7 * TEXT_SIZE_PX * scale))
        if not self.isVisible():
            resize_to_font(self, 1080, 680)


def _time_text(seconds: int) -> str:
    """Return minutes and seconds as a clock shows them."""
    return f"{seconds // 60}:{seconds % 60:02}"
