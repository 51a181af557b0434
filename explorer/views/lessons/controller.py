"""Joins lessons to the window: the panel beside the tabs, its button and keys, and what a scene asks of the window."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QSplitter

from explorer.session.lessons.prefetch import ScenePrefetcher
from explorer.session.lessons.session import LessonSession
from explorer.session.practice.prediction import RIGHT, SHOWN
from explorer.views.lessons.panel import LARGE, WIDTH, LessonPanel
from explorer.views.practice.answer_strip import AnswerStrip
from explorer.views.theme.theme import Theme
from explorer.views.widgets.file_dialog import open_file_dialog
from explorer.views.widgets.shortcuts import Shortcut

if TYPE_CHECKING:
    from explorer.views.shell.main_window import MainWindow

FILES = "Lessons (*.md)"

PRESENTED = 0.32
"""Share of the screen that the class text takes in present mode."""

PRESENTED_LARGE = 0.45
"""The same with letters that are large anyway."""

SMALLEST = 680
"""Pixels that the tabs keep beside a lesson."""

SMALLEST_LARGE = 460
"""The same with large letters."""


class LessonController(QObject):
    """told: a sentence for the status bar. widthChanged: the tabs have more room, or less."""

    told = Signal(str)
    widthChanged = Signal()

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._width = WIDTH
        self._shown_before = False
        self.session = LessonSession(window.sessions, self)
        self.answer = AnswerStrip(window.sessions.prediction)
        self.panel = LessonPanel(self.session, self.answer)
        self.panel.hide()
        self._place_answer(in_panel=False)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setObjectName("lessonSplitter")
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.panel)
        self.splitter.addWidget(window.tabs)
        window.tabs.setMinimumWidth(SMALLEST)  # else the smallest window would have no room for a lesson
        self.splitter.setStretchFactor(0, 0)
        self.splitter.setStretchFactor(1, 1)
        window.tabs.currentChanged.connect(lambda _index: self._make_room())
        self.splitter.splitterMoved.connect(lambda *_: self.widthChanged.emit())
        setter = self.session.setter
        setter.tabAsked.connect(window.show_tab)
        setter.panelsAsked.connect(window.autodiff.setPanels)
        setter.formAsked.connect(window.training_tab.form.setSettings)
        self._said = ""
        setter.sentenceChanged.connect(self._tell)
        self.session.told.connect(self.told)
        window.sessions.prediction.changed.connect(self._hide_label)
        self.session.lessonChanged.connect(self._lesson_changed)
        self.panel.closed.connect(lambda: self.show(False))
        self.panel.fileAsked.connect(self._ask_file)
        self.panel.saveAsked.connect(self._ask_save)
        self.ahead = ScenePrefetcher(window.sessions.client, self.session, lambda: self.is_complete, self)
        self.ahead.expected.connect(window.autodiff.prefetch)

    def keys(self) -> list[Shortcut]:
        """Return the keys of lessons."""
        session = self.session
        return [
            Shortcut(("F2",), "lessons, or close them", self.toggle),
            Shortcut(("PgDown",), "next scene, while a lesson is open", session.next, when=self.is_open),
            Shortcut(("PgUp",), "scene before", session.back, when=self.is_open),
            Shortcut(("Ctrl+PgDown",), "next scene", session.next),
            Shortcut(("Ctrl+PgUp",), "scene before it", session.back),
            Shortcut(("Ctrl+Return",), "to the answer of an exercise", self.answer.focusAnswer),
        ]

    def open(self, path: str) -> None:
        """Open a lesson from a file."""
        self.show(True)
        self.session.open(path)

    def toggle(self) -> None:
        """Show the panel, or hide it; the lesson stays open."""
        self.show(self.panel.isHidden())
        if not self.panel.isHidden():
            self.panel.focusList()

    def show(self, shown: bool) -> None:
        """Show the panel, or hide it: without it, all stands beside the graph that the scene had taken away."""
        scene = self.session.current
        if not shown:
            self._window.autodiff.setPanels(None)
        elif scene is not None and scene.view_state["expression"] == self._window.sessions.autodiff.text:
            self._window.autodiff.setPanels(scene.view_state["panels"])
        self._show(shown)

    def _show(self, shown: bool) -> None:
        self.panel.setVisible(shown)
        if shown:
            total = self.splitter.width()
            self.splitter.setSizes([self._width, total - self._width])
            self._place_answer(self.session.lesson is not None)
            self._make_room()
        else:
            self._place_answer(False)
        self.widthChanged.emit()

    def setPresenting(self, presenting: bool, with_text: bool) -> None:
        """Leave the class text alone, large, or nothing of the panel; then bring back what was there."""
        if presenting:
            self._shown_before = not self.panel.isHidden()
        text = with_text and self.session.lesson is not None
        self.panel.setPresenting(presenting and text)
        shown = text if presenting else self._shown_before
        self._show(shown)
        if presenting and shown:
            total = self.splitter.width()
            share = PRESENTED if self._window.sessions.store.get("scale") <= LARGE else PRESENTED_LARGE
            self.splitter.setSizes([round(share * total), round((1 - share) * total)])

    def _make_room(self) -> None:
        """Let the window grow where a tab and the panel do not fit side by side, as far as the screen goes."""
        window = self._window
        needed = window.tabs.currentWidget().minimumSizeHint().width() + self.panel.minimumWidth() + 12
        if self.panel.isVisible() and window.width() < needed <= window.screen().availableSize().width():
            window.resize(needed, window.height())

    @property
    def taken(self) -> int:
        """Pixels that the panel takes from the tabs."""
        return 0 if self.panel.isHidden() else max(self.panel.width(), self._width) + self.splitter.handleWidth()

    @property
    def is_complete(self) -> bool:
        """Whether the open scene is on the screen with everything that belongs to it."""
        window, scene = self._window, self.session.current
        setter = self.session.setter
        if scene is None or not setter.is_set or not self.panel.is_ready:
            return False
        if setter.needs_training and (window.sessions.training.is_active or not window.sessions.current_network.number):
            return False
        tab = scene.view_state["tab"]
        if tab == "data":
            return window.sessions.data.is_up_to_date
        if tab == "weights":
            return bool(window.weights_tab.property("isComplete"))
        if tab == "activations":
            return bool(window.activations_tab.property("isComplete"))
        return tab != "autodiff" or window.isComplete(scene.view_state["expression"])

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self.panel.setTheme(theme)

    def setScale(self, scale: float) -> None:
        """Scale the panel."""
        self._width = round(WIDTH * min(scale, 1.6))
        self.panel.setMinimumWidth(round(0.7 * self._width))
        # With large letters the tabs scroll, and there is less room for both.
        self._window.tabs.setMinimumWidth(SMALLEST if scale <= LARGE else SMALLEST_LARGE)
        self.panel.setScale(scale)

    def is_open(self) -> bool:
        """Whether a lesson is beside the tabs, so that the clicker turns its scenes."""
        return self.session.lesson is not None and not self.panel.isHidden()

    def _lesson_changed(self, lesson: object) -> None:
        self._place_answer(lesson is not None and not self.panel.isHidden())
        self.widthChanged.emit()

    def _place_answer(self, in_panel: bool) -> None:
        """The strip for answers stands under the graph, or, in a lesson, under its text: in all tabs."""
        if in_panel:
            self.panel.takeAnswer(self.answer)
        else:
            self._window.autodiff.takeExercise(self.answer, first=True)

    def _hide_label(self) -> None:
        predict = self._window.sessions.prediction
        asks = predict.exercise is not None and predict.exercise.kind == "label"
        self._window.data_tab.setLabelsHidden(asks and predict.verdict not in (RIGHT, SHOWN))

    def _tell(self, sentence: str) -> None:
        """Say something of the scene that is set; what was said of the one before is over."""
        bar = self._window.statusBar()
        if self._said and bar.currentMessage() == self._said:
            bar.clearMessage()
        self._said = sentence
        if sentence:
            self.told.emit(sentence)

    def _ask_file(self) -> None:
        open_file_dialog(self._window, "lessonDialog", "Open a lesson", FILES, self.open)

    def _ask_save(self) -> None:
        title = "Save this window as a scene"  # it is added, nothing is replaced
        open_file_dialog(self._window, "lessonDialog", title, FILES, self.save, save_as="lesson.md", appends=True)

    def save(self, path: str) -> None:
        """Write what the window shows as a scene."""
        window = self._window
        tab = window.tabs.tabText(window.tabs.currentIndex()).lower()
        title = window.sessions.autodiff.text if tab == "autodiff" else window.tabs.tabText(window.tabs.currentIndex())
        self.session.save_scene(path, title[:80] or "Scene", tab, window.autodiff.panels)
