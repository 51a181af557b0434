"""The main window: tabs, menus, keys, status; everything in a tab belongs to the tab."""

import contextlib
import gc
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QTabWidget, QWidget
from shiboken6 import isValid

from explorer.core.errors import ExpressionError
from explorer.session.engine_client.client import EngineClient
from explorer.session.sessions import create_sessions
from explorer.session.settings_store import SettingsStore
from explorer.session.sharing.clipboard_text import picture_command, tab_command
from explorer.views.activations.tab import ActivationsTab
from explorer.views.autodiff.tab import AutodiffTab
from explorer.views.data.tab import DataTab
from explorer.views.help.controller import HelpController
from explorer.views.lessons.controller import LessonController
from explorer.views.network_graph.tab import NetworkTab
from explorer.views.plot.preload import preload_pyqtgraph
from explorer.views.practice.find_mistake import FindMistakeController
from explorer.views.practice.practice import PracticeController
from explorer.views.presenting.presenter import PresentationController
from explorer.views.sharing.share_menu import ShareMenu
from explorer.views.sharing.worksheet.menu import offer_worksheets
from explorer.views.shell.banner import Banner
from explorer.views.shell.corner_buttons import CornerButtons
from explorer.views.shell.dialogs import ExpressionDialogs
from explorer.views.shell.shortcuts import window_keys
from explorer.views.shell.status_bar import StatusBar
from explorer.views.shell.view_menu import ViewMenu
from explorer.views.theme.stylesheet import palette, stylesheet
from explorer.views.theme.theme import SANS, Theme, font, load_fonts, load_theme
from explorer.views.training.tab import TrainingTab
from explorer.views.weights.tab import WeightsTab
from explorer.views.widgets.shortcuts import bind

Part = TypeVar("Part")

DRAWING_AFTER = 60
"""Milliseconds after the window was shown at which the import of what draws curves begins."""


class MainWindow(QMainWindow):
    """Property ``engineState``: ``starting``, ``ready`` or ``failed``."""

    def __init__(self, client: EngineClient, store: SettingsStore) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowTitle("Autodiff Explorer")
        self.resize(1280, 720)
        self.setMinimumSize(1024, 600)
        load_fonts()
        QApplication.setFont(font(SANS, 13))  # for what style sheets do not reach
        self.sessions = sessions = create_sessions(client, store, self)
        self.autodiff = AutodiffTab(sessions.autodiff, sessions.curve, sessions.methods, sessions.higher_order)
        self.is_presenting = False
        self._drawing = False
        self._begun: set[QWidget] = set()
        self._build()
        self._join()
        self._apply_settings()
        self._engine_state(client.state)
        self.autodiff.edit.setFocus()

    # -- building ---------------------------------------------------------------------------------

    def _build(self) -> None:
        self.tabs = QTabWidget()
        self.tabs.setObjectName("tabs")
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.data_tab = DataTab(self.sessions.data)
        self.training_tab = TrainingTab(self.sessions.training, self.sessions.data, self.sessions.current_network)
        self.weights_tab = WeightsTab(self.sessions.weights, self.sessions.gradient_explanation)
        self.activations_tab = ActivationsTab(self.sessions.activations)
        self.network_tab = NetworkTab(self.sessions.network_graph)
        self._all_tabs = {
            "Autodiff": self.autodiff,
            "Data": self.data_tab,
            "Training": self.training_tab,
            "Weights": self.weights_tab,
            "Activations": self.activations_tab,
            "Network": self.network_tab,
        }
        for title, tab in self._all_tabs.items():
            self.tabs.addTab(tab, title)
        self.lessons = LessonController(self)
        self.practising = PracticeController(self)
        self.mistakes = FindMistakeController(self)
        self.setCentralWidget(self.lessons.splitter)
        self.banner = Banner(self)
        self.dialogs = ExpressionDialogs(self)
        self._corner = CornerButtons()
        self._share_menu = ShareMenu(self, self._command)
        offer_worksheets(self._share_menu, self.sessions.autodiff)
        self.view_menu = ViewMenu(self.sessions.store, self)
        self.presenter = PresentationController(self, self.view_menu)
        self.help = HelpController(self)
        self.view_menu.unneeded.toggled.connect(self.autodiff.setShowUnneeded)
        self._corner.setMenus(self._share_menu, self.view_menu)
        self.tabs.setCornerWidget(self._corner)
        self._status = StatusBar(self.statusBar(), self.sessions.client)

    # -- joining ----------------------------------------------------------------------------------

    def _join(self) -> None:
        self.sessions.client.stateChanged.connect(self._engine_state)
        self.autodiff.engine_status.retryRequested.connect(self.sessions.client.retry)
        tabs = (self.training_tab.messageReported, self.weights_tab.messageReported)
        tellers = (self.autodiff.messageReported, *tabs, self._share_menu.told)
        for told in (*tellers, self.lessons.told):
            told.connect(self.banner.tell)
        for asked in (self.weights_tab.trainingRequested, self.activations_tab.trainingRequested):
            asked.connect(lambda: self.tabs.setCurrentWidget(self.training_tab))
        self.training_tab.codeRequested.connect(self.dialogs.show_keras_code)
        self.sessions.store.changed.connect(self._setting_changed)
        self._corner.lessons.clicked.connect(self.lessons.toggle)
        self.lessons.widthChanged.connect(self._tab_changed)
        self._corner.code.clicked.connect(self.dialogs.show_code)
        self._corner.check.clicked.connect(self.dialogs.show_check)
        self._corner.surface.clicked.connect(self.dialogs.show_surface)
        self._corner.keys.clicked.connect(self.dialogs.show_keys)
        self._corner.present.clicked.connect(self.presenter.toggle)
        self.autodiff.chain.sourceRequested.connect(lambda step: self.dialogs.show_source(step.type, step.source))
        self.network_tab.sourceRequested.connect(self.dialogs.show_source)
        self.tabs.currentChanged.connect(lambda _index: self._tab_changed())
        self.keys = [*window_keys(self), *self._share_menu.keys()]
        bind(self, self.tabs, self.keys)
        self._tab_changed()

    def turn_tab(self, by: int) -> None:
        """Show the next tab, or the one before."""
        self.tabs.setCurrentIndex((self.tabs.currentIndex() + by) % self.tabs.count())

    def _tab_changed(self) -> None:
        """Offer what makes sense in this tab."""
        here = self.tabs.currentWidget()
        of_expression = here is self.autodiff
        self._corner.setOfExpression(of_expression)
        self._share_menu.setExpression(of_expression)
        scenes = self.lessons.is_open()
        pages = [key for key in self.keys if key.keys[0] == "PgDown" and (key.when if scenes else key.tab is here)]
        hints = [f"Page Down: {re.split('[;,]', key.says)[0]}" for key in pages]
        self._status.show_keys([*hints, "F5: present", "F1: keys"])
        self._fit_corner()
        self._begin()

    def _begin(self) -> None:
        """Let the keys go first to what a tab is about. Later they go where they went before; Qt remembers that."""
        here, focused = self.tabs.currentWidget(), QApplication.focusWidget()
        first = getattr(here, "first", None)
        entered = first is not None and focused is not None and here.isAncestorOf(focused)
        if entered and here not in self._begun and first.isVisibleTo(here):
            self._begun.add(here)
            first.setFocus()

    def _engine_state(self, state: str) -> None:
        self.setProperty("engineState", state)
        self.autodiff.engine_status.setState(state, self._status.show_state(state))

    # -- what tests and pictures ask --------------------------------------------------------------

    def open_expression(self, text: str, point: Mapping[str, Any]) -> None:
        """Type an expression, with values of its variables. Raises ExpressionError for values that are none."""
        self.sessions.autodiff.set_point(point)
        self.autodiff.edit.setText(text)

    def show_tab(self, name: str) -> None:
        """Show a tab by its name in small letters, such as ``training``."""
        self.tabs.setCurrentWidget(next(tab for title, tab in self._all_tabs.items() if title.lower() == name))

    def tab(self, name: str) -> Any:
        """Return a tab by its name in small letters."""
        return next(tab for title, tab in self._all_tabs.items() if title.lower() == name)

    def part(self, kind: type[Part]) -> Part:
        """Return the controller of a feature by its class."""
        parts = (self.lessons, self.practising, self.mistakes, self.presenter, self.help, self.dialogs)
        return next(part for part in parts if isinstance(part, kind))

    def setAnimated(self, animated: bool) -> None:
        """Let things move, or be where they belong at once."""
        self.autodiff.graph.setAnimated(animated)
        self.network_tab.setAnimated(animated)

    def isComplete(self, expression: str) -> bool:
        """Whether this expression is on the screen with everything that follows."""
        shown = self.autodiff.graph.property("shownExpression") == expression
        return shown and self.sessions.autodiff.is_settled and self.autodiff.is_complete

    # -- settings ---------------------------------------------------------------------------------

    def _setting_changed(self, key: str, _value: Any) -> None:
        if key in ("theme", "scale", "digits", "dtype", "direction", "depth"):
            self._apply_settings()

    def _apply_settings(self) -> None:
        get = self.sessions.store.get
        look, scale = load_theme(get("theme")), get("scale")
        QGuiApplication.setPalette(palette(look))
        sheet = stylesheet(look, scale)
        if self.styleSheet() != sheet:
            self.setStyleSheet(sheet)
            for part in (*self._all_tabs.values(), self.lessons):
                part.setScale(scale)
                part.setTheme(look)
            self._fit_corner()
        self.autodiff.setDigits(get("digits"))
        self.view_menu.refresh()

    def restore_session(self) -> None:
        """Bring back what was typed when the window was last closed."""
        text = self.sessions.store.get("text")
        if text:
            values = self.sessions.store.get("values")
            with contextlib.suppress(ExpressionError):
                self.sessions.autodiff.set_point({str(name): value for name, value in values.items()})
            self.autodiff.edit.setText(text)
        self.offer_interrupted()

    def offer_interrupted(self) -> None:
        """Offer to go on with the run that was under way when the program ended."""
        self.sessions.training.find_interrupted_run()
        if sentence := self.sessions.training.message:
            self.banner.tell(f"{sentence} See the tab Training.", 20_000)

    def _keep_session(self) -> None:
        self.sessions.store.set(
            "values", {name: value.tolist() for name, value in self.sessions.autodiff.free_values.items()}
        )
        self.sessions.store.set("text", self.sessions.autodiff.text)

    # -- asked by keys and buttons ----------------------------------------------------------------

    @property
    def look(self) -> Theme:
        """The theme in use."""
        return load_theme(self.sessions.store.get("theme"))

    def toggle_presenting(self) -> None:
        """Hide all but what is shown, or show everything again."""
        self.set_presenting(not self.is_presenting)

    def set_presenting(self, presenting: bool, with_text: bool = False) -> None:
        """Hide all but graph and formula, and, with ``with_text``, the open lesson's text; or show everything again."""
        if presenting == self.is_presenting:
            return
        self.is_presenting = presenting
        self.autodiff.setPresenting(presenting)
        self.lessons.setPresenting(presenting, with_text)
        self.presenter.ended(presenting)
        for part in (self.tabs.tabBar(), self.tabs.cornerWidget(), self.statusBar()):
            part.setVisible(not presenting)
        if presenting:
            self._before = self.windowState()
            self.setWindowState(self._before | Qt.WindowState.WindowFullScreen)
        else:
            self.setWindowState(self._before)
            self.presenter.go_home()

    def escape(self) -> None:
        """Close what is open, leave what is large."""
        if self.help.escape() or self.presenter.escape():
            return
        is_network = self.tabs.currentWidget() is self.network_tab
        if is_network and self.sessions.network_graph.selection.item is not None:
            self.sessions.network_graph.selection.clear()
        elif not is_network and self.sessions.autodiff.selection is not None:
            self.sessions.autodiff.clear_selection()
        elif self.is_presenting:
            self.set_presenting(False)
        elif self.tabs.currentWidget() is self.autodiff:
            self.sessions.practice.end()
            self.sessions.find_mistake.end()

    def to_expression(self) -> None:
        """Let the next keys go to the expression."""
        self.autodiff.edit.setFocus()
        self.autodiff.edit.selectAll()

    def _command(self) -> str:
        """Return the command that makes a picture of this tab."""
        look, size = self.sessions.store.get("theme"), f"{self.width()}x{self.height()}"
        here = self.tabs.currentWidget()
        if here is self.autodiff:
            return picture_command(self.sessions.autodiff, self.sessions.methods.method, look, size)
        title = next(title for title, tab in self._all_tabs.items() if tab is here)
        return tab_command(
            title.lower(),
            self.sessions.current_network,
            self.sessions.activations,
            self.sessions.network_graph,
            look,
            size,
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let every tab be seen beside the buttons."""
        super().resizeEvent(event)
        self._fit_corner()

    def _fit_corner(self) -> None:
        self._corner.fitInto(self.width() - self.lessons.taken - self.tabs.tabBar().sizeHint().width())

    def showEvent(self, event: QShowEvent) -> None:
        """Bring what draws curves, after the first paint."""
        super().showEvent(event)
        if not self._drawing:
            self._drawing = True
            QTimer.singleShot(DRAWING_AFTER, self, self._bring_drawing)

    def _bring_drawing(self) -> None:
        preload_pyqtgraph()
        if not isValid(self):
            return  # the window was closed meanwhile
        self.autodiff.plot.plot.attach()
        self.training_tab.attach()
        # What is there now stays to the end: looking through it for garbage would stop the window for 60 ms a time.
        gc.freeze()

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the engine with the window."""
        self.autodiff.steps.stop()
        self.presenter.close()
        self._keep_session()
        self.sessions.network_graph.stop()
        self._share_menu.stop()
        self.sessions.client.stop()
        super().closeEvent(event)
