"""The main window: tabs, menus, keys, status; everything in a tab belongs to the tab."""

import contextlib
import gc
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QGuiApplication,
    QKeySequence,
    QResizeEvent,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QMenu, QTabWidget, QToolButton
from shiboken6 import isValid

from explorer.core.errors import ExpressionError
from explorer.core.keras_code import keras_code
from explorer.core.settings import SETTINGS
from explorer.core.training import run_settings
from explorer.session.activations import ActivationsSession
from explorer.session.autodiff import AutodiffSession
from explorer.session.compare import CompareSession
from explorer.session.copies import codes, latex, picture_command
from explorer.session.curve import CurveSession
from explorer.session.data import DataSession
from explorer.session.engine_client import EngineClient
from explorer.session.explain import ExplainSession
from explorer.session.network import NetworkSession
from explorer.session.settings_store import SettingsStore
from explorer.session.surface import SurfaceSession
from explorer.session.training import TrainingSession
from explorer.session.weights import WeightsSession
from explorer.views.activations_tab import ActivationsTab
from explorer.views.autodiff_tab import AutodiffTab
from explorer.views.corner import Corner
from explorer.views.data_tab import DataTab
from explorer.views.plot.preload import preload
from explorer.views.style import palette, stylesheet
from explorer.views.theme import SANS, font, load_fonts, theme
from explorer.views.training_tab import TrainingTab
from explorer.views.weights_tab import WeightsTab

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
        self.client = client
        self.store = store
        self.session = AutodiffSession(client, self)
        self.curve = CurveSession(client, self.session, self)
        self.compare = CompareSession(client, self.session, self)
        self.surface = SurfaceSession(client, self.session, self)
        self.data = DataSession(client, self)
        self.training = TrainingSession(client, store.folder, self)
        self.network = NetworkSession(client, self)
        self.weights = WeightsSession(client, self.network, self)
        self.explain = ExplainSession(client, self.weights, self)
        self.activations = ActivationsSession(client, self.network, self.data, self)
        self.autodiff = AutodiffTab(self.session, self.curve)
        self._presenting = False
        self._drawing = False
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
        self.tabs.addTab(self.autodiff, "Autodiff")
        self.data_tab = DataTab(self.data)
        self.tabs.addTab(self.data_tab, "Data")
        self.training_tab = TrainingTab(self.training, self.data, self.network)
        self.tabs.addTab(self.training_tab, "Training")
        self.weights_tab = WeightsTab(self.weights, self.explain)
        self.tabs.addTab(self.weights_tab, "Weights")
        self.activations_tab = ActivationsTab(self.activations)
        self.tabs.addTab(self.activations_tab, "Activations")
        self.setCentralWidget(self.tabs)
        self._corner = corner = Corner()
        self._check_button = corner.add("checkButton", "Check", "Three independent ways to one gradient")
        self._surface_button = corner.add("surfaceButton", "Two variables", "Heat map and gradient descent")
        self._code_button = corner.add("codeButton", "Code", "The same as Python code, to copy")
        self._share_button = corner.add("shareButton", "Share", "Copy or save what you see")
        self._view_button = corner.add("viewButton", "View", "Theme, size, digits, precision")
        self._present_button = corner.add("presentButton", "Present (F11)", "Only the graph and the formula")
        self._keys_button = corner.add("keysButton", "Keys", "All keys (F1)")
        self._share_button.setMenu(self._share_menu())
        self._view_button.setMenu(self._view_menu())
        for button in (self._share_button, self._view_button):
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.tabs.setCornerWidget(corner)
        self._device = QLabel()
        self._device.setObjectName("engineLabel")
        self._hint = QLabel("Page Down: next step  ·  F11: only the graph  ·  F1: keys")
        self._hint.setObjectName("hintLabel")
        self._hint.setProperty("role", "muted")
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        bar.addWidget(self._device, 1)
        bar.addPermanentWidget(self._hint)

    def _share_menu(self) -> QMenu:
        menu = QMenu(self)
        self._act(menu, "copyCommandAction", "Copy the command that makes this picture", self._copy_command)
        self._act(menu, "copyLatexAction", "Copy LaTeX", self._copy_latex)
        menu.addSeparator()
        self._act(menu, "saveGraphAction", "Save the graph (SVG, PNG, PDF) …", lambda: self._save("graph"))
        self._act(menu, "savePlotAction", "Save the plot (SVG, PNG, PDF) …", lambda: self._save("plot"))
        return menu

    def _view_menu(self) -> QMenu:
        menu = QMenu(self)
        self._choices: dict[str, dict[Any, QAction]] = {}
        self._choice(menu, "theme", {"dark": "Dark", "light": "Light"})
        menu.addSeparator()
        self._choice(
            menu, "dtype", {"float32": "float32, TensorFlow's default", "float64": "float64, twice the digits"}
        )
        digits = menu.addMenu("Digits of numbers")
        self._choice(digits, "digits", {n: f"{n} significant digits" for n in (2, 3, 4, 5, 6, 8)})
        menu.addSeparator()
        self._act(menu, "largerAction", "Larger", lambda: self._zoom(1.1), "Ctrl++")
        self._act(menu, "smallerAction", "Smaller", lambda: self._zoom(1 / 1.1), "Ctrl+-")
        self._act(menu, "normalSizeAction", "Normal size", lambda: self._zoom(None), "Ctrl+0")
        menu.addSeparator()
        unneeded = self._act(menu, "unneededAction", "Show backward ops for gradients nobody asked for", None)
        unneeded.setCheckable(True)
        unneeded.toggled.connect(self.autodiff.graph.setShowUnneeded)
        return menu

    def _choice(self, menu: QMenu, key: str, names: dict[Any, str]) -> None:
        group = QActionGroup(self)
        self._choices[key] = {}
        for value, text in names.items():
            action = menu.addAction(text)
            action.setObjectName(f"{key}Action_{value}")
            action.setCheckable(True)
            group.addAction(action)
            action.triggered.connect(lambda _checked=False, value=value: self.set_setting(key, value))
            self._choices[key][value] = action

    def _act(
        self, menu: QMenu, name: str, text: str, do: Callable[[], None] | None, keys: str | None = None
    ) -> QAction:
        action = menu.addAction(text)
        action.setObjectName(name)
        if keys is not None:
            action.setShortcut(QKeySequence(keys))
            self.addAction(action)
        if do is not None:
            action.triggered.connect(lambda _checked=False: do())
        return action

    # -- joining ----------------------------------------------------------------------------------

    def _join(self) -> None:
        self.client.stateChanged.connect(self._engine_state)
        self.autodiff.state.retryAsked.connect(self.client.retry)
        self.autodiff.statusAsked.connect(lambda text: self.statusBar().showMessage(text, 8000))
        self.training_tab.told.connect(lambda text: self.statusBar().showMessage(text, 8000))
        self.training_tab.codeAsked.connect(self._show_keras_code)
        self.weights_tab.trainingAsked.connect(lambda: self.tabs.setCurrentWidget(self.training_tab))
        self.weights_tab.told.connect(lambda text: self.statusBar().showMessage(text, 8000))
        self.store.changed.connect(self._setting_changed)
        self.session.directionChanged.connect(partial(self.store.set, "direction"))
        self.session.depthChanged.connect(partial(self.store.set, "depth"))
        self.activations_tab.trainingAsked.connect(lambda: self.tabs.setCurrentWidget(self.training_tab))
        self._code_button.clicked.connect(self.show_code)
        self._check_button.clicked.connect(self.show_check)
        self._surface_button.clicked.connect(self.show_surface)
        self._keys_button.clicked.connect(self.show_keys)
        self._present_button.clicked.connect(lambda: self.set_presenting(not self._presenting))
        self.autodiff.chain.sourceAsked.connect(self._show_source)
        session, steps = self.session, self.autodiff.steps
        for keys, do in (
            ("PgDown", session.step_forward),
            ("PgUp", session.step_back),
            ("Ctrl+Home", session.first),
            ("Ctrl+End", session.last),
            ("F5", steps.toggle_play),
            ("F9", session.reveal_next),
            (".", session.reveal_next),
            ("F11", lambda: self.set_presenting(not self._presenting)),
            ("F1", self.show_keys),
            ("Esc", self._escape),
            ("Ctrl+L", self._to_expression),
            ("Ctrl+F", self.autodiff.find),
            ("Ctrl+G", self.autodiff.graph.fit),
            ("Ctrl+=", lambda: self._zoom(1.1)),
            ("Ctrl+Z", session.undo),
            ("Ctrl+Shift+Z", session.redo),
            ("Ctrl+Y", session.redo),
        ):
            QShortcut(QKeySequence(keys), self, activated=do)

    def _engine_state(self, state: str) -> None:
        self.setProperty("engineState", state)
        info = self.client.info
        if state == "ready":
            text = f"TensorFlow {info.get('tensorflow', '')} ready · computes on {info.get('device', 'CPU')}"
        elif state == "failed":
            text = self.client.sentence
        else:
            text = "TensorFlow is starting"
        self._device.setText(f"● {text}")
        self._device.setProperty("role", "error" if state == "failed" else "muted")
        self._device.style().unpolish(self._device)
        self._device.style().polish(self._device)
        self.autodiff.state.setState(state, text)

    # -- what tests and pictures ask --------------------------------------------------------------

    def open_expression(self, text: str, at: Mapping[str, Any]) -> None:
        """Type an expression, with values of its variables. Raises ExpressionError for values that are none."""
        self.session.set_at(at)
        self.autodiff.edit.setText(text)

    def setAnimated(self, animated: bool) -> None:
        """Let things move, or be where they belong at once."""
        self.autodiff.graph.setAnimated(animated)

    def isComplete(self, expression: str) -> bool:
        """Whether this expression is on the screen with everything that follows."""
        shown = self.autodiff.graph.property("shownExpression") == expression
        return shown and self.session.is_settled and self.autodiff.is_complete

    # -- settings ---------------------------------------------------------------------------------

    def set_setting(self, key: str, value: Any) -> None:
        """Change one of the user's settings."""
        self.store.set(key, value)

    def _setting_changed(self, key: str, _value: Any) -> None:
        if key in ("theme", "scale", "digits", "dtype", "direction", "depth"):
            self._apply_settings()

    def _apply_settings(self) -> None:
        get = self.store.get
        look, scale = theme(get("theme")), get("scale")
        QGuiApplication.setPalette(palette(look))
        sheet = stylesheet(look, scale)
        if self.styleSheet() != sheet:
            self.setStyleSheet(sheet)
            self.autodiff.setScale(scale)
            self.autodiff.setTheme(look)
            self.training_tab.setScale(scale)
            self.training_tab.setTheme(look)
            self.data_tab.setScale(scale)
            self.data_tab.setTheme(look)
            self.weights_tab.setScale(scale)
            self.weights_tab.setTheme(look)
            self.activations_tab.setScale(scale)
            self.activations_tab.setTheme(look)
            self._fit_corner()
        self.autodiff.setDigits(get("digits"))
        self.session.set_dtype(get("dtype"))
        self.session.set_direction(get("direction"))
        self.session.set_depth(get("depth"))
        for key, actions in self._choices.items():
            if (action := actions.get(get(key))) is not None:
                action.setChecked(True)

    def _zoom(self, factor: float | None) -> None:
        row = SETTINGS["scale"]
        scale = row.default if factor is None else min(max(self.store.get("scale") * factor, row.low), row.high)
        self.set_setting("scale", round(scale, 3))

    def restore_session(self) -> None:
        """Bring back what was typed when the window was last closed."""
        text = self.store.get("text")
        if text:
            values = self.store.get("values")
            with contextlib.suppress(ExpressionError):
                self.session.set_at({str(name): value for name, value in values.items()})
            self.autodiff.edit.setText(text)
        self.training.look_for_interrupted()
        if self.training.sentence:
            self.statusBar().showMessage(f"{self.training.sentence} See the tab Training.", 20_000)

    def _keep_session(self) -> None:
        self.store.set("values", {name: value.tolist() for name, value in self.session.free_values.items()})
        self.store.set("text", self.session.text)

    # -- asked by keys and buttons ----------------------------------------------------------------

    def set_presenting(self, presenting: bool) -> None:
        """Hide all but the graph and the formula, or show everything again."""
        if presenting == self._presenting:
            return
        self._presenting = presenting
        self.autodiff.setPresenting(presenting)
        self.tabs.tabBar().setVisible(not presenting)
        self.tabs.cornerWidget().setVisible(not presenting)
        self.statusBar().setVisible(not presenting)
        if presenting:
            self._before = self.windowState()
            self.setWindowState(self._before | Qt.WindowState.WindowFullScreen)
        else:
            self.setWindowState(self._before)

    def _escape(self) -> None:
        if self.session.selection is not None:
            self.session.clear_selection()
        elif self._presenting:
            self.set_presenting(False)

    def _to_expression(self) -> None:
        self.autodiff.edit.setFocus()
        self.autodiff.edit.selectAll()

    def show_code(self) -> None:
        """Show the same computation as Python code."""
        from explorer.views.dialogs import CodeDialog

        CodeDialog(codes(self.session), self).open()

    def show_check(self) -> None:
        """Check a gradient in three independent ways."""
        from explorer.views.check_dialog import CheckDialog

        CheckDialog(self.compare, theme(self.store.get("theme")), self).show()

    def show_surface(self) -> None:
        """Show two variables as a heat map, with gradient descent."""
        from explorer.views.surface_dialog import SurfaceDialog

        SurfaceDialog(self.surface, theme(self.store.get("theme")), self).show()

    def show_keys(self) -> None:
        """Show all keys."""
        from explorer.views.dialogs import KeysDialog

        KeysDialog(self).open()

    def _show_source(self, step: Any) -> None:
        from explorer.views.dialogs import CodeDialog

        CodeDialog({f"Registered gradient of {step.type}": step.source}, self).open()

    def _show_keras_code(self, settings: Mapping[str, Any], source: str) -> None:
        from explorer.views.dialogs import CodeDialog

        CodeDialog({"Keras": keras_code(run_settings(**settings), source)}, self).open()

    def _copy_command(self) -> None:
        size = f"{self.width()}x{self.height()}"
        QGuiApplication.clipboard().setText(picture_command(self.session, self.store.get("theme"), size))
        self.statusBar().showMessage("The command is in the clipboard.", 4000)

    def _copy_latex(self) -> None:
        QGuiApplication.clipboard().setText(latex(self.session))
        self.statusBar().showMessage("The LaTeX is in the clipboard.", 4000)

    def _save(self, what: str) -> None:
        from explorer.views.dialogs import ask_file

        ask_file(self, what, lambda path: self._save_to(what, path))

    def _save_to(self, what: str, path: str) -> None:
        try:
            (self.autodiff.graph if what == "graph" else self.autodiff.plot).save(path)
        except (OSError, ValueError) as error:
            self.statusBar().showMessage(f"Not saved: {error}", 8000)
        else:
            self.statusBar().showMessage(f"Saved: {path}", 4000)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let every tab be seen beside the buttons."""
        super().resizeEvent(event)
        self._fit_corner()

    def _fit_corner(self) -> None:
        last = (self._code_button, self._share_button, self._present_button, self._view_button)
        buttons = (self._keys_button, self._surface_button, self._check_button, *last)
        self._corner.fit(self.width() - self.tabs.tabBar().sizeHint().width(), buttons)

    def showEvent(self, event: QShowEvent) -> None:
        """Bring what draws curves, after the first paint."""
        super().showEvent(event)
        if not self._drawing:
            self._drawing = True
            QTimer.singleShot(DRAWING_AFTER, self, self._bring_drawing)

    def _bring_drawing(self) -> None:
        preload()
        if not isValid(self):
            return  # the window was closed meanwhile
        self.autodiff.plot.plot.attach()
        self.training_tab.attach()
        # What is there now stays to the end: looking through it for garbage would stop the window for 60 ms a time.
        gc.freeze()

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the engine with the window."""
        self.autodiff.steps.stop()
        self._keep_session()
        self.client.stop()
        super().closeEvent(event)
