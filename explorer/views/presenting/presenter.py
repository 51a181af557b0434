"""Present mode as a feature of the main window: large type, a black screen, a pointer, and the lecturer's window."""

from PySide6.QtCore import QElapsedTimer, QObject, QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from explorer.session.sessions import Sessions
from explorer.views.feature import Shell
from explorer.views.lessons.controller import LessonController
from explorer.views.presenting.overlays import BlackScreen, Pointer
from explorer.views.presenting.screens import PresentationScreens
from explorer.views.theme.stylesheet import stylesheet
from explorer.views.widgets.actions import new_action
from explorer.views.widgets.shortcuts import bind_shortcuts
from explorer.views.widgets.text_size import presented_enlargement, show_presented_size

SPEAKER_WINDOW_OFFSET_PX = QPoint(60, 60)
"""Position of the lecturer's window on its screen."""


class PresentationController(QObject):
    """Begins and ends present mode, and owns its overlays, screens and the lecturer's window."""

    def __init__(self, sessions: Sessions, shell: Shell) -> None:
        window = shell.window()
        super().__init__(window)
        self._sessions, self._shell, self._window = sessions, shell, window
        self.cover = BlackScreen(window)
        self.pointer = Pointer(window)
        self.screens = PresentationScreens(window, sessions.store)
        self._speaker_window: QWidget | None = None
        self._closes_with_presentation = False
        self._since = QElapsedTimer()
        self.action = new_action(window, "presentAction", "Present: large, on the whole screen", self.toggle, "F5")
        self.action.setCheckable(True)

    def is_on(self) -> bool:
        """Return whether the window is in present mode."""
        return self._shell.is_presenting

    def takes_full_stop(self) -> bool:
        """Return whether the clicker's key for a black screen has this effect: it also reveals hidden numbers."""
        return self.is_on() and (not self.cover.isHidden() or not self._sessions.autodiff.stepper.quiz)

    def toggle_full_screen(self) -> None:
        """Show the current tab alone on the entire screen, or end that."""
        self._shell.set_presenting(not self._shell.is_presenting)

    def toggle(self) -> None:
        """Begin to present, on the chosen screen and with the text of the lesson, or end it."""
        begin = not self._shell.is_presenting
        if begin:
            self._since.start()
            self.screens.go()
        # An exercise has closed the lesson; the text would be about something else.
        exercise = self._sessions.practice.exercise or self._sessions.find_mistake.exercise
        self._shell.set_presenting(begin, with_text=exercise is None)
        if begin and len(QGuiApplication.screens()) > 1:
            self.show_speaker_window()

    def presenting_changed(self, presenting: bool) -> None:
        """Update action, fonts and overlays when present mode begins or ends, by whatever key."""
        self.action.setChecked(presenting)
        self.enlarge_texts()
        if not presenting:
            self.remove_overlays()
            if self._closes_with_presentation:
                self.close()
            self.screens.return_later()

    def enlarge_texts(self) -> None:
        """Give messages, questions and strips the font size of the class text, which a class can read."""
        self._enlarge_tabs()
        presented = (widget for feature in self._shell.features for widget in feature.presented)
        for widget in (*presented, self._shell.banner):
            show_presented_size(widget, self._shell.scale, self._shell.is_presenting)

    def _enlarge_tabs(self) -> None:
        """Show tabs without their controls, and larger than in the window; fonts that are large already stay."""
        shell, presenting = self._shell, self._shell.is_presenting
        for feature in shell.features:
            for control in feature.controls:
                control.setVisible(not presenting)
            tab, factor = feature.tab, min(feature.presented_factor, presented_enlargement(shell.scale))
            if tab is None or factor <= 1:
                continue
            sheet = stylesheet(shell.theme, factor * shell.scale) if presenting else ""
            if tab.styleSheet() != sheet:
                tab.setStyleSheet(sheet)
                feature.set_scale(shell.scale * (factor if presenting else 1.0))

    def remove_overlays(self) -> bool:
        """Remove black screen and pointer; return whether there was one."""
        is_covered = not self.cover.isHidden() or not self.pointer.isHidden()
        self.cover.setShown(False)
        self._show_pointer(False)
        return is_covered

    def toggle_black(self) -> None:
        """Cover the window in black, or show it again."""
        self.cover.setShown(self.cover.isHidden())

    def toggle_pointer(self) -> None:
        """Show or hide the ring around the mouse."""
        self._show_pointer(self.pointer.isHidden())

    def _show_pointer(self, shown: bool) -> None:
        self.pointer.setShown(shown, self._shell.theme.gradient, self._shell.scale)

    def show_speaker_window(self) -> None:
        """Open the lecturer's window, on the screen that the class does not see if there is one, or raise it.

        A window that is opened in present mode is closed with it.
        """
        from explorer.views.presenting.speaker_window import SpeakerWindow

        if self._speaker_window is None:
            self._closes_with_presentation = self._shell.is_presenting
            if not self._since.isValid():
                self._since.start()
            lessons = self._shell.part(LessonController).session
            window = SpeakerWindow(self._sessions, lessons, self._shell, self.toggle_black, self._since)
            window.destroyed.connect(self._forget_speaker_window)
            bind_shortcuts(window, self._shell.tabs, self._shell.shortcuts)  # the clicker works in the active window
            window.termRequested.connect(self._shell.open_term)
            window.setStyleSheet(self._window.styleSheet())
            window.setTheme(self._shell.theme, self._shell.scale)
            self._window.destroyed.connect(window.deleteLater)
            self._speaker_window = window
        others = [screen for screen in QGuiApplication.screens() if screen is not self._window.screen()]
        if others:
            self._speaker_window.move(others[0].availableGeometry().topLeft() + SPEAKER_WINDOW_OFFSET_PX)
        self._speaker_window.show()
        self._speaker_window.raise_()
        self._speaker_window.activateWindow()

    def close(self) -> None:
        """Close the lecturer's window."""
        if self._speaker_window is not None:
            self._speaker_window.close()

    def _forget_speaker_window(self) -> None:
        self._speaker_window = None
