"""Present mode: graph, formula and class text in large type, a black screen, a pointer, and the lecturer's window."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QColor, QGuiApplication, QMouseEvent, QPainter, QPaintEvent, QPen, QScreen
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from explorer.views.lessons.panel import presented
from explorer.views.shell.view_menu import add_action
from explorer.views.widgets.shortcuts import Shortcut, bind

if TYPE_CHECKING:
    from explorer.views.shell.main_window import MainWindow

POINTER = 54
"""Width of the pointer's ring at scale 1, in pixels: it must be seen from the back row."""


HOMEWARD = 200
"""Milliseconds after which the window goes back to its screen: a window manager first ends the full screen by itself,
and takes a window that is moved meanwhile back to where the class sees it."""


class BlackScreen(QWidget):
    """Covers the window in black, for when the class shall look at something else; a key or a click takes it away."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("blackCover")
        self.setAccessibleName("Black: B or a click ends it")
        self.hide()

    def setShown(self, shown: bool) -> None:
        """Cover the window, or show it again."""
        self.setGeometry(self.parentWidget().rect())
        self.setVisible(shown)
        self.raise_()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Show the window again."""
        self.setShown(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint nothing but black."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        painter.end()


class Pointer(QWidget):
    """A ring around the mouse; it lets every click through."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("pointerRing")
        self.setAccessibleName("Pointer")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._colour = QColor("#e69f00")
        self.hide()

    def setShown(self, shown: bool, colour: QColor, scale: float) -> None:
        """Show the ring or hide it."""
        self._colour = colour
        self.resize(round(POINTER * scale), round(POINTER * scale))
        if shown:
            self.moveTo(self.parentWidget().mapFromGlobal(self.cursor().pos()))
            QApplication.instance().installEventFilter(self)
        else:
            QApplication.instance().removeEventFilter(self)
        self.setVisible(shown)
        self.raise_()

    def moveTo(self, place: QPoint) -> None:
        """Put the ring around a place of the window."""
        self.move(place - self.rect().center())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the mouse, wherever in the program it is."""
        if event.type() == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self.moveTo(self.parentWidget().mapFromGlobal(event.globalPosition().toPoint()))
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a ring that stands out from any ground: coloured, with a dark and a bright edge."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        soft = QColor(self._colour)
        soft.setAlpha(60)
        painter.setBrush(soft)
        box = self.rect().adjusted(5, 5, -5, -5)
        for colour, width in ((QColor("black"), 8), (QColor("white"), 6), (self._colour, 4)):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(box)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.end()


class PresentationController(QObject):
    """Begins and ends present mode, and owns what belongs to it."""

    def __init__(self, window: "MainWindow", menu: QMenu) -> None:
        super().__init__(window)
        self._window = window
        self.cover = BlackScreen(window)
        self.pointer = Pointer(window)
        self._lecturer: QWidget | None = None
        self._came_with_presenting = False
        # The screen by its name: PySide ends a QScreen with a window that was asked for it.
        self._home: tuple[str, QPoint] | None = None
        self._homeward = QTimer(self, singleShot=True, interval=HOMEWARD)
        self._homeward.timeout.connect(self._go_home)
        self._since = QElapsedTimer()
        window.sessions.store.changed.connect(lambda key, _value: self._size_strips() if key == "scale" else None)
        menu.addSeparator()
        self.action = add_action(menu, "presentAction", "Present: large, on the whole screen\tF5", self.toggle)
        self.action.setCheckable(True)
        self._screens = menu.addMenu("Present on")
        self._screens.aboutToShow.connect(self._list_screens)
        add_action(menu, "lecturerAction", "Window for the lecturer\tF6", self.show_lecturer)

    def keys(self) -> list[Shortcut]:
        """Return the keys of presenting."""
        return [
            Shortcut(("F5",), "present: graph, formula and class text, large", self.toggle),
            Shortcut(("F6",), "the lecturer's window: notes, next scene, clock", self.show_lecturer),
            Shortcut(("Ctrl+W",), "close the lecturer's window", self.close),
            Shortcut(("B",), "black, or no longer, while you present", self.toggle_black, when=self._is_on),
            Shortcut((".",), "the same, where no numbers are hidden", self.toggle_black, when=self._takes_full_stop),
            Shortcut(("Z",), "closer to the current op, or all again", self._window.autodiff.graph.zoom_to_step),
            Shortcut(("P",), "a pointer that is seen from the back row", self.toggle_pointer),
        ]

    def _is_on(self) -> bool:
        return self._window.is_presenting

    def _takes_full_stop(self) -> bool:
        """Whether the clicker's key for black makes black: while numbers are hidden it reveals the next."""
        return self._is_on() and (not self.cover.isHidden() or not self._window.sessions.autodiff.stepper.quiz)

    def toggle(self) -> None:
        """Begin to present, or end it."""
        begin = not self._window.is_presenting
        if begin:
            self._since.start()
            if self._homeward.isActive():
                self._homeward.stop()
                self._go_home()
            self._go_to_screen()
        # An exercise of its own has put the lesson away, and its text would be about something else.
        exercise = self._window.sessions.practice.exercise or self._window.sessions.find_mistake.exercise
        self._window.set_presenting(begin, with_text=exercise is None)
        if begin and len(QGuiApplication.screens()) > 1:
            self.show_lecturer()

    def ended(self, presenting: bool) -> None:
        """Follow the window, which may be left by F11 or Esc as well."""
        self.action.setChecked(presenting)
        self._window.practising.strip.setPresenting(presenting)
        self._size_strips()
        if not presenting:
            self.cover.setShown(False)
            self._point(False)
            self._window.autodiff.graph.unzoom()
            if self._came_with_presenting:
                self.close()

    def _size_strips(self) -> None:
        """What is said, told or asked has letters as large as the class text: the class shall read it too."""
        window = self._window
        pixels = round(presented(window.sessions.store.get("scale")))
        sheet = f"* {{ font-size: {pixels}px; }}" if window.is_presenting else ""
        mistakes = window.mistakes
        lessons = window.lessons
        says, strips = window.autodiff.chain.message, (lessons.answer, window.practising.strip, mistakes.strip)
        for part in (says, window.banner, lessons.panel.training, *strips, mistakes.warning):
            if part.styleSheet() != sheet:
                part.setStyleSheet(sheet)

    def escape(self) -> bool:
        """Take away what lies over the window; returns whether there was something."""
        lying = not self.cover.isHidden() or not self.pointer.isHidden()
        self.cover.setShown(False)
        self._point(False)
        return lying

    def toggle_black(self) -> None:
        """Cover the window in black, or show it again."""
        self.cover.setShown(self.cover.isHidden())

    def toggle_pointer(self) -> None:
        """Show the ring around the mouse, or hide it."""
        self._point(self.pointer.isHidden())

    def _point(self, shown: bool) -> None:
        self.pointer.setShown(shown, self._window.look.gradient, self._window.sessions.store.get("scale"))

    def show_lecturer(self) -> None:
        """Open the lecturer's window, on the screen that the class does not see where there is one.

        One that is open comes to the front. What is opened while one presents ends with it.
        """
        from explorer.views.presenting.speaker_window import SpeakerWindow

        if self._lecturer is None:
            self._came_with_presenting = self._window.is_presenting
            if not self._since.isValid():
                self._since.start()
            lessons, session = self._window.lessons.session, self._window.sessions.autodiff
            self._lecturer = SpeakerWindow(lessons, session, self.toggle_black, self._since)
            self._lecturer.destroyed.connect(self._forget_lecturer)
            bind(self._lecturer, self._window.tabs, self._window.keys)  # whichever window the clicker talks to
            self._lecturer.termRequested.connect(self._window.help.show_term)
            self._lecturer.setStyleSheet(self._window.styleSheet())
            self._lecturer.setTheme(self._window.look, self._window.sessions.store.get("scale"))
            self._window.destroyed.connect(self._lecturer.deleteLater)
        others = [screen for screen in QGuiApplication.screens() if screen is not self._window.screen()]
        if others:
            self._lecturer.move(others[0].availableGeometry().topLeft() + QPoint(60, 60))
        self._lecturer.show()
        self._lecturer.raise_()
        self._lecturer.activateWindow()

    @property
    def is_way_home(self) -> bool:
        """Whether the window will go back to its screen in a moment."""
        return self._homeward.isActive()

    def front(self) -> QWidget:
        """Return the window that has the lecturer's keys: a page that is asked for there is none for the class."""
        lecturer = self._lecturer
        return lecturer if lecturer is not None and lecturer.isActiveWindow() else self._window

    def close(self) -> None:
        """Close the lecturer's window."""
        if self._lecturer is not None:
            self._lecturer.close()

    def _forget_lecturer(self) -> None:
        self._lecturer = None

    # -- screens ----------------------------------------------------------------------------------

    def _list_screens(self) -> None:
        self._screens.clear()
        chosen = self._window.sessions.store.get("screen")
        names = {"": "The second screen, where there is one"}
        for name, text in {**names, **{screen.name(): screen.name() for screen in QGuiApplication.screens()}}.items():
            action = self._screens.addAction(text)
            action.setCheckable(True)
            action.setChecked(name == chosen)
            action.triggered.connect(lambda _checked=False, name=name: self._window.sessions.store.set("screen", name))

    def _screen(self) -> QScreen | None:
        """The screen that was chosen; else, of several, one that the window is not on."""
        screens = QGuiApplication.screens()
        chosen = next(
            (screen for screen in screens if screen.name() == self._window.sessions.store.get("screen")), None
        )
        return chosen or next((screen for screen in screens if screen is not self._window.screen()), None)

    def _go_to_screen(self) -> None:
        screen, handle = self._screen(), self._window.windowHandle()
        if screen is not None and handle is not None and screen is not self._window.screen():
            self._home = self._window.screen().name(), self._window.pos()
            handle.setScreen(screen)
            self._window.move(screen.availableGeometry().topLeft())

    def go_home(self) -> None:
        """Back to the screen that the window came from, if that is still there, once the full screen has ended."""
        if self._home is not None:
            self._homeward.start()

    def _go_home(self) -> None:
        home, self._home = self._home, None
        handle = self._window.windowHandle()
        screen = next((each for each in QGuiApplication.screens() if home is not None and each.name() == home[0]), None)
        if home is not None and handle is not None and screen is not None:
            handle.setScreen(screen)
            self._window.move(home[1])
