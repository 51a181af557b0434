"""The panel beside the views: a list of lessons, and the scene of the one that is open."""

from PySide6.QtCore import Property, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.core.lessons.formulas import find_formulas
from explorer.session.lessons.session import LessonSession
from explorer.views.help.markdown_view import TEXT_SIZE_PX, MarkdownView
from explorer.views.lessons.training_row import LessonTrainingRow
from explorer.views.practice.answer_strip import AnswerStrip
from explorer.views.theme.stylesheet import set_role
from explorer.views.theme.theme import Theme
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.flow_row import FlowRow
from explorer.views.widgets.scroll_page import ScrollPage
from explorer.views.widgets.typesetter import typesetter

PRESENTED = 25
"""Pixels of the text in present mode at scale 1."""

LARGE = 1.6
"""From this scale on letters are large as they are."""

WIDTH = 336
"""Of the panel, in pixels at scale 1."""


def presented(scale: float) -> float:
    """Return the pixels of letters in present mode."""
    # Large letters need not become much larger: a line of three words is hard to read.
    return max(PRESENTED * min(scale, LARGE), TEXT_SIZE_PX * scale)


class LessonPanel(QFrame):
    """Properties ``lesson``: key of the open lesson, "" for none; ``scene``: its scene, from 1, 0 for none."""

    closed = Signal()
    fileAsked = Signal()
    saveAsked = Signal()

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
        session.progressChanged.connect(self._show_progress)
        session.sentenceChanged.connect(self._show_sentence)
        self._show_lesson(session.lesson)

    lesson = Property(str, lambda self: self._session.lesson.key if self._session.lesson is not None else "")
    scene = Property(int, lambda self: self._session.scene + 1 if self._session.lesson is not None else 0)

    # -- building ---------------------------------------------------------------------------------

    def _build_list(self) -> QWidget:
        page, column = _page()
        row = FlowRow()
        head = QLabel("Lessons")
        head.setProperty("role", "large")
        row.addWidget(head, 1)
        row.addWidget(self._tool("lessonsCloseButton", "✕", "Close the list of lessons", self.closed.emit))
        column.addLayout(row)
        self._list = QListWidget(objectName="lessonList")
        self._list.setAccessibleName("Lessons")
        self._list.setToolTip("Return or a click opens a lesson where it was left")
        self._list.setWordWrap(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for line in self._session.shelf:
            item = QListWidgetItem()
            item.setData(Qt.ItemDataRole.UserRole, line.key)
            self._list.addItem(item)
        self._list.setCurrentRow(0)
        self._list.itemActivated.connect(self._chosen)
        self._list.itemClicked.connect(self._chosen)
        column.addWidget(self._list, 1)
        self._sentence = QLabel(objectName="lessonSentence")
        self._sentence.setWordWrap(True)
        self._sentence.setProperty("role", "error")
        self._sentence.hide()
        column.addWidget(self._sentence)
        row = FlowRow()
        row.addWidget(push_button("openLessonButton", "Open …", "Open a lesson from a file", self.fileAsked.emit))
        tip = "Write what the window shows as a scene, at the end of a lesson or into a new one"
        row.addWidget(push_button("saveSceneButton", "Save as a scene …", tip, self.saveAsked.emit))
        column.addLayout(row)
        return page

    def _build_lesson(self, answer: AnswerStrip) -> QWidget:
        page, column = _page()
        self._head = QWidget()
        self._head.setProperty("clear", True)
        row = FlowRow(self._head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self._title = QLabel(objectName="lessonTitle")
        self._title.setProperty("role", "muted")
        self._title.setWordWrap(True)
        row.addWidget(self._title, 1)
        self._notes_button = self._tool(
            "lessonNotesButton", "Notes", "Show the notes for the lecturer", self._show_notes
        )
        self._notes_button.setCheckable(True)
        row.addWidget(self._notes_button)
        row.addWidget(self._tool("lessonAgainButton", "↺", "Set this scene once more", self._session.again))
        row.addWidget(self._tool("lessonListButton", "☰", "Back to the list of lessons", self._session.close))
        column.addWidget(self._head)
        self._scene_title = QLabel(objectName="sceneTitle")
        self._scene_title.setProperty("role", "large")
        self._scene_title.setWordWrap(True)
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
        self._answer_place = QVBoxLayout()
        self._answer_place.addWidget(answer)
        column.addLayout(self._answer_place)
        self._foot = QWidget()
        self._foot.setProperty("clear", True)
        row = FlowRow(self._foot)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self._back = push_button("lessonBackButton", "Back", "The scene before (Page Up)", self._session.back)
        self._scene_label = QLabel(objectName="sceneLabel")
        self._scene_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._next = push_button("lessonNextButton", "Next", "The next scene (Page Down)", self._session.next)
        self._next.setProperty("role", "go")
        row.addWidget(self._back)
        row.addWidget(self._scene_label, 1)
        row.addWidget(self._next)
        column.addWidget(self._foot)
        return page

    def _tool(self, name: str, text: str, tip: str, do: object) -> QToolButton:
        button = QToolButton(objectName=name)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setProperty("small", True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda _checked=False: do())
        return button

    def focusList(self) -> None:
        """Let the arrow keys and Return choose a lesson, where none is open."""
        if self._session.lesson is None:
            self._list.setFocus()

    # -- showing ----------------------------------------------------------------------------------

    def _chosen(self, item: QListWidgetItem) -> None:
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
        self.text.setMarkdownText(scene.text, lesson.folder)
        self._fill_notes()
        self._scene_label.setText(f"{index + 1} of {len(lesson.scenes)}")
        self._back.setEnabled(index > 0)
        self._next.setEnabled(index + 1 < len(lesson.scenes))
        following = self._session.following
        for latex in find_formulas(following.text) if following is not None else ():
            typesetter().request(latex, prefetch=True)

    def _show_progress(self) -> None:
        for row, line in enumerate(self._session.shelf):
            reached = self._session.progress(line.key)
            told = "" if reached < 0 else f"   ·   at scene {reached + 1}"
            self._list.item(row).setText(f"{line.key[:2]}   {line.title}{told}")

    def _fill_notes(self) -> None:
        """Set the notes while they are shown: formulas that nobody sees would be typeset before those of the text."""
        lesson, scene = self._session.lesson, self._session.current
        if lesson is not None and scene is not None and self._notes_button.isChecked():
            self.notes.setMarkdownText(scene.notes or "*No notes for this scene.*", lesson.folder)

    def _show_notes(self) -> None:
        self._fill_notes()
        self.notes.setVisible(self._notes_button.isChecked())

    def _show_sentence(self, sentence: str) -> None:
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))

    # -- look -------------------------------------------------------------------------------------

    @property
    def is_ready(self) -> bool:
        """Whether the text stands with all its formulas."""
        return self.text.is_ready

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self.text.setTheme(theme)
        self.notes.setTheme(theme)

    def setScale(self, scale: float) -> None:
        """Scale the texts; everything else follows the style sheet."""
        self._scale = scale
        pixels = presented(scale) if self._presenting else TEXT_SIZE_PX * scale
        self.text.setPixelSize(pixels)
        self.text.setMinimumHeight(round(6 * pixels))
        role = "huge" if self._presenting and scale <= LARGE else "large"
        set_role(self._scene_title, role)
        self.notes.setPixelSize(0.9 * TEXT_SIZE_PX * scale)

    def setPresenting(self, presenting: bool) -> None:
        """Show the class text alone, large."""
        self._presenting = presenting
        for part in (self._head, self._foot):
            part.setVisible(not presenting)
        self.notes.setVisible(not presenting and self._notes_button.isChecked())
        self.setScale(self._scale)

    def takeAnswer(self, answer: AnswerStrip) -> None:
        """Let the strip for answers stand in the panel."""
        self._answer_place.addWidget(answer)


def _page() -> tuple[QWidget, QVBoxLayout]:
    column = QVBoxLayout()
    page = ScrollPage(column)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(8)
    return page, column
