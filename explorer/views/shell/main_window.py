"""The main window: tabs and panels of its features, their shortcuts, buttons and menu entries."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QSplitter, QTabWidget

from explorer.session.sessions import Sessions
from explorer.views.feature import Feature, FeatureBuilder, Part
from explorer.views.shell.appearance import Appearance, current_theme
from explorer.views.shell.banner import Banner
from explorer.views.shell.controls import WindowControls
from explorer.views.shell.first_focus import FirstFocus
from explorer.views.theme.theme import SANS, Theme, font, load_fonts
from explorer.views.widgets.shortcuts import Shortcut


class MainWindow(QMainWindow):
    """The `explorer.views.feature.Shell` of its features.

    Property ``engineState``: ``starting``, ``ready`` or ``failed``.
    """

    shown = Signal()

    def __init__(self, sessions: Sessions, builders: Sequence[FeatureBuilder]) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowTitle("Autodiff Explorer")
        self.resize(1280, 720)
        self.setMinimumSize(1024, 600)
        load_fonts()
        QApplication.setFont(font(SANS, 13))  # for what style sheets do not reach
        self.sessions = sessions
        self.features: list[Feature] = []
        self.is_presenting = False
        self.tabs = QTabWidget()
        self.tabs.setObjectName("tabs")
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.tabs)
        self.setCentralWidget(self.splitter)
        self.banner = Banner(self)
        for build in builders:
            self._add(build(self.sessions, self))
        self.banner.find_areas = lambda: [feature.message_area() for feature in self.features]
        self.controls = WindowControls(self, self.tabs, self.features, self.sessions)
        self.put_card_back = self.controls.front.put_back
        Appearance(self, sessions.store, self.features, self.controls.fit)
        sessions.client.stateChanged.connect(partial(self.setProperty, "engineState"))
        self.setProperty("engineState", sessions.client.state)
        self.tabs.currentChanged.connect(lambda _index: self.controls.update())
        self.controls.update()
        self.first_focus = FirstFocus(self.tabs, self.features)

    def _add(self, feature: Feature) -> None:
        self.features.append(feature)
        if feature.tab is not None:
            self.tabs.addTab(feature.tab, feature.title)
        if feature.panel is not None:
            self.splitter.insertWidget(0, feature.panel)
        for index in range(self.splitter.count()):
            self.splitter.setStretchFactor(index, int(self.splitter.widget(index) is self.tabs))

    # -- features ---------------------------------------------------------------------------------

    def feature(self, name: str) -> Feature:
        """Return a feature by its name. Raises LookupError if there is none."""
        for feature in self.features:
            if feature.name == name:
                return feature
        raise LookupError(f"There is no {name}, only {', '.join(feature.name for feature in self.features)}.")

    def tab(self, name: str) -> Any:
        """Return the tab of a feature by its name, such as ``training``. Raises LookupError if there is none."""
        if (tab := self.feature(name).tab) is None:
            raise LookupError(f"{name} has no tab.")
        return tab

    def part(self, kind: type[Part]) -> Part:
        """Return the tab, panel or part of this class. Raises LookupError if no feature gave one."""
        for feature in self.features:
            for part in (feature.tab, feature.panel, *feature.parts):
                if isinstance(part, kind):
                    return part
        raise LookupError(f"No feature gave a {kind.__name__}.")

    @property
    def current_feature(self) -> Feature:
        """The feature whose tab is shown."""
        return next(feature for feature in self.features if feature.tab is self.tabs.currentWidget())

    def show_tab(self, name: str) -> None:
        """Show the tab of a feature by its name. Raises LookupError if there is none."""
        self.tabs.setCurrentWidget(self.tab(name))

    def is_complete(self, name: str) -> bool:
        """Return whether everything that was requested in a feature is shown."""
        return self.feature(name).is_complete()

    def code(self, name: str) -> Mapping[str, str]:
        """Return the Python code of a feature, by title."""
        code = self.feature(name).code
        return code() if code is not None else {}

    def open_term(self, key: str) -> None:
        """Show an entry of the glossary."""
        for feature in self.features:
            if feature.open_term is not None:
                feature.open_term(key)

    # -- messages and controls --------------------------------------------------------------------

    def show_message(self, text: str, min_ms: int = 0) -> None:
        """Show a message for as long as it takes to read it, and for ``min_ms`` milliseconds at least."""
        self.banner.show_message(text, min_ms)

    def clear_message(self, text: str) -> None:
        """Remove a message if it is still shown."""
        if text and self.statusBar().currentMessage() == text:
            self.statusBar().clearMessage()

    def update_controls(self) -> None:
        """Enable what has an effect in the current tab, name its most important keys, and fit the buttons."""
        self.controls.update()

    @property
    def shortcuts(self) -> Sequence[Shortcut]:
        """The shortcuts of the features and of the window."""
        return self.controls.shortcuts

    # -- appearance -------------------------------------------------------------------------------

    @property
    def theme(self) -> Theme:
        """The theme in use."""
        return current_theme(self.sessions.store)

    @property
    def scale(self) -> float:
        """The scale of letters and graphs, 1 for the normal size."""
        return float(self.sessions.store.get("scale"))

    def setAnimated(self, animated: bool) -> None:
        """Let boxes move to their places, or put them there at once."""
        for feature in self.features:
            feature.set_animated(animated)

    def set_presenting(self, presenting: bool, with_text: bool = False) -> None:
        """Show the current tab alone on the entire screen, or end that; with_text: the open lesson's text beside it."""
        if presenting == self.is_presenting:
            return
        self.is_presenting = presenting
        self.controls.setVisible(not presenting)
        for feature in self.features:
            feature.set_presenting(presenting, with_text)
        if presenting:
            self._state_before = self.windowState()
            self.setWindowState(self._state_before | Qt.WindowState.WindowFullScreen)
        else:
            self.setWindowState(self._state_before)

    # -- begin and end ----------------------------------------------------------------------------

    def open_expression(self, text: str, point: Mapping[str, Any]) -> None:
        """Enter an expression and values of its variables. Raises ExpressionError for a value that is not valid."""
        self.sessions.autodiff.set_point(point)
        self.sessions.autodiff.set_text(text)

    def isComplete(self, expression: str) -> bool:
        """Return whether an expression is shown with everything that follows from it."""
        return self.sessions.autodiff.text == expression and self.is_complete("autodiff")

    def restore_session(self) -> None:
        """Bring back what the window showed when it was last closed."""
        for feature in self.features:
            feature.restore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the buttons beside the tabs."""
        super().resizeEvent(event)
        self.controls.fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Report it."""
        super().showEvent(event)
        self.shown.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop the features and the engine."""
        for feature in self.features:
            feature.stop()
        self.sessions.client.stop()
        super().closeEvent(event)
