"""The panel of lessons: the list of all lessons, or a scene of the open one."""

from collections.abc import Callable

from PySide6.QtCore import Property, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.core.lessons.markdown_parts import find_formulas
from explorer.core.number_format import format_count
from explorer.session.lessons.progress import DONE, NEW, PARTLY
from explorer.session.lessons.session import LessonSession
from explorer.views.help.markdown_view import MarkdownView
from explorer.views.lessons.next_lesson_button import NextLessonButton
from explorer.views.lessons.training_row import LessonTrainingRow
from explorer.views.painting.typesetter import typesetter
from explorer.views.practice.answer_strip import AnswerStrip
from explorer.views.theme.stylesheet import set_role
from explorer.views.theme.theme import Theme
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.labels import make_label
from explorer.views.widgets.scroll_page import ScrollPage
from explorer.views.widgets.text_size import LARGE_SCALE, TEXT_SIZE_PX, presented_text_px

MARKS = {NEW: "\u2003", PARTLY: "◐", DONE: "✓"}
"""Signs before the titles of the list; a new lesson has a space of their width."""

PANEL_WIDTH_PX = 336
"""Width of the panel at scale 1."""


class LessonPanel(QFrame):
    """Shows a `LessonSession`.

    Properties ``lesson``: key of the open lesson, "" for none; ``scene``: number of its scene, from 1, 0 for none.
    """

    closed = Signal()
    fileRequested = Signal()
    saveRequested = Signal()
    restoreRequested = Signal()

    def __init__(self, session: LessonSession, answer: AnswerStrip, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lessonPanel")
        self.setAccessibleName("Lessons")
        self._session = session
        self._scale = 1.0
        self._presenting = False
        self._pages = QStackedWidget()
        self._pages.addWidget(self._build_list())
        self._pages.addWidget(self._build_lesson(answer))
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 8, 10)
        column.addWidget(self._pages)
        session.lessonChanged.connect(self._show_lesson)
        session.sceneChanged.connect(self._show_scene)
        session.textChanged.connect(self._show_numbers)
        session.progressChanged.connect(self._show_progress)
        session.messageChanged.connect(self._show_message)
        self._show_lesson(session.lesson)

    def _get_lesson(self) -> str:
        return self._session.lesson.key if self._session.lesson is not None else ""

    def _get_scene(self) -> int:
        return self._session.scene + 1 if self._session.lesson is not None else 0

    lesson = Property(str, _get_lesson)
    scene = Property(int, _get_scene)

    # -- building ---------------------------------------------------------------------------------

    def _build_list(self) -> QWidget:
        page, column = _new_page()
        row = FlowRow()
        row.addWidget(make_label("large", text="Lessons"), 1)
        row.addWidget(_tool_button("lessonsCloseButton", "✕", "Close the list of lessons", self.closed.emit))
        column.addLayout(row)
        self._list = QListWidget()
        self._list.setObjectName("lessonList")
        self._list.setAccessibleName("Lessons")
        self._list.setToolTip("Return or a click opens a lesson where it was left")
        self._list.setWordWrap(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for entry in self._session.shelf:
            item = QListWidgetItem()
            item.setData(Qt.ItemDataRole.UserRole, entry.key)
            self._list.addItem(item)
        self._list.setCurrentRow(0)
        self._list.itemActivated.connect(self._open)
        self._list.itemClicked.connect(self._open)
        column.addWidget(self._list, 1)
        self._message = make_label("error", "lessonSentence", wraps=True, plain=True)
        self._message.hide()
        column.addWidget(self._message)
        row = FlowRow()
        push_button("openLessonButton", "Open …", "Open a lesson from a file", self.fileRequested.emit, row)
        tooltip = "Write what the window shows as a scene, at the end of a lesson or into a new one"
        push_button("saveSceneButton", "Save as a scene …", tooltip, self.saveRequested.emit, row)
        column.addLayout(row)
        return page

    def _build_lesson(self, answer: AnswerStrip) -> QWidget:
        page, column = _new_page()
        self._head, row = _new_row(4)
        self._title = make_label("muted", "lessonTitle", wraps=True, plain=True)
        row.addWidget(self._title, 1)
        tooltip = "Show the notes for the lecturer"
        self._notes_button = _tool_button("lessonNotesButton", "Notes", tooltip, self._toggle_notes)
        self._notes_button.setCheckable(True)
        row.addWidget(self._notes_button)
        row.addWidget(_tool_button("lessonAgainButton", "↺", "Restore this scene (Ctrl+R)", self.restoreRequested.emit))
        row.addWidget(_tool_button("lessonListButton", "☰", "Back to the list of lessons", self._session.close))
        column.addWidget(self._head)
        self._scene_title = make_label("large", "sceneTitle", wraps=True, plain=True)
        column.addWidget(self._scene_title)
        self.text = MarkdownView()
        column.addWidget(self.text, 3)
        self.notes = MarkdownView()
        self.notes.setObjectName("lessonNotes")
        self.notes.setAccessibleName("Notes for the lecturer")
        self.notes.setToolTip("Notes for the lecturer")
        self.notes.hide()
        column.addWidget(self.notes, 1)
        self.training = LessonTrainingRow(self._session)
        column.addWidget(self.training)
        self._answer_column = QVBoxLayout()
        self._answer_column.addWidget(answer)
        column.addLayout(self._answer_column)
        self.next_lesson = NextLessonButton()
        self.next_lesson.clicked.connect(lambda _checked=False: self._session.open_next_lesson())
        self.next_lesson.hide()
        column.addWidget(self.next_lesson)
        self._foot, row = _new_row(8)
        self._back = push_button("lessonBackButton", "Back", "The previous scene (Page Up)", self._session.back)
        self._number = make_label("", "sceneLabel")
        self._number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._next = push_button("lessonNextButton", "Next", "The next scene (Page Down)", self._session.next)
        self._next.setProperty("role", "go")
        row.addWidget(self._back)
        row.addWidget(self._number, 1)
        row.addWidget(self._next)
        column.addWidget(self._foot)
        return page

    def focusList(self) -> None:
        """Focus the list of lessons if it is shown."""
        if self._session.lesson is None:
            self._list.setFocus()

    # -- showing ----------------------------------------------------------------------------------

    def _open(self, item: QListWidgetItem) -> None:
        self._session.open_key(item.data(Qt.ItemDataRole.UserRole))

    def _show_lesson(self, lesson: object) -> None:
        self._pages.setCurrentIndex(0 if lesson is None else 1)
        if lesson is None:
            self._show_progress()
            self._list.setFocus()

    def _show_scene(self, index: int) -> None:
        lesson, scene = self._session.lesson, self._session.current
        assert lesson is not None
        assert scene is not None
        self._title.setText(lesson.title)
        self._scene_title.setText(scene.title)
        self.text.setMarkdownText(self._session.text, lesson.folder)
        self._fill_notes()
        self._number.setText(f"{index + 1} of {len(lesson.scenes)}")
        self._back.setEnabled(index > 0)
        self._next.setEnabled(index + 1 < len(lesson.scenes))
        self._show_next_lesson()
        self.prefetchFormulas()

    def _show_next_lesson(self) -> None:
        entry = self._session.next_lesson
        self.next_lesson.setVisible(entry is not None)
        if entry is not None:
            self.next_lesson.setTitle(entry.title)

    def _show_numbers(self) -> None:
        """Show numbers that have arrived in the texts, which keep their places in the views."""
        lesson = self._session.lesson
        if lesson is None:
            return
        bar = self.text.verticalScrollBar()
        place = bar.value()
        self.text.setMarkdownText(self._session.text, lesson.folder)
        bar.setValue(place)
        self._fill_notes()

    def prefetchFormulas(self) -> None:
        """Typeset the formulas of the next scene, with its numbers as far as they are known."""
        for latex in find_formulas(self._session.following_text):
            typesetter().request(latex, prefetch=True)

    def _show_progress(self) -> None:
        for row, entry in enumerate(self._session.shelf):
            mark, item = self._session.mark(entry.key), self._list.item(row)
            item.setText(f"{entry.key[:2]} {MARKS[mark]} {entry.title}{self._suffix(entry.key, mark)}")
            item.setToolTip(item.text())  # all of a title that is too long for the panel

    def _suffix(self, key: str, mark: str) -> str:
        """Return what the list says behind a title about the progress in a lesson."""
        if mark == DONE:
            return "   ·   done"
        if count := self._session.open_exercises(key):
            return f"   ·   {format_count(count, 'exercise')} left"
        return "" if mark == NEW else f"   ·   at scene {self._session.progress(key) + 1}"

    def _fill_notes(self) -> None:
        """Fill the notes if they are shown: hidden formulas would be typeset before those of the text."""
        lesson, scene = self._session.lesson, self._session.current
        if lesson is not None and scene is not None and self._notes_button.isChecked():
            self.notes.setMarkdownText(self._session.notes or "*No notes for this scene.*", lesson.folder)

    def _toggle_notes(self) -> None:
        self._fill_notes()
        self.notes.setVisible(self._notes_button.isChecked())

    def _show_message(self, message: str) -> None:
        self._message.setText(message)
        self._message.setVisible(bool(message))

    # -- appearance -------------------------------------------------------------------------------

    @property
    def is_ready(self) -> bool:
        """Whether the text is shown with all its formulas."""
        return self.text.is_ready

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self.text.setTheme(theme)
        self.notes.setTheme(theme)

    def setScale(self, scale: float) -> None:
        """Scale the texts; everything else follows the style sheet."""
        self._scale = scale
        pixels = presented_text_px(scale) if self._presenting else TEXT_SIZE_PX * scale
        self.text.setPixelSize(pixels)
        self.text.setMinimumHeight(round(6 * pixels))
        set_role(self._scene_title, "huge" if self._presenting and scale <= LARGE_SCALE else "large")
        self.notes.setPixelSize(0.9 * TEXT_SIZE_PX * scale)

    def setPresenting(self, presenting: bool) -> None:
        """Show the text alone, in large letters."""
        self._presenting = presenting
        for part in (self._head, self._foot):
            part.setVisible(not presenting)
        self.notes.setVisible(not presenting and self._notes_button.isChecked())
        self.setScale(self._scale)

    def takeAnswer(self, answer: AnswerStrip) -> None:
        """Place the strip for answers below the text."""
        self._answer_column.addWidget(answer)


def _new_page() -> tuple[QWidget, QVBoxLayout]:
    column = QVBoxLayout()
    page = ScrollPage(column)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(8)
    return page, column


def _new_row(spacing: int) -> tuple[QWidget, FlowRow]:
    widget = QWidget()
    widget.setProperty("clear", True)
    row = FlowRow(widget)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(spacing)
    return widget, row


def _tool_button(object_name: str, text: str, tooltip: str, on_click: Callable[[], object]) -> QToolButton:
    button = QToolButton()
    button.setObjectName(object_name)
    button.setText(text)
    button.setToolTip(tooltip)
    button.setAccessibleName(tooltip)
    button.setProperty("small", True)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.clicked.connect(lambda _checked=False: on_click())
    return button
