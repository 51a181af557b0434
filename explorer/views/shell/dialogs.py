"""The dialogs that keys and buttons of the window open. Each is imported when somebody asks for it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from explorer.core.models.keras_code import keras_code
from explorer.core.training.settings import run_settings
from explorer.session.sharing.clipboard_text import codes

if TYPE_CHECKING:
    from explorer.views.shell.main_window import MainWindow


class ExpressionDialogs:
    """Opens them over the window, with what it shows at that moment."""

    def __init__(self, window: "MainWindow") -> None:
        self._window = window

    def show_code(self) -> None:
        """Show the same as Python code: the expression, or, in the other tabs, the network."""
        window = self._window
        if window.tabs.currentWidget() is window.autodiff:
            self._show_codes(codes(window.sessions.autodiff))
        else:
            self.show_keras_code(window.training_tab.form.settings(), window.sessions.data.source_for_code)

    def show_keras_code(self, settings: Mapping[str, Any], source: str) -> None:
        """Show the Keras code of a run on the data of ``source``."""
        self._show_codes({"Keras": keras_code(run_settings(**settings), source)})

    def show_source(self, kind: str, source: str) -> None:
        """Show the Python source of the gradient that is registered for ops of this type."""
        self._show_codes({f"Registered gradient of {kind}": source})

    def show_check(self) -> None:
        """Check a gradient in three independent ways."""
        from explorer.views.autodiff.gradient_check_dialog import GradientCheckDialog

        GradientCheckDialog(self._window.sessions.gradient_check, self._window.look, self._window).show()

    def show_surface(self) -> None:
        """Show two variables as a heat map, with gradient descent."""
        from explorer.views.plot.surface_dialog import SurfaceDialog

        SurfaceDialog(self._window.sessions.surface, self._window.look, self._window).show()

    def show_keys(self) -> None:
        """Show all keys."""
        from explorer.views.help.shortcuts_dialog import ShortcutsDialog

        ShortcutsDialog(self._window.keys, self._window.tabs, self._window.presenter.front()).open()

    def _show_codes(self, texts: Mapping[str, str]) -> None:
        from explorer.views.widgets.dialogs import CodeDialog

        CodeDialog(texts, self._window).open()
