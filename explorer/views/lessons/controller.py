"""Lessons as a feature of the main window: the panel beside the tabs, and what a scene sets in the window."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize
from PySide6.QtWidgets import QApplication

from explorer.session.lessons.prefetch import ScenePrefetcher
from explorer.session.lessons.session import LessonSession
from explorer.session.sessions import Sessions
from explorer.views.activations.tab import ActivationsTab
from explorer.views.autodiff.tab import AutodiffTab
from explorer.views.data.tab import DataTab
from explorer.views.feature import Shell
from explorer.views.lessons.panel import PANEL_WIDTH_PX, LessonPanel
from explorer.views.network_graph.tab import NetworkTab
from explorer.views.practice.answer_strip import AnswerStrip
from explorer.views.training.tab import TrainingTab
from explorer.views.weights.tab import WeightsTab
from explorer.views.widgets.file_dialog import open_file_dialog
from explorer.views.widgets.text_size import LARGE_SCALE

FILE_TYPES = "Lessons (*.md)"

COUNTS_COVERED = "It shows the numbers of parameters, so it is closed until the exercise is answered"
"""Tooltip of the tab "Network" while an exercise asks for the number of parameters."""

PRESENTED_SHARE, PRESENTED_SHARE_LARGE = 0.32, 0.45
"""Share of the screen that the text takes in present mode, and the same with large fonts."""

MIN_TABS_WIDTH_PX, MIN_TABS_WIDTH_LARGE_PX = 680, 460
"""Width that the tabs keep beside a lesson, and the same with large fonts, with which tabs scroll."""

MAX_PANEL_SCALE = 1.6
"""The panel does not become wider beyond this scale."""

SPLITTER_MARGIN_PX = 12
"""What the splitter and its handle take from the width of the window."""


class LessonController(QObject):
    """Shows the open lesson in the panel, and sets in the tabs what its scenes ask for."""

    def __init__(self, sessions: Sessions, shell: Shell) -> None:
        super().__init__(shell.window())
        self._sessions, self._shell, self._tab = sessions, shell, shell.part(AutodiffTab)
        self._answer = shell.part(AnswerStrip)
        self._width = PANEL_WIDTH_PX
        self._was_visible = False
        self._scene_message = ""
        self.session = LessonSession(sessions, self)
        self.panel = LessonPanel(self.session, self._answer)
        self.panel.hide()
        self._place_answer(in_panel=False)
        shell.splitter.setObjectName("lessonSplitter")
        shell.splitter.splitterMoved.connect(lambda *_: shell.update_controls())
        shell.tabs.currentChanged.connect(lambda _index: self._widen_window())
        self._set_min_tabs_width(1.0)
        self._join()

    def _join(self) -> None:
        setter, session, panel, shell = self.session.setter, self.session, self.panel, self._shell
        setter.tabRequested.connect(self._show_tab)
        setter.panelsRequested.connect(self._tab.setPanels)
        setter.runSettingsRequested.connect(shell.part(TrainingTab).form.setSettings)
        setter.messageChanged.connect(self._show_scene_message)
        session.messageReported.connect(shell.show_message)
        session.lessonChanged.connect(self._lesson_changed)
        panel.restoreRequested.connect(self.restore)
        panel.closed.connect(lambda: self.set_visible(False))
        panel.fileRequested.connect(self._request_file)
        panel.saveRequested.connect(self._request_save)
        # A message below the text finds its place anew when the text changes.
        panel.text.document().documentLayout().documentSizeChanged.connect(lambda _size: self._place_message())
        for view in (panel.text, panel.notes):
            view.termRequested.connect(shell.open_term)
        sessions = self._sessions
        sessions.prediction.cover.changed.connect(self._show_cover)
        # A lesson's question would otherwise take the place of the exercise's questions.
        for begun in (sessions.practice.begun, sessions.find_mistake.begun):
            begun.connect(self._hide_for_exercise)
        self.prefetcher = ScenePrefetcher(sessions.client, session, lambda: self.is_complete, self)
        self.prefetcher.prepared.connect(self._tab.prefetch)
        self.prefetcher.prepared.connect(lambda _scene: panel.prefetchFormulas())

    # -- the panel --------------------------------------------------------------------------------

    def open(self, path: str) -> None:
        """Open a lesson from a file."""
        self.set_visible(True)
        self.session.open(path)

    def is_open(self) -> bool:
        """Return whether a lesson is beside the tabs, so that a clicker goes through its scenes."""
        return self.session.lesson is not None and not self.panel.isHidden()

    def toggle(self) -> None:
        """Show or hide the panel; the lesson stays open."""
        self.set_visible(self.panel.isHidden())
        if not self.panel.isHidden():
            self.panel.focusList()

    def set_visible(self, visible: bool) -> None:
        """Show or hide the panel. While it is hidden, the panels beside the graph that a scene hides are shown."""
        scene = self.session.current
        if not visible:
            self._tab.setPanels(None)
        elif scene is not None and scene.view_state["expression"] == self._sessions.autodiff.text:
            self._tab.setPanels(scene.view_state["panels"])
        self._set_panel_visible(visible)

    def _set_panel_visible(self, visible: bool) -> None:
        self.panel.setVisible(visible)
        if visible:
            self._set_panel_width(self._width)
            self._place_answer(in_panel=self.session.lesson is not None)
            self._widen_window()
        else:
            self._place_answer(in_panel=False)
        self._shell.update_controls()

    def _set_panel_width(self, width: int) -> None:
        self._shell.splitter.setSizes([width, self._shell.splitter.width() - width])

    def _hide_for_exercise(self) -> None:
        if not self.panel.isHidden():
            self.set_visible(False)

    def _widen_window(self) -> None:
        """Widen the window where a tab and the panel do not fit side by side, if the screen is wide enough."""
        window = self._shell.window()
        tab_width = self._shell.tabs.currentWidget().minimumSizeHint().width()
        required = tab_width + self.panel.minimumWidth() + SPLITTER_MARGIN_PX
        if self.panel.isVisible() and window.width() < required <= window.screen().availableSize().width():
            window.resize(required, window.height())

    def panel_width(self) -> int:
        """Return the width that the panel takes from the tabs, in pixels."""
        if self.panel.isHidden():
            return 0
        return max(self.panel.width(), self._width) + self._shell.splitter.handleWidth()

    def message_area(self) -> QRect | None:
        """Return where nothing is below the text of the lesson, in the window's coordinates; None without a lesson."""
        if not self.is_open():
            return None
        text = self.panel.text
        used = round(text.document().size().height())
        return QRect(text.mapTo(text.window(), QPoint(0, used)), QSize(text.width(), text.height() - used))

    def _place_message(self) -> None:
        QApplication.postEvent(self._shell.banner, QEvent(QEvent.Type.LayoutRequest))

    def set_scale(self, scale: float) -> None:
        """Scale the panel."""
        self._width = round(PANEL_WIDTH_PX * min(scale, MAX_PANEL_SCALE))
        self.panel.setMinimumWidth(round(0.7 * self._width))
        self._set_min_tabs_width(scale)
        self.panel.setScale(scale)

    def _set_min_tabs_width(self, scale: float) -> None:
        # Without it, the smallest window has no width left for a lesson.
        self._shell.tabs.setMinimumWidth(MIN_TABS_WIDTH_PX if scale <= LARGE_SCALE else MIN_TABS_WIDTH_LARGE_PX)

    def set_presenting(self, presenting: bool, with_text: bool) -> None:
        """Show the text of the lesson alone in large letters, or hide the panel; afterwards restore it."""
        if presenting:
            self._was_visible = not self.panel.isHidden()
        has_text = with_text and self.session.lesson is not None
        self.panel.setPresenting(presenting and has_text)
        visible = has_text if presenting else self._was_visible
        self._set_panel_visible(visible)
        if presenting and visible:
            share = PRESENTED_SHARE if self._shell.scale <= LARGE_SCALE else PRESENTED_SHARE_LARGE
            self._set_panel_width(round(share * self._shell.splitter.width()))

    def _lesson_changed(self, lesson: object) -> None:
        self._place_answer(in_panel=lesson is not None and not self.panel.isHidden())
        self._shell.update_controls()

    def _place_answer(self, *, in_panel: bool) -> None:
        """Place the strip for answers below the text of the lesson, where it is seen in all tabs, or the graph."""
        if in_panel:
            self.panel.takeAnswer(self._answer)
        else:
            self._tab.takeExercise(self._answer, first=True)

    # -- scenes -----------------------------------------------------------------------------------

    @property
    def is_complete(self) -> bool:
        """Whether the open scene is shown with everything that belongs to it."""
        scene, setter, sessions = self.session.current, self.session.setter, self._sessions
        if scene is None or not setter.is_set or not self.panel.is_ready or not self.session.values.is_complete:
            return False
        if setter.needs_training and (sessions.training.is_active or not sessions.current_network.number):
            return False
        tab = scene.view_state["tab"]
        if tab == "autodiff" and sessions.autodiff.text != scene.view_state["expression"]:
            return False
        return self._shell.is_complete(tab)

    def restore(self) -> None:
        """Show the scene as it was when it was opened; without a lesson, undo zooming and moving in the graph."""
        self._shell.put_card_back()
        self.session.restore_scene()
        self._shell.current_feature.reset_view()

    def _show_tab(self, name: str) -> None:
        """Show the tab of a scene as the scene says, without a card in front of it."""
        self._shell.put_card_back()
        self._shell.show_tab(name)

    def _show_cover(self) -> None:
        """Hide in all tabs what would tell the answer to the exercise."""
        cover, shell = self._sessions.prediction.cover, self._shell
        shell.part(DataTab).setLabelsHidden(cover.label)
        shell.part(ActivationsTab).setLabelCovered(cover.label)
        for tab in (shell.part(TrainingTab), shell.part(WeightsTab), shell.part(ActivationsTab)):
            tab.setCountsCovered(cover.parameters)
        network = shell.tabs.indexOf(shell.part(NetworkTab))
        shell.tabs.setTabEnabled(network, not cover.parameters)
        shell.tabs.setTabToolTip(network, COUNTS_COVERED if cover.parameters else "")

    def _show_scene_message(self, message: str) -> None:
        """Show a message about the scene in place of one about the previous scene."""
        self._shell.clear_message(self._scene_message)
        self._scene_message = message
        if message:
            self._shell.show_message(message)

    # -- files ------------------------------------------------------------------------------------

    def _request_file(self) -> None:
        open_file_dialog(self._shell.window(), "lessonDialog", "Open a lesson", FILE_TYPES, self.open)

    def _request_save(self) -> None:
        title = "Save this window as a scene"  # a scene is added to a file, which is not replaced
        open_file_dialog(
            self._shell.window(), "lessonDialog", title, FILE_TYPES, self.save, save_as="lesson.md", appends=True
        )

    def save(self, path: str) -> None:
        """Write what the window shows as a scene."""
        feature = self._shell.current_feature
        title = self._sessions.autodiff.text if feature.tab is self._tab else feature.title
        self.session.save_scene(path, title[:80] or "Scene", feature.name, self._tab.panels)
